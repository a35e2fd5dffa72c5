
usage() {
  say "usage: sh install.sh [VERB] [OPTION]...

verbs
  install    check the kit and install it (this is done when no verb is given)
  verify     check the kit, write nothing
  help       this text

options (each also as a variable of the environment)
  --prefix DIR              where to install (AIRGO_PREFIX)
                            default: /opt/airgo for root, else ~/.local/share/airgo
  --key FILE                the public key (PEM) that the kit must be signed with (AIRGO_KEY)
                            it proves something only if it did not come with the kit
  --sums FILE               the signed SHA256SUMS; its signatures lie beside it as FILE.<signer>.sig (AIRGO_SUMS)
                            default: SHA256SUMS beside the kit's folder
  --insecure-no-signature   install without knowing who made the kit (AIRGO_INSECURE_NO_SIGNATURE=1)

to remove an installation, with DIR as its prefix: chmod -R u+w DIR && rm -rf DIR

exit codes
  0 done  2 usage  8 integrity (nothing was installed)  16 policy: unsigned or not compatible
  32 this machine: missing tool, space, rights, lock held
  64 health check failed, the earlier generation is still current  129 130 143 signals"
}

usage_error() {
  fail 2 AIRGO_USAGE "$1" next "sh install.sh help"
}

# Reads the command line; what it does not say comes from the environment.
read_options() {
  VERB=
  help_wanted=
  PREFIX=${AIRGO_PREFIX-}
  KEY=${AIRGO_KEY-}
  SUMS=${AIRGO_SUMS-}
  prefix_given=
  case ${AIRGO_INSECURE_NO_SIGNATURE-} in
  '' | 0) INSECURE= ;;
  1) INSECURE=yes ;;
  *) usage_error "AIRGO_INSECURE_NO_SIGNATURE is neither 0 nor 1" ;;
  esac
  while [ $# -gt 0 ]; do
    case $1 in
    --prefix=* | --key=* | --sums=*)
      option=${1%%=*}
      value=${1#*=}
      shift
      ;;
    --prefix | --key | --sums)
      [ $# -ge 2 ] || usage_error "$1 needs a value"
      option=$1
      value=$2
      shift 2
      ;;
    install | verify | help)
      [ -z "$VERB" ] || usage_error "two verbs: $VERB and $1"
      VERB=$1
      shift
      continue
      ;;
    --insecure-no-signature)
      INSECURE=yes
      shift
      continue
      ;;
    -h | --help)
      help_wanted=yes
      shift
      continue
      ;;
    *) usage_error "unknown verb or option: $1" ;;
    esac
    case $option in
    --prefix)
      PREFIX=$value
      prefix_given=yes
      ;;
    --key)
      [ -n "$value" ] || usage_error "--key has an empty value"
      KEY=$value
      ;;
    --sums)
      [ -n "$value" ] || usage_error "--sums has an empty value"
      SUMS=$value
      ;;
    esac
  done
  if [ -n "$help_wanted" ]; then VERB=help; fi
  VERB=${VERB:-install}
  if [ -n "$INSECURE" ] && [ -n "$KEY" ]; then
    usage_error "--key and --insecure-no-signature contradict each other"
  fi
  if [ -n "$prefix_given" ] && [ -z "$PREFIX" ]; then
    refuse_prefix "it is empty"
  fi
}

refuse_prefix() {
  fail 2 AIRGO_PREFIX_REFUSED "this prefix can't be used: $1" found "$PREFIX" \
    next "give a folder of its own, such as --prefix /opt/airgo"
}

