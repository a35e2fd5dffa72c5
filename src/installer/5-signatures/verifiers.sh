# How each program is asked. All take the same: KEY ID SIGNATURE DOCUMENT, and answer by their exit code; SIGNATURE_FAULT may
# say more, and UNSURE is set where it can't be told here whether the signature is good.

# run_tool TOOL KIND KEY ID SIGNATURE DOCUMENT
run_tool() {
  tool=$1
  key_kind=$2
  shift 2
  case $tool:$key_kind in
  openssl:p256 | openssl:rsa) by_openssl_dgst "$@" ;;
  openssl:ed25519) by_openssl_pkeyutl "$@" ;;
  openssl:dgst:sm2) by_openssl_dgst "$@" -sm3 -sigopt distid:1234567812345678 ;;
  openssl:pkeyutl:sm2) by_openssl_pkeyutl "$@" -digest sm3 -pkeyopt distid:1234567812345678 ;;
  gpgv:*) by_gpgv "$@" ;;
  gpg:*) by_gpg "$@" ;;
  sqv:*) by_sqv "$@" ;;
  ssh-keygen:*) by_ssh_keygen "$@" ;;
  minisign:*) minisign -Vq -p "$1" -m "$4" -x "$3" >/dev/null 2>&1 ;;
  signify:* | signify-openbsd:*) by_signify "$@" ;;
  *) return 1 ;;
  esac
}

# Some builds had wrong exit codes, so the words must agree too.
by_openssl_dgst() {
  key=$1
  signature_file=$3
  document=$4
  shift 4
  [ $# -gt 0 ] || set -- -sha256
  verdict=$(openssl dgst "$@" -verify "$key" -signature "$signature_file" "$document" 2>/dev/null) && [ "$verdict" = "Verified OK" ]
}

by_openssl_pkeyutl() {
  key=$1
  signature_file=$3
  document=$4
  shift 4
  verdict=$(openssl pkeyutl -verify -pubin -inkey "$key" -rawin "$@" -in "$document" -sigfile "$signature_file" 2>/dev/null) &&
    [ "$verdict" = "Signature Verified Successfully" ]
}

# Clocks of hosts without a network are often wrong, and a key without an expiry has no use for them.
by_gpgv() {
  make_gnupg_home
  gpgv --homedir "$WORK/gnupg" --ignore-time-conflict --status-fd 1 --keyring "$1" "$3" "$4" >"$WORK/status" 2>/dev/null || :
  read_gnupg_status "$2"
}

by_gpg() {
  make_gnupg_home
  gpg --homedir "$WORK/gnupg" --no-options --batch --no-tty --no-autostart --no-auto-key-retrieve --disable-dirmngr \
    --trust-model always --ignore-time-conflict --no-default-keyring --keyring "$1" --status-fd 1 --verify "$3" "$4" \
    >"$WORK/status" 2>/dev/null || :
  read_gnupg_status "$2"
}

make_gnupg_home() {
  [ -d "$WORK/gnupg" ] || (umask 077 && mkdir "$WORK/gnupg") || disk_failed "mkdir $WORK/gnupg"
}

# read_gnupg_status ID: the exit code says too little: it is 0 for keys that have expired or were revoked. The keyring holds
# one key, so whatever is said of a key or a signature but that it is unknown is said of that one.
read_gnupg_status() {
  verdict=$(awk -v pinned="${1#openpgp:}" '
    $1 != "[GNUPG:]" { next }
    $2 == "GOODSIG" { good = 1; next }
    $2 == "VALIDSIG" { if (good && $NF == pinned) valid = 1; good = 0 }
    $2 == "REVKEYSIG" { fault = "that key was revoked" }
    $2 == "EXPKEYSIG" { fault = "that key has expired, by the clock of this machine" }
    $2 == "EXPSIG" { fault = "it has expired, by the clock of this machine" }
    $2 == "BADSIG" { fault = "it does not verify with that key" }
    END { print((fault != "") ? fault : (valid ? "valid" : "it does not verify with that key")) }
  ' "$WORK/status") || return 1
  [ "$verdict" != valid ] || return 0
  SIGNATURE_FAULT=$verdict
  return 1
}

# sqv prints the fingerprint of each key that a good signature is by. It takes no account of a key's expiry after the
# signature was made, as gpgv does: whoever finds such a key later could date a signature back.
by_sqv() {
  if sqv --not-after 2099-12-31 --keyring "$1" "$3" "$4" >"$WORK/status" 2>"$WORK/status.more"; then
    [ "$(sort -u "$WORK/status")" = "${2#openpgp:}" ] || return 1
    ! has_expired "$1" || return 1
    return 0
  fi
  case $(cat "$WORK/status.more") in
  *"Not live until"*) UNSURE="this machine's clock, $(date -u +%Y-%m-%d), is behind the time of signing, and sqv insists on it: set the clock" ;;
  *revoked*) SIGNATURE_FAULT="that key was revoked" ;;
  esac
  return 1
}

# has_expired KEY: whether the primary key, or the one that the signature names, is past its end.
has_expired() {
  [ -s "$1.expires" ] || return 1
  awk -v now="$(date -u +%s)" '
    side == "signature" { made[$0] = 1; next }
    side == "key" { name[++n] = $0; next }
    $2 + 0 <= now + 0 && ($1 == 1 || (name[$1] in made) || (substr(name[$1], 25) in made)) { found = 1 }
    END { exit !found }
  ' side=signature "$WORK/makers" side=key "$1.makers" side=ends "$1.expires" || return 1
  SIGNATURE_FAULT="that key has expired, by the clock of this machine"
}

by_ssh_keygen() {
  {
    printf 'airgo namespaces="airgo-kit" ' && cat "$1"
  } >"$WORK/allowed" || disk_failed "write $WORK"
  verdict=$(ssh-keygen -Y verify -f "$WORK/allowed" -I airgo -n airgo-kit -s "$3" <"$4" 2>/dev/null) || return 1
  case $verdict in 'Good "airgo-kit" signature for airgo with '*) ;; *) return 1 ;; esac
}

# minisign also makes signatures over a digest of the document, which signify can't read.
by_signify() {
  case $(sed -n 2p "$3") in
  RU*)
    UNSURE="it is over a digest, and $tool reads the other form only: bring minisign"
    return 1
    ;;
  esac
  "$tool" -V -q -p "$1" -m "$4" -x "$3" >/dev/null 2>&1
}

