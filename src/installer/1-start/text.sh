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

# sums_of FOLDER LIST OUT: the sha256 of the listed files of a folder. One that can't be read, as on a failing disk, has no line.
sums_of() {
  : >"$3" || disk_failed "write $WORK"
  [ -s "$2" ] || return 0
  (cd "$1" && each_of "$2" sha256sum) >"$3" 2>"$WORK/log" || has_room || disk_failed "sha256sum in $1"
}

# Whether it was not the private folder that could not be written.
has_room() {
  dd if=/dev/zero of="$WORK/room" bs=65536 count=16 2>/dev/null && rm -f "$WORK/room"
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


# The bytes of a file as one line of lower-case hex digits.
hex_of() {
  od -An -v -tx1 "$1" | tr -d ' \n'
}

# The newest of the versions on standard input: 1.27.3 is newer than 1.27rc1, which is newer than 1.27beta2.
newest_version() {
  awk '
    {
      n = split($0, part, ".")
      stage = 3; step = part[3] + 0; minor = part[2]
      if (n == 2 && match(minor, /(beta|rc)/)) {
        stage = (minor ~ /rc/) ? 2 : 1
        step = substr(minor, RSTART + RLENGTH) + 0
        minor = substr(minor, 1, RSTART - 1)
      }
      key = sprintf("%06d%06d%d%06d", part[1], minor, stage, step)
      if (key "" > best "") { best = key; newest = $0 }
    }
    END { print newest }
  '
}
