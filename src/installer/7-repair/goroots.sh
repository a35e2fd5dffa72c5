# repair_goroots: every Go that is damaged is made anew beside it, of pieces that have the right digests wherever they lie, held to
# its h1, and takes its place by a rename.
repair_goroots() {
  [ -d "$PREFIX/versions" ] || must mkdir "$PREFIX/versions"
  for folder in $(each_goroot); do
    if has_found version "$folder"; then repair_goroot "$folder"; fi
  done
}

# The folders of all that the generations are made of.
each_goroot() {
  awk -F "$TAB" '{ print $2 }' "$WORK/goroots.each"
}

# repair_goroot FOLDER
repair_goroot() {
  goroot_folder=$1
  goroot_version=$(awk -F "$TAB" -v folder="$1" '$2 == folder { print $1 }' "$WORK/goroots.each")
  goroot_papers=$(awk -F "$TAB" -v folder="$1" '$2 == folder { print $3 }' "$WORK/goroots.each")
  papers_are_whole "$goroot_papers" || return 0
  goroot=$PREFIX/versions/$1
  anew=$STAGING/anew
  say "repairing: go $goroot_version"
  must rm -rf "$anew"
  must mkdir "$anew"
  tree_entries "$goroot_version" "$KITS/$goroot_papers/kit"
  awk '{ print $2 "  ./" $3 }' "$WORK/entries" >"$WORK/pieces.wanted" || disk_failed "awk in $WORK"
  take_pieces "$goroot" "$anew"
  while IFS=$TAB read -r source_kind source_folder source_sums <&4; do
    [ -s "$WORK/pieces.wanted" ] || break
    if [ "$source_kind" = prefix ]; then
      take_pieces "$source_folder/versions/$1" "$anew"
    else
      unpack_layers
      take_pieces "$STAGING/unpacked" "$anew"
    fi
  done 4<"$WORK/sources"
  [ ! -s "$WORK/pieces.wanted" ] || return 0
  must find "$anew" -type f -exec chmod 0644 '{}' +
  must find "$anew" -type d -exec chmod 0755 '{}' +
  awk '$1 == "0755" { print "./" $3 }' "$WORK/entries" >"$WORK/programs" || disk_failed "awk in $WORK"
  if [ -s "$WORK/programs" ]; then (cd "$anew" && each_of "$WORK/programs" chmod 0755) || disk_failed "chmod in $anew"; fi
  stated_toolchain "$goroot_version" "$goroot_papers"
  check_tree "$anew" "$goroot_version" "$module" "$h1" 0644 0755 "$KITS/$goroot_papers/kit" || return 0
  swap_goroot
  say "repaired: go $goroot_version, all its files, h1 verified"
}

# Unpacks into $STAGING/unpacked those layers of a version that the kit of the source has as the papers state them.
unpack_layers() {
  if [ -e "$STAGING/unpacked" ]; then remove_tree "$STAGING/unpacked"; fi
  must mkdir "$STAGING/unpacked"
  awk -F "$TAB" -v OFS="$TAB" -v version="$goroot_version" -v arch="$ARCH" '
    $1 == version && ($2 == "common" || $2 == arch) { print $3, $4 }
  ' "$KITS/$goroot_papers/kit/layers.tsv" >"$WORK/layers" || disk_failed "awk in $WORK"
  while IFS=$TAB read -r layer digest <&3; do
    [ -f "$source_folder/$layer" ] && [ ! -L "$source_folder/$layer" ] || continue
    must_copy "$source_folder/$layer" "$STAGING/layer.tar.gz" || continue
    [ "$(sha256_of "$STAGING/layer.tar.gz")" = "$digest" ] || continue
    (cd "$STAGING/unpacked" && tar -xzof "$STAGING/layer.tar.gz") || disk_failed "tar -xzof $source_folder/$layer"
  done 3<"$WORK/layers"
  must rm -f "$STAGING/layer.tar.gz"
}

# must_copy FILE COPY: into the prefix; fails where the file can't be read.
must_copy() {
  cp "$1" "$2" 2>/dev/null && return 0
  dd if=/dev/zero of="$STAGING/room" bs=65536 count=16 2>/dev/null && rm -f "$STAGING/room" || disk_failed "cp $1 $2"
  return 1
}

# The new tree first lies beside its place under a name that every later run knows, so that one that is killed between the two
# renames is finished by the next.
swap_goroot() {
  must chmod -R a-w "$anew"
  must chmod u+w "$anew"
  if [ -e "$PREFIX/versions/.repaired-$goroot_folder" ]; then remove_tree "$PREFIX/versions/.repaired-$goroot_folder"; fi
  must mv -T "$anew" "$PREFIX/versions/.repaired-$goroot_folder"
  sync_prefix
  if [ -L "$goroot" ] || { [ -e "$goroot" ] && [ ! -d "$goroot" ]; } || holds_unlisted; then
    set_aside "$goroot"
  elif [ -e "$goroot" ]; then
    must chmod u+w "$goroot"
    must mv -T "$goroot" "$STAGING/damaged-$goroot_folder"
  fi
  must mv -T "$PREFIX/versions/.repaired-$goroot_folder" "$goroot"
  must chmod a-w "$goroot"
}

# Whether the damaged tree has something that no kit lists: who put it there may be worth knowing.
holds_unlisted() {
  [ -d "$goroot" ] || return 1
  awk '{ print "./" $3 }' "$WORK/entries" >"$WORK/tree.names" || disk_failed "awk in $WORK"
  (cd "$goroot" && find . ! -type d && find . -name '*[!A-Za-z0-9._+~@!-]*' -exec echo odd ';') >"$WORK/tree.present" 2>/dev/null || :
  [ -n "$(only_in "$WORK/tree.present" "$WORK/tree.names" | sed -n 1p)" ]
}

# Finishes what a killed repair had begun (swap_goroot). What lies there was verified before it got that name.
finish_swaps() {
  for repaired in "$PREFIX"/versions/.repaired-*; do
    [ -d "$repaired" ] && [ ! -L "$repaired" ] || continue
    place=$PREFIX/versions/${repaired##*/.repaired-}
    if [ -e "$place" ] || [ -L "$place" ]; then
      remove_tree "$repaired"
    else
      must mv -T "$repaired" "$place"
      must chmod a-w "$place"
    fi
  done
}
