# ARCH is that of the programs this system runs, which can be 32-bit under a 64-bit kernel: so it is read from the ELF
# header of a running program, and uname is asked only where /proc is absent. Where it is none that is supported, ARCH is
# empty; ARCH_FOUND says what was seen.
find_arch() {
  ARCH=
  ARCH_FOUND=$(uname -s 2>/dev/null) || ARCH_FOUND="no uname"
  [ "$ARCH_FOUND" = Linux ] || return 0
  elf=$(od -An -v -tx1 -N20 /proc/self/exe 2>/dev/null | tr -d ' \n') || elf=
  ARCH_FOUND="programs with the ELF header $elf on a kernel that says $(uname -m)"
  case $elf in
  7f454c460201*3e00) ARCH=amd64 ;;
  7f454c460201*b700) ARCH=arm64 ;;
  '')
    ARCH_FOUND="uname -m: $(uname -m)"
    case $ARCH_FOUND in
    *x86_64 | *amd64) ARCH=amd64 ;;
    *aarch64 | *arm64) ARCH=arm64 ;;
    esac
    ;;
  esac
}

detect_arch() {
  find_arch
  [ -n "$ARCH" ] || fail 32 AIRGO_PLATFORM "this machine is not supported" expected "64-bit Linux on amd64 or arm64" \
    found "$ARCH_FOUND" next "use a kit on a machine that it is for"
}

make_work_folder() {
  [ -z "$WORK" ] || return 0
  try_work_folder ||
    fail 32 AIRGO_DISK "no temporary folder can be made${TEMPORARY_FAULT:+: $TEMPORARY_FAULT}" where "${TMPDIR:-/tmp}" \
      next "point TMPDIR to a folder that can be written by this user and not by others, or that is sticky, as /tmp is"
}

# Fails with TEMPORARY_FAULT set where others could exchange it: then nothing in it would be what was checked, and what is
# written there could go anywhere.
try_work_folder() {
  TEMPORARY_FAULT=
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/airgo.XXXXXXXXXX" 2>/dev/null) || {
    WORK=
    return 1
  }
  WORK=$(cd "$WORK" && pwd -P)
  ME=$(id -u)
  UNMAPPED=$(unmapped_uid)
  above=$WORK
  while [ -n "$above" ]; do
    above=${above%/*}
    if is_safe_above "${above:-/}"; then continue; fi
    TEMPORARY_FAULT="another user could exchange what lies in ${above:-/} ($kind of the user $owner, mode $mode)"
    rmdir "$WORK" 2>/dev/null || :
    WORK=
    return 1
  done
  # Shells that keep here-documents and pipes in files use it too.
  TMPDIR=$WORK
  export TMPDIR
}

# Whether the temporary folder has no room left. Then what was found out says nothing about the kit, because not every awk
# tells that it could not write. Lists that were overwritten since may have given back as much as two of the longest take.
work_is_full() {
  [ -n "$WORK" ] || return 1
  room=0123456789abcdef
  while [ ${#room} -lt 65536 ]; do room=$room$room; done
  if (
    mkdir "$WORK/room" && printf '%s' "$room" >"$WORK/room/probe" || exit 1
    [ ! -f "$WORK/SHA256SUMS" ] || cat "$WORK/SHA256SUMS" "$WORK/SHA256SUMS" >>"$WORK/room/probe"
  ) 2>/dev/null; then room=yes; else room=; fi
  rm -rf "$WORK/room" 2>/dev/null || :
  [ -z "$room" ]
}

# Nothing that was checked counts before this is known.
check_work() {
  if work_is_full; then work_failed; fi
}

work_failed() {
  fail 32 AIRGO_DISK "the temporary folder is full, so the kit could not be checked" where "${WORK%/*}" \
    next "free space there, or point TMPDIR to a folder with more, then run the same command again"
}

# The link `current` moves in one step only if mv can rename over a link to a folder.
can_replace_link() {
  must rm -rf "$WORK/mv"
  mkdir "$WORK/mv" "$WORK/mv/old" "$WORK/mv/new" && ln -s old "$WORK/mv/link" && ln -s new "$WORK/mv/.link" ||
    disk_failed "mkdir, ln in $WORK"
  mv -fT "$WORK/mv/.link" "$WORK/mv/link" 2>/dev/null && [ "$(readlink "$WORK/mv/link")" = new ]
}

# df_column OPTION: what is free where the prefix lies. The names around the figures may hold spaces, so the column is
# found from the percentage that follows it; a file system without inode limits has none.
df_column() {
  df "$1" "$EXISTING" | awk 'NR == 2 {
    for (i = 4; i <= NF; i++) if ($i ~ /^([0-9]+%|-)$/) { print ($i == "-" ? "" : $(i - 1)); exit }
  }'
}

# free_kib: the room where the prefix lies, or nothing where it can't be told. busybox df looks for the mount in /proc, which
# may be absent; stat asks the file system itself.
free_kib() {
  free=$(df_column -Pk 2>/dev/null) || free=
  if [ -n "$free" ]; then say "$free"; else stat -f -c '%a %S' "$EXISTING" 2>/dev/null | awk '{ printf "%.0f\n", $1 * $2 / 1024 }'; fi
}

# check_space KIBIBYTES INODES
check_space() {
  free=$(free_kib) || free=
  if [ -n "$free" ] && [ "$free" -lt "$1" ]; then
    fail 32 AIRGO_DISK "not enough space" where "$PREFIX" expected "$1 KiB free" found "$free KiB" \
      next "free space or give another --prefix"
  fi
  # busybox df may not know -i: then the file system itself will tell.
  free=$(df_column -Pi 2>/dev/null) || free=
  if [ -n "$free" ] && [ "$free" -lt "$2" ]; then
    fail 32 AIRGO_DISK "not enough inodes (files)" where "$PREFIX" expected "$2 free" found "$free" \
      next "remove files or give another --prefix"
  fi
}

# Labels for what is staged: a rename keeps those of the folder that it comes from.
restore_labels() {
  if command -v selinuxenabled >/dev/null 2>&1 && selinuxenabled && command -v restorecon >/dev/null 2>&1; then
    restorecon -RF "$1" >"$WORK/log" 2>&1 || warn "restorecon did not label $1: $(listing "$WORK/log")"
  fi
}
