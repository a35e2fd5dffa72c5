# The papers of installed kits: what a signature vouches for, and so what all else is held to. They are copied first; what is
# used later is the copy that was verified.

# Copies and judges the papers of all kits. Leaves the copies in $WORK/kits/<name>, and in $WORK/papers.tsv for each: name, yes
# if they are whole, yes if the kit was installed and not only begun; and in $WORK/stated what they say of files: kit,
# digest, path in the kit, yes if the file must be there, yes if somebody vouches for the digest.
check_papers() {
  KITS=$WORK/kits
  must rm -rf "$KITS"
  mkdir "$KITS" && : >"$WORK/papers.tsv" && : >"$WORK/stated" && : >"$WORK/vouchers" || disk_failed "mkdir $WORK/kits"
  NO_TOOL=
  gather_trusted
  for papers in "$PREFIX"/kits/* "$PREFIX"/kits/.[!.]* "$PREFIX"/kits/..?*; do
    [ -e "$papers" ] || [ -L "$papers" ] || continue
    kit=${papers##*/}
    case $kit in
    .rename.*) continue ;;
    [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*)
      found papers "" "$papers" "no papers of a kit"
      continue
      ;;
    esac
    if [ -L "$papers" ] || [ ! -d "$papers" ]; then
      found papers "$kit" "$papers" "no folder, but a link or a file"
      continue
    fi
    whole=
    copy_papers "$papers" "$KITS/$kit"
    judge_papers "$KITS/$kit" "$kit"
    found_all papers "$kit" "$papers" "no part of the papers of a kit, or no plain file" "$WORK/papers.odd"
    found_all papers "$kit" "$papers" "its mode is not the one that it was made with" "$WORK/papers.modes"
    [ -s "$WORK/papers.faults" ] || whole=yes
    while IFS=$TAB read -r path sentence <&3; do
      found papers "$kit" "$papers/$path" "$sentence"
    done 3<"$WORK/papers.faults"
    state_papers "$kit" "$whole"
  done
  missing_papers
}

# Gathers the keys that are trusted now, and those given.
gather_trusted() {
  find_sound_trust
  : >"$WORK/keys.tsv" && rm -rf "$WORK/keys" || disk_failed "write $WORK"
  gather_keys
}

# Sets TRUST to the folder of keys, or to nothing where others could have put keys there. Needs the findings of check_top.
find_sound_trust() {
  TRUST=
  [ -d "$PREFIX/trust" ] && [ ! -L "$PREFIX/trust" ] || return 0
  if TRUST_FOLDER=$(printable "$PREFIX/trust") awk -F "$TAB" -v kind=rights 'BEGIN { trust = ENVIRON["TRUST_FOLDER"]; n = length(trust) }
    $1 == kind && $2 != "unreadable" && substr($3, 1, n) == trust { found = 1 } END { exit !found }
  ' "$WORK/found.tsv" || [ -n "$(find "$PREFIX/trust/." -type l)" ]; then
    found trust - "$PREFIX/trust" "others could have put keys there, or one is a link: no key in it is taken"
  else
    TRUST=$PREFIX/trust
  fi
}

# copy_papers FROM TO: copies what papers may hold. Leaves in $WORK/papers.odd what else is there, and in $WORK/papers.modes what
# has another mode.
copy_papers() {
  must mkdir "$2" "$2/kit" "$2/outer"
  (
    cd "$1" && {
      find . -name '*[!A-Za-z0-9._+~@!-]*' -prune -print >"$WORK/papers.names"
      find . -name '*[!A-Za-z0-9._+~@!-]*' -prune -o ! -type d -print >"$WORK/papers.all"
      find . -name '*[!A-Za-z0-9._+~@!-]*' -prune -o -type d -print >"$WORK/papers.folders"
      find . ! -type f ! -type d >"$WORK/papers.special"
      find . -type f ! -perm 0644 >"$WORK/papers.modes"
      find . -type d ! -perm 0755 >>"$WORK/papers.modes"
    }
  ) 2>/dev/null || :
  awk '
    side == "special" { special[$0] = 1; next }
    side == "names" { print >odd; next }
    side == "folders" { if ($0 !~ /^\.(\/kit|\/outer)?$/) print >odd; next }
    ($0 in special) || $0 !~ /^\.\/(SHA256SUMS|kit\.json|receipt\.json|serials-kept|came-from|kit\/[A-Za-z0-9._+-]+\.tsv|outer\/((SHA256SUMS|SM3SUMS)(\.[A-Za-z0-9._+-]+)?|contents\.SM3SUMS|[A-Za-z0-9._+-]+\.pub(\.pem|\.asc)?))$/ { print >odd; next }
    { print }
  ' odd="$WORK/papers.odd.raw" side=special "$WORK/papers.special" side=names "$WORK/papers.names" side=folders "$WORK/papers.folders" \
    side=all "$WORK/papers.all" >"$WORK/papers.list" || disk_failed "awk in $WORK"
  if [ -f "$WORK/papers.odd.raw" ]; then must mv "$WORK/papers.odd.raw" "$WORK/papers.odd"; else : >"$WORK/papers.odd"; fi
  # What can't be read is missing in the copy, and told as that.
  while IFS= read -r paper <&3; do
    [ "$(stat -c %s "$1/$paper" 2>/dev/null || echo 0)" -le "$MAX_PAPER" ] || continue
    cp "$1/$paper" "$2/$paper" 2>/dev/null || has_room || disk_failed "cp to $WORK"
  done 3<"$WORK/papers.list"
}

