# The second chain of digests, for those who trust SM3 and SM2: SM3SUMS is listed in the signed document and lists the SM3 of
# what it lists; contents.SM3SUMS lists the SM3 of every file of the kit. Few machines have a program for it.

# Looks at the digests and signatures of SM3, after all of SHA-256 was found right. What can't be checked is said loudly.
check_sm() {
  SM_PRESENT=
  SM_SUMS_CHECKED=
  if [ -f "$WORK/outer/SHA256SUMS" ] && [ -n "$(stated_digest SM3SUMS)" ]; then SM_PRESENT=yes; fi
  if [ -n "$SM_PRESENT" ]; then
    take_sm_sums
    if [ -z "$INSECURE" ]; then
      judge_signatures "$WORK/outer/SM3SUMS" SM3SUMS sm2sig SM3SUMS
      refuse_bad_signatures
    fi
    check_sm3_digests
  fi
  [ -z "$REQUIRE_SM" ] || require_sm
}

# Copies both lists, which read_signed_document has found to be the signed ones, and holds them to their form.
take_sm_sums() {
  for name in SM3SUMS contents.SM3SUMS; do
    [ -f "$WORK/outer/$name" ] || fail 8 AIRGO_KIT_INVALID "the kit has SM3 digests, and one list of them is missing" \
      where "${SUMS%/*}/$name" next "carry the whole folder of the kit"
    check_sums_shape "$WORK/outer/$name" "${SUMS%/*}/$name"
  done
  awk '{ name = substr($0, 67) } name != "SM3SUMS" { print name }' "$WORK/outer/SHA256SUMS" >"$WORK/sm.beside" || disk_failed "awk in $WORK"
  compare_sm_names SM3SUMS "$WORK/sm.beside"
  compare_sm_names contents.SM3SUMS "$WORK/listed"
}

# compare_sm_names NAME LIST: a list of SM3 digests must name the same files as the one of SHA-256.
compare_sm_names() {
  awk '{ print substr($0, 67) }' "$WORK/outer/$1" >"$WORK/sm.names" || disk_failed "awk in $WORK"
  {
    only_in "$WORK/sm.names" "$2" | sed 's/^/too many: /'
    only_in "$2" "$WORK/sm.names" | sed 's/^/missing: /'
  } >"$WORK/findings" || disk_failed "awk in $WORK"
  [ ! -s "$WORK/findings" ] || fail 8 AIRGO_KIT_INVALID "a list of SM3 digests does not have the files that it should" \
    where "${SUMS%/*}/$1" found "$(listing "$WORK/findings")" next "copy the kit again from its source"
}

check_sm3_digests() {
  choose_sm3
  if [ -z "$SM3_TOOL" ]; then
    warn "SM3 digests are not checked: no program here computes them (cksum of coreutils 9, or an openssl that has SM3)"
    not_checked "SM3 digests" "no tool here computes them: bring cksum of coreutils 9, or an openssl that has SM3"
    return 0
  fi
  (cd "$WORK/carried" && find . ! -name . -prune -type f) | sed 's,^\./,,' >"$WORK/sm.present" || disk_failed "find in $WORK"
  in_both "$WORK/sm.beside" "$WORK/sm.present" >"$WORK/sm.files" || disk_failed "awk in $WORK"
  compare_sm3 SM3SUMS "$WORK/carried" "${SUMS%/*}"
  must cp "$WORK/listed" "$WORK/sm.files"
  compare_sm3 contents.SM3SUMS "$KIT" "$KIT"
  SM_SUMS_CHECKED=yes
  checked "SM3 of every file of the kit" "$(wc -l <"$WORK/sm.files" | tr -d ' ')" "$SM3_WORDS"
  say "SM3: $(wc -l <"$WORK/sm.files" | tr -d ' ') files verified"
}

# compare_sm3 NAME FOLDER SHOWN-AS: the digests of the files in $WORK/sm.files, which lie in the folder. As many must be
# answered as were asked for.
compare_sm3() {
  (cd "$2" && sm3_of_list "$WORK/sm.files") >"$WORK/sm.found" 2>/dev/null || : >"$WORK/sm.found"
  awk '
    side == "stated" { stated[substr($0, 67)] = substr($0, 1, 64); next }
    side == "found" { found[substr($0, 67)] = substr($0, 1, 64); next }
    !($0 in found) || found[$0] != stated[$0] { print $0 }
  ' side=stated "$WORK/outer/$1" side=found "$WORK/sm.found" side=asked "$WORK/sm.files" >"$WORK/findings" || disk_failed "awk in $WORK"
  [ ! -s "$WORK/findings" ] || fail 8 AIRGO_CHECKSUM_MISMATCH "files do not have the SM3 digests that they should; nothing was installed" \
    where "$3" found "$(listing "$WORK/findings")" next "copy the kit again from its source"
}

# Sets SM3_TOOL to the first program that computes two known digests (GB/T 32905-2016, appendix A) rightly.
choose_sm3() {
  SM3_TOOL=
  printf 'abc' >"$WORK/abc" && printf 'abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd' >"$WORK/abcd" &&
    printf 'abc\nabcd\n' >"$WORK/sm.test" || disk_failed "write $WORK"
  for SM3_TOOL in cksum openssl; do
    if command -v "$SM3_TOOL" >/dev/null 2>&1 && [ "$(cd "$WORK" && sm3_of_list sm.test 2>/dev/null)" = "$(sm3_test_answer)" ]; then
      SM3_WORDS=$SM3_TOOL
      [ "$SM3_TOOL" != openssl ] || SM3_WORDS=$(tool_version openssl)
      return 0
    fi
  done
  SM3_TOOL=
}

sm3_test_answer() {
  say "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0  abc"
  say "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732  abcd"
}

# sm3_of_list LIST: digest, two characters, name; of files in this folder
sm3_of_list() {
  case $SM3_TOOL in
  cksum) each_of "$1" cksum -a sm3 --untagged ;;
  openssl) each_of "$1" openssl dgst -sm3 -r ;;
  esac | sed 's/^\(................................................................\) \*/\1  /'
}

# --require-sm
require_sm() {
  if [ -z "$SM_PRESENT" ]; then
    fail 16 AIRGO_SIGNATURE_REQUIRED "SM2 and SM3 are required (--require-sm), and the kit has no SM3 digests" where "${SUMS%/*}/SM3SUMS" \
      next "ask the makers of the kit for one with them"
  fi
  if ! awk -F "$TAB" '$1 ~ /^SM3SUMS\./ && $3 == "valid" { n++ } END { exit n == 0 }' "$WORK/signatures.tsv"; then
    awk -F "$TAB" '$1 ~ /^SM3SUMS\./ && $3 == "not checked" { print $1 ": " $6 }' "$WORK/signatures.tsv" >"$WORK/findings" ||
      disk_failed "awk in $WORK"
    [ ! -s "$WORK/findings" ] || verifier_missing "no program on this machine can check the SM2 signature that is required"
    fail 16 AIRGO_SIGNATURE_REQUIRED "SM2 is required (--require-sm), and no trusted SM2 key has signed SM3SUMS" \
      where "${SUMS%/*}/SM3SUMS.<signer>.sm2sig" next "ask the makers of the kit for it, or give the key with --key"
  fi
  if [ -z "$SM_SUMS_CHECKED" ]; then
    printf 'SM3SUMS: bring cksum of coreutils 9, or an openssl that has SM3\n' >"$WORK/findings" || disk_failed "write $WORK"
    verifier_missing "no program on this machine computes the SM3 digests that are required"
  fi
}

