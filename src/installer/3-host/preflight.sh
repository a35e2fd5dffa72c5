# What this machine must be for an installation. All that is wrong is found before anything is written, and told at once;
# doctor tells what is right, too.

# finding LEVEL TOPIC TEXT [NEXT] [CODE]: LEVEL is ok, note or bad.
finding() {
  if [ -n "$EXAMINING" ]; then
    printf '%-5s %-10s %s\n' "$1" "$2" "$(printable "$3")"
    [ -z "${4-}" ] || printf '%-5s %-10s -> %s\n' '' '' "$4"
  elif [ "$1" = note ]; then
    warn "$2: $3${4:+; $4}"
  fi
  [ "$1" = bad ] || return 0
  PROBLEM_COUNT=$((PROBLEM_COUNT + 1))
  case ${5-} in AIRGO_INSTALLED_DAMAGED) PROBLEM_EXIT=$((PROBLEM_EXIT | 8)) ;; *) PROBLEM_EXIT=$((PROBLEM_EXIT | 32)) ;; esac
  PROBLEM_CODE=${5-AIRGO_PREFLIGHT}
  PROBLEM_WHAT=$3
  PROBLEM_NEXT=$4
  PROBLEMS="$PROBLEMS${PROBLEMS:+$NEWLINE            }$2: $3; $4"
}

# preflight: all of it, or one error that lists what is wrong. Afterwards ARCH, WORK and PREFIX are set.
preflight() {
  begin_findings
  examine_machine
  refuse_problems
}

begin_findings() {
  EXAMINING=
  PROBLEM_COUNT=0
  PROBLEM_EXIT=0
  PROBLEMS=
}

check_rights() {
  begin_findings
  examine_rights "$EXISTING"
  refuse_problems
}

check_mv() {
  begin_findings
  examine_mv
  refuse_problems
}

refuse_problems() {
  case $PROBLEM_COUNT in
  0) return 0 ;;
  1) fail "$PROBLEM_EXIT" "$PROBLEM_CODE" "$PROBLEM_WHAT" where "${PREFIX:-this machine}" next "$PROBLEM_NEXT" ;;
  esac
  [ "$PROBLEM_EXIT" = 32 ] || fail "$PROBLEM_EXIT" AIRGO_PREFLIGHT "$PROBLEM_COUNT things stand in the way" found "$PROBLEMS" next "mend all of them"
  fail 32 AIRGO_PREFLIGHT "$PROBLEM_COUNT things on this machine stand in the way of an installation" found "$PROBLEMS" \
    next "mend all of them, then run again; nothing was written"
}

examine_machine() {
  examine_tools
  examine_system
  examine_temporary
  if [ -z "$lacking" ] && [ -n "$WORK" ]; then
    settle_prefix
    examine_place
    examine_policies
  else
    examine_rights "${PREFIX:-/}"
  fi
}

examine_tools() {
  missing_tools
  if [ -n "$lacking" ]; then
    finding bad tools "this machine lacks tools that the installation needs, missing: $lacking" "$TOOLS_NEXT"
  else
    finding ok tools "all that are needed are here"
  fi
}

# Go 1.24 and later need Linux 3.2 (go.dev/doc/go1.23, "Linux").
examine_system() {
  case " $lacking " in *" uname "* | *" od "* | *" tr "*) return 0 ;; esac
  find_arch
  if [ -z "$ARCH" ]; then
    finding bad machine "this machine is not supported: $ARCH_FOUND" "the kit is for 64-bit Linux on amd64 and arm64" AIRGO_PLATFORM
    return
  fi
  kernel=$(uname -r 2>/dev/null) || kernel=
  major=${kernel%%.*}
  minor=${kernel#*.}
  minor=${minor%%[!0-9]*}
  case $major:$minor in
  *[!0-9:]* | : | :* | *:) finding note kernel "its version can't be read: $kernel" ;;
  *)
    if [ "$major" -lt 3 ] || { [ "$major" -eq 3 ] && [ "$minor" -lt 2 ]; }; then
      finding bad kernel "Linux $kernel is too old for Go" "use a host with Linux 3.2 or later" AIRGO_PLATFORM
    else
      finding ok machine "$ARCH, Linux $kernel, $(libc_here)"
    fi
    ;;
  esac
  examine_kit_arch
}

