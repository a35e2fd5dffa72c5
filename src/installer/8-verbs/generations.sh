# The verbs about generations: list, use, rollback.

verb_list() {
  open_installation
  if [ ! -d "$PREFIX/generations" ]; then
    say "no generation is installed in $PREFIX"
    return
  fi
  generation_numbers >"$WORK/numbers" || disk_failed "find in $PREFIX"
  while read -r number <&3; do
    table=$PREFIX/generations/$number/generation.tsv
    mark=' '
    if [ "$number" = "$CURRENT" ]; then mark='*'; fi
    if [ -e "$PREFIX/generations/$number/disabled" ]; then mark='!'; fi
    if [ -f "$table" ]; then describe_generation "$mark" "$number" "$table"; else say "$mark $number  its table is gone"; fi
  done 3<"$WORK/numbers"
  say "* current, ! disabled; change with: airgo-kit rollback NUMBER"
}

# describe_generation MARK NUMBER TABLE: one line.
describe_generation() {
  awk -F "$TAB" -v mark="$1" -v number="$2" '
    $1 == "kit" { kits = kits (kits == "" ? "" : ", ") $2 "-" $3 " (" $4 ")" }
    $1 == "go" { versions[$2] = 1; go = go " " $2 }
    $1 == "default" { standard = $2 }
    $1 == "date" { date = $2 }
    $1 == "who" { who = $2 }
    END {
      sub("^ ", "", go); gsub(" ", ", ", go)
      printf "%s %s  %s  kits %s  go %s, default %s  by %s\n", mark, number, date, kits, go, standard, (who == "" ? "unknown" : who)
    }
  ' "$3" | tr '\001-\010\013-\037\177' '?'
}

# Another default Go among those of the current generation: a new generation that differs in nothing else. `newest` takes the
# choice back.
verb_use() {
  open_to_change
  [ -n "$CURRENT" ] || no_generation
  take_installed_facts
  table=$PREFIX/generations/$CURRENT/generation.tsv
  awk -F "$TAB" -v OFS="$TAB" '$1 == "kit"' "$table" >"$WORK/generation.kits" &&
    awk -F "$TAB" -v OFS="$TAB" '$1 == "go" { print $2, $3, $4 }' "$table" >"$WORK/generation.go" || disk_failed "awk in $WORK"
  GENERATION_USE=
  if [ "$ARGUMENT" = newest ]; then
    GENERATION_GO=$(awk -F "$TAB" '{ print $5 }' "$WORK/generation.kits" | newest_version)
  else
    choose_version
    GENERATION_GO=$GENERATION_USE
  fi
  make_staging
  make_generation
  if [ "$(generation_facts "$STAGING/generation")" = "$(generation_facts "$PREFIX/generations/$CURRENT")" ]; then
    say "go $GENERATION_GO is the default already (generation $CURRENT)"
    return
  fi
  go_to_staged
  say "go $GENERATION_GO is the default now: generation $CURRENT"
  prune_generations
}

