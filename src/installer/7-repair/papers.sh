# repair_papers: the papers of kits that are not whole, from a source that has papers which are.
repair_papers() {
  awk -F "$TAB" '$1 == "papers" && $2 != "" && !seen[$2]++ { print $2 }' "$WORK/found.tsv" >"$WORK/papers.broken" || disk_failed "awk in $WORK"
  PAPERS_CHANGED=
  for kit in $(broken_papers); do
    home=$PREFIX/kits/$kit
    if [ -L "$home" ] || { [ -e "$home" ] && [ ! -d "$home" ]; }; then set_aside "$home"; fi
    if [ -d "$home" ]; then tidy_papers; fi
    mend_papers
  done
  for stranger in "$PREFIX"/kits/* "$PREFIX"/kits/.[!.]* "$PREFIX"/kits/..?*; do
    [ -e "$stranger" ] || [ -L "$stranger" ] || continue
    case ${stranger##*/} in .rename.*) ;; [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) set_aside "$stranger" ;; esac
  done
}

broken_papers() {
  cat "$WORK/papers.broken"
}

# Modes, and what is no part of them.
tidy_papers() {
  must rm -rf "$WORK/papers.copy"
  set_odd_aside "$home"
  copy_papers "$home" "$WORK/papers.copy"
  set_aside_all "$home" "$WORK/papers.odd"
  must find "$home" -type d -exec chmod 0755 '{}' +
  must find "$home" -type f -exec chmod 0644 '{}' +
}

# Tries each source; what is put in place was judged whole. File by file, so that a run that is killed loses nothing.
mend_papers() {
  while IFS=$TAB read -r source_kind source_folder source_sums <&4; do
    must rm -rf "$STAGING/papers"
    if [ -d "$KITS/$kit" ]; then must cp -R "$KITS/$kit" "$STAGING/papers"; else must mkdir "$STAGING/papers" "$STAGING/papers/kit" "$STAGING/papers/outer"; fi
    offered_papers || continue
    judge_papers "$STAGING/papers" "$kit"
    [ ! -s "$WORK/papers.faults" ] || continue
    must find "$STAGING/papers" -type d -exec chmod 0755 '{}' +
    must find "$STAGING/papers" -type f -exec chmod 0644 '{}' +
    install_papers
    say "repaired: the papers of the kit $kit, from $(printable "$source_folder")"
    PAPERS_CHANGED=yes
    return 0
  done 4<"$WORK/sources"
}

# offered_papers: lays those of the source over the copy in staging; fails where it is another kit.
offered_papers() {
  offered=$source_folder
  if [ "$source_kind" = prefix ]; then offered=$source_folder/kits/$kit; fi
  [ -f "$offered/SHA256SUMS" ] && [ ! -L "$offered/SHA256SUMS" ] || return 1
  case $(sha256_of "$offered/SHA256SUMS" 2>/dev/null) in "${kit##*-}"*) ;; *) return 1 ;; esac
  must rm -rf "$STAGING/papers/outer" "$STAGING/papers/kit"
  must mkdir "$STAGING/papers/outer" "$STAGING/papers/kit"
  take_paper "$offered/SHA256SUMS" "$STAGING/papers/SHA256SUMS"
  take_paper "$offered/kit.json" "$STAGING/papers/kit.json"
  for paper in "$offered"/kit/*.tsv; do take_paper "$paper" "$STAGING/papers/kit/${paper##*/}"; done
  if [ "$source_kind" = prefix ]; then
    for paper in "$offered/outer/SHA256SUMS" "$offered/outer/SM3SUMS" "$offered/outer/contents.SM3SUMS" "$offered"/outer/SHA256SUMS.*.* \
      "$offered"/outer/SM3SUMS.*.* "$offered"/outer/*.pub.pem "$offered"/outer/*.pub.asc "$offered"/outer/*.pub; do
      take_outer "$paper" "${paper##*/}"
    done
    # Whoever installed it there may have had other reasons to trust it: the receipt stays this installation's own.
    return 0
  fi
  # Of a kit that was named now it is known how it was verified; where the receipt is gone too, that takes its place.
  if [ "$source_folder" = "$KIT" ] && [ ! -f "$STAGING/papers/receipt.json" ]; then must cp "$WORK/receipt.given" "$STAGING/papers/receipt.json"; fi
  [ -f "$source_sums" ] || source_sums=${source_folder%/*}/SHA256SUMS
  take_paper "$source_sums" "$STAGING/papers/outer/SHA256SUMS"
  for paper in "$source_sums".*.*; do take_outer "$paper" "SHA256SUMS.${paper#"$source_sums."}"; done
  source_sums=${source_sums%/*}
  for paper in "$source_sums"/SM3SUMS "$source_sums"/SM3SUMS.*.* "$source_sums"/contents.SM3SUMS "$source_sums"/*.pub.pem \
    "$source_sums"/*.pub.asc "$source_sums"/*.pub; do
    take_outer "$paper" "${paper##*/}"
  done
}

# take_outer FILE NAME: what lies beside a kit and has a name that papers have.
take_outer() {
  case $2 in *[!A-Za-z0-9._+-]*) ;; *) take_paper "$1" "$STAGING/papers/outer/$2" ;; esac
}

# take_paper FILE COPY: a plain file of a size that papers have.
take_paper() {
  [ -f "$1" ] && [ ! -L "$1" ] && [ "$(stat -c %s "$1" 2>/dev/null || echo "$MAX_PAPER"0)" -le "$MAX_PAPER" ] || return 0
  must_read "$1" "$2" || rm -f "$2"
}

# Those in staging get their names: tables first, then the sums that list them, then what vouches for those. Signatures that are
# not among the new ones go.
install_papers() {
  if [ ! -d "$home" ]; then
    [ -d "$PREFIX/kits" ] || must mkdir "$PREFIX/kits"
    must mv -T "$STAGING/papers" "$home"
    return 0
  fi
  [ -d "$home/kit" ] || must mkdir "$home/kit"
  [ -d "$home/outer" ] || must mkdir "$home/outer"
  for folder in kit outer; do
    for paper in "$home/$folder"/*; do
      [ -e "$STAGING/papers/$folder/${paper##*/}" ] || must rm -f "$paper"
    done
  done
  for part in "$STAGING/papers"/kit/* "$STAGING/papers/kit.json" "$STAGING/papers/SHA256SUMS" "$STAGING/papers/receipt.json" \
    "$STAGING/papers"/outer/*; do
    if [ -f "$part" ]; then must mv -fT "$part" "$home/${part#"$STAGING/papers/"}"; fi
  done
}
