# Reads the command line; what it does not say comes from the environment.
read_options() {
  VERB=
  help_wanted=
  prefix_given=
  KEYS=
  REQUIRE=
  read_environment
  while [ $# -gt 0 ]; do
    case $1 in
    --prefix=* | --key=* | --sums=* | --receipt=* | --require=* | --expect-sha256=*)
      take_option "${1%%=*}" "${1#*=}"
      ;;
    --prefix | --key | --sums | --receipt | --require | --expect-sha256)
      [ $# -ge 2 ] || usage_error "$1 needs a value"
      take_option "$1" "$2"
      shift
      ;;
    install | verify | help)
      [ -z "$VERB" ] || usage_error "two verbs: $VERB and $1"
      VERB=$1
      ;;
    --insecure-no-signature) INSECURE=yes ;;
    --require-sm) REQUIRE_SM=yes ;;
    --allow-downgrade) ALLOW_DOWNGRADE=yes ;;
    --enforce-expiry) ENFORCE_EXPIRY=yes ;;
    -h | --help) help_wanted=yes ;;
    *) usage_error "unknown verb or option: $1" ;;
    esac
    shift
  done
  if [ -z "$KEYS" ] && [ -n "${AIRGO_KEY-}" ]; then take_option --key "$AIRGO_KEY"; fi
  if [ -z "$REQUIRE" ] && [ -n "${AIRGO_REQUIRE-}" ]; then take_option --require "$AIRGO_REQUIRE"; fi
  if [ -n "$help_wanted" ]; then VERB=help; fi
  VERB=${VERB:-install}
  check_options
}

read_environment() {
  PREFIX=${AIRGO_PREFIX-}
  SUMS=${AIRGO_SUMS-}
  RECEIPT=${AIRGO_RECEIPT-}
  EXPECTED=
  if [ -n "${AIRGO_EXPECT_SHA256-}" ]; then take_option --expect-sha256 "$AIRGO_EXPECT_SHA256"; fi
  read_flag AIRGO_INSECURE_NO_SIGNATURE "${AIRGO_INSECURE_NO_SIGNATURE-}"
  INSECURE=$FLAG
  read_flag AIRGO_REQUIRE_SM "${AIRGO_REQUIRE_SM-}"
  REQUIRE_SM=$FLAG
  read_flag AIRGO_ALLOW_DOWNGRADE "${AIRGO_ALLOW_DOWNGRADE-}"
  ALLOW_DOWNGRADE=$FLAG
  read_flag AIRGO_ENFORCE_EXPIRY "${AIRGO_ENFORCE_EXPIRY-}"
  ENFORCE_EXPIRY=$FLAG
}

# read_flag NAME VALUE: sets FLAG to yes, or to nothing.
read_flag() {
  case $2 in
  '' | 0) FLAG= ;;
  1) FLAG=yes ;;
  *) usage_error "$1 is neither 0 nor 1" ;;
  esac
}

# take_option OPTION VALUE. KEYS gets one line for each key.
take_option() {
  if [ "$1" = --prefix ]; then
    PREFIX=$2
    prefix_given=yes
    return
  fi
  [ -n "$2" ] || usage_error "$1 has an empty value"
  case $2 in *[[:cntrl:]]*) usage_error "the value of $1 holds a control character" ;; esac
  case $1 in
  --sums) SUMS=$2 ;;
  --receipt) RECEIPT=$2 ;;
  --key) KEYS=$KEYS$2$NEWLINE ;;
  --require)
    case $2 in *[!A-Za-z0-9._,-]*) usage_error "--require takes names of keys, with commas between them" ;; esac
    REQUIRE=$REQUIRE,$2
    ;;
  --expect-sha256)
    # From paper it comes in groups and in capitals.
    EXPECTED=$(printf '%s\n' "$2" | tr -d ' ' | tr 'A-F' 'a-f')
    case ${#EXPECTED}:$EXPECTED in
    64:*[!0-9a-f]*) usage_error "--expect-sha256 takes 64 hex digits" ;;
    64:*) ;;
    *) usage_error "--expect-sha256 takes 64 hex digits" ;;
    esac
    ;;
  esac
}

check_options() {
  if [ -n "$INSECURE" ]; then
    [ -z "$KEYS" ] || usage_error "--key and --insecure-no-signature contradict each other"
    [ -z "$EXPECTED" ] || usage_error "--expect-sha256 and --insecure-no-signature contradict each other"
    [ -z "$REQUIRE$REQUIRE_SM" ] || usage_error "a required signature and --insecure-no-signature contradict each other"
  fi
  if [ -n "$prefix_given" ] && [ -z "$PREFIX" ]; then
    refuse_prefix "it is empty"
  fi
}

