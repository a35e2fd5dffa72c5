# Where a repair takes things from: kits that are unpacked, and other installations. Nothing is believed because of where it
# lies: each file is taken only if it has the digest that verified papers of this installation state.

# Sets KIT and FROM to what was asked for: --from is a kit or a prefix.
settle_from() {
  if [ -n "$KIT" ]; then find_kit; fi
  [ -n "$FROM" ] || return 0
  given=$FROM
  FROM=$(real_folder "$FROM") || fail 2 AIRGO_USAGE "there is no such folder for --from" found "$given" next "give an unpacked kit, or another prefix"
  if [ -e "$FROM/.airgo.lock" ]; then return 0; fi
  if [ ! -f "$FROM/install.sh" ] || [ ! -f "$FROM/SHA256SUMS" ]; then
    fail 2 AIRGO_USAGE "the folder of --from is neither an unpacked kit nor an installation" found "$FROM" \
      next "give the folder that has the kit's install.sh in it, or the prefix of an installation"
  fi
  [ -z "$KIT" ] || [ "$KIT" = "$FROM" ] || usage_error "--kit and --from name two kits: give one of them"
  KIT=$FROM
  FROM=
  find_kit
}

# Verifies a kit that was named, as an installation does, and keeps what was verified in $WORK/given.
verify_given_kit() {
  [ -n "$KIT" ] || return 0
  verify_kit
  JUDGING=
  write_receipt repaired '' '' >"$WORK/receipt.given" || disk_failed "write $WORK"
  KIT_DOCUMENT=$SUMS
  say "kit $KIT_NAME, serial $KIT_SERIAL, id $KIT_ID: $SIGNED"
}

# Leaves in $WORK/sources: kit or prefix, folder, and of a kit its signed document. Where none was named, those that this host
# may still have.
list_sources() {
  {
    if [ -n "$KIT" ]; then printf 'kit\t%s\t%s\n' "$KIT" "$KIT_DOCUMENT"; fi
    if [ -n "$FROM" ]; then printf 'prefix\t%s\t-\n' "$FROM"; fi
    if [ -z "$KIT$FROM" ]; then
      for papers in "$KITS"/*; do
        [ ! -f "$papers/came-from" ] || awk -F "$TAB" -v OFS="$TAB" '
          $1 == "kit" && $2 ~ /^\// { kit = $2 } $1 == "sums" && $2 ~ /^\// { sums = $2 } END { if (kit != "") print "kit", kit, (sums == "" ? "-" : sums) }
        ' "$papers/came-from"
      done
      if [ "$PREFIX" != /opt/airgo ] && [ -z "$ROOT" ]; then printf 'prefix\t/opt/airgo\t-\n'; fi
    fi
  } >"$WORK/sources.all" || disk_failed "write $WORK"
  : >"$WORK/sources" || disk_failed "write $WORK"
  while IFS=$TAB read -r source_kind source_folder source_sums <&3; do
    case $source_kind in
    kit) [ -f "$source_folder/SHA256SUMS" ] || continue ;;
    prefix) [ -d "$source_folder/versions" ] || continue ;;
    esac
    [ "$source_folder" != "$PREFIX" ] || continue
    printf '%s\t%s\t%s\n' "$source_kind" "$source_folder" "$source_sums" >>"$WORK/sources" || disk_failed "write $WORK"
    say "looking in: $(printable "$source_folder")"
  done 3<"$WORK/sources.all"
  [ -s "$WORK/sources" ] || say "no copy that things could be taken from is known here: name a kit or another prefix with --from DIR"
}

# take_pieces TREE TARGET: copies those files of $WORK/pieces.wanted, lines of digest and ./path, that a tree has with that digest,
# and takes them from that list. What was copied is what counts, so the copies are looked at.
take_pieces() {
  [ -s "$WORK/pieces.wanted" ] && [ -d "$1" ] && [ ! -L "$1" ] || return 0
  sed 's/^[0-9a-f]*  //' "$WORK/pieces.wanted" >"$WORK/pieces.names" || disk_failed "sed in $WORK"
  (cd "$1" && find . -name '*[!A-Za-z0-9._+~@!-]*' -prune -o -type f -print) >"$WORK/pieces.there" 2>/dev/null || :
  in_both "$WORK/pieces.there" "$WORK/pieces.names" >"$WORK/pieces.found" || disk_failed "awk in $WORK"
  sums_of "$1" "$WORK/pieces.found" "$WORK/pieces.sums"
  in_both "$WORK/pieces.sums" "$WORK/pieces.wanted" | sed 's/^[0-9a-f]*  //' >"$WORK/pieces.good" || disk_failed "awk in $WORK"
  [ -s "$WORK/pieces.good" ] || return 0
  in_groups "$WORK/pieces.good" cp "$1" "$2"
  sums_of "$2" "$WORK/pieces.good" "$WORK/pieces.sums"
  in_both "$WORK/pieces.sums" "$WORK/pieces.wanted" | sed 's/^[0-9a-f]*  //' >"$WORK/pieces.taken" || disk_failed "awk in $WORK"
  only_in "$WORK/pieces.good" "$WORK/pieces.taken" >"$WORK/pieces.bad" || disk_failed "awk in $WORK"
  if [ -s "$WORK/pieces.bad" ]; then (cd "$2" && each_of "$WORK/pieces.bad" rm -f) || disk_failed "rm in $2"; fi
  awk '
    side == "taken" { taken[$0] = 1; next }
    !(substr($0, 67) in taken)
  ' side=taken "$WORK/pieces.taken" side=wanted "$WORK/pieces.wanted" >"$WORK/pieces.left" || disk_failed "awk in $WORK"
  must mv -f "$WORK/pieces.left" "$WORK/pieces.wanted"
}
