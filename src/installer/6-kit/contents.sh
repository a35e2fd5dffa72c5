# has_sums_shape FILE: sha256sum -c skips lines it does not understand, so every line must be one that it does: 64 hex
# digits, two spaces, a plain relative path; sorted, so that none is there twice. What is not so is in $WORK/findings.
has_sums_shape() {
  awk '
    { hex = substr($0, 1, 64); name = substr($0, 67) }
    length(hex) != 64 || hex ~ /[^0-9a-f]/ || substr($0, 65, 2) != "  " ||
    name == "" || name ~ /[^A-Za-z0-9._+~@!\/-]/ || name ~ /^[-\/]/ || ("/" name "/") ~ /\/\.?\.?\// ||
    (NR > 1 && (name "") <= (last "")) { print "line " NR ": " $0 }
    { last = name }
    END { if (NR == 0) print "it is empty" }
  ' "$1" >"$WORK/findings" || disk_failed "awk in $WORK"
  [ ! -s "$WORK/findings" ]
}

# check_sums_shape FILE SHOWN-AS
check_sums_shape() {
  if ! has_sums_shape "$1"; then
    fail 8 AIRGO_KIT_INVALID "a SHA256SUMS is not in the form it must have" where "$2" \
      found "$(listing "$WORK/findings")" \
      next "copy the kit again from its source"
  fi
}

# Every file of the kit has its digest, none is missing, and there is nothing else: no file, folder, link, device, odd name.
check_contents() {
  refuse_special "$KIT/SHA256SUMS" "$MAX_PAPER"
  must cp "$KIT/SHA256SUMS" "$WORK/SHA256SUMS"
  KIT_SUMS=$(sha256_of "$WORK/SHA256SUMS")
  KIT_ID=$(printf '%.12s' "$KIT_SUMS")
  if [ -n "$KIT_SUMS_EXPECTED" ] && [ "$KIT_SUMS" != "$KIT_SUMS_EXPECTED" ]; then
    fail 8 AIRGO_CHECKSUM_MISMATCH "the kit's SHA256SUMS is not the one that was signed" where "$KIT/SHA256SUMS" \
      expected "$KIT_SUMS_EXPECTED" found "$KIT_SUMS" \
      next "unpack the tar beside this document again, or copy the kit again"
  fi
  check_sums_shape "$WORK/SHA256SUMS" "$KIT/SHA256SUMS"
  {
    awk '{ print substr($0, 67) }' "$WORK/SHA256SUMS"
    printf 'SHA256SUMS\n'
  } >"$WORK/listed" || disk_failed "awk in $WORK"
  check_names
  (cd "$KIT" && find . ! -type d) >"$WORK/present.raw" || fail 32 AIRGO_DISK "the kit can't be read" where "$KIT"
  (cd "$KIT" && find . ! -type d ! -type f) >"$WORK/special" || fail 32 AIRGO_DISK "the kit can't be read" where "$KIT"
  (cd "$KIT" && find . -type d) >"$WORK/folders.raw" || fail 32 AIRGO_DISK "the kit can't be read" where "$KIT"
  sed 's,^\./,,' "$WORK/present.raw" >"$WORK/present" && sed 's,^\./,,' "$WORK/folders.raw" >"$WORK/folders.present" &&
    parents_of "$WORK/listed" >"$WORK/folders.listed" || disk_failed "sed in $WORK"
  {
    only_in "$WORK/folders.present" "$WORK/folders.listed" | sed 's/^/a folder without listed files: /'
    only_in "$WORK/listed" "$WORK/present" | sed 's/^/missing: /'
    only_in "$WORK/present" "$WORK/listed" | sed 's/^/not listed: /'
    sed 's,^\./,not a regular file: ,' "$WORK/special"
  } >"$WORK/findings" || disk_failed "awk in $WORK"
  if [ ! -s "$WORK/findings" ]; then
    (cd "$KIT" && sha256sum -c "$WORK/SHA256SUMS") >"$WORK/log" 2>&1 || :
    sed -n '/: OK$/!p' "$WORK/log" >"$WORK/findings" || disk_failed "sed in $WORK"
    # A tool that says nothing must not pass: as many files must be told right as there are lines.
    if [ ! -s "$WORK/findings" ] && [ "$(wc -l <"$WORK/log")" -ne "$(wc -l <"$WORK/SHA256SUMS")" ]; then
      printf 'sha256sum did not answer for every file\n' >"$WORK/findings"
    fi
  fi
  if [ -s "$WORK/findings" ]; then
    fail 8 AIRGO_CHECKSUM_MISMATCH "the kit is not as its SHA256SUMS says; nothing was installed" where "$KIT" \
      found "$(listing "$WORK/findings")" next "unpack the kit's tar again, or copy the kit again from its source"
  fi
  take_tables
  checked "every file of the kit" "$(wc -l <"$WORK/SHA256SUMS" | tr -d ' ')" sha256sum
  say "contents: $(wc -l <"$WORK/SHA256SUMS" | tr -d ' ') files verified"
}

# The lists of names that follow have one in each line. So a name with a line break, which could pass for two that are
# listed, is refused before, and with it every name of characters that no kit has.
check_names() {
  (cd "$KIT" && find . -name '*[!A-Za-z0-9._+~@!-]*') >"$WORK/findings" || fail 32 AIRGO_DISK "the kit can't be read" where "$KIT"
  if [ -s "$WORK/findings" ]; then
    fail 8 AIRGO_KIT_INVALID "the kit holds names that no kit may hold; nothing was installed" where "$KIT" \
      found "$(listing "$WORK/findings")" next "unpack the kit's tar again, or copy the kit again from its source"
  fi
}

# parents_of LIST: all folders that the files of a list lie in, each once, and the one that they are all below.
parents_of() {
  awk '
    BEGIN { print "." }
    { while (sub(/\/[^\/]*$/, "") && $0 != "." && !seen[$0]++) print }
  ' "$1"
}
