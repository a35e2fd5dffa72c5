
# The signed document, SHA256SUMS beside the kit, is copied into the private folder first. What is verified and what is
# read later is that copy, so nobody can exchange it in between.

# Sets SIGNED to "verified" or "not checked", and KIT_SUMS_EXPECTED to the digest of the kit's own SHA256SUMS that the
# document states (empty when there is no document, which only --insecure-no-signature allows).
check_signed_document() {
  SIGNED="not checked"
  SIGNATURE=
  KIT_SUMS_EXPECTED=
  mkdir "$WORK/outer" || disk_failed "mkdir $WORK/outer"
  if [ -z "$KEY" ] && [ -z "$INSECURE" ]; then
    fail 16 AIRGO_KEY_MISSING "no public key was given, so nobody vouches for this kit" \
      next "run again with --key FILE, the key that its makers handed over another way than the kit"
  fi
  refuse_special "$SUMS"
  if [ -f "$SUMS" ]; then
    must cp "$SUMS" "$WORK/outer/SHA256SUMS"
  elif [ -z "$INSECURE" ]; then
    fail 16 AIRGO_SIGNATURE_MISSING "the signed document is missing" where "$SUMS" \
      next "carry the whole folder of the kit, or name the document with --sums FILE"
  fi
  if [ -n "$INSECURE" ]; then
    warn "NO SIGNATURE IS CHECKED (--insecure-no-signature): whoever could change this kit could also change its sums"
  else
    check_signature
  fi
  [ ! -f "$WORK/outer/SHA256SUMS" ] || read_signed_document
}

check_signature() {
  take_key
  KEY_SHA256=$(sha256_of "$WORK/key.der")
  OPENSSL=$(openssl version) || OPENSSL=openssl
  openssl_self_test
  : >"$WORK/tried"
  for signature in "$SUMS".*.sig; do
    # Names with other characters could write anything on the terminal and into the receipt.
    case ${signature#"$SUMS".} in *[!A-Za-z0-9._-]*) continue ;; esac
    [ -f "$signature" ] && [ ! -L "$signature" ] || continue
    printf '%s\n' "$signature" >>"$WORK/tried" || disk_failed "write $WORK"
    must cp "$signature" "$WORK/signature"
    if openssl_verifies "$WORK/outer/key.pem" "$WORK/signature" "$WORK/outer/SHA256SUMS"; then
      SIGNATURE=SHA256SUMS.${signature#"$SUMS".}
      must cp "$WORK/signature" "$WORK/outer/$SIGNATURE"
      SIGNED=verified
      say "signature: verified ($SIGNATURE), key sha256:$KEY_SHA256"
      if [ "$(real_folder "${KEY%/*}")" = "${KIT%/*}" ]; then
        say "           that key lies beside the kit: compare its sha256 with the one that its owner told you"
      fi
      return
    fi
    SIGNED=bad
  done
  if [ "$SIGNED" = bad ]; then
    fail 8 AIRGO_SIGNATURE_BAD "no signature of the kit verifies with this key" where "$(listing "$WORK/tried")" \
      expected "one made with the key sha256:$KEY_SHA256 over this SHA256SUMS" \
      next "do not install it: it was changed, or the key is another signer's; compare this fingerprint with the one that the makers of the kit told you"
  fi
  fail 16 AIRGO_SIGNATURE_MISSING "the kit has no signature" where "$SUMS.<signer>.sig" \
    next "carry the whole folder of the kit, with its .sig files"
}

# The key is copied, and nothing but a public key in PEM is let through to openssl, which would take other things too.
# What is used, and kept later, is the public key as openssl writes it: the file may hold more, such as a secret.
take_key() {
  cp "$KEY" "$WORK/key.given" 2>/dev/null || unusable_key "this user can't read it"
  fault=$(key_fault "$WORK/key.given")
  [ -z "$fault" ] || unusable_key "$fault"
  openssl pkey -pubin -in "$WORK/key.given" -pubout -out "$WORK/outer/key.pem" >/dev/null 2>&1 &&
    openssl pkey -pubin -in "$WORK/outer/key.pem" -outform DER -out "$WORK/key.der" >/dev/null 2>&1 ||
    unusable_key "its PEM is damaged, or holds a kind of key that openssl does not know here"
  rm -f "$WORK/key.given"
}

unusable_key() {
  fail 32 AIRGO_KEY_UNREADABLE "the key can't be used" where "$KEY" \
    expected "a file with the line -----BEGIN PUBLIC KEY-----" found "$1" \
    next "give the <signer>.pub.pem that its owner handed over"
}

# What a file is that should be a public key in PEM; nothing if it is one.
key_fault() {
  kinds=$(sed -n 's/.*-----BEGIN \([A-Z0-9 ]*\)-----.*/\1/p' "$1")
  case $NEWLINE$kinds$NEWLINE in
  *"PRIVATE KEY"*) say "this is a private key; give the public one, and think about who has seen it" ;;
  *"${NEWLINE}PUBLIC KEY$NEWLINE"*) ;;
  *CERTIFICATE*) say "this is a certificate; give the public key by itself" ;;
  *[A-Z]*) say "this is a PEM of another kind: $(printf '%s\n' "$kinds" | sed -n 1p)" ;;
  *)
    case $(od -An -v -tx1 -N4 "$1" | tr -d ' \n') in
    '') say "the file is empty" ;;
    30*) say "this is no PEM but binary, perhaps DER: openssl pkey -pubin -inform DER -in FILE makes a PEM of it" ;;
    7373682d | 65636473) say "this is a key in the format of OpenSSH" ;;
    *) say "this is no PEM" ;;
    esac
    ;;
  esac
}

