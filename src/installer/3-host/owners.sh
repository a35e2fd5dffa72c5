# An installation is worth what the folders that it lies in are worth: whoever can write in one of them, or owns it, can
# put other things in its place later. So the prefix and its folders must belong to this user or to root, and no other
# user may be able to rename anything on the way to them. Nothing is written before this is known.

# Looks at all that exists already; again right after the prefix was made, because in a folder like /tmp somebody else
# may have been quicker.
check_owners() {
  ME=$(id -u)
  UNMAPPED=$(unmapped_uid)
  above=$PREFIX
  while [ -n "$above" ]; do
    above=${above%/*}
    if [ -e "${above:-/}" ]; then check_above "${above:-/}"; fi
  done
  if [ -e "$PREFIX" ] || [ -L "$PREFIX" ]; then check_own "$PREFIX"; fi
  [ -z "$CHECKING" ] || return 0
  for inside in "$PREFIX/versions" "$PREFIX/generations" "$PREFIX/kits" "$PREFIX/proxy" "$PREFIX/trust"; do
    if [ -e "$inside" ] || [ -L "$inside" ]; then check_own "$inside"; fi
  done
  # What env prints is made of the prefix's name alone.
  if [ -d "$PREFIX" ] && [ "$VERB" != env ]; then check_inside; fi
}

# In a user namespace most users have no number, and their files show the one of nobody. Prints that number there, and
# nothing where every user has one.
unmapped_uid() {
  [ -r /proc/self/uid_map ] || return 0
  awk '{ ids += $3 } END { exit ids == 0 || ids >= 4294967295 }' /proc/self/uid_map || return 0
  cat /proc/sys/kernel/overflowuid 2>/dev/null || say 65534
}

# A folder above the prefix. Where it is sticky, as /tmp is, nobody can rename what belongs to another user.
check_above() {
  if is_safe_above "$1"; then return 0; fi
  case $kind:$owner in
  directory:0 | directory:"$ME") ;;
  *) refuse_folder "$1" "give a --prefix that lies only in folders of root or of this user" ;;
  esac
  case $mode in
  *[2367]) refuse_folder "$1" "take the right to write from others (chmod o-w), or give another --prefix" ;;
  *) refuse_folder "$1" "take the right to write from the group (chmod g-w), or give another --prefix" ;;
  esac
}

# is_safe_above FOLDER: whether no other user can rename what lies in it.
is_safe_above() {
  look_at "$1"
  # What lies outside this user namespace can't be judged from inside it.
  if [ -n "$UNMAPPED" ] && [ "$owner" = "$UNMAPPED" ]; then return 0; fi
  case $kind:$owner in directory:0 | directory:"$ME") ;; *) return 1 ;; esac
  case $mode in
  [1357]???) ;;
  *[2367]) return 1 ;;
  *[2367]?) is_own_group || return 1 ;;
  esac
}

# Many systems give each user a group of the same name and a umask that lets it write: that is nobody else. Inside a user
# namespace such names mean nothing, and root there is no more than the user who made it.
is_own_group() {
  [ "$owner" = "$ME" ] || return 1
  [ -z "$UNMAPPED" ] || return 0
  [ "$ME" != 0 ] && [ "$group" = "$(id -g)" ] && [ "$(id -gn)" = "$(id -un)" ]
}

# The prefix, or one of its folders.
check_own() {
  look_at "$1"
  case $kind:$owner in
  directory:0 | directory:"$ME") ;;
  *) refuse_folder "$1" "move it away if it is no part of your installation, or give another --prefix" ;;
  esac
  case $mode in
  *[2367] | *[2367]?)
    refuse_folder "$1" "if all that is in it is yours, take the right to write from others (chmod -R go-w); or give another --prefix"
    ;;
  esac
}

# Sets owner, group, mode and kind of a path, with no link followed.
look_at() {
  facts=$(stat -c '%u %g %a %F' "$1") || disk_failed "stat $1"
  owner=${facts%% *}
  facts=${facts#* }
  group=${facts%% *}
  facts=${facts#* }
  mode=${facts%% *}
  kind=${facts#* }
}

# refuse_folder FOLDER NEXT
refuse_folder() {
  fail 2 AIRGO_PREFIX_REFUSED "another user could change what is installed in this prefix" where "$1" \
    expected "a folder of root or of the user $ME, in which no other user can write" \
    found "a $kind of the user $owner ($(stat -c %U "$1")), mode $mode" next "$2"
}

# What lies in the folders must not be another user's either, nor lead out of them where something is written. The Go
# versions are looked at file by file when they are checked, the links in the proxy tree when it is compared.
check_inside() {
  set --
  # A verification reads no more than these two.
  inside_list="kits trust"
  [ "$VERB" = verify ] || inside_list=".airgo.lock generations proxy $inside_list"
  for inside in $inside_list; do
    if [ -e "$PREFIX/$inside" ] || [ -L "$PREFIX/$inside" ]; then set -- "$@" "$inside"; fi
  done
  [ $# -gt 0 ] || return 0
  (cd "$PREFIX" && find "$@" ! -user "$ME" ! -user 0 && find "$@" ! -type l '(' -perm -0020 -o -perm -0002 ')') \
    >"$WORK/findings" || disk_failed "find in $PREFIX"
  if [ -s "$WORK/findings" ]; then
    fail 2 AIRGO_PREFIX_REFUSED "another user could change what is installed in this prefix" where "$PREFIX" \
      expected "files of root or of the user $ME, in which no other user can write" found "$(listing "$WORK/findings")" \
      next "give another --prefix; or move these files away, and install again those kits that they belong to"
  fi
  (cd "$PREFIX" && find "$@" ! -type d ! -type f) >"$WORK/special" || disk_failed "find in $PREFIX"
  # An uninstallation follows no link, and leaves what it does not know.
  awk -v verb="$VERB" '
    verb == "uninstall" && $0 != ".airgo.lock" { next }
    !/^proxy\// && !/^generations\/[0-9]+\/go$/
  ' "$WORK/special" >"$WORK/findings" || disk_failed "awk in $WORK"
  if [ -s "$WORK/findings" ]; then
    fail 8 AIRGO_INSTALLED_DAMAGED "a link or a device lies where a file or a folder belongs" where "$PREFIX" \
      found "$(listing "$WORK/findings")" next "move these aside and run again"
  fi
}
