# PREFIX/kits/<name>-<serial>-<id>/ keeps what later verifications need: the kit's tables and sums, the signed document,
# its valid signatures, the keys that they are by, the receipt, and where the kit lay, for repairs.

stage_papers() {
  PAPERS=$PREFIX/kits/$KIT_NAME-$KIT_SERIAL-$KIT_ID
  must mkdir "$STAGING/papers"
  must cp -R "$WORK/kit" "$WORK/kit.json" "$WORK/SHA256SUMS" "$STAGING/papers/"
  must mkdir "$STAGING/papers/outer"
  # Says from the first moment on that serials are kept (check_serial): an installation that ends before its receipt is
  # written has installed nothing that others must not go below.
  : >"$STAGING/papers/serials-kept" || disk_failed "write $STAGING/papers"
  for paper in "$WORK"/outer/*; do
    if [ -f "$paper" ]; then must cp "$paper" "$STAGING/papers/outer/"; fi
  done
  # Options and prefixes hold no control characters, but the folder that this script lies in may.
  case $KIT$SUMS in
  *[[:cntrl:]]*) ;;
  *) printf 'kit\t%s\nsums\t%s\n' "$KIT" "$SUMS" >"$STAGING/papers/came-from" || disk_failed "write $STAGING/papers" ;;
  esac
  must find "$STAGING/papers" -type d -exec chmod 0755 '{}' +
  must find "$STAGING/papers" -type f -exec chmod 0644 '{}' +
}

# They are in place before the first file of the proxy tree appears: check_heads of a later run relies on them.
place_papers() {
  if [ ! -d "$PAPERS" ]; then
    must mv -T "$STAGING/papers" "$PAPERS"
    return
  fi
  must mkdir -p "$PAPERS/kit" "$PAPERS/outer"
  # Signatures belong to one document, which may have been made and signed anew for the same kit.
  if [ -f "$STAGING/papers/outer/SHA256SUMS" ] && [ -f "$PAPERS/outer/SHA256SUMS" ] &&
    [ "$(sha256_of "$STAGING/papers/outer/SHA256SUMS")" != "$(sha256_of "$PAPERS/outer/SHA256SUMS")" ]; then
    must find "$PAPERS/outer" -type f -exec rm -f '{}' +
  fi
  for paper in SHA256SUMS kit.json serials-kept came-from kit outer; do
    [ -e "$STAGING/papers/$paper" ] || continue
    if [ -d "$STAGING/papers/$paper" ]; then
      for part in "$STAGING/papers/$paper"/*; do
        if [ -f "$part" ]; then must mv -f "$part" "$PAPERS/$paper/"; fi
      done
    else
      must mv -f "$STAGING/papers/$paper" "$PAPERS/"
    fi
  done
}

