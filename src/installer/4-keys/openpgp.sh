# Public keys of OpenPGP: one version 4 key, as a keyring in binary form, because gpgv reads no other. Its fingerprint is
# computed here from its first packet (RFC 4880, 12.2), so that no program's word has to be taken for it.

# parse_armored FILE OUT
parse_armored() {
  KEY_FAULT="its armor is damaged"
  [ "$(printf '%s\n' "$labels" | grep_count "PGP PUBLIC KEY BLOCK")" = 1 ] || {
    KEY_FAULT="it holds several keys: give each in a file of its own"
    return 0
  }
  is_alone "$1" "PGP PUBLIC KEY BLOCK" || {
    KEY_FAULT="its armor is damaged, or something else is in its file: give a file with the key alone"
    return 0
  }
  armor_body "$1" "PGP PUBLIC KEY BLOCK" >"$WORK/key.base64" && base64 -d <"$WORK/key.base64" >"$2" 2>/dev/null || return 0
  parse_openpgp "$2"
}

# How many lines are equal to a text.
grep_count() {
  awk -v text="$1" '$0 == text { n++ } END { print n + 0 }'
}

# parse_openpgp BINARY
parse_openpgp() {
  KEY_KIND=openpgp
  KEY_EXT=pub.asc
  KEY_FAULT="its packets are damaged"
  packets "$1" >"$WORK/packets" || disk_failed "awk in $WORK"
  case $(awk '{ tags = tags " " $1 } END { print tags " " }' "$WORK/packets") in
  *" damaged "*) return 0 ;;
  *" 5 "* | *" 7 "*)
    KEY_FAULT="this is a private key; give the public one, and think about who has seen it"
    return 0
    ;;
  *" 6 "*" 6 "*)
    KEY_FAULT="it holds several keys: give each in a file of its own"
    return 0
    ;;
  " 6 "*) ;;
  *) return 0 ;;
  esac
  # Each takes some programs to be named, and who made the medium may have made this key.
  [ "$(awk '$1 == 14' "$WORK/packets" | wc -l)" -le 32 ] || {
    KEY_FAULT="it holds more than 32 subkeys"
    return 0
  }
  : >"$1.makers"
  while read -r tag offset size <&4; do
    case $tag in 6 | 14) add_fingerprint "$1" || return 0 ;; esac
  done 4<"$WORK/packets"
  KEY_ID=openpgp:$(sed -n 1p "$1.makers")
  # Signatures may name a key by the end of its fingerprint only.
  sed 's/^.*\(................\)$/\1/' "$1.makers" >"$WORK/key.ids" && cat "$WORK/key.ids" >>"$1.makers" || disk_failed "write $WORK"
  awk '$1 == "expires" { print $2, $3 }' "$WORK/packets" >"$1.expires" || disk_failed "write $WORK"
  KEY_FAULT=
}

# Adds the fingerprint of the key in the packet at $offset with $size bytes.
add_fingerprint() {
  dd if="$1" of="$WORK/packet" bs=1 skip="$offset" count="$size" 2>/dev/null || disk_failed "dd in $WORK"
  [ "$(od -An -v -tx1 -N1 "$WORK/packet" | tr -d ' \n')" = 04 ] || {
    KEY_FAULT="it is no key of version 4"
    return 1
  }
  # The octal digits of the two bytes that hold the size.
  header=$(printf '\\231\\%03o\\%03o' $((size / 256)) $((size % 256)))
  # shellcheck disable=SC2059 # it holds three escapes made here, and nothing else
  {
    printf "$header" && cat "$WORK/packet"
  } | sha1sum | awk '{ print toupper($1) }' >>"$1.makers" || disk_failed "sha1sum in $WORK"
}

# packets FILE: one line for each packet of a binary OpenPGP file (RFC 4880, 4.2): tag, where its body begins, its size. After
# a signature, `issuer HEX` for each key that it names; at the end `expires NUMBER TIME` for each key that does, by the newest
# signature that says so: the primary key is the first one. A file that is not made of whole packets has the line `damaged`.
packets() {
  od -An -v -tx1 "$1" | awk '
    function at(i) { return value[byte[i]] }
    function number(i, width,   n) { n = 0; while (width-- > 0) n = n * 256 + at(i++); return n }
    function hex_at(i, width,   text) { text = ""; while (width-- > 0) text = text byte[i++]; return toupper(text) }
    # The parts of a signature that say more about it; type: what the signature is for.
    function subpackets(i, end, type,   size, kind) {
      while (i < end) {
        size = at(i++)
        if (size == 255) { size = number(i, 4); i += 4 } else if (size >= 192) size = (size - 192) * 256 + at(i++) + 192
        if (size < 1 || i + size > end) return
        kind = at(i) % 128
        if (kind == 2) made = number(i + 1, 4)
        if (kind == 9 && lifetime == "") lifetime = number(i + 1, 4)
        if (kind == 16 && size == 9) print "issuer", hex_at(i + 1, 8)
        if (kind == 33 && size == 22) print "issuer", hex_at(i + 2, 20)
        i += size
      }
    }
    function signature(i, end,   type, hashed, key) {
      if (at(i) != 4) return
      type = at(i + 1)
      hashed = number(i + 4, 2)
      if (i + 6 + hashed + 2 > end) return
      made = 0; lifetime = ""
      subpackets(i + 6, i + 6 + hashed)
      own = made; term = lifetime
      subpackets(i + 8 + hashed, i + 8 + hashed + number(i + 6 + hashed, 2))
      # Over user ids (0x10 to 0x13) and over the key itself (0x1f); over a subkey (0x18).
      key = ((type >= 16 && type <= 19) || type == 31) ? 1 : (type == 24) ? keys : 0
      if (key > 0 && own >= newest[key] + 0) { newest[key] = own; ends[key] = term }
    }
    BEGIN {
      digits = "0123456789abcdef"
      for (i = 0; i < 256; i++) value[substr(digits, int(i / 16) + 1, 1) substr(digits, i % 16 + 1, 1)] = i
    }
    { for (i = 1; i <= NF; i++) byte[n++] = $i }
    END {
      for (i = 0; i < n; i += size) {
        head = at(i++)
        if (head >= 192) {
          tag = head - 192
          size = at(i++)
          if (size == 255) { size = number(i, 4); i += 4 } else if (size >= 224) { print "damaged"; exit }
          else if (size >= 192) size = (size - 192) * 256 + at(i++) + 192
        } else {
          tag = int((head - 128) / 4)
          width = head % 4
          if (head < 128 || width == 3) { print "damaged"; exit }
          width = (width == 2) ? 4 : width + 1
          size = number(i, width)
          i += width
        }
        if (i + size > n) { print "damaged"; exit }
        print tag, i, size
        if (tag == 6 || tag == 14) born[++keys] = number(i + 1, 4)
        if (tag == 2) signature(i, i + size)
      }
      if (n == 0) print "damaged"
      for (key = 1; key <= keys; key++) if (ends[key] + 0 > 0) print "expires", key, born[key] + ends[key]
    }
  '
}
