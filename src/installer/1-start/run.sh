# Makes shells, locales and callers' settings alike.
start() {
  set -eu
  # A zsh that was not started as sh would split words its own way. Elsewhere these variables are the caller's.
  if (emulate sh) >/dev/null 2>&1; then emulate sh; else unset ZSH_VERSION ZSH_ARGZERO; fi
  # In functions zsh calls $0 by another name.
  CALLED=$0
  if [ -n "${ZSH_VERSION-}" ]; then CALLED=${ZSH_ARGZERO:-$0}; fi
  unset CDPATH GREP_OPTIONS POSIXLY_CORRECT TAR_OPTIONS GZIP
  LC_ALL=C
  export LC_ALL
  TAB=$(printf '\t')
  NEWLINE='
'
  IFS=" $TAB$NEWLINE"
  umask 022

  VERB=
  STARTED=
  TRACE=
  WORK=      # private temporary folder: copies of what was checked, lists, logs
  STAGING=   # folder below the prefix where everything new is made
  LOCK_DIR=  # the lock, where there is no flock program
  MADE=      # folders in the prefix that this run made, empty at first
  MADE_IN=   # where this run made the prefix itself: the folder that was there before
  RECEIPT_NEW= # a receipt that does not have its name yet
  OUTSIDE_NEW= # the same for a file outside the prefix
  REPORTED=  # set once an error was told, so that the exit trap need not
  DOWNGRADE_TOLD= # set once that was told
  SETTLED=   # set once PREFIX is known to be a place that this user may trust
  KITS=      # where the papers of installed kits are read, once they were verified as private copies
  CHECKING=  # set by verbs that tell all that is wrong in an installation instead of the first thing
  WATCHING=  # set while a failure is to be told to the program of --alert
  JUDGING=   # set while a refusal is one of the kit, and leaves a receipt
  trap cleanup EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# Runs at every exit, with the exit code kept. Only what this run made is removed.
cleanup() {
  rc=$?
  trap - EXIT
  # Nothing may end it halfway, nor a message that nobody reads any more.
  trap '' HUP INT TERM PIPE
  # A shell ends at a file that it can't make, wherever that is.
  case $rc:$REPORTED in
  0:* | 129:* | 130:* | 143:* | *:yes) ;;
  *) if work_is_full; then (work_failed) || rc=$? && REPORTED=yes; fi ;;
  esac
  if [ -n "$WATCHING" ]; then alert_of_failure "$rc" || :; fi
  leave_audit "$rc" || :
  if [ -n "$STAGING" ]; then remove_tree "$STAGING"; fi
  if [ -n "$WORK" ]; then remove_tree "$WORK"; fi
  if [ -n "$RECEIPT_NEW" ]; then rm -f "$RECEIPT_NEW" || :; fi
  if [ -n "$OUTSIDE_NEW" ]; then rm -f "$OUTSIDE_NEW" || :; fi
  remove_skeleton
  if [ -n "$LOCK_DIR" ]; then rm -rf "$LOCK_DIR" || :; fi
  case $rc in
  0) ;;
  129 | 130 | 143)
    printf 'interrupted: nothing is half installed; run the same command again\n' >&2 || :
    ;;
  *)
    if [ -z "$REPORTED" ]; then
      printf '\nERROR AIRGO_BUG: a command failed (exit %s) where install.sh did not expect it\n' "$rc" >&2
      printf '  next:     send the lines above to those who made the kit; run again: nothing was left half done\n' >&2
      rc=1
    fi
    ;;
  esac
  exit "$rc"
}

# Read-only folders can't be emptied by rm -rf alone.
remove_tree() {
  chmod -R u+w "$1" 2>/dev/null || :
  rm -rf "$1" 2>/dev/null || warn "this could not be removed: $1" || :
}

# What a run made that installed nothing: only what is empty goes. The lock's file goes while the lock is held, and
# whoever opened it meanwhile finds that out (take_lock).
remove_skeleton() {
  for folder in $MADE; do
    rmdir "$PREFIX/$folder" 2>/dev/null || :
  done
  [ -n "$MADE_IN" ] || return 0
  [ -z "$(find "$PREFIX/." ! -name . -prune ! -name '.airgo.lock*' 2>/dev/null | sed -n 1p)" ] || return 0
  rm -f "$PREFIX/.airgo.lock" || :
  if [ -n "$LOCK_DIR" ]; then rm -rf "$LOCK_DIR" || :; fi
  folder=$PREFIX
  while [ "$folder" != "${MADE_IN%/}" ] && rmdir "$folder" 2>/dev/null; do
    folder=${folder%/*}
  done
}
