# The words of the command line. Each option is also a variable of the environment; what the command line says wins.

VERBS="install plan verify status list use rollback repair uninstall doctor watch env help"

# option:variable:value or flag:verbs that know it, or all
OPTIONS="
--prefix:AIRGO_PREFIX:value:all
--root:AIRGO_ROOT:value:all
--wait:AIRGO_WAIT:value:install,use,rollback,repair,uninstall,watch
--kit:AIRGO_KIT:value:install,plan,verify,repair
--sums:AIRGO_SUMS:value:install,plan,verify,repair
--receipt:AIRGO_RECEIPT:value:install,plan,verify,repair
--key:AIRGO_KEY:value:install,plan,verify,repair,watch
--require:AIRGO_REQUIRE:value:install,plan,verify,repair
--expect-sha256:AIRGO_EXPECT_SHA256:value:install,plan,verify,repair
--insecure-no-signature:AIRGO_INSECURE_NO_SIGNATURE:flag:install,plan,verify,repair
--require-sm:AIRGO_REQUIRE_SM:flag:install,plan,verify,repair
--allow-downgrade:AIRGO_ALLOW_DOWNGRADE:flag:install,plan,verify
--enforce-expiry:AIRGO_ENFORCE_EXPIRY:flag:install,plan,verify
--checks:AIRGO_CHECKS:value:install,plan,use,rollback,repair
--keep:AIRGO_KEEP:value:install,plan,use,rollback
--env:AIRGO_ENV:value:install,plan,env
--private-gopath:AIRGO_PRIVATE_GOPATH:value:install,plan
--umask:AIRGO_UMASK:value:install,plan
--isolated:AIRGO_ISOLATED:flag:env
--from:AIRGO_FROM:value:repair
--alert:AIRGO_ALERT:value:install,plan,watch
--quarantine:AIRGO_QUARANTINE:flag:watch
--schedule:AIRGO_SCHEDULE:value:watch
--expect-go:AIRGO_EXPECT_GO:value:status
--expect-kit:AIRGO_EXPECT_KIT:value:status
--all:AIRGO_ALL:flag:uninstall
"

usage_error() {
  fail 2 AIRGO_USAGE "$1" next "sh $(quoted "$(printable "$CALLED")") help"
}

# Reads the environment, then the command line. What must be told apart from an empty value is set to nothing first.
read_options() {
  VERB=
  ARGUMENT=
  help_wanted=
  given_options=
  prefix_given=
  for name in PREFIX ROOT WAIT KIT_GIVEN SUMS RECEIPT KEYS REQUIRE EXPECTED INSECURE REQUIRE_SM ALLOW_DOWNGRADE ENFORCE_EXPIRY \
    CHECKS KEEP ENV_KINDS PRIVATE_GOPATH GO_UMASK ISOLATED FROM ALERT QUARANTINE SCHEDULE EXPECT_GO EXPECT_KIT ALL; do
    eval "$name="
  done
  read_environment
  keys_on_line=
  require_on_line=
  while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) help_wanted=yes ;;
    --*=*) take_word "${1%%=*}" "${1#*=}" given ;;
    --*)
      find_option "$1"
      if [ "$option_kind" = flag ]; then
        take_word "$1" 1 flag
      else
        [ $# -ge 2 ] || usage_error "$1 needs a value"
        take_word "$1" "$2" given
        shift
      fi
      ;;
    -*) usage_error "unknown option: $1" ;;
    *) take_bare "$1" ;;
    esac
    shift
  done
  if [ -n "$help_wanted" ]; then VERB=help; fi
  VERB=${VERB:-install}
  check_options
}

# Variables that are empty are not set.
read_environment() {
  for row in $OPTIONS; do
    option=${row%%:*}
    row=${row#*:}
    variable=${row%%:*}
    row=${row#*:}
    eval "value=\${$variable-}"
    [ -n "$value" ] || continue
    case ${row%%:*}:$value in
    flag:0) ;;
    flag:1) take_flag "$option" ;;
    flag:*) usage_error "$variable is neither 0 nor 1" ;;
    *) take_option "$option" "$value" ;;
    esac
  done
  prefix_given=
}

# find_option OPTION: sets option_kind and option_verbs.
find_option() {
  for row in $OPTIONS; do
    [ "${row%%:*}" = "$1" ] || continue
    row=${row#*:}
    row=${row#*:}
    option_kind=${row%%:*}
    option_verbs=${row#*:}
    return
  done
  usage_error "unknown verb or option: $1"
}

# take_word OPTION VALUE HOW: from the command line; HOW is `flag` where no value was written.
take_word() {
  find_option "$1"
  given_options="$given_options $1"
  case $option_kind:$3 in
  flag:flag) take_flag "$1" ;;
  flag:*) usage_error "$1 takes no value" ;;
  *)
    # A key on the command line takes the place of that of the environment, and does not join it.
    if [ "$1$keys_on_line" = --key ]; then
      KEYS=
      keys_on_line=yes
    elif [ "$1$require_on_line" = --require ]; then
      REQUIRE=
      require_on_line=yes
    fi
    take_option "$1" "$2"
    ;;
  esac
}