# Whether the kit has a Go for it. The table is not verified yet, so nothing but this is taken from it.
examine_kit_arch() {
  [ -n "$KIT" ] && [ -f "$KIT/kit/toolchains.tsv" ] && [ -z "$lacking" ] || return 0
  kit_archs=$(awk -F "$TAB" '$2 ~ /^[a-z0-9]+$/ && !seen[$2]++ { print $2 }' "$KIT/kit/toolchains.tsv" | tr '\n' ' ')
  case " $kit_archs" in
  *" $ARCH "*) ;;
  *) finding bad kit "the kit has no Go for this machine, $ARCH, but for: $kit_archs" "use a kit that has it" AIRGO_PLATFORM ;;
  esac
}

# Go itself needs none; programs with C in them are linked to it.
libc_here() {
  for loader in /lib/ld-musl-*; do
    if [ -e "$loader" ]; then
      printf 'musl\n'
      return
    fi
  done
  version=$(getconf GNU_LIBC_VERSION 2>/dev/null) || version="no libc that is known"
  printf '%s\n' "$version"
}

examine_temporary() {
  [ -z "$lacking" ] && [ -z "$WORK" ] || return 0
  if try_work_folder; then
    finding ok temporary "${WORK%/*} can be written"
  else
    finding bad temporary "no temporary folder can be made in ${TMPDIR:-/tmp}${TEMPORARY_FAULT:+: $TEMPORARY_FAULT}" "point TMPDIR to a folder that can be written" AIRGO_DISK
  fi
}

# The file system that the prefix lies or will lie in.
examine_place() {
  examine_rights "$EXISTING"
  mount_options "$EXISTING" >"$WORK/mount" 2>/dev/null || :
  case ,$(cat "$WORK/mount"), in
  *,noexec,*)
    finding bad mount "programs below the prefix can't be run: it lies on a file system that is mounted noexec" \
      "mount it without noexec, or give another --prefix" AIRGO_PLATFORM
    ;;
  esac
  examine_mv
  if [ -n "$KIT" ] && [ -f "$KIT/kit/toolchains.tsv" ]; then
    least_needs >"$WORK/least" || disk_failed "awk in $WORK"
    read -r least_kib least_inodes <"$WORK/least"
    examine_space "$least_kib" "$least_inodes"
  fi
}

examine_mv() {
  can_replace_link || finding bad tools "mv on this machine can't replace a link in one step (mv -T)" "install coreutils or busybox"
}

