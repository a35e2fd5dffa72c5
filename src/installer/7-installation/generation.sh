# A generation is one state of this host's Go: the wrappers in bin/, the link go to the default GOROOT, and what they were
# made from. Kits of different names live together in it; a kit of the same name replaces the earlier one.

# generation.tsv: kit, name, serial, id, default version | go, version, folder, kit id | default, version |
# use, version: where the default was chosen | script, version of airgo | choice, name, value | file, sha256, path |
# date, time | who, user
stage_generation() {
  plan_generation
  make_generation
}

# Leaves in $WORK/generation.kits and generation.go what the generation with this kit is made of.
plan_generation() {
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
  # What somebody chose stays the default for as long as it is there.
  GENERATION_USE=$(awk -F "$TAB" 'side == "chosen" && $1 == "use" { wanted = $2 } side == "here" && $1 == wanted { print $1 }' \
    side=chosen "$others" side=here "$WORK/generation.go")
  GENERATION_GO=${GENERATION_USE:-$(awk -F "$TAB" '{ print $5 }' "$WORK/generation.kits" | newest_version)}
}

# Makes the generation in staging from $WORK/generation.kits and generation.go, GENERATION_GO and GENERATION_USE.
make_generation() {
  must mkdir "$STAGING/generation"
  generation=$STAGING/generation
  require_versions
  list_patterns
  make_generation_files "$generation"
  {
    cat "$WORK/generation.kits" && sed "s/^/go$TAB/" "$WORK/generation.go" && printf 'default\t%s\n' "$GENERATION_GO" &&
      { [ -z "$GENERATION_USE" ] || printf 'use\t%s\n' "$GENERATION_USE"; } &&
      printf 'script\t%s\nchoice\tprivate-gopath\t%s\nchoice\tumask\t%s\n' "$AIRGO_VERSION" "$PRIVATE_GOPATH" "$GO_UMASK" &&
      (cd "$generation" && sha256sum bin/* env/*) | sed "s/^\([0-9a-f]*\)  /file$TAB\1$TAB/" &&
      printf 'date\t%s\nwho\t%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(who_am_i)"
  } >"$generation/generation.tsv" || disk_failed "write $generation"
}

# make_generation_files FOLDER: what the generation that $WORK/generation.kits, generation.go and patterns describe has in bin/
# and env/, and its link go.
make_generation_files() {
  must mkdir "$1/bin" "$1/env"
  make_programs "$1" "$PLACE"
  write_environment "$1/env"
}

# A version that only another kit brought was checked when that kit was installed; now it must at least be there.
require_versions() {
  while IFS=$TAB read -r version folder id <&3; do
    if [ "$id" != "${KIT_ID-}" ] && [ ! -f "$PREFIX/versions/$folder/bin/go" ]; then
      fail 8 AIRGO_INSTALLED_DAMAGED "go $version of another kit is missing" where "$PREFIX/versions/$folder" \
        next "install the kit with the id $id again, or run airgo-kit repair"
    fi
  done 3<"$WORK/generation.go"
}

# make_programs FOLDER PLACE: the wrappers in bin/ and the link go, for a prefix that is called PLACE when they run.
make_programs() {
  GOPROXY_URL=$(file_url "$2/proxy")
  while IFS=$TAB read -r version folder id <&3; do
    write_wrapper "$1/bin/go$version" "$version" "$2" "$2/versions/$folder/bin/go"
    if [ "$version" = "$GENERATION_GO" ]; then
      write_wrapper "$1/bin/go" "$version" "$2" "$2/versions/$folder/bin/go"
      write_wrapper "$1/bin/gofmt" "$version" "$2" "$2/versions/$folder/bin/gofmt"
      must ln -s "../../versions/$folder" "$1/go"
    fi
  done 3<"$WORK/generation.go"
}

# Leaves in $WORK/patterns the GONOSUMDB patterns of all kits in the generation, each once: modules with these names are
# in no checksum database.
list_patterns() {
  printf '%s\n' "${KIT_PATTERNS-}" >"$WORK/patterns.lists" || disk_failed "write $WORK"
  while IFS=$TAB read -r kind name serial id version <&3; do
    [ "$id" != "${KIT_ID-}" ] || continue
    papers=${KITS:-$PREFIX/kits}/$name-$serial-$id/kit/kit.tsv
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

# generation_facts FOLDER: all that makes a generation what it is, without when, by whom and by which airgo it was made.
generation_facts() {
  (
    cd "$1" && sha256sum bin/* env/* && readlink go && awk -F "$TAB" '$1 !~ /^(date|who|script)$/' generation.tsv
  ) 2>/dev/null | sha256sum
}

sync_prefix() {
  sync -f "$PREFIX" 2>/dev/null || sync
}

# Gives the staged generation the next number.
place_generation() {
  GENERATION=$(generation_numbers | awk '{ last = $1 } END { print last + 1 }')
  is_generation_number "$GENERATION" || fail 8 AIRGO_INSTALLED_DAMAGED "no number is left for a generation" where "$PREFIX/generations" \
    next "move the one with the highest number aside and run again"
  restore_labels "$STAGING/generation"
  must mv -T "$STAGING/generation" "$PREFIX/generations/$GENERATION"
  # After a power loss the link must not be newer than what it leads to.
  sync_prefix
}

# All numbers that are taken, from the lowest on.
generation_numbers() {
  find "$PREFIX/generations/." ! -name . -prune | awk -F / '$NF ~ /^[1-9][0-9]*$/ && length($NF) < 10 { print $NF }' | sort -n
}

# is_generation_number TEXT: whether place_generation gives such a one: not 08, and none that an awk or a shell would round.
is_generation_number() {
  case $1 in '' | *[!0-9]* | 0* | ??????????*) return 1 ;; esac
}

# flip_to NUMBER: makes that generation current, in one step.
flip_to() {
  must ln -s "generations/$1" "$STAGING/current"
  must mv -fT "$STAGING/current" "$PREFIX/current"
  CURRENT=$1
}

# Under the lock, every staging folder is the leaving of a run that was killed. So is a generation above the current one
# that never became current.
sweep() {
  [ -z "$CURRENT" ] || mark_activated "$CURRENT"
  for stale in "$PREFIX"/*/.rename.* "$PREFIX"/.staging.* "$PREFIX"/.airgo.lock.d.*; do
    if [ -d "$stale" ] && [ ! -L "$stale" ]; then remove_tree "$stale"; fi
  done
  finish_swaps
  for generation in "$PREFIX"/generations/*; do
    is_generation_number "${generation##*/}" || continue
    if [ -d "$generation" ] && [ ! -L "$generation" ] && [ ! -e "$generation/activated" ]; then
      remove_tree "$generation"
    fi
  done
}

mark_activated() {
  # Never through a link; check_inside refuses those that are there at the start.
  [ ! -e "$PREFIX/generations/$1/activated" ] || return 0
  : >"$PREFIX/generations/$1/activated" || disk_failed "write $PREFIX/generations/$1/activated"
}

# Sets CURRENT to the number that the link has; or to nothing, and fails, where it has none. The log has this number too.
find_current() {
  CURRENT=$(readlink "$PREFIX/current") || CURRENT=
  case $CURRENT in
  generations/*)
    CURRENT=${CURRENT#generations/}
    if is_generation_number "$CURRENT"; then return 0; fi
    ;;
  esac
  CURRENT=
  return 1
}

# CURRENT is the number of the generation in use, or empty.
read_current() {
  CURRENT=
  if [ -L "$PREFIX/current" ]; then
    find_current || fail 8 AIRGO_INSTALLED_DAMAGED "the link current does not lead to a generation" where "$PREFIX/current" \
      found "$(readlink "$PREFIX/current")" next "point it to one of $PREFIX/generations, or remove it"
  elif [ -e "$PREFIX/current" ]; then
    fail 8 AIRGO_INSTALLED_DAMAGED "current is no link" where "$PREFIX/current" next "move it aside and run again"
  fi
}
