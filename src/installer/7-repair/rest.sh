# What needs no source but this script: programs of generations, choices, strangers; and airgo-kit, which a source may have.

repair_generations() {
  for kept in $(kept_numbers); do
    if has_found generation "$kept"; then repair_generation "$kept"; fi
  done
}

# repair_generation NUMBER: its programs are made anew. Its table is what it is made of: nothing here can tell that anew, so a
# generation that is not in use is set aside with it.
repair_generation() {
  kept_folder=$PREFIX/generations/$1
  kept_table=$kept_folder/generation.tsv
  cp "$WORK/found.tsv" "$WORK/found.before" || disk_failed "write $WORK"
  [ -f "$kept_table" ] && [ ! -L "$kept_table" ] && must_read "$kept_table" "$WORK/generation.tsv" && judge_generation_table "$1" || {
    must mv -f "$WORK/found.before" "$WORK/found.tsv"
    if [ "$1" != "$CURRENT" ]; then set_aside "$kept_folder"; fi
    return 0
  }
  generation_papers_are_whole || return 0
  remake_generation
  for folder in bin env; do
    if [ -L "$kept_folder/$folder" ] || { [ -e "$kept_folder/$folder" ] && [ ! -d "$kept_folder/$folder" ]; }; then set_aside "$kept_folder/$folder"; fi
    [ -d "$kept_folder/$folder" ] || must mkdir "$kept_folder/$folder"
    set_odd_aside "$kept_folder/$folder"
  done
  differing_programs "$1"
  set_aside_all "$kept_folder" "$WORK/programs.odd"
  set_aside_all "$kept_folder" "$WORK/strangers"
  mark_activated "$1"
  while IFS=$TAB read -r path sentence <&4; do
    mend_program
  done 4<"$WORK/programs.differ"
  must chmod 0644 "$kept_table"
  must find "$kept_folder" -type d -exec chmod 0755 '{}' +
  say "repaired: the programs of generation $1"
}

# The file of which a line of programs.differ was just read.
mend_program() {
  if [ ! -e "$WORK/remade/$path" ] && [ ! -L "$WORK/remade/$path" ]; then
    if [ -e "$kept_folder/$path" ] || [ -L "$kept_folder/$path" ]; then set_aside "$kept_folder/$path"; fi
    return 0
  fi
  if [ -d "$kept_folder/$path" ] && [ ! -L "$kept_folder/$path" ]; then set_aside "$kept_folder/$path"; fi
  must rm -f "$STAGING/program"
  if [ "$path" = go ]; then
    must ln -s "$(readlink "$WORK/remade/go")" "$STAGING/program"
  else
    must cp -p "$WORK/remade/$path" "$STAGING/program"
  fi
  must mv -fT "$STAGING/program" "$kept_folder/$path"
}

# airgo-kit: the newest install.sh that the papers of a kit here state.
repair_script() {
  has_found script || return 0
  awk -F "$TAB" '$3 == "install.sh" && $5 == "yes" { print $2 }' "$WORK/stated" >"$WORK/scripts" || disk_failed "awk in $WORK"
  best=
  offer_script "$PREFIX/bin/airgo-kit"
  offer_script "$SELF"
  while IFS=$TAB read -r source_kind source_folder source_sums <&4; do
    case $source_kind in
    kit) offer_script "$source_folder/install.sh" ;;
    prefix) offer_script "$source_folder/bin/airgo-kit" ;;
    esac
  done 4<"$WORK/sources"
  [ -n "$best" ] || return 0
  [ -d "$PREFIX/bin" ] || must mkdir "$PREFIX/bin"
  must chmod 0755 "$STAGING/best"
  if [ -d "$PREFIX/bin/airgo-kit" ] && [ ! -L "$PREFIX/bin/airgo-kit" ]; then set_aside "$PREFIX/bin/airgo-kit"; fi
  must mv -fT "$STAGING/best" "$PREFIX/bin/airgo-kit"
  say "repaired: airgo-kit, version $best"
}

