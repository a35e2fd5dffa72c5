# Which program checks which kind of signature. A program counts only after it accepted a good signature and refused one over
# other words (42-vectors.sh); the first one that does is used.

# tools_of KIND: programs in the order in which they are tried. What follows a colon is one of several ways to call it.
tools_of() {
  case $1 in
  p256 | rsa | ed25519) say openssl ;;
  sm2) say openssl:dgst openssl:pkeyutl ;;
  openpgp) say gpgv gpg sqv ;;
  sshsig) say ssh-keygen ;;
  minisign) say minisign signify signify-openbsd ;;
  esac
}

# What to bring where there is none.
tools_for() {
  case $1 in
  p256 | rsa) say "openssl" ;;
  ed25519) say "openssl 3.0 or newer" ;;
  sm2) say "an openssl that has SM2" ;;
  openpgp) say "gpgv, gpg or sqv" ;;
  sshsig) say "ssh-keygen of OpenSSH 8.1 or newer" ;;
  minisign) say "minisign or signify" ;;
  esac
}

# choose_tool KIND: sets TOOL and TOOL_VERSION, or TOOL to nothing. Every kind is tried once.
choose_tool() {
  TOOL=
  if [ -f "$WORK/tool.$1" ]; then
    IFS=$TAB read -r TOOL TOOL_VERSION <"$WORK/tool.$1" || TOOL=
    return 0
  fi
  failed_tools=
  for candidate in $(tools_of "$1"); do
    command -v "${candidate%%:*}" >/dev/null 2>&1 || continue
    if passes_self_test "$candidate" "$1"; then
      TOOL=$candidate
      break
    fi
    case " $failed_tools " in *" ${candidate%%:*} "*) ;; *) failed_tools="$failed_tools${failed_tools:+ }${candidate%%:*}" ;; esac
  done
  if [ -n "$failed_tools" ] && [ "$failed_tools" != "${TOOL%%:*}" ]; then
    warn "$failed_tools on this machine does not check $(kind_words "$1") rightly, by a test of its own, and is passed over"
  fi
  : >"$WORK/tool.$1" || disk_failed "write $WORK"
  [ -n "$TOOL" ] || return 0
  TOOL_VERSION=$(tool_version "$TOOL")
  printf '%s\t%s\n' "$TOOL" "$TOOL_VERSION" >"$WORK/tool.$1" || disk_failed "write $WORK"
}

kind_words() {
  case $1 in
  p256) say "ECDSA P-256 signatures" ;;
  rsa) say "RSA signatures" ;;
  ed25519) say "Ed25519 signatures" ;;
  sm2) say "SM2 signatures" ;;
  openpgp) say "OpenPGP signatures" ;;
  sshsig) say "OpenSSH signatures" ;;
  minisign) say "minisign signatures" ;;
  esac
}

# What a program says of its version, in a few plain words; its name where it does not say.
tool_version() {
  program=${1%%:*}
  case $program in
  openssl) words=$(openssl version 2>/dev/null | awk '{ print $1, $2 }') || words= ;;
  gpgv | gpg | sqv) words=$("$program" --version 2>/dev/null | sed -n 1p) || words= ;;
  minisign) words=$(minisign -v 2>/dev/null | sed -n 1p) || words= ;;
  *) words= ;;
  esac
  words=$(printf '%.60s\n' "$words" | tr -cd 'A-Za-z0-9 ().,_+\n-')
  say "${words:-$program}"
}

# passes_self_test TOOL KIND
passes_self_test() {
  vector=$WORK/vectors/$2
  if [ ! -f "$vector" ]; then
    mkdir -p "$WORK/vectors" && printf 'airgo self-test: this line is signed\n' >"$WORK/vectors/good" &&
      printf 'airgo self-test: this line is forged\n' >"$WORK/vectors/bad" && write_vector "$2" "$vector" || disk_failed "write $WORK/vectors"
  fi
  run_tool "$1" "$2" "$vector" "$VECTOR_ID" "$vector.signature" "$WORK/vectors/good" &&
    ! run_tool "$1" "$2" "$vector" "$VECTOR_ID" "$vector.signature" "$WORK/vectors/bad"
}
