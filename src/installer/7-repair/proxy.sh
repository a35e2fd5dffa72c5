# repair_proxy: what is missing or was changed comes back from the sources, lists are written anew from what the papers list, and
# what no kit lists is moved aside.
repair_proxy() {
  clear_proxy
  [ -d "$PREFIX/proxy" ] || must mkdir "$PREFIX/proxy"
  must find "$PREFIX/proxy" -type d ! -perm 0755 -exec chmod ug-s,u=rwx,go=rx '{}' +
  must find "$PREFIX/proxy" -type f ! -perm 0644 -exec chmod ug-s,u=rw,go=r '{}' +
  # A file that no paper here knows may be that of a kit whose papers are gone: then only what is missing comes back.
  if has_found papers; then
    awk -F "$TAB" '$2 == "missing"' "$WORK/proxy.bad" >"$WORK/proxy.mend" || disk_failed "awk in $WORK"
  else
    must cp "$WORK/proxy.bad" "$WORK/proxy.mend"
  fi
  [ -s "$WORK/proxy.mend" ] || return 0
  must mkdir "$STAGING/proxy" "$STAGING/lists"
  for kit in $(kits_by_head); do
    take_proxy_pieces "$kit"
  done
  (cd "$STAGING/proxy" && find . -type f) >"$WORK/proxy.new" || disk_failed "find in $STAGING"
  write_lists
  must find "$STAGING/proxy" "$STAGING/lists" -type d -exec chmod 0755 '{}' +
  must find "$STAGING/proxy" "$STAGING/lists" -type f -exec chmod 0644 '{}' +
  PROXY_FIRST=
  publish_proxy
  count=$(cat "$WORK/proxy.new" "$WORK/proxy.merge" | wc -l | tr -d ' ')
  [ "$count" = 0 ] || say "repaired: $count files of the proxy"
}

# The kits here, that with the newest tree head first: of two lookups for one name the one with the larger tree stays.
kits_by_head() {
  for papers in "$KITS"/*; do
    [ ! -f "$papers/kit/kit.tsv" ] || awk -F "$TAB" -v kit="${papers##*/}" '
      $1 == "tree-size" && $2 ~ /^[0-9]+$/ { size = $2 } $1 == "serial" && $2 ~ /^[0-9]+$/ { serial = $2 } END { print size + 0, serial + 0, kit }
    ' "$papers/kit/kit.tsv"
  done | sort -k1,1nr -k2,2nr | awk '{ print $3 }'
}

# take_proxy_pieces KIT: what that kit states of the files that are still to be mended.
take_proxy_pieces() {
  (cd "$STAGING/proxy" && find . -type f) >"$WORK/proxy.taken" || disk_failed "find in $STAGING"
  awk -F "$TAB" -v kit="$1" '
    side == "taken" { taken[$0] = 1; next }
    side == "bad" { if (!($1 in taken)) bad[$1] = 1; next }
    $1 == kit && $5 == "yes" && ($3 in bad) && $3 !~ /\/@v\/list$/ { print $2 "  " $3 }
  ' side=taken "$WORK/proxy.taken" side=bad "$WORK/proxy.mend" side=stated "$WORK/proxy.stated" >"$WORK/pieces.wanted" || disk_failed "awk in $WORK"
  while IFS=$TAB read -r source_kind source_folder source_sums <&4; do
    take_pieces "$source_folder/proxy" "$STAGING/proxy"
  done 4<"$WORK/sources"
}

# Lists have one version in a line, sorted as merge_lists does.
write_lists() {
  awk -F "$TAB" '$1 ~ /\/@v\/list$/ { print $1 }' "$WORK/proxy.mend" >"$WORK/lists.bad" &&
    awk -F "$TAB" 'side == "bad" { bad[$1] = 1; next } $1 in bad' side=bad "$WORK/lists.bad" side=wanted "$WORK/lists.wanted" >"$WORK/lists.rows" &&
    sort -u "$WORK/lists.rows" >"$WORK/rows.union" && awk -F "$TAB" '!seen[$1]++ { print $1 }' "$WORK/rows.union" >"$WORK/proxy.merge" || disk_failed "awk in $WORK"
  [ -s "$WORK/proxy.merge" ] || return 0
  sed 's,/list$,,' "$WORK/proxy.merge" >"$WORK/folders" && (cd "$STAGING/lists" && each_of "$WORK/folders" mkdir -p) || disk_failed "mkdir in $STAGING"
  write_union
}

# What is in the way, or unlisted. As long as a kit's papers are not whole nobody knows what it lists.
clear_proxy() {
  [ -d "$PREFIX/proxy" ] || return 0
  if has_found papers; then
    # What lies in the way of a listed file goes all the same.
    in_both "$WORK/proxy.extra" "$WORK/proxy.names" >"$WORK/proxy.clear" || disk_failed "awk in $WORK"
    [ ! -s "$WORK/proxy.extra" ] || noted "unlisted files of the proxy stay until the papers of all kits are whole"
  else
    must cp "$WORK/proxy.extra" "$WORK/proxy.clear"
    set_odd_aside "$PREFIX/proxy"
  fi
  set_aside_all "$PREFIX/proxy" "$WORK/proxy.clear"
}
