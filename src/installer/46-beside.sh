# Takes from the document what it says of the kit, and checks the small files beside it. The tar itself need not be
# there: what was unpacked from it is checked file by file.
read_signed_document() {
  check_sums_shape "$WORK/outer/SHA256SUMS" "$SUMS"
  KIT_SUMS_EXPECTED=$(stated_digest contents.SHA256SUMS)
  if [ -z "$KIT_SUMS_EXPECTED" ]; then
    fail 8 AIRGO_KIT_INVALID "the signed document does not speak of a kit" where "$SUMS" \
      expected "a line for contents.SHA256SUMS"
  fi
  must mkdir "$WORK/carried"
  for name in contents.SHA256SUMS contents.SM3SUMS SM3SUMS provenance.json rehearsal.json rehearsal.txt README.txt; do
    refuse_special "${SUMS%/*}/$name"
    [ -e "${SUMS%/*}/$name" ] || continue
    stated=$(stated_digest "$name")
    [ -n "$stated" ] || continue
    must cp "${SUMS%/*}/$name" "$WORK/carried/$name"
    found=$(sha256_of "$WORK/carried/$name")
    if [ "$found" != "$stated" ]; then
      fail 8 AIRGO_CHECKSUM_MISMATCH "a file beside the kit is not the one that was signed" where "${SUMS%/*}/$name" \
        expected "$stated" found "$found" next "copy the kit again from its source"
    fi
    case $name in *SM3SUMS) must cp "$WORK/carried/$name" "$WORK/outer/$name" ;; esac
  done
}

# A pipe or a device would be waited for, and a link may lead to what only this user can read.
refuse_special() {
  [ -e "$1" ] || [ -L "$1" ] || return 0
  [ -f "$1" ] && [ ! -L "$1" ] ||
    fail 8 AIRGO_KIT_INVALID "what should be a plain file is a link, a folder, a pipe or a device" where "$1" \
      next "copy the kit again from its source"
}

# What the signed document says of a name.
stated_digest() {
  awk -v name="$1" 'substr($0, 67) == name { print substr($0, 1, 64) }' "$WORK/outer/SHA256SUMS"
}

