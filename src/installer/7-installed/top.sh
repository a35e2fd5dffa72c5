# What lies at the top of the prefix, who owns what is below it, and the small files there.

check_top() {
  for entry in "$PREFIX"/* "$PREFIX"/.[!.]* "$PREFIX"/..?*; do
    [ -e "$entry" ] || [ -L "$entry" ] || continue
    name=${entry##*/}
    case $name in
    current) continue ;;
    .airgo.lock) if [ -L "$entry" ] || [ ! -f "$entry" ]; then found top lock "$entry" "no plain file"; fi ;;
    .staging.* | .airgo.lock.d | .airgo.lock.d.* | lost+found) continue ;;
    versions | generations | kits | proxy | trust | bin | log | quarantine)
      if [ -L "$entry" ] || [ ! -d "$entry" ]; then found top "$name" "$entry" "no folder, but a link or a file"; fi
      ;;
    choices.tsv | outside.tsv)
      if [ -L "$entry" ] || [ ! -f "$entry" ]; then found top "$name" "$entry" "no plain file"; fi
      ;;
    *) found top stranger "$entry" "no part of an installation" ;;
    esac
  done
  [ ! -s "$WORK/choices.odd" ] || found choices choices.tsv "$PREFIX/choices.tsv" "not in the form that it must have: $(printable "$(sed -n 1p "$WORK/choices.odd")")"
  check_rights_inside
}

# Whoever owns or can write a file of an installation can make it say anything. Go itself is looked at file by file (check_tree).
check_rights_inside() {
  set --
  for entry in "$PREFIX"/* "$PREFIX"/.airgo.lock; do
    case ${entry##*/} in versions | quarantine | .staging.*) continue ;; esac
    if [ -e "$entry" ] || [ -L "$entry" ]; then set -- "$@" "./${entry##*/}"; fi
  done
  : >"$WORK/log"
  (
    cd "$PREFIX" && {
      find "$@" ! -user "$ME" ! -user 0 >"$WORK/rights.foreign"
      find "$@" ! -type l '(' -perm -0020 -o -perm -0002 ')' >"$WORK/rights.open"
      for folder in versions quarantine; do
        [ -d "$folder" ] || continue
        find "./$folder/." ! -name . -prune -o ! -user "$ME" ! -user 0 -print | sed 's,/\.$,,' >>"$WORK/rights.foreign"
        find "./$folder/." ! -name . -prune -o '(' -perm -0020 -o -perm -0002 ')' -print | sed 's,/\.$,,' >>"$WORK/rights.open"
      done
    }
  ) 2>"$WORK/log" || :
  found_all rights foreign "$PREFIX" "it belongs to another user" "$WORK/rights.foreign"
  found_all rights open "$PREFIX" "users other than its owner can write it" "$WORK/rights.open"
  if [ -s "$WORK/log" ]; then found rights unreadable "$PREFIX" "$(printable "$(sed -n 1p "$WORK/log")")"; fi
}

# The link to the generation in use. Sets CURRENT to its number, or to nothing.
check_current() {
  CURRENT=
  if [ -L "$PREFIX/current" ]; then
    if ! find_current || [ ! -d "$PREFIX/generations/$CURRENT" ] || [ -L "$PREFIX/generations/$CURRENT" ]; then
      CURRENT=
      found current - "$PREFIX/current" "it leads to no generation, but to $(printable "$(readlink "$PREFIX/current")")"
    elif [ -e "$PREFIX/generations/$CURRENT/disabled" ]; then
      found current - "$PREFIX/current" "it leads to a generation that was disabled because it was damaged"
    fi
  elif [ -e "$PREFIX/current" ]; then
    found current - "$PREFIX/current" "no link"
  elif [ -d "$PREFIX/generations" ] && [ -n "$(generation_numbers)" ]; then
    found current - "$PREFIX/current" "it is gone, so no generation is in use"
  fi
}

# airgo-kit is the install.sh of one of the kits here.
check_script() {
  script=$PREFIX/bin/airgo-kit
  if [ -d "$PREFIX/bin" ]; then
    (cd "$PREFIX/bin" && find . ! -name . -prune ! -name airgo-kit) >"$WORK/strangers" 2>/dev/null || :
    found_all top bin "$PREFIX/bin" "no part of an installation" "$WORK/strangers"
  fi
  if [ ! -f "$script" ] || [ -L "$script" ]; then
    found script - "$script" "it is gone, or no plain file"
    return 0
  fi
  digest=$(sha256_of "$script" 2>/dev/null) || digest=
  awk -F "$TAB" -v digest="$digest" '$3 == "install.sh" && $2 == digest { found = 1 } END { exit !found }' "$WORK/stated" ||
    found script - "$script" "it is the install.sh of no kit here"
  [ "$(stat -c %a "$script")" = 755 ] || found script - "$script" "its mode is not 0755"
}

# Files that were made outside the prefix are as they were made.
check_outside() {
  outside_rows >"$WORK/outside.rows" 2>/dev/null || :
  while IFS=$TAB read -r digest path <&3; do
    if ! is_outside_row "$digest" "$path"; then
      found outside rows "$PREFIX/outside.tsv" "a row that airgo does not write: $(printable "$digest $path")"
      continue
    fi
    look_outside "$path"
    case $OUTSIDE_STATE in
    absent) found outside "$path" "$ROOT$path" "it is gone, and airgo had made it" ;;
    foreign) found outside "$path" "$ROOT$path" "it was changed since airgo made it" ;;
    esac
  done 3<"$WORK/outside.rows"
}