paper_fault() {
  printf '%s\t%s\n' "$1" "$2" >>"$WORK/papers.faults" || disk_failed "write $WORK"
}

# judge_papers COPY NAME: whether they are whole and vouched for. What is wrong is in $WORK/papers.faults: path, sentence.
judge_papers() {
  copy=$1
  : >"$WORK/papers.faults"
  if [ ! -f "$copy/SHA256SUMS" ]; then
    paper_fault SHA256SUMS "it is gone"
    return 0
  fi
  if ! has_sums_shape "$copy/SHA256SUMS"; then
    paper_fault SHA256SUMS "it is not in the form that it must have"
    return 0
  fi
  sums=$(sha256_of "$copy/SHA256SUMS")
  case $sums in
  "${2##*-}"*) ;;
  *) paper_fault SHA256SUMS "it is not that of the kit $2" ;;
  esac
  judge_tables "$copy"
  how=$(vouched_how "$copy/receipt.json")
  SUMS=$copy/outer/SHA256SUMS
  if [ -f "$SUMS" ]; then
    judge_outer "$copy" "$sums"
    judge_vouchers "$copy" "$2"
  elif [ "$how" = unsigned ]; then
    without_signature "$2" --insecure-no-signature
  else
    paper_fault outer/SHA256SUMS "the signed document is gone"
  fi
}

# without_signature KIT OPTION: that is in order where it was meant; its receipt says so, which whoever can write here could
# have written. Who gives a key to a check wants a signature by it.
without_signature() {
  case $VERB:$KEYS in
  watch:?* | verify:?*) paper_fault outer "no signature by a key that was given or is trusted vouches for it: it was installed with $2" ;;
  *) noted "kit $1: no signature: not checked (it was installed with $2)" ;;
  esac
}

# Whether the receipt of an installation says that it had no signature to stand on: prints unsigned, told, or nothing.
vouched_how() {
  [ -f "$1" ] || return 0
  awk '
    /"result": "(installed|repaired)"/ { installed = 1 }
    /"what": "who made the kit", "why": "--insecure-no-signature"/ { how = "unsigned" }
    /"what": "SHA256SUMS has the SHA-256 that was told \(--expect-sha256\)"/ { how = "told" }
    END { if (installed) print how }
  ' "$1"
}

# judge_tables COPY: kit.json and the tables are those that SHA256SUMS lists, and none is missing.
judge_tables() {
  awk '{ name = substr($0, 67) } name == "kit.json" || name ~ /^kit\/[^\/]*\.tsv$/' "$1/SHA256SUMS" >"$WORK/papers.stated" || disk_failed "awk in $WORK"
  (cd "$1" && find kit.json kit -type f) >"$WORK/papers.there" 2>/dev/null || :
  sums_of "$1" "$WORK/papers.there" "$WORK/papers.found"
  awk '
    side == "stated" { stated[substr($0, 67)] = substr($0, 1, 64); next }
    { name = substr($0, 67); there[name] = 1 }
    !(name in stated) { print name "\tthe sums of its kit do not list it"; next }
    stated[name] != substr($0, 1, 64) { print name "\tit was changed: its kit states another digest" }
    END { for (name in stated) if (!(name in there)) print name "\tit is gone" }
  ' side=stated "$WORK/papers.stated" side=found "$WORK/papers.found" >"$WORK/papers.tables" && sort "$WORK/papers.tables" >>"$WORK/papers.faults" ||
    disk_failed "awk in $WORK"
}

# judge_outer COPY DIGEST: the signed document speaks of this kit, and what was kept with it is what it lists.
judge_outer() {
  if ! has_sums_shape "$SUMS"; then
    paper_fault outer/SHA256SUMS "it is not in the form that it must have"
    return 0
  fi
  awk -v digest="$2" 'substr($0, 67) == "contents.SHA256SUMS" && substr($0, 1, 64) == digest { found = 1 } END { exit !found }' "$SUMS" ||
    paper_fault outer/SHA256SUMS "it is not the signed document of this kit"
  for paper in SM3SUMS contents.SM3SUMS; do
    stated=$(awk -v name="$paper" 'substr($0, 67) == name { print substr($0, 1, 64) }' "$SUMS")
    if [ -f "$1/outer/$paper" ] && [ "$(sha256_of "$1/outer/$paper")" != "$stated" ]; then
      paper_fault "outer/$paper" "it was changed: the signed document states another digest"
    fi
  done
}

