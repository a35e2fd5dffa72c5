# Go itself: PREFIX/versions/go-v<version>-<8 hex of its h1>/ is a whole GOROOT. Its h1 is the one that the public
# checksum database records for the toolchain module, recomputed here from the files as they lie on the disk.

# check_tree FOLDER VERSION MODULE H1 PLAIN EXECUTABLE TABLES: succeeds if the folder holds exactly the files that the kit's
# tables list for this version, with these modes and contents, and no other user owns or can write any of it. What is wrong is in $WORK/findings.
check_tree() {
  tree_entries "$2" "$7"
  (
    cd "$1" &&
      find . ! -type d ! -type f >"$WORK/tree.special" &&
      find . ! -user "$ME" ! -user 0 >"$WORK/tree.foreign" &&
      find . -type d '(' -perm -0020 -o -perm -0002 ')' >"$WORK/tree.open" &&
      find . -type f -perm "$5" >"$WORK/tree.plain" &&
      find . -type f -perm "$6" >"$WORK/tree.executable" &&
      find . -type f ! -perm "$5" ! -perm "$6" >"$WORK/tree.other" &&
      find . -name '*[!A-Za-z0-9._+~@!-]*' >"$WORK/tree.names"
  ) || disk_failed "find in $1"
  {
    sed 's,^\./,0644 ,' "$WORK/tree.plain"
    sed 's,^\./,0755 ,' "$WORK/tree.executable"
    sed 's,^\./,odd ,' "$WORK/tree.other"
    sed 's,^\./,special ,' "$WORK/tree.special"
    # A name with a line break could pass for two that are listed.
    sed 's,^\(\./\)*,special ,' "$WORK/tree.names"
    sed 's,^,foreign ,' "$WORK/tree.foreign"
    sed 's,^,open ,' "$WORK/tree.open"
  } >"$WORK/tree" || disk_failed "sed in $WORK"
  awk '{ print $1, $3 }' "$WORK/entries" >"$WORK/tree.listed" || disk_failed "awk in $WORK"
  {
    only_in "$WORK/tree.listed" "$WORK/tree" | sed 's/^[^ ]* /missing, or with another mode: /'
    only_in "$WORK/tree" "$WORK/tree.listed" |
      sed -e 's/^foreign /of another user: /;t' -e 's/^open /others can write in it: /;t' \
        -e 's/^[^ ]* /not listed, or with another mode: /'
  } >"$WORK/findings" || disk_failed "awk in $WORK"
  [ ! -s "$WORK/findings" ] || return 1

  awk '{ print "./" $3 }' "$WORK/entries" >"$WORK/tree.names" || disk_failed "awk in $WORK"
  sums_of "$1" "$WORK/tree.names" "$WORK/tree.sums"
  awk '{ print $2 "  ./" $3 }' "$WORK/entries" >"$WORK/tree.listed" || disk_failed "awk in $WORK"
  only_in "$WORK/tree.listed" "$WORK/tree.sums" | sed 's/^[0-9a-f]*  \.\//other contents: /' >"$WORK/findings" ||
    disk_failed "awk in $WORK"
  [ ! -s "$WORK/findings" ] || return 1

  tree_h1=$(h1_of "$3" "$WORK/tree.sums")
  if [ "$tree_h1" != "$4" ]; then
    printf 'its h1 in hex is %s\n' "$tree_h1" >"$WORK/findings"
    return 1
  fi
}

# tree_entries VERSION TABLES: the files of one version on this architecture: mode, sha256, path.
tree_entries() {
  : >"$WORK/entries.raw"
  for layer in common "linux-$ARCH"; do
    [ -f "$2/go$1.$layer.entries.tsv" ] || continue
    cat "$2/go$1.$layer.entries.tsv" >>"$WORK/entries.raw" || disk_failed "write $WORK"
  done
  awk -F "$TAB" '
    NF != 3 || ($1 != "0644" && $1 != "0755") || length($2) != 64 || $2 ~ /[^0-9a-f]/ ||
    $3 == "" || $3 ~ /[^A-Za-z0-9._+~@!\/-]/ || ("/" $3 "/") ~ /\/\.?\.?\// || seen[$3]++ { print $0 }
    END { if (NR == 0) print "no files" }
  ' "$WORK/entries.raw" >"$WORK/findings" || disk_failed "awk in $WORK"
  [ ! -s "$WORK/findings" ] || invalid_table "go$1.*.entries.tsv" "$(listing "$WORK/findings")"
  awk -F "$TAB" '{ print $1 " " $2 " " $3 }' "$WORK/entries.raw" >"$WORK/entries" || disk_failed "awk in $WORK"
}