# examine_rights FOLDER: the nearest folder that exists.
examine_rights() {
  existing=$1
  while [ -n "$existing" ] && [ ! -d "$existing/" ]; do existing=${existing%/*}; done
  existing=${existing:-/}
  if [ -w "$existing" ] && [ -x "$existing" ]; then
    finding ok rights "this user can write in $existing"
  elif [ -n "$EXAMINING" ] && [ -e "$existing/.airgo.lock" ]; then
    finding note rights "this user can use what is installed in $existing, and not change it"
  else
    finding bad rights "the prefix can't be written by this user: the nearest folder that exists is $existing, and this user can't write in it" \
      "run as its owner, or give --prefix a folder of your own; install.sh never calls sudo" AIRGO_DISK
  fi
}

# The least that a kit takes: its Go versions that are not here yet, in KiB and in files. The table is not verified yet, and
# what is needed in full is known later (check_space).
least_needs() {
  awk -F "$TAB" -v arch="$ARCH" '
    $2 == arch && $1 ~ /^[0-9][0-9a-z.]*$/ && $5 ~ /^[0-9a-f]+$/ && $6 ~ /^[1-9][0-9]*$/ && length($6) < 10 &&
      $7 ~ /^[1-9][0-9]*$/ && length($7) < 13 && n++ < 1000 { print "go-v" $1 "-" substr($5, 1, 8), $6, $7 }
  ' "$KIT/kit/toolchains.tsv" >"$WORK/least.versions" || return 1
  while read -r folder files bytes <&3; do
    if [ ! -d "$PREFIX/versions/$folder" ]; then printf '%s %s\n' "$files" "$bytes"; fi
  done 3<"$WORK/least.versions" | needs_of_versions
}

# needs_of_versions: the KiB and inodes that an installation takes for Go versions, of which the lines on standard input say how many
# files and bytes each has, and for its health checks. Unpacked files take up to a block more than their bytes. The build cache of
# the full checks, with Go 1.26, takes 94 MB in 1,730 files, and their temporary files some more.
needs_of_versions() {
  awk -v kib="$(checks_need 163840 8192)" -v inodes="$(checks_need 4000 100)" '
    { kib += $2 / 1024 + 2 * $1; inodes += 1.2 * $1 }
    END { printf "%.0f %.0f\n", int(kib), int(inodes) }
  '
}

# checks_need FULL OTHER
checks_need() {
  case ${CHECKS:-full} in full) say "$1" ;; *) say "$2" ;; esac
}

# examine_space KIBIBYTES INODES
examine_space() {
  free=$(free_kib) || free=
  if [ -n "$free" ] && [ "$free" -lt "$1" ]; then
    finding bad space "not enough space: at least $1 KiB are needed, $free KiB are free" "free space or give another --prefix" AIRGO_DISK
  else
    finding ok space "${free:-unknown} KiB free, at least $1 KiB needed"
  fi
  free=$(df_column -Pi 2>/dev/null) || free=
  if [ -n "$free" ] && [ "$free" -lt "$2" ]; then
    finding bad inodes "not enough inodes (files): at least $2 are needed, $free are free" "remove files or give another --prefix" AIRGO_DISK
  else
    finding ok inodes "${free:-unknown} free, at least $2 needed"
  fi
}

# mount_options FOLDER: the options of the mount that it lies in; nothing where /proc is absent.
mount_options() {
  [ -r /proc/self/mountinfo ] || return 0
  printf '%s\n' "$1" | cat - /proc/self/mountinfo | awk '
    function plain(text) {
      gsub(/\\040/, " ", text); gsub(/\\011/, "\t", text); gsub(/\\134/, "\\", text)
      return text
    }
    NR == 1 { folder = $0; sub(/\/+$/, "", folder); folder = folder "/"; next }
    {
      point = plain($5)
      if (point != "/") point = point "/"
      # Of two on one point the later one lies above.
      if (substr(folder, 1, length(point)) == point && length(point) >= longest + 0) { longest = length(point); options = $6 }
    }
    END { print options }
  '
}

# What guards this machine beside its file modes. Neither is tried here; the health checks will tell.
examine_policies() {
  if command -v selinuxenabled >/dev/null 2>&1 && selinuxenabled; then
    if command -v restorecon >/dev/null 2>&1; then
      finding ok selinux "enabled; what is installed gets its labels by restorecon"
    else
      finding note selinux "enabled, and restorecon is missing: what is installed may have labels that confined programs can't use" \
        "install policycoreutils, then run again"
    fi
  fi
  if [ -e /run/fapolicyd ] || [ -e /run/fapolicyd.pid ]; then
    finding note fapolicyd "it decides here which programs run, and knows none of those that are installed or that go builds" \
      "let it trust them: fapolicyd-cli --file add $(quoted "$PLACE/") && fapolicyd-cli --update; a rule for what go builds: allow perm=execute exe=$PLACE/current/go/bin/go : all"
  fi
}