# offer_script FILE: takes it if it is one of those and newer than what was found so far.
offer_script() {
  [ -f "$1" ] && [ ! -L "$1" ] && must_copy "$1" "$STAGING/offered" || return 0
  awk -v digest="$(sha256_of "$STAGING/offered")" '$0 == digest { found = 1 } END { exit !found }' "$WORK/scripts" || return 0
  offered=$(script_version "$STAGING/offered")
  if [ -n "$best" ] && [ "$(printf '%s\n%s\n' "$best" "$offered" | newest_version)" = "$best" ]; then return 0; fi
  best=$offered
  must mv -fT "$STAGING/offered" "$STAGING/best"
}

# What lies where nothing of airgo's does. Choices that are not in order are set aside whole: nobody knows who wrote them.
repair_top() {
  for entry in "$PREFIX"/* "$PREFIX"/.[!.]* "$PREFIX"/..?*; do
    [ -e "$entry" ] || [ -L "$entry" ] || continue
    case ${entry##*/} in
    current | versions | generations | kits | proxy | trust | bin | log | quarantine | lost+found | .staging.* | .airgo.lock | .airgo.lock.*) ;;
    outside.tsv) if [ -L "$entry" ] || [ ! -f "$entry" ] || has_found outside rows; then repair_outside; fi ;;
    choices.tsv)
      if [ -s "$WORK/choices.odd" ]; then
        set_aside "$entry"
        : >"$WORK/choices.odd"
        warn "the choices of this installation are set aside: give --env, --umask, --private-gopath, --keep and --alert again with the next installation"
      fi
      ;;
    *) set_aside "$entry" ;;
    esac
  done
  for entry in "$PREFIX"/generations/* "$PREFIX"/generations/.[!.]* "$PREFIX"/generations/..?*; do
    [ -e "$entry" ] || [ -L "$entry" ] || continue
    if ! is_generation_number "${entry##*/}" || [ -L "$entry" ] || [ ! -d "$entry" ]; then set_aside "$entry"; fi
  done
  for entry in "$PREFIX"/versions/* "$PREFIX"/versions/.[!.]* "$PREFIX"/versions/..?*; do
    [ -e "$entry" ] || [ -L "$entry" ] || continue
    case ${entry##*/} in go-v[0-9]*[!A-Za-z0-9.-]*) ;; go-v[0-9]* | .repaired-go-v[0-9]*) continue ;; esac
    set_aside "$entry"
  done
  if [ -d "$PREFIX/bin" ]; then
    set_odd_aside "$PREFIX/bin"
    for entry in "$PREFIX"/bin/* "$PREFIX"/bin/.[!.]*; do
      [ -e "$entry" ] || [ -L "$entry" ] || continue
      [ "${entry##*/}" = airgo-kit ] || set_aside "$entry"
    done
  fi
}

# The table of what was made outside the prefix, without the rows that airgo does not write.
repair_outside() {
  : >"$STAGING/outside.new" || disk_failed "write $STAGING"
  if [ -f "$entry" ] && [ ! -L "$entry" ]; then
    while IFS=$TAB read -r digest path <&3; do
      case $digest in folder) ;; *) is_outside_row "$digest" "$path" || continue ;; esac
      printf '%s\t%s\n' "$digest" "$path" >>"$STAGING/outside.new" || disk_failed "write $STAGING"
    done 3<"$entry"
  fi
  set_aside "$entry"
  if [ -s "$STAGING/outside.new" ]; then must mv -fT "$STAGING/outside.new" "$PREFIX/outside.tsv"; else must rm -f "$STAGING/outside.new"; fi
}

# Generations that are whole again may be used again; and if none is in use, the newest of them is.
repair_current() {
  for kept in $(kept_numbers); do
    if [ -e "$PREFIX/generations/$kept/disabled" ] && ! is_damaged "$kept"; then
      must rm -f "$PREFIX/generations/$kept/disabled"
      say "enabled again: generation $kept"
    fi
  done
  [ -z "$CURRENT" ] || return 0
  if [ -e "$PREFIX/current" ] && [ ! -L "$PREFIX/current" ]; then set_aside "$PREFIX/current"; fi
  for kept in $(kept_numbers | sort -rn); do
    if [ -e "$PREFIX/generations/$kept/disabled" ] || is_damaged "$kept"; then continue; fi
    if goes_to "$kept"; then
      say "current again: generation $kept"
      return 0
    fi
    warn "generation $kept is whole, but $FLIP_FAULT"
  done
  if [ -n "$CURRENT" ]; then
    must rm -f "$PREFIX/current"
    CURRENT=
  fi
}
