#!/bin/sh
# install.sh: checks an airgo kit and installs it on this host. It has no network code at all.
#
#   sh install.sh --key FILE            check the kit with the public key you were given, then install it
#   sh install.sh help                  all verbs and options
#
# It needs a POSIX shell and what a small Linux has: coreutils or busybox, tar, gzip, awk, sed, find, xargs; and for the
# signatures one of openssl, gpgv, gpg, sqv, OpenSSH's keygen, minisign or signify. It calls no sudo, edits no file of
# yours, and writes only below the prefix, in one temporary folder and where receipts go. Everything is checked before
# the first write; what is new gets its name by a rename; the link `current` moves last. So a run that is killed at any
# point leaves the earlier installation, or the new one, and never half of one.
#
# All code is in functions and the last line calls main, so that a truncated copy of this file does nothing.

# shellcheck disable=SC2015,SC2016
# SC2015: `a && b || fail ...` is meant as it reads, because fail ends the script.
# SC2016: programs for awk and texts of wrappers hold dollar signs that this shell must not expand.

# What the kit's tables look like; a kit of another format is refused (docs/kit-format.md).
FORMAT=1

# Makes shells, locales and callers' settings alike.
start() {
  set -eu
  # A zsh that was not started as sh would split words its own way. Elsewhere these variables are the caller's.
  if (emulate sh) >/dev/null 2>&1; then emulate sh; else unset ZSH_VERSION ZSH_ARGZERO; fi
  unset CDPATH GREP_OPTIONS POSIXLY_CORRECT TAR_OPTIONS GZIP
  LC_ALL=C
  export LC_ALL
  TAB=$(printf '\t')
  NEWLINE='
'
  IFS=" $TAB$NEWLINE"
  umask 022

  WORK=      # private temporary folder: copies of what was checked, lists, logs
  STAGING=   # folder below the prefix where everything new is made
  LOCK_DIR=  # the lock, where there is no flock program
  MADE=      # folders in the prefix that this run made, empty at first
  MADE_IN=   # where this run made the prefix itself: the folder that was there before
  RECEIPT_NEW= # a receipt that does not have its name yet
  REPORTED=  # set once an error was told, so that the exit trap need not
  DOWNGRADE_TOLD= # set once that was told
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
  if [ -n "$STAGING" ]; then remove_tree "$STAGING"; fi
  if [ -n "$WORK" ]; then remove_tree "$WORK"; fi
  if [ -n "$RECEIPT_NEW" ]; then rm -f "$RECEIPT_NEW" || :; fi
  remove_skeleton
  if [ -n "$LOCK_DIR" ]; then rm -rf "$LOCK_DIR"; fi
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
  rm -rf "$1" || :
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

say() {
  printf '%s\n' "$*"
}

warn() {
  printf 'WARNING: %s\n' "$*" >&2
}

# fail EXIT CODE WHAT [LABEL TEXT]...  Tells one error in one block and ends; where it is the kit that is refused, it
# leaves a receipt of that. Never call it in a subshell.
fail() {
  REPORTED=yes
  fail_rc=$1
  fail_code=$2
  fail_what=$3
  printf '\nERROR %s: %s\n' "$2" "$3" >&2
  shift 3
  while [ $# -ge 2 ]; do
    printf '  %-9s %s\n' "$1:" "$2" >&2
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

# only_in A B: the lines of file A that file B does not have.
only_in() {
  awk 'side == "b" { seen[$0] = 1; next } !($0 in seen)' side=b "$2" side=a "$1"
}

# in_both A B: the lines of file A that file B has too.
in_both() {
  awk 'side == "b" { seen[$0] = 1; next } $0 in seen' side=b "$2" side=a "$1"
}

# each_of LIST COMMAND...: the command with the plain names of a list, as many at once as it takes. The list comes through
# a pipe, because busybox runs its own commands in forks of xargs, which would move the place where a file is read.
each_of() {
  list=$1
  shift
  cat <"$list" | xargs "$@"
}

# Text as one word of sh.
quoted() {
  printf "'%s'" "$(printf '%s\n' "$1" | sed "s/'/'\\\\''/g")"
}

# The folder without links; fails without a word where it can't be entered.
real_folder() {
  (cd "$1/" && pwd -P) 2>/dev/null
}

sha256_of() {
  sha256sum <"$1" | awk '{ print $1 }'
}

# Text for the terminal: control characters are shown as question marks.
printable() {
  printf '%s\n' "$1" | tr '\001-\010\013-\037\177' '?' | tr '\t' ' '
}

# The bytes of a file as one line of lower-case hex digits.
hex_of() {
  od -An -v -tx1 "$1" | tr -d ' \n'
}
