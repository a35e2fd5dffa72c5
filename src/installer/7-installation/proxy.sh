# PREFIX/proxy is the GOPROXY tree of all kits installed here. It only grows; a file appears whole, by a rename, and in an
# order in which a Go that reads at the same time never finds a promise without what stands behind it: tiles, then zip,
# mod and info, then lookups, then lists.
#
# All paths in it are of plain characters without spaces (check_sums_shape), so lists of them may be split into words.

# Compares the kit's tree with the host's and writes nothing below the prefix. Leaves, as lists of ./paths:
#   proxy.new      files to copy: the host has none of that name, or an older lookup
#   proxy.merge    list files that miss versions of the kit
plan_proxy() {
  awk 'substr($0, 67, 6) == "proxy/" { print substr($0, 1, 64) "  ./" substr($0, 73) }' "$WORK/SHA256SUMS" >"$WORK/proxy.sums" ||
    disk_failed "awk in $WORK"
  sed 's/^[0-9a-f]*  //' "$WORK/proxy.sums" >"$WORK/proxy.kit" || disk_failed "sed in $WORK"
  : >"$WORK/proxy.merge"
  PROXY_FIRST=
  if [ ! -e "$PREFIX/proxy" ]; then
    PROXY_FIRST=yes
    must cp "$WORK/proxy.kit" "$WORK/proxy.new"
    return
  fi
  (cd "$PREFIX/proxy" && find . ! -type d) >"$WORK/proxy.host" || disk_failed "find in $PREFIX/proxy"
  check_types
  only_in "$WORK/proxy.kit" "$WORK/proxy.host" >"$WORK/proxy.new" || disk_failed "awk in $WORK"
  only_in "$WORK/proxy.kit" "$WORK/proxy.new" >"$WORK/proxy.both" || disk_failed "awk in $WORK"
  : >"$WORK/proxy.hostsums"
  if [ -s "$WORK/proxy.both" ]; then
    (cd "$PREFIX/proxy" && each_of "$WORK/proxy.both" sha256sum) >"$WORK/proxy.hostsums" ||
      disk_failed "sha256sum in $PREFIX/proxy"
  fi
  only_in "$WORK/proxy.hostsums" "$WORK/proxy.sums" | sed 's/^[0-9a-f]*  //' >"$WORK/proxy.differ" ||
    disk_failed "awk in $WORK"

  awk '/\/@v\/list$/' "$WORK/proxy.differ" >"$WORK/lists" &&
    awk '/^\.\/sumdb\/[^\/]*\/lookup\//' "$WORK/proxy.differ" >"$WORK/lookups" &&
    awk '!/\/@v\/list$/ && !/^\.\/sumdb\/[^\/]*\/(lookup\/|supported$)/' "$WORK/proxy.differ" >"$WORK/conflicts" ||
      disk_failed "awk in $WORK"
  take_differing
  if [ -s "$WORK/lists" ]; then plan_lists; fi
  if [ -s "$WORK/lookups" ]; then plan_lookups; fi
  if [ -s "$WORK/conflicts" ]; then
    fail 8 AIRGO_PROXY_CONFLICT "files of the kit are already here with other contents; nothing was installed" \
      where "$PREFIX/proxy" \
      found "$(listing "$WORK/conflicts")" \
      next "if this host's file is damaged, delete it and run again; if two kits disagree, give this one a prefix of its own"
  fi
}

# Where a file of the kit belongs the host has a file or nothing, and where its folders belong, folders or nothing: a file
# would be moved into a folder that has its name, and through a link that has its folder's.
check_types() {
  (cd "$PREFIX/proxy" && find . -type d) >"$WORK/host.folders" &&
    (cd "$PREFIX/proxy" && find . ! -type d ! -type f) >"$WORK/host.special" || disk_failed "find in $PREFIX/proxy"
  parents_of "$WORK/proxy.kit" >"$WORK/kit.folders" || disk_failed "awk in $WORK"
  {
    in_both "$WORK/host.folders" "$WORK/proxy.kit" | sed 's/^/a folder in the place of a file: /'
    in_both "$WORK/host.special" "$WORK/proxy.kit" | sed 's/^/a link or a device in the place of a file: /'
    in_both "$WORK/proxy.host" "$WORK/kit.folders" | sed 's/^/no folder: /'
  } >"$WORK/findings" || disk_failed "awk in $WORK"
  if [ -s "$WORK/findings" ]; then
    fail 8 AIRGO_PROXY_CONFLICT "files of the kit can't be put in their places; nothing was installed" \
      where "$PREFIX/proxy" found "$(listing "$WORK/findings")" next "move these aside and run again"
  fi
}