# Sets GENERATION_USE to the version that is meant: one that is there, or the newest of 1.26.
choose_version() {
  wanted=${ARGUMENT#go}
  GENERATION_USE=$(awk -F "$TAB" -v wanted="$wanted" '$1 == wanted || index($1, wanted ".") == 1 { print $1 }' "$WORK/generation.go" |
    newest_version)
  [ -n "$GENERATION_USE" ] || fail 2 AIRGO_VERSION_NOT_HERE "the current generation has no such Go" where "$PREFIX/current" \
    expected "$(awk -F "$TAB" '{ line = line (NR > 1 ? ", " : "") $1 } END { print line }' "$WORK/generation.go")" \
    found "$(printable "$ARGUMENT")" next "name one of these, or install a kit that has it"
}

# Goes back to the generation before the current one, or to the one that is named.
verb_rollback() {
  open_to_change
  generation_numbers >"$WORK/numbers" || disk_failed "find in $PREFIX"
  target=$ARGUMENT
  if [ -z "$target" ]; then
    target=$(awk -v current="${CURRENT:-999999999}" '$1 + 0 < current + 0 { last = $1 } END { print last }' "$WORK/numbers")
    [ -n "$target" ] || fail 2 AIRGO_NO_SUCH_GENERATION "there is no generation before the current one" where "$PREFIX/generations" \
      found "generations: $(tr '\n' ' ' <"$WORK/numbers")" next "see airgo-kit list"
  fi
  WANTED=$target awk '$1 "" == ENVIRON["WANTED"] "" { found = 1 } END { exit !found }' "$WORK/numbers" ||
    fail 2 AIRGO_NO_SUCH_GENERATION "there is no such generation" where "$PREFIX/generations" \
      expected "one of $(tr '\n' ' ' <"$WORK/numbers")" found "$(printable "$target")" next "see airgo-kit list"
  if [ "$target" = "$CURRENT" ]; then
    say "generation $target is current already"
    return
  fi
  refuse_disabled "$target"
  take_installed_facts
  make_staging
  check_generation "$target"
  EARLIER=$CURRENT
  GENERATION=$target
  flip_and_check
  say "generation $CURRENT is current now"
  say_older_kits
  describe_generation '*' "$CURRENT" "$PREFIX/generations/$CURRENT/generation.tsv"
}

# Going back is meant, but what was mended since should not be forgotten.
say_older_kits() {
  [ -n "$EARLIER" ] && [ -f "$PREFIX/generations/$EARLIER/generation.tsv" ] || return 0
  awk -F "$TAB" '
    $1 != "kit" { next }
    side == "left" { serial[$2] = $3; next }
    ($2 in serial) && serial[$2] + 0 > $3 + 0 { print "note: " $2 " goes back from serial " serial[$2] " to " $3 ": what was mended since then is missing" }
  ' side=left "$PREFIX/generations/$EARLIER/generation.tsv" side=now "$PREFIX/generations/$CURRENT/generation.tsv"
}

refuse_disabled() {
  [ ! -e "$PREFIX/generations/$1/disabled" ] ||
    fail 8 AIRGO_INSTALLED_DAMAGED "that generation was disabled because it was damaged" where "$PREFIX/generations/$1" \
      found "$(listing "$PREFIX/generations/$1/disabled")" next "mend it first: airgo-kit repair"
}

# For verbs that change an installation: alone, with what was left by interrupted runs taken away.
open_to_change() {
  open_installation
  detect_arch
  check_rights
  check_mv
  take_lock
  read_current
  sweep
}

no_generation() {
  fail 2 AIRGO_NO_SUCH_GENERATION "no generation is current" where "$PREFIX" next "see airgo-kit list, or install a kit"
}

# What the wrappers of all kits here have in common, from the papers of one of them (check_heads holds them to it).
take_installed_facts() {
  SUMDB=
  GOSUMDB_SETTING=
  for papers in "$PREFIX"/kits/*; do
    [ -f "$papers/kit/kit.tsv" ] || continue
    SUMDB=$(awk -F "$TAB" '$1 == "sumdb" { print $2 }' "$papers/kit/kit.tsv")
    GOSUMDB_SETTING=$(awk -F "$TAB" '$1 == "gosumdb" { print $2 }' "$papers/kit/kit.tsv")
    check_gosumdb
    break
  done
}

# The staged generation must work before it is current, and after.
go_to_staged() {
  check_health "${CHECKS:-quick}" staged
  EARLIER=$CURRENT
  place_generation
  flip_and_check
}

# Makes GENERATION current and looks whether it works there; if not, EARLIER is current again.
flip_and_check() {
  flip_to "$GENERATION"
  check_flipped
  mark_activated "$CURRENT"
  sync_prefix
}

# check_generation NUMBER: every Go of a generation that is there already is what its kit recorded, and its wrappers are whole.
check_generation() {
  table=$PREFIX/generations/$1/generation.tsv
  [ -f "$table" ] || fail 8 AIRGO_INSTALLED_DAMAGED "the generation has no table" where "$table" next "choose another one: airgo-kit list"
  awk -F "$TAB" -v OFS="$TAB" '$1 == "go" { print $2, $3, $4 }' "$table" >"$WORK/generation.go" || disk_failed "awk in $WORK"
  awk -F "$TAB" '$1 == "kit"' "$table" >"$WORK/generation.kits" || disk_failed "awk in $WORK"
  GENERATION_GO=$(awk -F "$TAB" '$1 == "default" { print $2 }' "$table")
  while IFS=$TAB read -r version folder id <&3; do
    check_installed_version "$version" "$folder" "$id" ||
      fail 8 AIRGO_INSTALLED_DAMAGED "go $version of generation $1 is damaged" where "$PREFIX/versions/$folder" \
        found "$(listing "$WORK/findings")" next "mend it: airgo-kit repair"
  done 3<"$WORK/generation.go"
}

# check_installed_version VERSION FOLDER KIT-ID: against the papers of the kit that brought it.
check_installed_version() {
  find_papers "$3"
  if [ -z "$PAPERS" ]; then
    printf 'the papers of its kit %s are gone\n' "$3" >"$WORK/findings"
    return 1
  fi
  awk -F "$TAB" -v version="$1" -v arch="$ARCH" '$1 == version && $2 == arch { print $3 "\t" $5 }' "$PAPERS/kit/toolchains.tsv" \
    >"$WORK/stated" || disk_failed "awk in $PAPERS"
  IFS=$TAB read -r module h1 <"$WORK/stated" || {
    printf 'the papers of its kit %s do not speak of it\n' "$3" >"$WORK/findings"
    return 1
  }
  if [ ! -d "$PREFIX/versions/$2" ] || [ -L "$PREFIX/versions/$2" ]; then
    printf 'its folder is gone\n' >"$WORK/findings"
    return 1
  fi
  check_tree "$PREFIX/versions/$2" "$1" "$module" "$h1" 0444 0555 "$PAPERS/kit"
}

# find_papers KIT-ID: sets PAPERS to the folder of that kit's papers, or to nothing.
find_papers() {
  PAPERS=
  for papers in "${KITS:-$PREFIX/kits}"/*-"$1"; do
    if [ -f "$papers/kit/toolchains.tsv" ]; then PAPERS=$papers; fi
  done
}
