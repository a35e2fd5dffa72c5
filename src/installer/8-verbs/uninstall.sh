# Takes away what airgo made, by its receipts, and nothing else. The order is such that a run that is killed leaves what
# the next one completes: first what leads to the installation, then what it is made of, and what says so, and that it is one,
# last.
verb_uninstall() {
  open_to_remove
  if [ ! -e "$PREFIX/.airgo.lock" ]; then
    remove_remains
    return
  fi
  check_rights
  take_lock
  remove_leavings
  remove_all_outside
  remove_current
  remove_generations
  remove_versions
  remove_proxy
  remove_papers
  if [ -n "$ALL" ]; then remove_trust_and_log; fi
  remove_files "$PREFIX/choices.tsv"
  remove_script
  name_left
  CURRENT=
  remove_prefix
  say_removed
}

# Finds the prefix, and refuses one that is reached through a link: what is to be removed must be named by its own name.
open_to_remove() {
  need_tools
  make_work_folder
  settle_root
  default_prefix
  named=$PREFIX
  case $named in '' | /*) ;; *) named=$PWD/$named ;; esac
  named=$ROOT$named
  while [ "${named%/}" != "$named" ]; do named=${named%/}; done
  refuse_linked_prefix
  settle_prefix
  # A home that the environment does not name is none of airgo's either.
  if command -v getent >/dev/null 2>&1; then
    home=$(getent passwd "$(id -u)" | awk -F: '{ print $6 }')
    if [ -n "$home" ] && [ -z "$ROOT" ] && [ "$PREFIX" = "$(real_folder "$home")" ]; then refuse_prefix "it is the home folder itself"; fi
  fi
}

refuse_linked_prefix() {
  linked=
  if [ -L "$named" ]; then
    linked="a link to $(readlink "$named")"
  else
    case ${named##*/} in . | ..) linked="a folder named ${named##*/}" ;; esac
  fi
  [ -z "$linked" ] || fail 2 AIRGO_PREFIX_REFUSED "this prefix can't be removed: it is $(printable "$linked")" where "$named" \
    next "name the folder itself: --prefix DIR"
}

# Where no installation is, an earlier run may have left keys and log.
remove_remains() {
  if [ ! -d "$PREFIX/trust" ] && [ ! -f "$PREFIX/log/audit.jsonl" ]; then
    fail 2 AIRGO_NOT_INSTALLED "nothing is installed here" where "$PREFIX" next "give --prefix DIR"
  fi
  if [ -z "$ALL" ]; then
    name_left
    say_left
    only=only
    if [ -s "$WORK/left" ]; then only="beside that"; fi
    say "nothing is installed in $PREFIX; $only keys and log are left, which --all removes too"
    return
  fi
  check_rights
  remove_trust_and_log
  name_left
  remove_empty "$PREFIX"
  say_removed
}

# Leaves in $WORK/left a line for each thing that is still there, but for keys, log and lock.
name_left() {
  : >"$WORK/left" || disk_failed "write $WORK"
  for thing in "$PREFIX"/* "$PREFIX"/.[!.]* "$PREFIX"/..?*; do
    [ -e "$thing" ] || [ -L "$thing" ] || continue
    case ${thing##*/}:$ALL in
    .airgo.lock:* | .airgo.lock.d:* | outside.tsv:* | trust: | log:) ;;
    versions:*) name_left_versions ;;
    quarantine:*) left_whole "$thing" "what a watch or a repair took out of use" ;;
    *) name_left_in "$thing" ;;
    esac
  done
}

name_left_versions() {
  for version in "$PREFIX"/versions/* "$PREFIX"/versions/.[!.]*; do
    [ -e "$version" ] || [ -L "$version" ] || continue
    if [ -L "$version" ] || [ ! -d "$version" ] || in_list "${version##*/}" "$WORK/versions.known"; then
      name_left_in "$version"
    else
      left_whole "$version" "no papers here say what airgo put there"
    fi
  done
}

# in_list LINE FILE
in_list() {
  [ -f "$2" ] && LINE=$1 awk '$0 == ENVIRON["LINE"] { found = 1 } END { exit !found }' "$2"
}

# name_left_in PATH: each file in it, or the folder alone where they are many.
name_left_in() {
  find "$1" ! -type d >"$WORK/left.files" 2>/dev/null || :
  if [ ! -s "$WORK/left.files" ]; then
    printf '%s\n' "$1" >>"$WORK/left" || disk_failed "write $WORK"
  elif [ "$(wc -l <"$WORK/left.files")" -gt 20 ]; then
    left_whole "$1" "$(wc -l <"$WORK/left.files" | tr -d ' ') files that no papers here speak of"
  else
    cat "$WORK/left.files" >>"$WORK/left" || disk_failed "write $WORK"
  fi
}

# left_whole FOLDER WHY
left_whole() {
  printf '%s (%s); to remove it: chmod -R u+w %s && rm -rf %s\n' "$1" "$2" "$(quoted "$1")" "$(quoted "$1")" >>"$WORK/left" ||
    disk_failed "write $WORK"
}

# The prefix itself, last, with the lock in it; and the folders above that an installation made for it.
remove_prefix() {
  # By one process: with the lock alone left, the next run would not know the folders above that were made for the prefix.
  set --
  for file in "$PREFIX/outside.tsv" "$PREFIX/.airgo.lock"; do
    if [ -f "$file" ] && [ ! -L "$file" ]; then set -- "$@" "$file"; fi
  done
  must chmod u+w "$PREFIX"
  must rm -f "$@"
  if [ -n "$LOCK_DIR" ]; then
    must rm -rf "$LOCK_DIR"
    LOCK_DIR=
  fi
  folder=$PREFIX
  while rmdir "$folder" 2>/dev/null; do
    folder=${folder%/*}
    in_list "${folder#"$ROOT"}" "$WORK/above" || break
  done
}

say_left() {
  while IFS= read -r line <&3; do
    say "left: $(printable "$line")"
  done 3<"$WORK/left"
  if [ -s "$WORK/left" ]; then say "what is left was not made by airgo, or it can't tell any more"; fi
}

say_removed() {
  say_left
  if [ -z "$ALL" ] && { [ -d "$PREFIX/trust" ] || [ -d "$PREFIX/log" ]; }; then
    say "kept: the keys and the log in $PREFIX/trust and $PREFIX/log; uninstall --all removes them too"
  fi
  say "uninstalled: all that airgo made in $PREFIX"
}
