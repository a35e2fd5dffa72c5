
# A generation is one state of this host's Go: the wrappers in bin/, the link go to the default GOROOT, and what they were
# made from. Kits of different names live together in it; a kit of the same name replaces the earlier one.

# generation.tsv: kit, name, serial, id, default version | go, version, folder, kit id | default, version | date, time
stage_generation() {
  must mkdir "$STAGING/generation" "$STAGING/generation/bin"
  generation=$STAGING/generation
  others=/dev/null
  if [ -n "$CURRENT" ]; then
    others=$PREFIX/generations/$CURRENT/generation.tsv
    [ -f "$others" ] || fail 8 AIRGO_INSTALLED_DAMAGED "the current generation has no table" where "$others" \
      next "point $PREFIX/current to another generation, or remove that link"
  fi
  {
    printf 'kit\t%s\t%s\t%s\t%s\n' "$KIT_NAME" "$KIT_SERIAL" "$KIT_ID" "$DEFAULT_GO"
    awk -F "$TAB" -v name="$KIT_NAME" '$1 == "kit" && $2 != name' "$others"
  } | sort >"$WORK/generation.kits" || disk_failed "write $WORK"
  {
    awk -F "$TAB" -v OFS="$TAB" -v id="$KIT_ID" '{ print $1, $2, id }' "$WORK/toolchains"
    awk -F "$TAB" -v OFS="$TAB" '
      side == "kept" { kept[$4] = 1 }
      side == "others" && $1 == "go" && ($4 in kept) { print $2, $3, $4 }
    ' side=kept "$WORK/generation.kits" side=others "$others"
  } | awk -F "$TAB" '!seen[$1]++' | sort >"$WORK/generation.go" || disk_failed "write $WORK"
  GENERATION_GO=$(awk -F "$TAB" '{ print $5 }' "$WORK/generation.kits" | newest_version)
  {
    cat "$WORK/generation.kits" && sed "s/^/go$TAB/" "$WORK/generation.go" &&
      printf 'default\t%s\n' "$GENERATION_GO" &&
      printf 'date\t%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  } >"$generation/generation.tsv" || disk_failed "write $generation"

  GOPROXY_URL=$(file_url "$PREFIX/proxy")
  list_patterns
  while IFS=$TAB read -r version folder id <&3; do
    # A version that only another kit brought was checked when that kit was installed; here it must at least be there.
    if [ "$id" != "$KIT_ID" ] && [ ! -f "$PREFIX/versions/$folder/bin/go" ]; then
      fail 8 AIRGO_INSTALLED_DAMAGED "go $version of another kit is missing" where "$PREFIX/versions/$folder" \
        next "install the kit with the id $id again"
    fi
    write_wrapper "go$version" "$version" "$PREFIX/versions/$folder/bin/go"
    if [ "$version" = "$GENERATION_GO" ]; then
      write_wrapper go "$version" "$PREFIX/versions/$folder/bin/go"
      write_wrapper gofmt "$version" "$PREFIX/versions/$folder/bin/gofmt"
      must ln -s "../../versions/$folder" "$generation/go"
    fi
  done 3<"$WORK/generation.go"
}

# Leaves in $WORK/patterns the GONOSUMDB patterns of all kits in the generation, each once: modules with these names are
# in no checksum database.
list_patterns() {
  printf '%s\n' "$KIT_PATTERNS" >"$WORK/patterns.lists" || disk_failed "write $WORK"
  while IFS=$TAB read -r kind name serial id version <&3; do
    [ "$id" != "$KIT_ID" ] || continue
    papers=$PREFIX/kits/$name-$serial-$id/kit/kit.tsv
    if [ ! -f "$papers" ]; then
      warn "the papers of the kit $name, serial $serial, are gone, so names of private modules that it may have are unknown: install it again"
      continue
    fi
    patterns=$(awk -F "$TAB" '$1 == "nosumdb" { print $2 }' "$papers") || disk_failed "awk in $PREFIX/kits"
    well_formed_patterns "$patterns" || fail 8 AIRGO_INSTALLED_DAMAGED "the papers of an installed kit are not in the form they must have" \
      where "$papers" found "nosumdb: $patterns" next "install that kit again, or move its folder aside"
    printf '%s\n' "$patterns" >>"$WORK/patterns.lists" || disk_failed "write $WORK"
  done 3<"$WORK/generation.kits"
  tr ',' '\n' <"$WORK/patterns.lists" >"$WORK/patterns.rows" && awk '$0 != ""' "$WORK/patterns.rows" >"$WORK/patterns.all" &&
    sort -u "$WORK/patterns.all" >"$WORK/patterns" || disk_failed "write $WORK"
}

# The newest of the versions on standard input: 1.27.3 is newer than 1.27rc1, which is newer than 1.27beta2.
newest_version() {
  awk '
    {
      n = split($0, part, ".")
      stage = 3; step = part[3] + 0; minor = part[2]
      if (n == 2 && match(minor, /(beta|rc)/)) {
        stage = (minor ~ /rc/) ? 2 : 1
        step = substr(minor, RSTART + RLENGTH) + 0
        minor = substr(minor, 1, RSTART - 1)
      }
      key = sprintf("%06d%06d%d%06d", part[1], minor, stage, step)
      if (key "" > best "") { best = key; newest = $0 }
    }
    END { print newest }
  '
}

# A path as a file URL. Go takes commas and bars in GOPROXY as separators, so all but plain characters are encoded.
file_url() {
  printf '%s' "$1" | od -An -v -tx1 | awk '
    BEGIN {
      plain = "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
      hex = "2f2d2e5f7e30313233343536373839"
      for (i = 65; i <= 90; i++) hex = hex sprintf("%02x", i)
      for (i = 97; i <= 122; i++) hex = hex sprintf("%02x", i)
      for (i = 1; i <= length(plain); i++) character[substr(hex, 2 * i - 1, 2)] = substr(plain, i, 1)
      printf "file://"
    }
    { for (i = 1; i <= NF; i++) printf "%s", ($i in character) ? character[$i] : "%" toupper($i) }
    END { print "" }
  '
}

# write_wrapper NAME VERSION PROGRAM: it sets what is unset, and lets a go command find the other versions of this host
# (GOTOOLCHAIN=path looks for them on PATH). It needs no other program, so PATH may hold its folder alone. Each go knows
# its own tree: a GOROOT that somebody once set would mix it with the tools of another one.
write_wrapper() {
  wrapper=$STAGING/generation/bin/$1
  {
    printf '#!/bin/sh\n# Made by install.sh of airgo: sets what the environment leaves unset, then runs go %s.\n' "$2"
    printf '[ -n "${GOPROXY-}" ] || GOPROXY=%s\n' "$(quoted "$GOPROXY_URL")"
    printf '[ -n "${GOTOOLCHAIN-}" ] || GOTOOLCHAIN=path\n'
    if [ -n "$GOSUMDB_SETTING" ]; then
      printf '[ -n "${GOSUMDB-}" ] || GOSUMDB=%s\nexport GOSUMDB\n' "$(quoted "$GOSUMDB_SETTING")"
    fi
    if [ -s "$WORK/patterns" ]; then wrapper_patterns; fi
    printf 'bin=%s\n' "$(quoted "$PREFIX/current/bin")"
    printf 'case ":${PATH-}:" in\n*:"$bin":*) ;;\n*) PATH=${PATH:+$PATH:}$bin ;;\nesac\n'
    printf 'export GOPROXY GOTOOLCHAIN PATH\nunset GOROOT\nexec %s "$@"\n' "$(quoted "$3")"
  } >"$wrapper" && chmod 0755 "$wrapper" || disk_failed "write $wrapper"
}

# The part of a wrapper for private modules. Without GONOSUMDB their names could not be used, as no database has them;
# what is set stays in it, and its default is GOPRIVATE. That one is the default of GONOPROXY too, which would send go
# past the kit: so the kit's proxy, and only this one, is said to have no exceptions.
wrapper_patterns() {
  printf 'GONOSUMDB="${GONOSUMDB:-${GOPRIVATE-}}"\n'
  while IFS= read -r pattern <&4; do
    pattern=$(quoted "$pattern")
    printf 'case ",$GONOSUMDB," in\n*,%s,*) ;;\n*) GONOSUMDB="${GONOSUMDB:+$GONOSUMDB,}"%s ;;\nesac\n' "$pattern" "$pattern"
  done 4<"$WORK/patterns"
  printf 'export GONOSUMDB\nif [ -n "${GOPRIVATE-}" ] && [ -z "${GONOPROXY-}" ]; then\n'
  printf 'case $GOPROXY in\n%s | %s) GONOPROXY=none && export GONOPROXY ;;\nesac\nfi\n' \
    "$(quoted "$GOPROXY_URL")" "$(quoted "$GOPROXY_URL,off")"
}

# generation_facts FOLDER: all that makes a generation what it is, without its date.
generation_facts() {
  (
    cd "$1" && sha256sum bin/* && readlink go && awk -F "$TAB" '$1 != "date"' generation.tsv
  ) 2>/dev/null | sha256sum
}

sync_prefix() {
  sync -f "$PREFIX" 2>/dev/null || sync
}

# Makes the staged generation current: it gets the next number, then the link moves in one step.
activate_generation() {
  number=$(find "$PREFIX/generations/." ! -name . -prune |
    awk -F / '$NF ~ /^[0-9]+$/ && $NF + 0 > most + 0 { most = $NF } END { print most + 1 }')
  must mv -T "$STAGING/generation" "$PREFIX/generations/$number"
  # After a power loss the link must not be newer than what it leads to.
  sync_prefix
  must ln -s "generations/$number" "$STAGING/current"
  must mv -fT "$STAGING/current" "$PREFIX/current"
  CURRENT=$number
  mark_activated "$number"
}
