# The keys that are trusted here: those given with --key, and those in PREFIX/trust. Each is reduced to its public key alone
# in $WORK/keys, in the one form that its tool takes, and gets a line in $WORK/keys.tsv:
# number, name, kind, what it is called in receipts, given or kept, file extension, where it came from.

# Sets TRUST to the prefix's folder of trusted keys, or to nothing. A verification looks at the prefix only for these.
find_trust() {
  TRUST=
  if [ "$VERB" = verify ]; then
    default_prefix
    [ -n "$PREFIX" ] && { [ -e "$PREFIX/trust" ] || [ -L "$PREFIX/trust" ]; } || return 0
    settle_prefix
  fi
  if [ -d "$PREFIX/trust" ]; then TRUST=$PREFIX/trust; fi
}

gather_keys() {
  mkdir "$WORK/keys" && : >"$WORK/keys.tsv" || disk_failed "mkdir $WORK/keys"
  KEY_COUNT=0
  if [ -n "$TRUST" ]; then gather_folder "$TRUST" kept; fi
  rest=$KEYS
  while [ -n "$rest" ]; do
    key=${rest%%"$NEWLINE"*}
    rest=${rest#*"$NEWLINE"}
    if [ ! -d "$key" ]; then
      read_key "$key" given
      continue
    fi
    gather_folder "$key" given
    [ "$keys_in_folder" != 0 ] || fail 2 AIRGO_USAGE "there is no key in the folder given with --key" found "$key" \
      next "give the path of a public key; in a folder, its name ends in .pem, .asc, .gpg or .pub"
  done
}

# gather_folder FOLDER ORIGIN: leaves in keys_in_folder how many there were. Signatures of kits are no keys.
gather_folder() {
  keys_in_folder=0
  for key in "$1"/*.pem "$1"/*.asc "$1"/*.gpg "$1"/*.pub; do
    case ${key##*/} in SHA256SUMS.* | SM3SUMS.*) continue ;; esac
    [ -e "$key" ] || [ -L "$key" ] || continue
    # A pipe that lies there would be waited for; one that is named itself is meant.
    [ ! -p "$key" ] || continue
    keys_in_folder=$((keys_in_folder + 1))
    read_key "$key" "$2"
  done
}

# read_key FILE ORIGIN
read_key() {
  KEY_FILE=$1
  [ ! -f "$1" ] || [ "$(stat -L -c %s "$1")" -le 262144 ] || unusable_key "it is too large for a key"
  if [ -f "$1" ]; then
    cp "$1" "$WORK/key.given" 2>/dev/null || unusable_key "this user can't read it"
  else
    # A pipe gives its bytes in any pieces; a device, which a link on the medium may lead to, would give them without end.
    dd if="$1" of="$WORK/key.given" bs=1 count=262145 2>/dev/null || unusable_key "this user can't read it"
    [ "$(wc -c <"$WORK/key.given")" -le 262144 ] || unusable_key "it is too large for a key"
  fi
  key_number=$((KEY_COUNT + 1))
  parse_key "$WORK/key.given" "$WORK/keys/$key_number"
  must rm -f "$WORK/key.given"
  [ -z "$KEY_FAULT" ] || unusable_key "$KEY_FAULT"
  name_key "$1"
  awk -F "$TAB" -v id="$KEY_ID" '$4 == id { found = 1 } END { exit !found }' "$WORK/keys.tsv" && key_known=yes || key_known=
  if [ -n "$key_known" ]; then
    # The same key again, perhaps under another name: given counts for more than kept, because it is to be kept then.
    return 0
  fi
  refuse_other_key
  KEY_COUNT=$key_number
  printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$key_number" "$KEY_NAME" "$KEY_KIND" "$KEY_ID" "$2" "$KEY_EXT" "$(printable "$1")" \
    >>"$WORK/keys.tsv" || disk_failed "write $WORK"
}

