# Takes from the document what it says of the kit, and checks the small files beside it. The tar itself need not be
# there: what was unpacked from it is checked file by file. So only a verification reads it.
read_signed_document() {
  check_sums_shape "$WORK/outer/SHA256SUMS" "$SUMS"
  KIT_SUMS_EXPECTED=$(stated_digest contents.SHA256SUMS)
  if [ -z "$KIT_SUMS_EXPECTED" ]; then
    fail 8 AIRGO_KIT_INVALID "the signed document does not speak of a kit" where "$SUMS" \
      expected "a line for contents.SHA256SUMS"
  fi
  must mkdir "$WORK/carried"
  for name in contents.SHA256SUMS contents.SM3SUMS SM3SUMS provenance.json rehearsal.json rehearsal.txt README.txt; do
    refuse_special "${SUMS%/*}/$name" "$MAX_PAPER"
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
  if [ "$VERB" = verify ]; then
    check_archive
    tell_strangers
  fi
}

# The tar that the kit was unpacked from, where it still lies beside it.
check_archive() {
  archive=${SUMS%/*}/${KIT##*/}.tar
  refuse_special "$archive"
  if [ ! -e "$archive" ]; then
    not_checked "${archive##*/}" "it is not there any more: what was unpacked from it is checked file by file"
    return 0
  fi
  stated=$(stated_digest "${archive##*/}")
  found=$(sha256_of "$archive")
  if [ "$found" != "$stated" ]; then
    fail 8 AIRGO_CHECKSUM_MISMATCH "the kit's archive is not the one that was signed" where "$archive" \
      expected "${stated:-no archive of that name}" found "$found" next "copy the kit again from its source"
  fi
  say "archive: ${archive##*/} is the one that was signed"
  checked "the archive beside the kit" 1 sha256sum
}

# What lies beside the kit and is no part of it. Nothing here ever reads it, so it is told and no more.
tell_strangers() {
  strangers=0
  for beside in "${SUMS%/*}"/* "${SUMS%/*}"/.[!.]*; do
    name=${beside##*/}
    [ -e "$beside" ] || [ -L "$beside" ] || continue
    case $name in
    "${KIT##*/}" | "${SUMS##*/}" | "${SUMS##*/}".*.* | SM3SUMS.*.* | *.pub.pem | *.pub.asc | *.pub) continue ;;
    esac
    [ -z "$(stated_digest "$name")" ] || continue
    case $NEWLINE$KEYS in *"$NEWLINE$beside$NEWLINE"*) continue ;; esac
    strangers=$((strangers + 1))
    [ "$strangers" -gt 5 ] || warn "$(printable "$name") lies beside the kit and is no part of it: nothing vouches for it"
  done
  [ "$strangers" -le 5 ] || warn "and $((strangers - 5)) more that are no part of the kit"
}

# refuse_special FILE [BYTES]: a pipe or a device would be waited for, and a link may lead to what only this user can read.
# What is copied before it is known to be the signed one must not fill the disk.
refuse_special() {
  [ -e "$1" ] || [ -L "$1" ] || return 0
  [ -f "$1" ] && [ ! -L "$1" ] ||
    fail 8 AIRGO_KIT_INVALID "what should be a plain file is a link, a folder, a pipe or a device" where "$1" \
      next "copy the kit again from its source"
  [ -z "${2-}" ] || [ "$(stat -c %s "$1")" -le "$2" ] ||
    fail 8 AIRGO_KIT_INVALID "a file is far larger than in any kit" where "$1" expected "at most $2 bytes" \
      next "copy the kit again from its source"
}

# What the signed document says of a name.
stated_digest() {
  awk -v name="$1" 'substr($0, 67) == name { print substr($0, 1, 64) }' "$WORK/outer/SHA256SUMS"
}

