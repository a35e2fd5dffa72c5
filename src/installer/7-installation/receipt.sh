# The receipt says what was checked and with what, and what was not and why (docs/kit-format.md). Facts are collected in files
# while checks happen, and written down in one place at the end, also when the kit is refused.

start_receipt() {
  KIT_KNOWN=
  KIT_ID=
  KIT_SUMS=
  DOCUMENT=
  CURRENT=${CURRENT-}
  : >"$WORK/checked.tsv" && : >"$WORK/not-checked.tsv" || disk_failed "write $WORK"
}

# checked WHAT FILES WITH [H1]
checked() {
  printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "${4--}" >>"$WORK/checked.tsv" || disk_failed "write $WORK"
}

# not_checked WHAT WHY
not_checked() {
  printf '%s\t%s\n' "$1" "$2" >>"$WORK/not-checked.tsv" || disk_failed "write $WORK"
}

note_versions() {
  while IFS=$TAB read -r version folder module h1 files bytes <&3; do
    checked "GOROOT of go $version" "$files" sha256sum "$h1"
  done 3<"$WORK/toolchains"
  checked "health: $HEALTH" - "go $GENERATION_GO"
}

# What no kit can have checked here before Go itself is there.
note_the_rest() {
  if [ -n "$KIT_PATTERNS" ]; then
    not_checked "modules named $KIT_PATTERNS, with a checksum database" "they are in none"
  fi
  not_checked "signature of the tree head and inclusion of its records" "needs Ed25519: Go checks it at each use"
  not_checked "h1 of module zips" "needs a zip reader: Go checks it at each use"
}

# leave_receipt RESULT: where it was asked for, and where it belongs. That of an installation lies with its papers.
leave_receipt() {
  if [ "$1" = installed ]; then
    write_receipt "$1" '' '' >"$STAGING/receipt.json" || disk_failed "write $STAGING/receipt.json"
    must mv -fT "$STAGING/receipt.json" "$PAPERS/receipt.json"
    [ -z "$RECEIPT" ] || write_receipt "$1" '' '' >"$WORK/receipt.json" || disk_failed "write $WORK"
  else
    write_receipt "$1" '' '' >"$WORK/receipt.json" || disk_failed "write $WORK"
  fi
  if [ -n "$RECEIPT" ]; then
    hand_over "$RECEIPT" || disk_failed "write $RECEIPT"
    say "receipt: $(printable "$RECEIPT")"
  elif [ "$1" != installed ]; then
    leave_by_default
  fi
}

# leave_refusal CODE WHAT: never ends with an error of its own, because one was just told. A plan leaves none that was not
# asked for.
leave_refusal() {
  [ "$VERB:$RECEIPT" != plan: ] || return 0
  printf '%s\t%s\n' "all that comes after what was checked" "the kit was refused" >>"$WORK/not-checked.tsv" || :
  write_receipt refused "$1" "$2" >"$WORK/receipt.json" 2>/dev/null || return 0
  if [ -z "$RECEIPT" ]; then
    leave_by_default || :
  elif hand_over "$RECEIPT" 2>/dev/null; then
    say "receipt: $(printable "$RECEIPT")"
  else
    warn "the receipt could not be written: $(printable "$RECEIPT")"
  fi
}

leave_by_default() {
  case ${XDG_STATE_HOME-} in
  /*)
    state=$XDG_STATE_HOME
    state_owner=$state
    ;;
  *)
    state_owner=$(home_folder)
    state=$state_owner/.local/state
    ;;
  esac
  if [ -n "$KIT_KNOWN" ]; then receipt_name=$KIT_NAME-$KIT_ID; else receipt_name=$(printf '%.80s' "${KIT##*/}" | tr -c 'A-Za-z0-9._+-' '-'); fi
  receipt_name=$state/airgo/receipts/$receipt_name.$(date -u +%Y%m%dT%H%M%SZ)
  receipt_file=$receipt_name.json
  # No other receipt of the same second is lost.
  again=1
  while [ -e "$receipt_file" ]; do
    again=$((again + 1))
    receipt_file=$receipt_name-$again.json
  done
  if [ -z "$state_owner" ]; then
    warn "no receipt could be left, because HOME is not set: give --receipt FILE"
  elif ! is_mine "$state_owner"; then
    warn "no receipt could be left in $(printable "$state/airgo/receipts"), because $(printable "$state_owner") is another user's: give --receipt FILE"
  elif mkdir -p "$state/airgo/receipts" 2>/dev/null && hand_over "$receipt_file" 2>/dev/null; then
    say "receipt: $(printable "$receipt_file")"
  else
    warn "no receipt could be left in $(printable "$state/airgo/receipts"): give --receipt FILE"
  fi
}

# A folder of somebody else's could lead the receipt anywhere. One that is not there yet will be this user's.
is_mine() {
  [ -e "$1" ] || return 0
  [ "$(stat -L -c %u "$1")" = "$(id -u)" ]
}

# hand_over FILE: the receipt appears by a rename, or is written to what is no file, such as a pipe.
hand_over() {
  if [ -e "$1" ] && [ ! -f "$1" ]; then
    cat "$WORK/receipt.json" >"$1"
    return $?
  fi
  # In the same folder, because only there a rename is one step; the exit trap removes what an interrupted run leaves.
  RECEIPT_NEW=$(mktemp "${1%/*}/.receipt.XXXXXXXXXX") || {
    RECEIPT_NEW=
    return 1
  }
  if cat "$WORK/receipt.json" >"$RECEIPT_NEW" && chmod 0644 "$RECEIPT_NEW" && mv -fT "$RECEIPT_NEW" "$1"; then
    RECEIPT_NEW=
    return 0
  fi
  rm -f "$RECEIPT_NEW"
  RECEIPT_NEW=
  return 1
}

# write_receipt RESULT CODE WHAT
write_receipt() {
  printf '{\n  "format": 1,\n  "action": "%s",\n  "result": "%s",\n' "$VERB" "$1"
  printf '  "time": "%s",\n  "by": "install.sh",\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  printf '  "host": { "name": %s, "arch": %s, "uid": %s },\n' "$(json_string "$(uname -n)")" \
    "$(json_string "${ARCH:-$(uname -m)}")" "$(id -u)"
  case $1 in
  installed | repaired)
    printf '  "prefix": %s,\n' "$(json_string "$PREFIX")"
    [ -z "$CURRENT" ] || printf '  "generation": %s,\n' "$CURRENT"
    ;;
  esac
  write_kit_facts
  if [ -n "$2" ]; then printf '  "error": { "code": "%s", "what": %s },\n' "$2" "$(json_string "$3")"; fi
  [ -z "$DOCUMENT" ] || printf '  "document": "%s",\n' "$DOCUMENT"
  json_rows signatures file signer outcome key with why <"$WORK/signatures.tsv"
  printf ',\n'
  json_rows checked what files with h1Hex <"$WORK/checked.tsv"
  printf ',\n'
  json_rows notChecked what why <"$WORK/not-checked.tsv"
  printf '\n}\n'
}

# What is not known of the kit, because it was refused before, is left out.
write_kit_facts() {
  if [ -n "$KIT_KNOWN" ]; then
    printf '  "kit": { "name": "%s", "serial": %s, "id": "%s", "sha256sums": "%s" },\n' "$KIT_NAME" "$KIT_SERIAL" "$KIT_ID" "$KIT_SUMS"
  elif [ -n "$KIT_SUMS" ]; then
    printf '  "kit": { "id": "%s", "sha256sums": "%s" },\n' "$KIT_ID" "$KIT_SUMS"
  fi
}
