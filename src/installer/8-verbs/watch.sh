# The check of what is installed, for operators (verify) and for timers (watch).

verify_installed() {
  open_to_check
  check_installed
  tell_findings
  tell_result
}

verb_watch() {
  if [ -n "$SCHEDULE" ]; then
    schedule_watch
    return
  fi
  open_to_check
  WATCHING=yes
  check_installed
  tell_findings
  if [ -n "$QUARANTINE" ] && [ -s "$WORK/found.tsv" ]; then quarantine_current; fi
  if [ -s "$WORK/found.tsv" ]; then
    {
      found_text
      [ -z "$QUARANTINED" ] || say "$QUARANTINED"
    } >"$WORK/alert" || disk_failed "write $WORK"
    WATCHING=
    alert AIRGO_INSTALLED_DAMAGED
  fi
  tell_result
}

tell_findings() {
  QUARANTINED=
  [ ! -s "$WORK/found.tsv" ] || found_text
}

# Ends the run where something is wrong, or where nobody could say that it is right.
tell_result() {
  tell_checked
  if [ -s "$WORK/found.tsv" ]; then
    found_text >"$WORK/findings" || disk_failed "write $WORK"
    find_advice
    fail 8 AIRGO_INSTALLED_DAMAGED "what is installed is not as its kits state" where "$PREFIX" \
      found "$(listing "$WORK/findings")" next "$ADVICE"
  fi
  if [ -n "$NO_TOOL" ]; then
    cp "$WORK/noted" "$WORK/findings" || disk_failed "write $WORK"
    fail 32 AIRGO_VERIFIER_MISSING "all files are as the papers of their kits state, but no program here can check who signed those" \
      where "$PREFIX/kits" found "$(listing "$WORK/findings")" next "bring one of these"
  fi
  say "whole: all that is installed is as its kits state${CURRENT:+ (generation $CURRENT is current)}"
}

# Sets ADVICE to what mends the findings. Files outside the prefix are nothing that a repair writes: what somebody edited is his.
find_advice() {
  ADVICE=
  if awk -F "$TAB" '$1 != "outside" { found = 1 } END { exit !found }' "$WORK/found.tsv"; then
    ADVICE="mend it: airgo-kit repair, or with an intact copy: airgo-kit repair --from DIR"
    if [ "$VERB" = repair ]; then
      ADVICE="give an intact copy of what is left with --from DIR, a kit or another prefix, and a key that is not trusted with --key;"
      ADVICE="$ADVICE where the table of the current generation is damaged: airgo-kit rollback, then repair; or install the kit again"
    fi
  fi
  if has_found outside; then
    ADVICE="$ADVICE${ADVICE:+; }what lies outside the prefix: move it aside, then install the kit again, and what belongs to a timer: airgo-kit watch --schedule"
  fi
}

# alert RESULT: gives $WORK/alert to the program of --alert. What it does changes no exit code; and what it leaves running does
# not hold the lock.
alert() {
  [ -n "$ALERT" ] && [ "$ALERT" != none ] && [ -z "$ROOT" ] || return 0
  if ! only_ours "$ALERT"; then
    warn "the program of --alert was not run, because another user could change it or put another one in its place: $(printable "$ALERT")"
    return 0
  fi
  AIRGO_ALERT_PREFIX=$PREFIX AIRGO_ALERT_RESULT=$1 "$ALERT" <"$WORK/alert" 9>&- ||
    warn "the program of --alert failed (exit code $?): $(printable "$ALERT")"
}

# only_ours PATH: whether nobody but root and this user can change what lies there, on the way to it too.
only_ours() {
  real=$(real_folder "${1%/*}/") && [ -f "$real/${1##*/}" ] || return 1
  [ -z "$(find -L "$real/${1##*/}" -prune '(' ! -user 0 ! -user "$ME" -o -perm -0020 -o -perm -0002 ')' 2>/dev/null)" ] || return 1
  while :; do
    [ -z "$(find "${real:-/}" -prune '(' ! -user 0 ! -user "$ME" -o '(' -perm -0020 -o -perm -0002 ')' ! -perm -1000 ')' 2>/dev/null)" ] || return 1
    [ -n "$real" ] || return 0
    real=${real%/*}
  done
}

# alert_of_failure EXIT CODE: for a watch that ended before it knew.
alert_of_failure() {
  WATCHING=
  case $1 in 0 | 129 | 130 | 143) return 0 ;; esac
  [ -d "$WORK" ] || return 0
  printf 'the watch ended with exit code %s: %s\n' "$1" "${fail_what:-a command failed}" >"$WORK/alert" || return 0
  alert "${fail_code:-AIRGO_BUG}"
}
