# What a repair takes out of use lies in PREFIX/quarantine, for whoever wants to know how it came there.

# set_aside PATH: moves it there.
set_aside() {
  [ -d "$PREFIX/quarantine" ] || must mkdir -m 0700 "$PREFIX/quarantine"
  aside=$PREFIX/quarantine/$(date -u +%Y%m%dT%H%M%SZ)-$(printf '%.60s' "${1##*/}" | tr -c 'A-Za-z0-9._+-' '-')
  again=
  while [ -e "$aside$again" ] || [ -L "$aside$again" ]; do again=-$((${again#-} + 1)); done
  # A folder that can't be written can't change its parent.
  if [ -d "$1" ] && [ ! -L "$1" ]; then must chmod u+w "$1"; fi
  must mv -T "$1" "$aside$again"
  say "moved aside: $(printable "$1") to $aside$again"
}

# set_aside_all FOLDER LIST: each ./path of a list, a folder with all that is in it.
set_aside_all() {
  sort "$2" | awk '
    { for (path = $0; sub(/\/[^\/]*$/, "", path) && path != "."; ) if (path in seen) next }
    { seen[$0] = 1; print }
  ' >"$WORK/aside" || disk_failed "awk in $WORK"
  while IFS= read -r path <&3; do
    if [ -e "$1/$path" ] || [ -L "$1/$path" ]; then set_aside "$1/${path#./}"; fi
  done 3<"$WORK/aside"
}

# set_odd_aside FOLDER: all below a folder whose name holds characters that nothing of airgo's has. Such names can hold line breaks.
set_odd_aside() {
  [ -d "$1" ] && [ ! -L "$1" ] || return 0
  [ -n "$(find "$1/." -name '*[!A-Za-z0-9._+~@!-]*' -prune -exec echo odd ';')" ] || return 0
  [ -d "$PREFIX/quarantine" ] || must mkdir -m 0700 "$PREFIX/quarantine"
  # shellcheck disable=SC2016 # for the inner shell
  must find "$1/." -name '*[!A-Za-z0-9._+~@!-]*' -prune -exec /bin/sh -c \
    'folder=$(mktemp -d "$1/odd-names.XXXXXXXXXX") && mv "$2" "$folder/"' sh "$PREFIX/quarantine" '{}' ';'
  say "moved aside: names that airgo does not use in $1, to $PREFIX/quarantine/odd-names.*"
}

# Takes from other users the right to write. Who owns something can give that back to himself: so what belongs to others is moved
# aside. Keys and choices that others could write are left as they are: nobody knows what they say.
close_rights() {
  for name in versions generations kits proxy trust bin log quarantine; do
    if [ -L "$PREFIX/$name" ] || { [ -e "$PREFIX/$name" ] && [ ! -d "$PREFIX/$name" ]; }; then
      if [ "$name" = quarantine ]; then must rm -f "$PREFIX/$name"; else set_aside "$PREFIX/$name"; fi
    fi
  done
  set --
  for name in versions generations kits proxy bin log outside.tsv; do
    if [ -e "$PREFIX/$name" ]; then set -- "$@" "./$name"; fi
  done
  [ $# -gt 0 ] || return 0
  (cd "$PREFIX" && find "$@" ! -type l '(' -user "$ME" -o -user 0 ')' '(' -perm -0020 -o -perm -0002 ')' -exec chmod go-w '{}' +) ||
    disk_failed "chmod in $PREFIX"
  # What is moved away may hold more of the same, and nobody can add to it where it goes. Go itself is made anew file by file.
  set --
  for name in generations kits proxy bin log outside.tsv; do
    if [ -e "$PREFIX/$name" ]; then set -- "$@" "./$name"; fi
  done
  [ $# -gt 0 ] || return 0
  (cd "$PREFIX" && find "$@" ! -user "$ME" ! -user 0) >"$WORK/foreign" || disk_failed "find in $PREFIX"
  set_aside_all "$PREFIX" "$WORK/foreign"
}
