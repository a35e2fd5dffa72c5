# Who did what, when: every verb leaves one line of JSON in PREFIX/log/audit.jsonl, and one message with the system's logger
# where there is one. A line that can't be written fails nothing, but is said. What touches nothing (plan, help, env) leaves
# no line below the prefix.

start_audit() {
  STARTED=$(milliseconds)
  TRACE=${AIRGO_TRACE_ID-}
  case $TRACE in
  '' | *[!A-Za-z0-9._-]* | ?????????????????????????????????????????????????????????????????*)
    TRACE=$({ od -An -v -tx1 -N16 /dev/urandom | tr -d ' \n'; } 2>/dev/null) || TRACE=
    ;;
  esac
}

# The time in milliseconds since 1970, to the second where date knows no better.
milliseconds() {
  time=$(date +%s%N 2>/dev/null) || time=
  case $time in
  *[!0-9]* | '' | ??????????) time=$(date +%s 2>/dev/null)000000000 || time=0000000000 ;;
  esac
  printf '%s\n' "${time%??????}"
}

# leave_audit EXIT CODE: called once, at the end, whatever it is.
leave_audit() {
  case $VERB in '' | help | env) return 0 ;; esac
  [ -n "${STARTED-}" ] && command -v awk >/dev/null 2>&1 || return 0
  case $1 in
  0) result="done" ;;
  129 | 130 | 143) result=interrupted ;;
  *) result=${fail_code:-AIRGO_BUG} ;;
  esac
  line=$(audit_line "$1" "$result") || return 0
  case $VERB in plan) ;; *) append_audit "$line" ;; esac
  tell_logger "$1" "$result" "$line" || :
}

audit_line() {
  now=$(milliseconds)
  printf '{"time":"%s","verb":"%s","result":"%s","exit":%s,' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$VERB" "$2" "$1"
  printf '"milliseconds":%s,"trace":"%s",' "$(awk -v from="$STARTED" -v to="$now" 'BEGIN { printf "%.0f", to - from }')" "$TRACE"
  printf '"who":%s,"uid":%s,"host":%s' "$(json_string "$(who_am_i)")" "$(id -u)" "$(json_string "$(uname -n)")"
  if [ -n "$SETTLED" ]; then printf ',"prefix":%s' "$(json_string "$PREFIX")"; fi
  if [ -n "${KIT_KNOWN-}" ]; then
    printf ',"kit":"%s","serial":%s,"id":"%s"' "$KIT_NAME" "$KIT_SERIAL" "$KIT_ID"
  elif [ -n "${KIT_ID-}" ]; then
    printf ',"id":"%s"' "$KIT_ID"
  fi
  if [ -n "$WORK" ] && [ -s "$WORK/vouching" ]; then
    printf ',"keys":%s' "$(json_string "$(awk -F "$TAB" '{ line = line (NR > 1 ? " " : "") $4 } END { print line }' "$WORK/vouching")")"
  fi
  if [ -n "${CURRENT-}" ]; then printf ',"generation":%s' "$CURRENT"; fi
  printf ',"script":"%s"}\n' "$AIRGO_VERSION"
}

# The user, and who it was before sudo or doas.
who_am_i() {
  before=${SUDO_USER:-${DOAS_USER-}}
  user=$(id -un 2>/dev/null) || user=$(id -u)
  printf '%s\n' "$(printable "$user${before:+ (sudo: $before)}")"
}

# Only in an installation that is there, or was: a refused first one leaves nothing behind.
append_audit() {
  [ -n "$SETTLED" ] && { [ -L "$PREFIX/current" ] || [ -d "$PREFIX/log" ]; } || return 0
  if { [ -d "$PREFIX/log" ] || mkdir "$PREFIX/log"; } 2>/dev/null && [ ! -L "$PREFIX/log" ] &&
    [ ! -L "$PREFIX/log/audit.jsonl" ] && (printf '%s\n' "$1" >>"$PREFIX/log/audit.jsonl") 2>/dev/null; then
    return 0
  fi
  warn "this run is not in the log: $PREFIX/log/audit.jsonl can't be written by this user"
}

# RFC 5424 with structured data where the program can do that (util-linux), else the line itself. Where no system log is
# there, as in most containers, there is nobody to tell.
tell_logger() {
  command -v logger >/dev/null 2>&1 || return 0
  priority=authpriv.notice
  if [ "$1" != 0 ]; then priority=authpriv.err; fi
  case $(logger --help 2>&1 || :) in
  *--sd-param*)
    set -- "$1" "$2" "$3" "$(printf '%s\n' "$VERB" | tr '[:lower:]' '[:upper:]')"
    logger --rfc5424 -t airgo-kit -p "$priority" --msgid "$4" --sd-id airgo@32473 --sd-param "verb=\"$VERB\"" \
      --sd-param "result=\"$2\"" --sd-param "exit=\"$1\"" --sd-param "trace=\"$TRACE\"" --sd-param "kit=\"${KIT_ID:--}\"" \
      --sd-param "generation=\"${CURRENT:--}\"" -- "$3" 2>/dev/null && return 0
    ;;
  *) logger -t airgo-kit -p "$priority" "$3" 2>/dev/null && return 0 ;;
  esac
  [ ! -e /dev/log ] || warn "the system's logger did not take the message of this run"
}
