# Public keys that are lines of text: OpenSSH's and minisign's.

# parse_openssh FILE OUT: one line, without its comment. The key is named as OpenSSH shows it.
parse_openssh() {
  KEY_KIND=sshsig
  KEY_EXT=pub
  KEY_FAULT="its line is damaged"
  awk '{ sub(/\r$/, "") } NF > 0 { print $1, $2; n++ } END { exit n != 1 }' "$1" >"$2" || {
    KEY_FAULT="it holds several keys: give each in a file of its own"
    return 0
  }
  read -r type blob <"$2" || return 0
  case $type in
  ssh-ed25519 | ssh-rsa | ecdsa-sha2-nistp256 | ecdsa-sha2-nistp384 | ecdsa-sha2-nistp521) ;;
  sk-ssh-ed25519@openssh.com | sk-ecdsa-sha2-nistp256@openssh.com) ;;
  *)
    KEY_FAULT="OpenSSH has no such kind of key, or it is a certificate"
    return 0
    ;;
  esac
  is_base64 "$blob" || return 0
  printf '%s\n' "$blob" | base64 -d >"$WORK/key.blob" 2>/dev/null || return 0
  # The key says its kind itself.
  hex=$(hex_of "$WORK/key.blob")
  case $hex in
  "$(printf '%08x' ${#type})$(printf '%s' "$type" | od -An -v -tx1 | tr -d ' \n')"?*) ;;
  *) return 0 ;;
  esac
  if [ "$type" = ssh-rsa ] && [ ${#hex} -lt 556 ]; then
    KEY_FAULT="this is an RSA key of less than 2048 bits"
    return 0
  fi
  KEY_ID=ssh:SHA256:$(sha256_of "$WORK/key.blob" | hex_to_base64 | tr -d '=')
  printf '%s\n' "$hex" >"$2.makers" || disk_failed "write $WORK"
  KEY_FAULT=
}

# Some programs pass over what is no base64, and this text is shown and written into tables.
is_base64() {
  case $1 in '' | *[!A-Za-z0-9+/=]*) return 1 ;; esac
}

# parse_minisign FILE OUT: a comment and the key, which holds a number by which signatures name it.
parse_minisign() {
  KEY_KIND=minisign
  KEY_EXT=pub
  KEY_FAULT="its second line is damaged"
  line=$(awk 'NR == 2 { sub(/\r$/, ""); print }' "$1")
  is_base64 "$line" || return 0
  printf '%s\n' "$line" | base64 -d >"$WORK/key.blob" 2>/dev/null || return 0
  hex=$(hex_of "$WORK/key.blob")
  case ${#hex}:$hex in
  84:4564*) ;;
  316:* | 208:*)
    KEY_FAULT="this is a private key; give the public one, and think about who has seen it"
    return 0
    ;;
  *) return 0 ;;
  esac
  KEY_ID=minisign:$line
  printf 'untrusted comment: public key\n%s\n' "$line" >"$2" && minisign_number "$hex" >"$2.makers" || disk_failed "write $WORK"
  KEY_FAULT=
}

# The number of the key in a minisign key or signature in hex.
minisign_number() {
  printf '%s\n' "$1" | awk '{ print substr($0, 5, 16) }'
}

# Hex on standard input as base64.
hex_to_base64() {
  awk '
    BEGIN {
      digits = "0123456789abcdef"
      letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    }
    function digit(i) { return index(digits, substr(hex, i, 1)) - 1 }
    { hex = hex $0 }
    END {
      # Three hex digits are two letters.
      for (i = 1; i <= length(hex); i += 3) {
        n = digit(i) * 256
        if (i + 1 <= length(hex)) n += digit(i + 1) * 16
        if (i + 2 <= length(hex)) n += digit(i + 2)
        text = text substr(letters, int(n / 64) + 1, 1) substr(letters, n % 64 + 1, 1)
      }
      bytes = length(hex) / 2
      text = substr(text, 1, int((bytes * 8 + 5) / 6))
      while (length(text) % 4 != 0) text = text "="
      print text
    }
  '
}
