# PREFIX/proxy against what the papers of all kits state: every file that one of them lists is there with a digest that one of
# them states, and nothing else is there. A list has the versions whose zip is listed beside it, of all kits together: that is
# how kits make it, so its lines are known though its digest, after a merge, is in no paper.

# Leaves in $WORK/proxy.bad what must be put back: path, kind (missing, differs, list, mode, special), and in $WORK/proxy.extra
# what no kit lists.
check_proxy() {
  : >"$WORK/proxy.extra" && : >"$WORK/proxy.odd" && : >"$WORK/proxy.files" && : >"$WORK/proxy.modes" || disk_failed "write $WORK"
  awk -F "$TAB" -v OFS="$TAB" '$3 ~ /^proxy\// { print $1, $2, "./" substr($3, 7), $4, $5 }' "$WORK/stated" >"$WORK/proxy.stated" || disk_failed "awk in $WORK"
  awk -F "$TAB" '{ print $3 }' "$WORK/proxy.stated" >"$WORK/proxy.names" || disk_failed "awk in $WORK"
  if [ -d "$PREFIX/proxy" ] && [ ! -L "$PREFIX/proxy" ]; then list_proxy; fi
  sums_of "$PREFIX/proxy" "$WORK/proxy.files" "$WORK/proxy.sums"
  awk -F "$TAB" -v OFS="$TAB" -v extra="$WORK/proxy.extra" '
    side == "stated" { stated[$3] = stated[$3] " " $2; if ($4 != "") need[$3] = 1; next }
    side == "files" { here[$0] = 1; if (!($0 in stated)) print >>extra; next }
    side == "sums" { digest[substr($0, 67)] = substr($0, 1, 64) }
    END {
      for (path in need) if (!(path in here)) print path, "missing"
      for (path in here) {
        if (!(path in stated) || path ~ /\/@v\/list$/) continue
        if (digest[path] == "" || index(stated[path], digest[path]) == 0) print path, "differs"
      }
    }
  ' side=stated "$WORK/proxy.stated" side=files "$WORK/proxy.files" side=sums "$WORK/proxy.sums" >"$WORK/proxy.bad" || disk_failed "awk in $WORK"
  check_lists
  (cd "$PREFIX/proxy" && find . -type f ! -perm 0644 && find . -type d ! -perm 0755) >"$WORK/proxy.modes" 2>/dev/null || :
  tell_proxy
}

# Leaves in proxy.files the plain files with plain names, and in proxy.extra all else that is there: links, odd names, and folders in
# which no kit has anything. A folder or link in the place of a listed file is missing as a file.
list_proxy() {
  (
    cd "$PREFIX/proxy" && {
      find . -name '*[!A-Za-z0-9._+~@!-]*' -prune -print >"$WORK/proxy.odd"
      find . -name '*[!A-Za-z0-9._+~@!-]*' -prune -o -type f -print >"$WORK/proxy.files"
      find . -name '*[!A-Za-z0-9._+~@!-]*' -prune -o ! -type f ! -type d -print >"$WORK/proxy.special"
      find . -name '*[!A-Za-z0-9._+~@!-]*' -prune -o -type d -print >"$WORK/proxy.folders"
    }
  ) 2>/dev/null || :
  parents_of "$WORK/proxy.names" >"$WORK/proxy.parents" &&
    only_in "$WORK/proxy.folders" "$WORK/proxy.parents" >"$WORK/proxy.empty" || disk_failed "awk in $WORK"
  cat "$WORK/proxy.special" "$WORK/proxy.empty" >"$WORK/proxy.extra" || disk_failed "write $WORK"
}

# Leaves in $WORK/lists.wanted the lines that lists must have, as file and version.
check_lists() {
  awk -F "$TAB" -v OFS="$TAB" '
    $3 ~ /\/@v\/list$/ { folder = $3; sub(/list$/, "", folder); has[$1 folder] = 1; next }
    $3 ~ /\/@v\/[^\/]*\.zip$/ { n++; kit[n] = $1; path[n] = $3 }
    END {
      for (i = 1; i <= n; i++) {
        folder = path[i]; sub(/[^\/]*$/, "", folder)
        if (!((kit[i] folder) in has)) continue
        version = substr(path[i], length(folder) + 1); sub(/\.zip$/, "", version)
        plain = ""
        for (j = 1; j <= length(version); j++) {
          c = substr(version, j, 1)
          if (c == "!") { j++; c = toupper(substr(version, j, 1)) }
          plain = plain c
        }
        if (!seen[folder plain]++) print folder "list", plain
      }
    }
  ' "$WORK/proxy.stated" >"$WORK/lists.wanted" || disk_failed "awk in $WORK"
  awk '/\/@v\/list$/' "$WORK/proxy.files" >"$WORK/lists" && in_both "$WORK/lists" "$WORK/proxy.names" >"$WORK/lists.here" || disk_failed "awk in $WORK"
  : >"$WORK/lists.rows"
  if [ -s "$WORK/lists.here" ]; then (cd "$PREFIX/proxy" && list_rows "$WORK/lists.here") >"$WORK/lists.rows" 2>/dev/null || has_room || disk_failed "read lists"; fi
  awk -F "$TAB" -v OFS="$TAB" '
    side == "wanted" { wanted[$0] = $1; next }
    side == "rows" { row[$0] = $1; if (seen[$0]++ || !($0 in wanted)) bad[$1] = 1; next }
    side == "here" { here[$0] = 1 }
    END {
      for (line in wanted) if ((wanted[line] in here) && !(line in row)) bad[wanted[line]] = 1
      for (path in bad) print path, "list"
    }
  ' side=wanted "$WORK/lists.wanted" side=rows "$WORK/lists.rows" side=here "$WORK/lists.here" >>"$WORK/proxy.bad" || disk_failed "awk in $WORK"
}

tell_proxy() {
  sort "$WORK/proxy.bad" >"$WORK/proxy.sorted" && must mv "$WORK/proxy.sorted" "$WORK/proxy.bad" || disk_failed "sort in $WORK"
  for kind in missing differs list; do
    awk -F "$TAB" -v kind="$kind" '$2 == kind { print $1 }' "$WORK/proxy.bad" >"$WORK/proxy.told" || disk_failed "awk in $WORK"
    case $kind in
    missing) sentence="it is gone" ;;
    differs) sentence="it was changed: no kit here states its digest" ;;
    list) sentence="its versions are not those of the kits here" ;;
    esac
    found_all proxy "$kind" "$PREFIX/proxy" "$sentence" "$WORK/proxy.told"
  done
  found_all proxy mode "$PREFIX/proxy" "its mode is not the one that it was made with" "$WORK/proxy.modes"
  found_all proxy extra "$PREFIX/proxy" "no kit here lists it" "$WORK/proxy.extra"
  found_all proxy odd "$PREFIX/proxy" "no kit lists such a name" "$WORK/proxy.odd"
}
