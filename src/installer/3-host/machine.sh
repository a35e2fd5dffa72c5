
TOOLS="awk base64 cat chmod cp date dd df env find gzip id ln mkdir mktemp mv od readlink rm rmdir sed"
TOOLS="$TOOLS sha1sum sha256sum sort stat sync tar tr uname wc xargs"

# Everything that this machine lacks is told at once, before anything is written.
preflight() {
  lacking=
  for tool in $TOOLS; do
    command -v "$tool" >/dev/null 2>&1 || lacking="$lacking $tool"
  done
  if ! command -v printf >/dev/null 2>&1; then
    # Some shells have no printf of their own, and then fail() has no voice.
    REPORTED=yes
    echo "ERROR AIRGO_PREFLIGHT: missing tools: printf$lacking" >&2
    exit 32
  fi
  if [ -n "$lacking" ]; then
    fail 32 AIRGO_PREFLIGHT "this machine lacks tools that the installation needs" missing "${lacking# }" \
      next "install the packages that have them (coreutils, findutils, tar, gzip, awk, sed) or busybox"
  fi
}

# ARCH is that of the programs this system runs, which can be 32-bit under a 64-bit kernel: so it is read from the ELF
# header of a running program, and uname is asked only where /proc is absent.
detect_arch() {
  ARCH=
  if [ "$(uname -s)" != Linux ]; then
    fail 32 AIRGO_PLATFORM "the kit is for Linux" found "$(uname -s)"
  fi
  elf=$(od -An -v -tx1 -N20 /proc/self/exe 2>/dev/null | tr -d ' \n') || elf=
  case $elf in
  7f454c460201*3e00) ARCH=amd64 ;;
  7f454c460201*b700) ARCH=arm64 ;;
  '')
    elf="uname -m: $(uname -m)"
    case $elf in
    *x86_64 | *amd64) ARCH=amd64 ;;
    *aarch64 | *arm64) ARCH=arm64 ;;
    esac
    ;;
  *) elf="programs with the ELF header $elf on a kernel that says $(uname -m)" ;;
  esac
  if [ -z "$ARCH" ]; then
    fail 32 AIRGO_PLATFORM "this machine's architecture is not supported" expected "64-bit amd64 or arm64" found "$elf"
  fi
}

make_work_folder() {
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/airgo.XXXXXXXXXX") || {
    WORK=
    fail 32 AIRGO_DISK "no temporary folder can be made" where "${TMPDIR:-/tmp}" \
      next "point TMPDIR to a folder that can be written"
  }
  WORK=$(cd "$WORK" && pwd -P)
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
check_mv() {
  mkdir "$WORK/mv" "$WORK/mv/old" "$WORK/mv/new" && ln -s old "$WORK/mv/link" && ln -s new "$WORK/mv/.link" ||
    disk_failed "mkdir, ln in $WORK"
  if ! mv -fT "$WORK/mv/.link" "$WORK/mv/link" || [ "$(readlink "$WORK/mv/link")" != new ]; then
    fail 32 AIRGO_PREFLIGHT "mv on this machine can't replace a link in one step (mv -T)" \
      next "install coreutils or busybox"
  fi
}

check_rights() {
  if [ ! -w "$EXISTING" ] || [ ! -x "$EXISTING" ]; then
    fail 32 AIRGO_DISK "the prefix can't be written by this user" where "$PREFIX" \
      found "the nearest folder that exists is $EXISTING, and this user can't write in it" \
      next "run as its owner, or give --prefix a folder of your own; install.sh never calls sudo"
  fi
}

# df_column OPTION: what is free where the prefix lies. The names around the figures may hold spaces, so the column is
# found from the percentage that follows it; a file system without inode limits has none.
df_column() {
  df "$1" "$EXISTING" | awk 'NR == 2 {
    for (i = 4; i <= NF; i++) if ($i ~ /^([0-9]+%|-)$/) { print ($i == "-" ? "" : $(i - 1)); exit }
  }'
}

# check_space KIBIBYTES INODES
check_space() {
  # busybox df looks for the mount in /proc, which may be absent; stat asks the file system itself.
  free=$(df_column -Pk 2>/dev/null) || free=
  [ -n "$free" ] || free=$(stat -f -c '%a %S' "$EXISTING" 2>/dev/null | awk '{ printf "%.0f", $1 * $2 / 1024 }') || free=
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