# The folder that install.sh itself lies in is the kit.
find_kit() {
  self=$0
  # In functions zsh calls $0 by another name.
  if [ -n "${ZSH_VERSION-}" ]; then self=${ZSH_ARGZERO:-$0}; fi
  case $self in
  */*) KIT=${self%/*}/ ;;
  *) KIT=./ ;;
  esac
  KIT=$(real_folder "$KIT") || KIT=
  if [ -z "$KIT" ] || [ ! -f "$KIT/install.sh" ] || [ ! -f "$KIT/SHA256SUMS" ]; then
    fail 2 AIRGO_USAGE "install.sh does not lie in an unpacked kit" found "${KIT:-$self}" \
      next "unpack the kit's tar and run: sh <name>-<id>/install.sh"
  fi
  case $KEY in '' | /*) ;; *) KEY=$PWD/$KEY ;; esac
  case $SUMS in '' | /*) ;; *) SUMS=$PWD/$SUMS ;; esac
  # A pipe will do for a key.
  if [ -n "$KEY" ] && { [ ! -e "$KEY" ] || [ -d "$KEY" ]; }; then
    fail 2 AIRGO_USAGE "there is no such file for --key" found "$KEY" next "give the path of the public key (PEM)"
  fi
  if [ -z "$SUMS" ]; then
    SUMS=${KIT%/*}/SHA256SUMS
  elif [ ! -f "$SUMS" ]; then
    fail 2 AIRGO_USAGE "there is no such file for --sums" found "$SUMS" next "give the path of the signed SHA256SUMS"
  fi
}

home_folder() {
  if [ -n "${HOME-}" ]; then
    printf '%s\n' "$HOME"
  elif command -v getent >/dev/null 2>&1; then
    getent passwd "$(id -u)" | awk -F: '{ print $6 }'
  fi
}

# Makes PREFIX absolute and free of links, and refuses what no installation should own.
settle_prefix() {
  home=$(home_folder)
  if [ -z "$PREFIX" ]; then
    if [ "$(id -u)" = 0 ]; then
      PREFIX=/opt/airgo
    elif [ -n "$home" ]; then
      PREFIX=$home/.local/share/airgo
    else
      fail 2 AIRGO_USAGE "HOME is not set, so there is no default prefix" next "give --prefix DIR"
    fi
  fi
  case $PREFIX in
  *[[:cntrl:]]*) refuse_prefix "it holds a line break or another control character" ;;
  # Each folder of PATH ends at a colon; the installed go could not be put on it.
  *:*) refuse_prefix "it holds a colon, which PATH can't carry" ;;
  # A folder of that very name is what nobody means.
  '~'*) refuse_prefix "it begins with ~, which the shell left as it is (in quotes, or after =): write the folder out" ;;
  /*) ;;
  *) PREFIX=$PWD/$PREFIX ;;
  esac

  PREFIX=$(printf '%s\n' "$PREFIX" | sed 's,//*,/,g')
  # The part that exists is resolved by the system, the rest must be plain names.
  existing=$PREFIX
  rest=
  while [ ! -d "$existing/" ]; do
    if [ -e "$existing" ] || [ -L "$existing" ]; then
      refuse_prefix "$existing is not a folder"
    fi
    name=${existing##*/}
    existing=${existing%/*}
    case $name in
    '') ;;
    . | ..) refuse_prefix "it goes through a folder that does not exist" ;;
    *) rest=/$name$rest ;;
    esac
  done
  enterable=$(real_folder "$existing") || refuse_prefix "$existing can't be entered"
  existing=$enterable
  PREFIX=${existing%/}$rest
  EXISTING=$existing

  case $PREFIX in
  '') refuse_prefix "it is the root of the file system" ;;
  *[[:cntrl:]]* | *:*) refuse_prefix "it leads to $PREFIX, which holds a colon or a control character" ;;
  "$KIT" | "$KIT"/*) refuse_prefix "it lies in the kit" ;;
  esac
  if [ -n "$home" ] && [ -d "$home" ] && [ "$PREFIX" = "$(real_folder "$home")" ]; then
    refuse_prefix "it is the home folder itself"
  fi
  if [ -d "$PREFIX" ] && [ ! -e "$PREFIX/.airgo.lock" ] &&
    [ -n "$(find "$PREFIX/." ! -name . -prune ! -name lost+found | sed -n 1p)" ]; then
    refuse_prefix "it is not empty and is no airgo installation"
  fi
  check_owners
}
