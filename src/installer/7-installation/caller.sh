# What the environment sets wins over the wrappers, so a kit can be installed well and not be used. This looks at the
# environment that install.sh was called in: no part of it touches these variables.
warn_of_settings() {
  case ${GOPROXY-} in
  "$GOPROXY_URL" | "$GOPROXY_URL,off") ;;
  *) warn_of GOPROXY "${GOPROXY-}" "take modules from there and not from the kit" ;;
  esac
  case ${GOSUMDB-} in
  "${GOSUMDB_SETTING:-$SUMDB}") ;;
  *) warn_of GOSUMDB "${GOSUMDB-}" "not check modules with the checksum database of the kit" ;;
  esac
  case ${GOTOOLCHAIN-} in
  path) ;;
  *) warn_of GOTOOLCHAIN "${GOTOOLCHAIN-}" "not choose freely, and only, among the versions installed here" ;;
  esac
  warn_of GOFLAGS "${GOFLAGS-}" "give these flags to every command; -mod and -modcacherw change where modules come from"
  warn_of_private
  # With this word the two say that nothing is an exception.
  case ${GONOPROXY-} in
  none) ;;
  *) warn_of GONOPROXY "${GONOPROXY-}" "fetch the modules it names past the kit" ;;
  esac
  case ${GONOSUMDB-} in
  none) ;;
  *) if names_more "${GONOSUMDB-}"; then warn_of GONOSUMDB "$GONOSUMDB" "not check the modules it names with the checksum database"; fi ;;
  esac
  warn_of GOINSECURE "${GOINSECURE-}" "fetch the modules it names, where they come past the kit, without TLS"
  case ${GO111MODULE-} in
  off) warn_of GO111MODULE off "know no modules at all" ;;
  esac
}

# GOPRIVATE is but the default of GONOPROXY and GONOSUMDB, and the wrappers of a kit with private modules set both.
warn_of_private() {
  effect=
  if [ -z "${GONOSUMDB-}" ] && names_more "${GOPRIVATE-}"; then
    effect="not check the modules it names with the checksum database"
  fi
  if [ -z "${GONOPROXY-}" ] && ! keeps_to_kit; then
    effect="fetch the modules it names past the kit${effect:+, and $effect}"
  fi
  [ -z "$effect" ] || warn_of GOPRIVATE "${GOPRIVATE-}" "$effect"
}

# Whether the wrappers turn GOPRIVATE's exception from the kit's proxy off (wrapper_patterns).
keeps_to_kit() {
  [ -s "$WORK/patterns" ] || return 1
  case ${GOPROXY-} in '' | "$GOPROXY_URL" | "$GOPROXY_URL,off") ;; *) return 1 ;; esac
}

# names_more LIST: whether a list of patterns has one that the kits here do not have.
names_more() {
  printf '%s\n' "$1" | tr ',' '\n' | awk '
    side == "kits" { known[$0] = 1; next }
    $0 != "" && !($0 in known) { more = 1 }
    END { exit !more }
  ' side=kits "$WORK/patterns" side=value -
}

# warn_of NAME VALUE EFFECT
warn_of() {
  [ -z "$2" ] || warn "$1 is set to $(without_secrets "$2"): unset it, or this go will $3"
}

# Text in one line, and of an address that holds a user, a password or a query only the scheme: where such a part begins
# and ends can't be told for sure, and too little is better than a password.
without_secrets() {
  {
    printf '%s' "$1" | tr '\001-\037\177' ' '
    echo
  } | sed -e 's,//.*[@?].*,//...,' -e 's,.*[@?].*,...,'
}
