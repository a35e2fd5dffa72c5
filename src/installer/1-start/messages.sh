say() {
  printf '%s\n' "$*"
}

warn() {
  printf 'WARNING: %s\n' "$(shown "$*")" >&2
}

# Text as printable does, with its line breaks: whatever a damaged installation or a kit holds, the terminal obeys none of it.
shown() {
  case $1 in
  *[[:cntrl:]]*) printf '%s\n' "$1" | tr '\001-\010\013-\037\177' '?' ;;
  *) printf '%s\n' "$1" ;;
  esac
}

# fail EXIT CODE WHAT [LABEL TEXT]...  Tells one error in one block and ends; where it is the kit that is refused, it
# leaves a receipt of that. Never call it in a subshell.
fail() {
  # In a full temporary folder anything may look like a fault of the kit.
  if [ "$2" != AIRGO_DISK ] && work_is_full; then work_failed; fi
  REPORTED=yes
  fail_rc=$1
  fail_code=$2
  fail_what=$3
  printf '\nERROR %s: %s\n' "$2" "$(shown "$3")" >&2
  shift 3
  while [ $# -ge 2 ]; do
    printf '  %-9s %s\n' "$1:" "$(shown "$2")" >&2
    shift 2
  done
  case $JUDGING:$fail_rc:$fail_code in
  yes:8:* | yes:16:* | yes:32:AIRGO_VERIFIER_MISSING)
    JUDGING=
    leave_refusal "$fail_code" "$fail_what"
    ;;
  esac
  exit "$fail_rc"
}

# Runs a command that writes. When it fails, this machine is to blame: space, rights, a read-only file system.
must() {
  "$@" || disk_failed "$*"
}

disk_failed() {
  fail 32 AIRGO_DISK "a write failed; the tool's own message is above" \
    command "$1" \
    next "free space or correct the rights, then run the same command again; nothing was left half done"
}

# The first lines of a file as an indented list for an error block, without control characters.
listing() {
  tr '\001-\010\013-\037\177' '?' <"$1" | awk '
    NR <= 20 { print (NR > 1 ? "            " : "") $0 }
    END { if (NR > 20) print "            and " NR - 20 " more" }
  '
}

# Text for the terminal: control characters are shown as question marks.
printable() {
  printf '%s\n' "$1" | tr '\001-\010\013-\037\177' '?' | tr '\t' ' '
}