# A key has the name of its file, in plain characters. One that came through a pipe is named after itself, and so is one
# called KEY, as README.txt calls the key of whoever signed: two of them are not meant to be the same.
name_key() {
  KEY_NAME=$(printf 'key-%.12s' "$(printf '%s' "$KEY_ID" | sha256sum)")
  [ -f "$1" ] || return 0
  case ${1##*/} in KEY.pem | KEY.asc | KEY.pub) return 0 ;; esac
  KEY_NAME=$(printf '%s\n' "${1##*/}" | sed 's/\.pub\.pem$//; t
    s/\.pem$//; t
    s/\.pub\.asc$//; t
    s/\.asc$//; t
    s/\.gpg$//; t
    s/\.pub$//' | tr -c 'A-Za-z0-9._\n-' '-')
  case $KEY_NAME in '' | [.-]*) KEY_NAME=key$KEY_NAME ;; esac
}

# Two keys of one name can't both be meant when that name must have signed.
refuse_other_key() {
  other=$(awk -F "$TAB" -v name="$KEY_NAME" '$2 == name { print $4 " (" $7 ")" }' "$WORK/keys.tsv")
  [ -z "$other" ] || fail 16 AIRGO_KEY_UNTRUSTED "another key is trusted under the name $KEY_NAME already" \
    where "$(printable "$KEY_FILE")" expected "$other" found "$KEY_ID" \
    next "if its owner says that the old one is retired, move that one away; or give this one's file another name"
}

unusable_key() {
  fail 32 AIRGO_KEY_UNREADABLE "the key can't be used" where "$(printable "$KEY_FILE")" \
    expected "a public key: PEM (P-256, RSA of 2048 bits or more, Ed25519, SM2), OpenPGP, OpenSSH or minisign" found "$1" \
    next "give the public key that its owner handed over"
}

# parse_key FILE OUT: sets KEY_KIND, KEY_ID and KEY_EXT, and writes OUT, and in OUT.makers how signatures name this key. Or
# it sets KEY_FAULT to what the file is instead.
parse_key() {
  KEY_FAULT=
  labels=$(sed -n 's/.*-----BEGIN \([A-Z0-9 ]*\)-----.*/\1/p' "$1")
  case $NEWLINE$labels$NEWLINE in
  *"PRIVATE KEY"*) KEY_FAULT="this is a private key; give the public one, and think about who has seen it" ;;
  *"${NEWLINE}PUBLIC KEY$NEWLINE"*) parse_pem "$1" "$2" ;;
  *"${NEWLINE}PGP PUBLIC KEY BLOCK$NEWLINE"*) parse_armored "$1" "$2" ;;
  *"PGP SIGNATURE"* | *"SSH SIGNATURE"*) KEY_FAULT="this is a signature; give the key that made it" ;;
  *CERTIFICATE*) KEY_FAULT="this is a certificate; give the public key by itself" ;;
  *[A-Z]*) KEY_FAULT="this is a PEM of another kind: $(printf '%s\n' "$labels" | sed -n 1p)" ;;
  *)
    case $(od -An -v -tx1 -N8 "$1" | tr -d ' \n') in
    '') KEY_FAULT="the file is empty" ;;
    30*) KEY_FAULT="this is no PEM but binary, perhaps DER: openssl pkey -pubin -inform DER -in FILE makes a PEM of it" ;;
    7373682d* | 65636473* | 736b2d73* | 736b2d65*) parse_openssh "$1" "$2" ;;
    756e747275737465) parse_minisign "$1" "$2" ;;
    94* | 95* | c5*) KEY_FAULT="this is a private key; give the public one, and think about who has seen it" ;;
    98* | 99* | 9a* | c6*)
      KEY_FAULT="something else is in its file: give a file with the key alone"
      holds_ssh_key "$1" || {
        must cp "$1" "$2"
        parse_openpgp "$2"
      }
      ;;
    *) KEY_FAULT="this is no key of a known form" ;;
    esac
    ;;
  esac
}