# A verb, or what belongs to it.
take_bare() {
  if [ -z "$VERB" ]; then
    case " $VERBS " in
    *" $1 "*) VERB=$1 ;;
    *) usage_error "unknown verb or option: $1" ;;
    esac
    return
  fi
  case $VERB:$ARGUMENT in
  use: | rollback:) ARGUMENT=$1 ;;
  *)
    case " $VERBS " in
    *" $1 "*) usage_error "two verbs: $VERB and $1" ;;
    *) usage_error "$VERB takes no such word: $1" ;;
    esac
    ;;
  esac
}

take_flag() {
  case $1 in
  --insecure-no-signature) INSECURE=yes ;;
  --require-sm) REQUIRE_SM=yes ;;
  --allow-downgrade) ALLOW_DOWNGRADE=yes ;;
  --enforce-expiry) ENFORCE_EXPIRY=yes ;;
  --isolated) ISOLATED=yes ;;
  --quarantine) QUARANTINE=yes ;;
  --all) ALL=yes ;;
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
  --root) ROOT=$2 ;;
  --wait) WAIT=$(a_number "$2" 0 86400) || usage_error "--wait takes seconds, 0 to 86400" ;;
  --kit) KIT_GIVEN=$2 ;;
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
  --checks) one_of "$1" "$2" "quick full none" && CHECKS=$2 ;;
  --keep) KEEP=$(a_number "$2" 1 9999) || usage_error "--keep takes a number of generations, 1 to 9999" ;;
  --env)
    check_env_kinds "$2"
    ENV_KINDS=$2
    ;;
  --private-gopath) one_of "$1" "$2" "yes no" && PRIVATE_GOPATH=$2 ;;
  --umask)
    case $2 in
    none | [0-7][0-7][0-7] | 0[0-7][0-7][0-7]) GO_UMASK=$2 ;;
    *) usage_error "--umask takes three octal digits, such as 027, or none" ;;
    esac
    ;;
  --from) FROM=$2 ;;
  --alert)
    case $2 in
    /* | none) ALERT=$2 ;;
    *) usage_error "--alert takes the whole path of a program, without arguments, or none" ;;
    esac
    ;;
  --schedule) one_of "$1" "$2" "systemd cron none" && SCHEDULE=$2 ;;
  --expect-go) EXPECT_GO=${2#go} ;;
  --expect-kit) EXPECT_KIT=$2 ;;
  esac
}

# one_of OPTION VALUE WORDS
one_of() {
  case " $3 " in
  *" $2 "*) ;;
  *) usage_error "$1 takes one of: $3" ;;
  esac
}

# a_number TEXT LEAST MOST: prints it without leading zeros, or fails.
a_number() {
  case $1 in '' | *[!0-9]* | ??????*) return 1 ;; esac
  number=$1
  while [ "${number#0}" != "$number" ] && [ -n "${number#0}" ]; do number=${number#0}; done
  [ "$number" -ge "$2" ] && [ "$number" -le "$3" ] || return 1
  printf '%s\n' "$number"
}

check_options() {
  for option in $given_options; do
    find_option "$option"
    case ,$option_verbs,help, in
    ,all,* | *,"$VERB",*) ;;
    *) [ "$VERB" = help ] || usage_error "$option means nothing to $VERB" ;;
    esac
  done
  case $VERB:$ENV_KINDS in
  env: | env:profile | env:systemd | env:fish | env:csh) ;;
  env:*) usage_error "env prints for one of profile, systemd, fish, csh" ;;
  esac
  if [ "$VERB" = use ] && [ -z "$ARGUMENT" ]; then usage_error "use needs a version, such as 1.26.9, or newest"; fi
  if [ -n "$INSECURE" ]; then
    [ -z "$KEYS" ] || usage_error "--key and --insecure-no-signature contradict each other"
    [ -z "$EXPECTED" ] || usage_error "--expect-sha256 and --insecure-no-signature contradict each other"
    [ -z "$REQUIRE$REQUIRE_SM" ] || usage_error "a required signature and --insecure-no-signature contradict each other"
  fi
  if [ -n "$prefix_given" ] && [ -z "$PREFIX" ]; then
    refuse_prefix "it is empty"
  fi
}
