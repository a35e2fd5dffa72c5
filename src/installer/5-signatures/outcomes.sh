# What is found out about each signature, one line in $WORK/signatures.tsv: file, signer, outcome, key, tool, why. A dash
# stands for what is not known.

# judge_signatures DOCUMENT NAME EXTENSIONS: looks at all signatures that lie beside the signed document as NAME.<signer>.<ext>
judge_signatures() {
  found_signatures=0
  for signature in "${SUMS%/*}/$2".*; do
    ext=${signature##*.}
    case " $3 " in *" $ext "*) ;; *) continue ;; esac
    signer=${signature#"${SUMS%/*}/$2."}
    [ "$signer" != "$ext" ] || continue
    signer=${signer%".$ext"}
    # Names with other characters could write anything on the terminal and into the receipt.
    case $signer in '' | *[!A-Za-z0-9._-]*) continue ;; esac
    [ -f "$signature" ] && [ ! -L "$signature" ] || continue
    # Each takes some time, and anybody can put files there.
    found_signatures=$((found_signatures + 1))
    [ "$found_signatures" -le 100 ] || fail 8 AIRGO_KIT_INVALID "more than 100 signatures lie beside the kit" where "${SUMS%/*}" \
      next "copy the kit again from its source, or move away those signatures that you do not need"
    judge_signature "$1" "$signature"
    record_signature "$4.$signer.$ext"
  done
}

# judge_signature DOCUMENT FILE: sets OUTCOME, with SIGNED_BY, SIGNED_WITH and WHY.
judge_signature() {
  OUTCOME="no trusted key"
  SIGNED_BY=-
  SIGNED_WITH=-
  WHY=-
  # A copy is judged, and of what is too large to be a signature no more than the beginning.
  dd if="$2" of="$WORK/signature" bs=65537 count=1 2>/dev/null || disk_failed "copy $2"
  [ "$(wc -c <"$WORK/signature")" -le 65536 ] || : >"$WORK/signature"
  find_makers "$ext" "$WORK/signature" "$signer"
  unchecked=
  # shellcheck disable=SC2034 # not every column is used
  while IFS=$TAB read -r number name kind id origin key_ext file <&3; do
    case $ext:$kind in
    sig:p256 | sig:rsa | sig:ed25519 | sm2sig:sm2 | asc:openpgp | sshsig:sshsig | minisig:minisign) ;;
    *) continue ;;
    esac
    judge_by_key "$1"
    [ "$OUTCOME" != valid ] || break
  done 3<"$WORK/keys.tsv"
  if [ "$OUTCOME" = "no trusted key" ] && [ -n "$unchecked" ]; then
    OUTCOME="not checked"
    WHY=$unchecked
  fi
  if [ "$OUTCOME" = "no trusted key" ]; then
    find_key_beside "$ext" "$signer"
    WHY=${BESIDE:+"the key that lies beside it is $BESIDE"}
    WHY=${WHY:-no key lies beside it}
  fi
}

# judge_by_key DOCUMENT: by the key of which a line of keys.tsv was just read. A bad one stays bad, unless it is good for
# another key that is named in the same way.
judge_by_key() {
  if is_maker "$number" "$name" "$signer"; then mine=yes; else mine=; fi
  choose_tool "$kind"
  if [ -z "$TOOL" ]; then
    if [ -n "$mine" ] || [ ! -s "$WORK/makers" ]; then unchecked="no tool here reads it: bring $(tools_for "$kind")"; fi
    return 0
  fi
  SIGNATURE_FAULT="it does not verify with that key"
  UNSURE=
  if [ "$ext" = asc ]; then judged=$WORK/signature.bin; else judged=$WORK/signature; fi
  if run_tool "$TOOL" "$kind" "$WORK/keys/$number" "$id" "$judged" "$1"; then
    OUTCOME=valid
    WHY=-
  elif [ -n "$UNSURE" ]; then
    [ -z "$mine" ] || unchecked=$UNSURE
    return 0
  elif [ -n "$mine" ]; then
    OUTCOME=bad
    WHY=$SIGNATURE_FAULT
  else
    return 0
  fi
  SIGNED_BY=$id
  SIGNED_WITH=$TOOL_VERSION
  KEY_USED=$number
}

# record_signature NAME: what judge_signature found out is told and kept; of valid ones also the signature and the key.
record_signature() {
  printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$signer" "$OUTCOME" "$SIGNED_BY" "$SIGNED_WITH" "$WHY" >>"$WORK/signatures.tsv" ||
    disk_failed "write $WORK"
  case $OUTCOME in
  valid)
    say "signature $1: valid, key $SIGNED_BY, by $SIGNED_WITH"
    must cp "$WORK/signature" "$WORK/outer/$1"
    keep_used_key
    ;;
  bad) say "signature $1: BAD, key $SIGNED_BY, by $SIGNED_WITH: $WHY" ;;
  "not checked") say "signature $1: not checked: $WHY" ;;
  *) say "signature $1: no trusted key for it; $WHY" ;;
  esac
}

# $WORK/vouching gets the line of the key in keys.tsv, once, and the papers get the key itself.
keep_used_key() {
  awk -F "$TAB" -v number="$KEY_USED" '$1 == number { print $4 }' "$WORK/vouching" >"$WORK/found" || disk_failed "awk in $WORK"
  [ ! -s "$WORK/found" ] || return 0
  awk -F "$TAB" -v number="$KEY_USED" '$1 == number' "$WORK/keys.tsv" >>"$WORK/vouching" || disk_failed "awk in $WORK"
  must publish_key "$KEY_USED" "$WORK/outer"
  case $origin in given) ;; *) return 0 ;; esac
  # A key that somebody put there under another name did not come with the kit.
  case ${file##*/} in
  *[!a-z0-9.-]*) ;;
  *.pub.pem | *.pub.asc | *.pub) tell_key_beside ;;
  esac
}

tell_key_beside() {
  if [ "$(real_folder "${file%/*}")" = "${KIT%/*}" ]; then
    say "           that key lies beside the kit: compare it with the one that its owner told you"
    not_checked "whose key ${file##*/} is" "it came with the kit"
  fi
}

# publish_key NUMBER FOLDER: writes the key as <name>.<ext>. OpenPGP keys get their armor back, without its checksum, which is
# optional (RFC 9580, 6.1).
publish_key() {
  awk -F "$TAB" -v OFS="$TAB" -v number="$1" '$1 == number { print $2, $3, $6 }' "$WORK/keys.tsv" >"$WORK/publish" || return 1
  IFS=$TAB read -r publish_name publish_kind publish_ext <"$WORK/publish" || return 1
  PUBLISHED=$2/$publish_name.$publish_ext
  if [ "$publish_kind" != openpgp ]; then
    cp "$WORK/keys/$1" "$PUBLISHED"
    return $?
  fi
  {
    printf '%s\n\n' '-----BEGIN PGP PUBLIC KEY BLOCK-----' && base64 <"$WORK/keys/$1" | tr -d '\n' |
      awk '{ for (i = 1; i <= length($0); i += 64) print substr($0, i, 64) }' && printf '%s\n' '-----END PGP PUBLIC KEY BLOCK-----'
  } >"$PUBLISHED"
}