# h1_of MODULE SUMS: golang.org/x/mod/sumdb/dirhash Hash1 in hex. A go.mod is named _go.mod in the module; names sort by
# their bytes, and a tab comes before every byte that they may hold.
h1_of() {
  awk -v module="$1" '
    { name = substr($0, 69); base = name; sub(/^.*\//, "", base) }
    base == "go.mod" { name = substr(name, 1, length(name) - 6) "_go.mod" }
    { print module "/" name "\t" substr($0, 1, 64) }
  ' "$2" | sort | awk -F "$TAB" '{ print $2 "  " $1 }' | sha256sum | awk '{ print $1 }'
}

# Which versions are here already and whole; the others are put down in $WORK/versions.needed.
plan_versions() {
  : >"$WORK/versions.needed"
  while IFS=$TAB read -r version folder module h1 files bytes <&3; do
    if [ -d "$PREFIX/versions/$folder" ] && [ ! -L "$PREFIX/versions/$folder" ]; then
      if check_tree "$PREFIX/versions/$folder" "$version" "$module" "$h1" 0444 0555 "$WORK/kit"; then
        say "go $version: already here, h1 verified"
        continue
      fi
      warn "the installed go $version is damaged and will be replaced: $PREFIX/versions/$folder"
      listing "$WORK/findings" >&2
    fi
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$version" "$folder" "$module" "$h1" "$files" "$bytes" >>"$WORK/versions.needed" ||
      disk_failed "write $WORK"
  done 3<"$WORK/toolchains"
}

# Unpacks and checks in staging what is needed.
stage_versions() {
  must mkdir "$STAGING/versions"
  while IFS=$TAB read -r version folder module h1 files bytes <&3; do
    say "go $version: unpacking and checking $files files"
    must mkdir "$STAGING/versions/$folder"
    for layer in common "$ARCH"; do
      layer_file=$(layer_path "$version" "$layer")
      [ -n "$layer_file" ] || continue
      only_listed "$layer_file"
      (cd "$STAGING/versions/$folder" && tar -xzof "$KIT/$layer_file") || disk_failed "tar -xzof $KIT/$layer_file"
    done
    check_tree "$STAGING/versions/$folder" "$version" "$module" "$h1" 0644 0755 "$WORK/kit" ||
      fail 8 AIRGO_CHECKSUM_MISMATCH "go $version, unpacked, is not what the checksum database records" where "$module" \
        expected "h1 in hex $h1" found "$(listing "$WORK/findings")" next "do not use this kit; tell those who made it"
    say "go $version: $files files, h1 verified"
  done 3<"$WORK/versions.needed"
}

# layer_path VERSION LAYER: its archive, or nothing.
layer_path() {
  awk -F "$TAB" -v version="$1" -v layer="$2" '$1 == version && $2 == layer { print $3 }' "$WORK/kit/layers.tsv"
}

# A path from a table is used only if the kit's sums covered it.
only_listed() {
  awk -v name="$1" 'substr($0, 67) == name { n++ } END { exit n != 1 }' "$WORK/SHA256SUMS" ||
    invalid_table layers.tsv "$1 is no file of the kit"
}

# Moves the staged versions to their names, read-only. A damaged one steps aside first, into the staging folder.
place_versions() {
  while IFS=$TAB read -r version folder module h1 files bytes <&3; do
    restore_labels "$STAGING/versions/$folder"
    must chmod -R a-w "$STAGING/versions/$folder"
    # Without the right to write in it, a folder can't change its parent.
    must chmod u+w "$STAGING/versions/$folder"
    if [ -e "$PREFIX/versions/$folder" ] || [ -L "$PREFIX/versions/$folder" ]; then
      if [ ! -L "$PREFIX/versions/$folder" ]; then must chmod u+w "$PREFIX/versions/$folder"; fi
      must mv -T "$PREFIX/versions/$folder" "$STAGING/damaged-$folder"
    fi
    must mv -T "$STAGING/versions/$folder" "$PREFIX/versions/$folder"
  done 3<"$WORK/versions.needed"
  close_versions
}

# Also for a version that an interrupted run had just moved.
close_versions() {
  while IFS=$TAB read -r version folder module h1 files bytes <&3; do
    must chmod a-w "$PREFIX/versions/$folder"
  done 3<"$WORK/toolchains"
}

# After a failed health check the versions that this run brought leave again; one that replaced a damaged one stays.
withdraw_versions() {
  while IFS=$TAB read -r version folder module h1 files bytes <&3; do
    [ ! -e "$STAGING/damaged-$folder" ] || continue
    chmod u+w "$PREFIX/versions/$folder" && mv -T "$PREFIX/versions/$folder" "$STAGING/versions/$folder" || :
  done 3<"$WORK/versions.needed"
}