# The lists and lookups of the kit that are not as the host's, as private copies: they are merged, not just copied.
take_differing() {
  must rm -rf "$WORK/proxy"
  mkdir "$WORK/proxy" || disk_failed "mkdir $WORK/proxy"
  cat "$WORK/lists" "$WORK/lookups" >"$WORK/differing" || disk_failed "write $WORK"
  in_groups "$WORK/differing" cp "$KIT/proxy" "$WORK/proxy"
  check_copies "$WORK/proxy" "$WORK/differing"
}

# check_copies FOLDER LIST: what was copied from the kit's tree is what was listed and nothing else, plain files with the
# kit's sums, in whatever way the kit may have changed since it was verified.
check_copies() {
  (cd "$1" && find . ! -type d) >"$WORK/copied" && (cd "$1" && find . ! -type d ! -type f) >"$WORK/special" &&
    (cd "$1" && find . -type d) >"$WORK/folders" && parents_of "$2" >"$WORK/folders.listed" || disk_failed "find in $1"
  {
    cat "$WORK/special" && only_in "$WORK/copied" "$2" && only_in "$WORK/folders" "$WORK/folders.listed"
  } >"$WORK/findings" || disk_failed "awk in $WORK"
  if [ -s "$WORK/findings" ]; then
    fail 8 AIRGO_CHECKSUM_MISMATCH "the kit changed while it was copied" where "$KIT/proxy" found "$(listing "$WORK/findings")"
  fi
  [ -s "$2" ] || return 0
  awk '
    side == "wanted" { wanted[$0] = 1; next }
    substr($0, 67) in wanted
  ' side=wanted "$2" side=sums "$WORK/proxy.sums" >"$WORK/expected" || disk_failed "awk in $WORK"
  (cd "$1" && sha256sum -c "$WORK/expected") >"$WORK/log" 2>&1 || {
    sed -n '/: OK$/!p' "$WORK/log" >"$WORK/findings"
    fail 8 AIRGO_CHECKSUM_MISMATCH "files changed while they were copied from the kit" where "$KIT/proxy" \
      found "$(listing "$WORK/findings")" \
      next "see whether the medium or the disk is failing, then run again"
  }
}

# A list needs work only if it misses a version of the kit.
plan_lists() {
  (cd "$PREFIX/proxy" && list_rows "$WORK/lists") >"$WORK/rows.host" &&
    (cd "$WORK/proxy" && list_rows "$WORK/lists") >"$WORK/rows.kit" ||
    disk_failed "read the lists in $PREFIX/proxy"
  only_in "$WORK/rows.kit" "$WORK/rows.host" | awk -F "$TAB" '!seen[$1]++ { print $1 }' >"$WORK/proxy.merge" ||
    disk_failed "awk in $WORK"
}

# list_rows LIST: the lines of list files, as file and version.
list_rows() {
  each_of "$1" awk '$0 != "" { print FILENAME "\t" $0 }'
}

# Of two lookups for one name the one with the larger tree stays, if their records agree; the rest are conflicts.
plan_lookups() {
  (cd "$PREFIX/proxy" && lookup_rows "$WORK/lookups") >"$WORK/rows.host" &&
    (cd "$WORK/proxy" && lookup_rows "$WORK/lookups") >"$WORK/rows.kit" ||
    disk_failed "read the lookups in $PREFIX/proxy"
  awk -F "$TAB" '
    side == "host" { size[$1] = $2; record[$1] = $3; next }
    side == "kit" { kitsize[$1] = $2; kitrecord[$1] = $3; next }
    !($1 in size) || !($1 in kitsize) || record[$1] != kitrecord[$1] || size[$1] == kitsize[$1] { print "conflict\t" $1; next }
    kitsize[$1] + 0 > size[$1] + 0 { print "newer\t" $1 }
  ' side=host "$WORK/rows.host" side=kit "$WORK/rows.kit" side=all "$WORK/lookups" >"$WORK/verdicts" ||
    disk_failed "awk in $WORK"
  awk -F "$TAB" '$1 == "newer" { print $2 }' "$WORK/verdicts" >>"$WORK/proxy.new" &&
    awk -F "$TAB" '$1 == "conflict" { print $2 }' "$WORK/verdicts" >>"$WORK/conflicts" || disk_failed "awk in $WORK"
}

# lookup_rows LIST: name, tree size, record. A file that is not in the form of a lookup gives no row.
lookup_rows() {
  each_of "$1" awk '
    function flush() { if (size ~ /^[0-9]+$/) print name "\t" size "\t" record }
    FNR == 1 { flush(); name = FILENAME; size = ""; record = ""; below = 0 }
    below == 0 && $0 == "" { below = 1; next }
    below == 0 { record = record $0 "|"; next }
    below == 1 { below = ($0 == "go.sum database tree") ? 2 : 9; next }
    below == 2 { size = $0; below = 3 }
    END { flush() }
  '
}