# judge_vouchers COPY NAME: the signatures over the document, by the keys that are trusted now.
judge_vouchers() {
  must rm -rf "$WORK/outer"
  mkdir "$WORK/outer" && : >"$WORK/signatures.tsv" && : >"$WORK/vouching" || disk_failed "mkdir $WORK/outer"
  judge_signatures "$SUMS" SHA256SUMS "$SIGNATURE_EXTENSIONS" SHA256SUMS >"$WORK/log"
  if [ -f "$1/outer/SM3SUMS" ]; then judge_signatures "$1/outer/SM3SUMS" SM3SUMS sm2sig SM3SUMS >"$WORK/log"; fi
  awk -F "$TAB" -v OFS="$TAB" '$3 == "bad" { print "outer/" $1, "a trusted key should have made this signature, and it is bad: " $6 }' \
    "$WORK/signatures.tsv" >>"$WORK/papers.faults" || disk_failed "awk in $WORK"
  if [ -s "$WORK/vouching" ]; then
    awk -F "$TAB" -v OFS="$TAB" -v kit="$2" '$3 == "valid" && $1 ~ /^SHA256SUMS\./ { print kit, $4, $5 }' "$WORK/signatures.tsv" >>"$WORK/vouchers" &&
      cat "$WORK/vouching" >>"$WORK/vouching.all" || disk_failed "awk in $WORK"
    return 0
  fi
  case $how in
  unsigned) without_signature "$2" --insecure-no-signature ;;
  told) without_signature "$2" --expect-sha256 ;;
  *)
    if awk -F "$TAB" '$3 == "not checked" { found = 1 } END { exit !found }' "$WORK/signatures.tsv"; then
      NO_TOOL=yes
      awk -F "$TAB" -v kit="$2" '$3 == "not checked" { print "kit " kit ": signature " $1 " not checked: " $6 }' "$WORK/signatures.tsv" >>"$WORK/noted" ||
        disk_failed "write $WORK"
    elif [ -s "$WORK/signatures.tsv" ]; then
      paper_fault outer "no key that is trusted now has signed this kit: put its maker's key back into trust/, or give it with --key"
    else
      paper_fault outer "its signatures are gone"
    fi
    ;;
  esac
}

# state_papers NAME WHOLE: what these papers say of the kit's files, and whether somebody vouches for that.
state_papers() {
  complete=
  if [ -f "$KITS/$1/receipt.json" ] || is_part_of_generation "$1"; then complete=yes; fi
  printf '%s\t%s\t%s\n' "$1" "$2" "$complete" >>"$WORK/papers.tsv" || disk_failed "write $WORK"
  # What nobody vouches for is told once, as a fault of these papers, and not again for each file that they list.
  [ -f "$KITS/$1/SHA256SUMS" ] && has_sums_shape "$KITS/$1/SHA256SUMS" || return 0
  vouched=$(awk -F "$TAB" '$1 == "SHA256SUMS" || $1 ~ /^outer/ { bad = 1 } END { if (!bad) print "yes" }' "$WORK/papers.faults")
  awk -v OFS="$TAB" -v kit="$1" -v complete="$complete" -v vouched="$vouched" '{ print kit, substr($0, 1, 64), substr($0, 67), complete, vouched }' "$KITS/$1/SHA256SUMS" \
    >>"$WORK/stated" || disk_failed "write $WORK"
}

# is_part_of_generation PAPERS
is_part_of_generation() {
  for table in "$PREFIX"/generations/*/generation.tsv; do
    [ -f "$table" ] || continue
    if awk -F "$TAB" -v papers="$1" '$1 == "kit" && $2 "-" $3 "-" $4 == papers { found = 1 } END { exit !found }' "$table"; then return 0; fi
  done
  return 1
}

# Kits that a generation is made of and that have no papers here.
missing_papers() {
  for table in "$PREFIX"/generations/*/generation.tsv; do
    [ -f "$table" ] || continue
    awk -F "$TAB" '$1 == "kit" { print $2 "-" $3 "-" $4 }' "$table" || disk_failed "awk in $PREFIX/generations"
  done >"$WORK/papers.wanted"
  awk -F "$TAB" '
    side == "here" { here[$1] = 1; next }
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/ && !($0 in here) && !seen[$0]++ { print }
  ' side=here "$WORK/papers.tsv" side=wanted "$WORK/papers.wanted" >"$WORK/papers.missing" || disk_failed "awk in $WORK"
  while IFS= read -r kit <&3; do
    found papers "$kit" "$PREFIX/kits/$kit" "the papers of this kit are gone"
  done 3<"$WORK/papers.missing"
}

# papers_are_whole NAME
papers_are_whole() {
  awk -F "$TAB" -v name="$1" '$1 == name && $2 == "yes" { found = 1 } END { exit !found }' "$WORK/papers.tsv"
}
