# What is installed and in use, and what in the caller's environment stands in its way. With --expect-go and --expect-kit it
# is the check that a container or a service makes before it begins.
verb_status() {
  open_installation
  say "prefix: $PREFIX (airgo-kit $AIRGO_VERSION)"
  if [ -z "$CURRENT" ]; then
    say "current: none"
    no_generation
  fi
  find_arch
  table=$PREFIX/generations/$CURRENT/generation.tsv
  [ -f "$table" ] || fail 8 AIRGO_INSTALLED_DAMAGED "the current generation has no table" where "$table" next "airgo-kit repair, or airgo-kit rollback"
  say_status "$table"
  check_default_go "$table"
  say "default go: whole, its program is the one that its kit recorded"
  check_awaited "$table"
  warn_of_caller
}

# What the caller's environment changes for the current generation.
warn_of_caller() {
  take_installed_facts
  GOPROXY_URL=$(file_url "$PLACE/proxy")
  awk -F "$TAB" '$1 == "kit"' "$PREFIX/generations/$CURRENT/generation.tsv" >"$WORK/generation.kits" || disk_failed "awk in $WORK"
  list_patterns
  warn_of_environment
}

# say_status TABLE
say_status() {
  awk -F "$TAB" -v number="$CURRENT" '
    $1 == "kit" { kits = kits sprintf("kit: %s, serial %s, id %s\n", $2, $3, $4) }
    $1 == "go" { go = go " " $2 }
    $1 == "default" { standard = $2 }
    $1 == "use" { chosen = " (chosen with use)" }
    $1 == "date" { date = $2 }
    $1 == "who" { who = $2 }
    END {
      printf "current: generation %s, made %s by %s\n", number, date, (who == "" ? "unknown" : who)
      printf "go:%s; default %s%s\n%s", go, standard, chosen, kits
    }
  ' "$1" | tr '\001-\010\013-\037\177' '?'
  say "kept: generations $(generation_numbers | tr '\n' ' ')(--keep $KEEP)"
  for key in "$PREFIX"/trust/*.pem "$PREFIX"/trust/*.asc "$PREFIX"/trust/*.gpg "$PREFIX"/trust/*.pub; do
    if [ -f "$key" ]; then say "trusted key: $(printable "${key##*/}")"; fi
  done
  say "chosen: drop-in files $ENV_KINDS, private GOPATH $PRIVATE_GOPATH, umask of go $GO_UMASK"
  last=$(awk '/^{"time":"[0-9TZ:-]*","verb":"watch","result":"[A-Za-z_]*"/ { last = $0 } END { print last }' "$PREFIX/log/audit.jsonl" 2>/dev/null) || last=
  [ -z "$last" ] || say "last watch: $(printf '%s\n' "$last" | sed -n 's/^{"time":"\([0-9TZ:-]*\)".*"result":"\([A-Za-z_]*\)".*/\1, \2/p')"
}

# check_default_go TABLE: quick enough for every start of a container: the version file and the program itself, and not the
# whole tree, which is what watch is for.
check_default_go() {
  default_version=$(awk -F "$TAB" '$1 == "default" { print $2 }' "$1")
  awk -F "$TAB" -v version="$default_version" '$1 == "go" && $2 == version { print $3 "\t" $4 }' "$1" >"$WORK/default" || disk_failed "awk in $WORK"
  IFS=$TAB read -r default_version_folder default_kit <"$WORK/default" || damaged_go "the generation does not say which it is"
  tree=$PREFIX/versions/$default_version_folder
  [ "$(real_folder "$PREFIX/current/go")" = "$tree" ] || damaged_go "the link go leads elsewhere"
  [ "$(sed -n 1p "$tree/VERSION" 2>/dev/null)" = "go$default_version" ] || damaged_go "its VERSION says something else"
  find_papers "$default_kit"
  [ -n "$PAPERS" ] || damaged_go "the papers of its kit $default_kit are gone"
  recorded=$(awk -F "$TAB" '$3 == "bin/go" { print $2 }' "$PAPERS/kit/go$default_version.linux-$ARCH.entries.tsv" 2>/dev/null) || recorded=
  [ -f "$tree/bin/go" ] && [ -n "$recorded" ] && [ "$(sha256_of "$tree/bin/go")" = "$recorded" ] ||
    damaged_go "its program go is not the one that its kit recorded"
}

damaged_go() {
  fail 8 AIRGO_INSTALLED_DAMAGED "the default go $default_version is damaged: $1" where "$PREFIX/current" \
    next "airgo-kit repair, or airgo-kit rollback"
}

# check_awaited TABLE
check_awaited() {
  if [ -n "$EXPECT_GO" ] && [ "$EXPECT_GO" != "$default_version" ]; then
    fail 16 AIRGO_NOT_EXPECTED "another Go is the default one here" where "$PREFIX" expected "go $EXPECT_GO" found "go $default_version" \
      next "install the kit that has it, or choose it: airgo-kit use $(printable "$EXPECT_GO")"
  fi
  [ -n "$EXPECT_KIT" ] || return 0
  awk -F "$TAB" -v id="$EXPECT_KIT" '$1 == "kit" && $4 == id { found = 1 } END { exit !found }' "$1" ||
    fail 16 AIRGO_NOT_EXPECTED "another kit is current here" where "$PREFIX" expected "the kit with the id $(printable "$EXPECT_KIT")" \
      found "$(awk -F "$TAB" '$1 == "kit" { printf "%s ", $4 }' "$1")" next "install that kit"
}