# openssl_verifies KEY SIGNATURE FILE. Some builds had wrong exit codes, so the words must agree too.
openssl_verifies() {
  verdict=$(openssl dgst -sha256 -verify "$1" -signature "$2" "$3" 2>/dev/null) && [ "$verdict" = "Verified OK" ]
}

# A verifier is trusted only after it accepted a good signature and refused one over other words.
openssl_self_test() {
  printf '%s\n' '-----BEGIN PUBLIC KEY-----' \
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZ5kBSAINwTdqNbDaLOyUTGJ2EpUU \
    DXn3XMIV8lXoCnWRHWGWLUId7I7bXEfsl4DKIe8bfZy700b9haIl94hUPA== \
    '-----END PUBLIC KEY-----' >"$WORK/test.pem" &&
    printf '%s' MEQCIDxisVfxamGCfS6/uuWV4SDRdKzPXxE9JJKP3H9zmgQmAiBTw83BxnIvpDhN+v8qq2cQyGbuy0Yo6A6c4VjJ1uxAVQ== |
    openssl base64 -d -A >"$WORK/test.sig" &&
    printf 'airgo self-test: this line is signed\n' >"$WORK/test.good" &&
    printf 'airgo self-test: this line is forged\n' >"$WORK/test.bad" || disk_failed "the self-test of openssl in $WORK"
  if ! openssl_verifies "$WORK/test.pem" "$WORK/test.sig" "$WORK/test.good" ||
    openssl_verifies "$WORK/test.pem" "$WORK/test.sig" "$WORK/test.bad"; then
    fail 32 AIRGO_PREFLIGHT "openssl on this machine does not verify ECDSA P-256 signatures rightly" found "$OPENSSL" \
      next "bring an openssl that does"
  fi
}

# Takes from the document what it says of the kit, and checks the small files beside it. The tar itself need not be
# there: what was unpacked from it is checked file by file.
read_signed_document() {
  check_sums_shape "$WORK/outer/SHA256SUMS" "$SUMS"
  KIT_SUMS_EXPECTED=$(stated_digest contents.SHA256SUMS)
  if [ -z "$KIT_SUMS_EXPECTED" ]; then
    fail 8 AIRGO_KIT_INVALID "the signed document does not speak of a kit" where "$SUMS" \
      expected "a line for contents.SHA256SUMS"
  fi
  for name in contents.SHA256SUMS rehearsal.json rehearsal.txt README.txt; do
    refuse_special "${SUMS%/*}/$name"
    [ -e "${SUMS%/*}/$name" ] || continue
    stated=$(stated_digest "$name")
    [ -n "$stated" ] || continue
    found=$(sha256_of "${SUMS%/*}/$name")
    if [ "$found" != "$stated" ]; then
      fail 8 AIRGO_CHECKSUM_MISMATCH "a file beside the kit is not the one that was signed" where "${SUMS%/*}/$name" \
        expected "$stated" found "$found" next "copy the kit again from its source"
    fi
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