# The space that the new files take, in KiB of 4 KiB blocks.
proxy_kib() {
  if [ -s "$WORK/proxy.new" ]; then
    (cd "$KIT/proxy" && each_of "$WORK/proxy.new" wc -c) |
      awk '$2 != "total" { kib += 4 * int(($1 + 4095) / 4096) } END { print kib + 0 }'
  else
    echo 0
  fi
}

# Copies and merges into staging, world-readable, and checks the copies against the kit's sums.
stage_proxy() {
  must mkdir "$STAGING/proxy" "$STAGING/lists"
  if [ -n "$PROXY_FIRST" ]; then
    if [ -d "$KIT/proxy" ]; then must cp -R "$KIT/proxy/." "$STAGING/proxy/"; fi
  else
    in_groups "$WORK/proxy.new" cp "$KIT/proxy" "$STAGING/proxy"
  fi
  check_copies "$STAGING/proxy" "$WORK/proxy.new"
  must find "$STAGING/proxy" -type d -exec chmod 0755 '{}' +
  must find "$STAGING/proxy" -type f -exec chmod 0644 '{}' +
  if [ -s "$WORK/proxy.merge" ]; then merge_lists; fi
}

merge_lists() {
  sed 's,/list$,,' "$WORK/proxy.merge" >"$WORK/folders" && (cd "$STAGING/lists" && each_of "$WORK/folders" mkdir -p) ||
    disk_failed "mkdir in $STAGING"
  {
    (cd "$PREFIX/proxy" && list_rows "$WORK/proxy.merge") && (cd "$WORK/proxy" && list_rows "$WORK/proxy.merge")
  } >"$WORK/rows" && sort -u "$WORK/rows" >"$WORK/rows.union" || disk_failed "sort in $WORK"
  write_union
}

# Writes the rows of $WORK/rows.union, file and version, as the lists in proxy.merge, in folders that are there.
write_union() {
  (
    cd "$STAGING/lists" &&
      awk -F "$TAB" '{ if (last != "" && $1 != last) close(last); last = $1; print $2 >last }' "$WORK/rows.union" &&
      list_rows "$WORK/proxy.merge" | sort >"$WORK/rows.written"
  ) || disk_failed "write $STAGING/lists"
  # Not every awk tells of a full disk.
  [ "$(sha256_of "$WORK/rows.written")" = "$(sha256_of "$WORK/rows.union")" ] || disk_failed "write $STAGING/lists"
}

publish_proxy() {
  if [ -n "$PROXY_FIRST" ]; then
    must mv -T "$STAGING/proxy" "$PREFIX/proxy"
    return
  fi
  awk '
    function class(name) {
      if (name ~ /^\.\/sumdb\/[^\/]*\/lookup\//) return 3
      if (name ~ /^\.\/sumdb\//) return 1
      if (name ~ /\/@v\/list$/) return 4
      return 2
    }
    { print class($0) " " $0 }
  ' "$WORK/proxy.new" >"$WORK/classes" || disk_failed "awk in $WORK"
  for class in 1 2 3 4; do
    awk -v class="$class" '$1 == class { print $2 }' "$WORK/classes" >"$WORK/class" || disk_failed "awk in $WORK"
    in_groups "$WORK/class" "mv -f" "$STAGING/proxy" "$PREFIX/proxy"
  done
  in_groups "$WORK/proxy.merge" "mv -f" "$STAGING/lists" "$PREFIX/proxy"
}

# in_groups LIST COMMAND FROM TO: copies or moves the listed files, one command for the files of one folder.
in_groups() {
  [ -s "$1" ] || return 0
  awk '
    { folder = $0; sub(/\/[^\/]*$/, "", folder) }
    folder != last || n == 200 { if (last != "") print line; line = folder; last = folder; n = 0 }
    { line = line " " $0; n++ }
    END { print line }
  ' "$1" >"$WORK/groups" && awk '{ print $1 }' "$WORK/groups" >"$WORK/folders" || disk_failed "awk in $WORK"
  (cd "$4" && each_of "$WORK/folders" mkdir -p) || disk_failed "mkdir in $4"
  (
    cd "$3" || exit 1
    while read -r folder names <&3; do
      # shellcheck disable=SC2086 # the words are the command and plain names
      $2 $names "$4/$folder/" || exit 1
    done 3<"$WORK/groups"
  ) || disk_failed "$2 from $3 to $4"
}
