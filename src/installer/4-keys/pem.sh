# Public keys in PEM. Their kind is told by the first bytes of their DER, so no other program is needed to name them, and
# nothing but these four kinds is ever let through to openssl, which would take other things too.

# parse_pem FILE OUT
parse_pem() {
  KEY_EXT=pub.pem
  KEY_FAULT="its PEM is damaged, or something else is in its file: give a file with the key alone"
  is_alone "$1" "PUBLIC KEY" || return 0
  KEY_FAULT="its PEM is damaged"
  armor_body "$1" "PUBLIC KEY" >"$WORK/key.base64" && base64 -d <"$WORK/key.base64" >"$WORK/key.der" 2>/dev/null || return 0
  pem_kind "$(hex_of "$WORK/key.der")"
  [ -z "$KEY_FAULT" ] || return 0
  KEY_ID=sha256:$(sha256_of "$WORK/key.der")
  {
    printf '%s\n' '-----BEGIN PUBLIC KEY-----' && base64 <"$WORK/key.der" | tr -d '\n' |
      awk '{ for (i = 1; i <= length($0); i += 64) print substr($0, i, 64) }' && printf '%s\n' '-----END PUBLIC KEY-----'
  } >"$2" && printf '%s\n' "$KEY_ID" >"$2.makers" || disk_failed "write $WORK"
}

# is_alone FILE LABEL: whether a file is one block with that label, and nothing else. Each program takes another part of a file with
# more in it, so the fingerprint that somebody compared by hand could be that of another key than the one trusted here.
is_alone() {
  tr '\000' '?' <"$1" | awk -v label="$2" '
    { sub(/[ \t\r]+$/, "") }
    ended { if ($0 != "") odd = 1; next }
    !begun { if ($0 == "-----BEGIN " label "-----") begun = 1; else if ($0 != "") odd = 1; next }
    $0 == "-----END " label "-----" { ended = 1; next }
    label ~ /^PGP / && !body { if ($0 == "") body = 1; else if ($0 !~ /^[^: -][^:]*: /) odd = 1; next }
    label ~ /^PGP / && !summed && /^=[A-Za-z0-9+\/][A-Za-z0-9+\/][A-Za-z0-9+\/][A-Za-z0-9+\/]$/ { summed = 1; next }
    $0 !~ /^[A-Za-z0-9+\/]*=?=?$/ || ($0 != "" && (padded || summed)) { odd = 1 }
    /=$/ { padded = 1 }
    END { exit odd || !ended }
  '
}

# holds_ssh_key FILE: whether OpenSSH would show the fingerprint of a key in a file, whatever is around it.
holds_ssh_key() {
  tr '\000' '\n' <"$1" | awk '/(ssh-|ecdsa-|sk-)[a-z0-9@.-]+[ \t]+AAAA/ { found = 1 } END { exit !found }'
}

# armor_body FILE LABEL: the base64 lines of the first block with that label. OpenPGP's header lines and its checksum, the
# line that begins with an equals sign, are left out.
armor_body() {
  awk -v begin="-----BEGIN $2-----" '
    { sub(/\r$/, "") }
    inside && /^-----/ { exit }
    inside && $0 != "" && !/: / && !/^=/ { print }
    index($0, begin) { inside = 1 }
  ' "$1"
}

# pem_kind HEX: sets KEY_KIND and takes KEY_FAULT back, or says in it what the key is.
pem_kind() {
  case ${#1}:$1 in
  182:3059301306072a8648ce3d020106082a8648ce3d03010703420004*) KEY_KIND=p256 ;;
  182:3059301306072a8648ce3d020106082a811ccf5501822d03420004*) KEY_KIND=sm2 ;;
  88:302a300506032b6570032100*) KEY_KIND=ed25519 ;;
  *:3082????300d06092a864886f70d01010105000382????003082????0282????*) rsa_kind "$1" || return 0 ;;
  *:3081*300d06092a864886f70d010101*)
    KEY_FAULT="this is an RSA key of less than 2048 bits"
    return 0
    ;;
  *:30*)
    [ "${#1}" != 182 ] || return 0
    KEY_FAULT="its PEM is damaged, or holds a kind of key that no signature of a kit is made with"
    return 0
    ;;
  *) return 0 ;;
  esac
  KEY_FAULT=
}

# The modulus of 2048 bits has 257 bytes, with the zero in front. rsa_kind HEX
rsa_kind() {
  KEY_KIND=rsa
  total=${1#3082}
  total=${total%"${total#????}"}
  modulus=${1#3082????300d06092a864886f70d01010105000382????003082????0282}
  modulus=${modulus%"${modulus#????}"}
  [ "${#1}" = $((2 * 0x$total + 8)) ] || return 1
  [ $((0x$modulus)) -ge 257 ] || {
    KEY_FAULT="this is an RSA key of less than 2048 bits"
    return 1
  }
}
