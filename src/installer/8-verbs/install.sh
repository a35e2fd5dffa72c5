verb_install() {
  find_kit
  preflight
  find_trust
  verify_kit
  check_serial
  choose_toolchains

  # On a new prefix nothing is made before the space is known to be there.
  read_current
  read_choices
  check_drop_ins
  [ -d "$PREFIX" ] || plan
  take_lock
  read_current
  read_choices
  check_serial
  sweep
  plan
  make_staging
  stage_versions
  stage_proxy
  stage_papers
  stage_generation
  check_work

  if nothing_new; then
    check_health "$(least_checks)"
    close_versions
    place_papers
    finish_installation
    say "kit $KIT_NAME, serial $KIT_SERIAL, id $KIT_ID is already current (generation $CURRENT); all of it was verified again"
    say_notes
    return
  fi
  place_versions
  check_health "${CHECKS:-full}"
  place_papers
  publish_proxy
  if [ "$SAME_GENERATION" = yes ]; then
    sync_prefix
    say "repaired: what was missing or damaged is in place again; generation $CURRENT is current as before"
  else
    EARLIER=$CURRENT
    place_generation
    flip_and_check
    say "installed: kit $KIT_NAME, serial $KIT_SERIAL, id $KIT_ID as generation $CURRENT"
  fi
  finish_installation
  say_next
  say_notes
}

# Where nothing is new, hello world was built before.
least_checks() {
  case ${CHECKS-} in '') say quick ;; *) say "$CHECKS" ;; esac
}

# What is kept for later, once the generation is current.
finish_installation() {
  keep_script
  keep_choices
  record_made_folders
  place_drop_ins
  finish_receipt
  prune_generations
}

# Folders above the prefix that this run made are recorded, so that an uninstallation can take them away.
record_made_folders() {
  [ -n "$MADE_IN" ] || return 0
  above=${PREFIX%/*}
  while [ -n "$above" ] && [ "$above" != "${MADE_IN%/}" ]; do
    record_outside folder "${above#"$ROOT"}"
    above=${above%/*}
  done
}

say_notes() {
  say_database
  warn_of_environment
  if [ -z "$ROOT" ]; then warn_of_remembered; fi
}

# Ends an installation: what was checked is written down, whom it was trusted to is remembered.
finish_receipt() {
  JUDGING=
  note_versions
  note_the_rest
  keep_serials
  keep_keys
  leave_receipt installed
}

# What there is to do, and whether it can be done; reads only.
plan() {
  check_heads
  plan_versions
  plan_proxy
  check_space "$(needed_kib)" "$(needed_inodes)"
}

needed_kib() {
  needed_for_versions | awk -v proxy="$(proxy_kib)" -v papers="$(cat "$WORK/kit/"* | wc -c)" '{ printf "%.0f\n", int($1 + proxy + papers / 1024) }'
}

needed_inodes() {
  needed_for_versions | awk -v proxy="$(wc -l <"$WORK/proxy.new")" '{ printf "%.0f\n", int($2 + 2 * proxy) }'
}

needed_for_versions() {
  awk -F "$TAB" '{ print $5, $6 }' "$WORK/versions.needed" | needs_of_versions
}

nothing_new() {
  SAME_GENERATION=no
  if [ -n "$CURRENT" ]; then
    wanted=$(generation_facts "$STAGING/generation")
    [ "$wanted" != "$(generation_facts "$PREFIX/generations/$CURRENT")" ] || SAME_GENERATION=yes
  fi
  [ $SAME_GENERATION = yes ] &&
    [ ! -s "$WORK/versions.needed" ] && [ ! -s "$WORK/proxy.new" ] && [ ! -s "$WORK/proxy.merge" ]
}

say_next() {
  say ""
  while IFS=$TAB read -r version folder id <&3; do
    say "  go $version  $PLACE/versions/$folder"
  done 3<"$WORK/generation.go"
  say "  modules  $PLACE/proxy"
  say "  this script, for all that comes later  $PLACE/bin/airgo-kit"
  say ""
  say "use both with this line, in a shell or its profile${ROOT:+, once the image runs}:"
  say "  export PATH=$(quoted "$PLACE/current/bin:$PLACE/bin"):\"\$PATH\""
  say "then, for instance:"
  say "  go version && go env GOPROXY GOTOOLCHAIN"
  say "start editors from a shell that has the PATH line; one that insists on a GOROOT gets these together:"
  say "  GOROOT=$(quoted "$PLACE/current/go")"
  say "  GOPROXY=$GOPROXY_URL"
  if [ -n "$GOSUMDB_SETTING" ]; then say "  GOSUMDB=$GOSUMDB_SETTING"; fi
  if [ -s "$WORK/patterns" ]; then say "  GONOSUMDB=$(quoted "$(all_patterns)")"; fi
}

# Said at the end, whatever was done: another database is another one to trust.
say_database() {
  [ -z "$GOSUMDB_SETTING" ] ||
    say "modules are checked with the checksum database $SUMDB, which is not Go's default: $GOSUMDB_SETTING"
  [ ! -s "$WORK/patterns" ] ||
    say "private modules are in no checksum database, only a go.sum vouches for them: $(all_patterns)"
}

all_patterns() {
  awk '{ line = line (NR > 1 ? "," : "") $0 } END { print line }' "$WORK/patterns"
}
