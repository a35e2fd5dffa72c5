# The signed document, SHA256SUMS beside the kit, is copied into the private folder first. What is verified and what is
# read later is that copy, so nobody can exchange it in between.

# Bytes of a list or another paper of a kit.
MAX_PAPER=268435456

SIGNATURE_EXTENSIONS="sig sm2sig asc sshsig minisig"

# Sets SIGNED to "verified" or "not checked", and KIT_SUMS_EXPECTED to the digest of the kit's own SHA256SUMS that the
# document states (empty when there is no document, which only --insecure-no-signature allows).
check_signed_document() {
  SIGNED="not checked"
  KIT_SUMS_EXPECTED=
  mkdir "$WORK/outer" && : >"$WORK/signatures.tsv" && : >"$WORK/vouching" || disk_failed "mkdir $WORK/outer"
  : >"$WORK/keys.tsv" || disk_failed "write $WORK"
  if [ -z "$INSECURE" ]; then gather_keys; fi
  if [ ! -s "$WORK/keys.tsv" ] && [ -z "$INSECURE$EXPECTED" ]; then
    fail 16 AIRGO_KEY_MISSING "no public key was given and none is trusted here, so nobody vouches for this kit" \
      next "run again with --key FILE, the key that its makers handed over another way than the kit"
  fi
  refuse_special "$SUMS" 1048576
  if [ -f "$SUMS" ]; then
    must cp "$SUMS" "$WORK/outer/SHA256SUMS"
    DOCUMENT=$(sha256_of "$WORK/outer/SHA256SUMS")
  elif [ -z "$INSECURE" ]; then
    fail 16 AIRGO_SIGNATURE_MISSING "the signed document is missing" where "$SUMS" \
      next "carry the whole folder of the kit, or name the document with --sums FILE"
  fi
  if [ -n "$INSECURE" ]; then
    warn "NO SIGNATURE IS CHECKED (--insecure-no-signature): whoever could change this kit could also change its sums"
    not_checked "who made the kit" "--insecure-no-signature"
  else
    check_signatures
  fi
  [ ! -f "$WORK/outer/SHA256SUMS" ] || read_signed_document
}

check_signatures() {
  if [ -n "$EXPECTED" ]; then check_expected; fi
  judge_signatures "$WORK/outer/SHA256SUMS" "${SUMS##*/}" "$SIGNATURE_EXTENSIONS" SHA256SUMS
  refuse_bad_signatures
  if [ -z "$EXPECTED" ] && [ ! -s "$WORK/vouching" ]; then refuse_unvouched; fi
  check_required
  SIGNED=verified
}

# The digest came another way than the kit, as a key would.
check_expected() {
  if [ "$DOCUMENT" != "$EXPECTED" ]; then
    fail 8 AIRGO_CHECKSUM_MISMATCH "the signed document does not have the SHA-256 that was told (--expect-sha256)" where "$SUMS" \
      expected "$EXPECTED" found "$DOCUMENT" next "do not install it: copy the kit again, or ask its makers for the digest again"
  fi
  say "SHA256SUMS has the SHA-256 that was told (--expect-sha256)"
  checked "SHA256SUMS has the SHA-256 that was told (--expect-sha256)" 1 sha256sum
}

# A bad signature refuses the kit, whatever others there are: somebody changed something.
refuse_bad_signatures() {
  awk -F "$TAB" '$3 == "bad" { print $1 ": " $6 }' "$WORK/signatures.tsv" >"$WORK/findings" || disk_failed "awk in $WORK"
  [ ! -s "$WORK/findings" ] || fail 8 AIRGO_SIGNATURE_BAD "a signature by a trusted key is bad" where "${SUMS%/*}" \
    expected "made over this document by $(awk -F "$TAB" '$3 == "bad" { print $4; exit }' "$WORK/signatures.tsv")" \
    found "$(listing "$WORK/findings")" \
    next "do not install it: it was changed, or the key is another signer's or no longer good; compare this key with the one that the makers of the kit told you"
}

# No trusted key has a valid signature: what would help depends on why.
refuse_unvouched() {
  awk -F "$TAB" '$3 == "not checked" { print $1 ": " $6 }' "$WORK/signatures.tsv" >"$WORK/findings" || disk_failed "awk in $WORK"
  [ ! -s "$WORK/findings" ] || verifier_missing "no program on this machine can check a signature by a trusted key"
  [ -s "$WORK/signatures.tsv" ] || fail 16 AIRGO_SIGNATURE_MISSING "the kit has no signature" where "$SUMS.<signer>.<ext>" \
    next "carry the whole folder of the kit, with the files SHA256SUMS.*"
  awk -F "$TAB" '{ print $1 ": " $6 }' "$WORK/signatures.tsv" >"$WORK/findings" || disk_failed "awk in $WORK"
  awk -F "$TAB" '{ print $2 ": " $4 }' "$WORK/keys.tsv" >"$WORK/trusted" || disk_failed "awk in $WORK"
  fail 16 AIRGO_KEY_UNTRUSTED "no signature of the kit is by a trusted key" where "${SUMS%/*}" \
    expected "$(listing "$WORK/trusted")" found "$(listing "$WORK/findings")" \
    next "give with --key the key that its makers handed over another way; compare this fingerprint with the one that the makers of the kit told you"
}

# verifier_missing WHAT: $WORK/findings has what to bring for which file.
verifier_missing() {
  fail 32 AIRGO_VERIFIER_MISSING "$1" where "${SUMS%/*}" found "$(listing "$WORK/findings")" \
    next "bring one of these; or have the SHA-256 of SHA256SUMS told to you another way, and give it with --expect-sha256 HEX"
}

# --require: trusted keys of these names must have signed, each of them.
check_required() {
  printf '%s\n' "$REQUIRE" | tr ',' '\n' | awk '$0 != "" && !seen[$0]++' >"$WORK/required" || disk_failed "write $WORK"
  awk -F "$TAB" '
    side == "required" { missing[$1] = 1; order[++n] = $1; next }
    side == "keys" { name[$4] = $2; kind[$2] = $4; next }
    $2 in missing { delete missing[$2] }
    END { for (i = 1; i <= n; i++) if (order[i] in missing) print order[i] ": " ((order[i] in kind) ? "no valid signature by " kind[order[i]] : "no key of this name is trusted here") }
  ' side=required "$WORK/required" side=keys "$WORK/keys.tsv" side=vouching "$WORK/vouching" >"$WORK/findings" || disk_failed "awk in $WORK"
  [ -s "$WORK/findings" ] || return 0
  must cp "$WORK/findings" "$WORK/unsigned"
  # A tool that is missing is another matter than a signature that is.
  awk -F "$TAB" '
    side == "unsigned" { split($0, part, ": "); wanted[part[1]] = 1; next }
    $3 == "not checked" && ($2 in wanted) { print $1 ": " $6; delete wanted[$2] }
    END { for (name in wanted) exit 1 }
  ' side=unsigned "$WORK/unsigned" side=signatures "$WORK/signatures.tsv" >"$WORK/findings" &&
    verifier_missing "no program on this machine can check a signature that is required"
  fail 16 AIRGO_SIGNATURE_REQUIRED "a signature that is required (--require) is not there" where "${SUMS%/*}" \
    found "$(listing "$WORK/unsigned")" next "ask the makers of the kit for it, or give the key with --key"
}

