# Who made a signature, by its own words. It decides nothing about whether the signature is good: only whether one that no
# trusted key verifies is a bad one of a trusted signer, or one of somebody else.

# find_makers EXT SIGNATURE SIGNER: leaves in $WORK/makers how the signature names its key, in the form of OUT.makers of
# parse_key; nothing where it does not say. DER and raw signatures say nothing, but a public key may lie beside them, and
# where it does, $WORK/makers.beside has how that one is named: a signature may have been altered where it names its key.
find_makers() {
  : >"$WORK/makers" && : >"$WORK/makers.beside" || disk_failed "write $WORK"
  case $1 in
  asc) openpgp_makers "$2" ;;
  sshsig) openssh_makers "$2" ;;
  minisig) minisign_makers "$2" ;;
  esac
  makers_beside "$1" "$3"
  [ -s "$WORK/makers" ] || must cp "$WORK/makers.beside" "$WORK/makers"
}

# Leaves in $WORK/signature.bin the packets of an OpenPGP signature if all of them are signatures, and nothing else: no program is
# given a message that has words of its own in it.
openpgp_makers() {
  : >"$WORK/signature.bin"
  armor_body "$1" "PGP SIGNATURE" >"$WORK/maker.base64" && base64 -d <"$WORK/maker.base64" >"$WORK/maker.bin" 2>/dev/null || return 0
  packets "$WORK/maker.bin" >"$WORK/packets" && awk '$1 == "issuer" { print $2 }' "$WORK/packets" >"$WORK/makers" ||
    disk_failed "awk in $WORK"
  if awk '$1 != 2 && $1 != "issuer" { odd = 1 } END { exit odd }' "$WORK/packets"; then must cp "$WORK/maker.bin" "$WORK/signature.bin"; fi
}

# The public key comes right behind the magic word and a version (PROTOCOL.sshsig of OpenSSH).
openssh_makers() {
  armor_body "$1" "SSH SIGNATURE" >"$WORK/maker.base64" && base64 -d <"$WORK/maker.base64" >"$WORK/maker.bin" 2>/dev/null || return 0
  hex_of "$WORK/maker.bin" | awk '
    BEGIN { digits = "0123456789abcdef" }
    substr($0, 1, 20) == "53534853494700000001" {
      for (i = 21; i <= 28; i++) size = size * 16 + index(digits, substr($0, i, 1)) - 1
      if (size > 0 && 28 + 2 * size <= length($0)) print substr($0, 29, 2 * size)
    }
  ' >"$WORK/makers" || disk_failed "awk in $WORK"
}

minisign_makers() {
  awk 'NR == 2 { sub(/\r$/, ""); print }' "$1" | base64 -d >"$WORK/maker.bin" 2>/dev/null || return 0
  hex=$(hex_of "$WORK/maker.bin")
  case ${#hex}:$hex in
  148:4564* | 148:4544*) minisign_number "$hex" >"$WORK/makers" || disk_failed "write $WORK" ;;
  esac
}

# The public key beside the kit says whose signature it is, so that one who does not trust it is told just that.
makers_beside() {
  find_key_beside "$1" "$2"
  if [ -n "$BESIDE" ]; then must cp "$WORK/beside.key.makers" "$WORK/makers.beside"; fi
}

# find_key_beside EXT SIGNER: sets BESIDE to the name of the key beside the kit, or to nothing.
find_key_beside() {
  BESIDE=
  case $1 in
  sig | sm2sig) beside=${SUMS%/*}/$2.pub.pem ;;
  asc) beside=${SUMS%/*}/$2.pub.asc ;;
  *) beside=${SUMS%/*}/$2.pub ;;
  esac
  [ -f "$beside" ] && [ ! -L "$beside" ] && [ "$(stat -c %s "$beside")" -le 262144 ] || return 0
  must cp "$beside" "$WORK/beside"
  parse_key "$WORK/beside" "$WORK/beside.key"
  if [ -z "$KEY_FAULT" ]; then BESIDE=$KEY_ID; fi
}

# is_maker NUMBER NAME SIGNER: whether that trusted key is the one that the signature is said to be by. Where nothing is
# known, the signer's name tells.
is_maker() {
  if [ -s "$WORK/makers" ]; then
    [ -n "$(in_both "$WORK/makers" "$WORK/keys/$1.makers")$(in_both "$WORK/makers.beside" "$WORK/keys/$1.makers")" ]
  else
    [ "$2" = "$3" ]
  fi
}
