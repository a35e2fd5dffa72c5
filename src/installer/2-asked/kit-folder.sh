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
  settle_files
}

# Makes the paths of the other options absolute, and looks whether what they name is there.
settle_files() {
  case $SUMS in '' | /*) ;; *) SUMS=$PWD/$SUMS ;; esac
  rest=$KEYS
  KEYS=
  while [ -n "$rest" ]; do
    key=${rest%%"$NEWLINE"*}
    rest=${rest#*"$NEWLINE"}
    case $key in /*) ;; *) key=$PWD/$key ;; esac
    [ -e "$key" ] || fail 2 AIRGO_USAGE "there is no such file for --key" found "$key" next "give the path of the public key"
    KEYS=$KEYS$key$NEWLINE
  done
  if [ -z "$SUMS" ]; then
    SUMS=${KIT%/*}/SHA256SUMS
  elif [ ! -f "$SUMS" ]; then
    fail 2 AIRGO_USAGE "there is no such file for --sums" found "$SUMS" next "give the path of the signed SHA256SUMS"
  fi
  [ -n "$RECEIPT" ] || return 0
  case $RECEIPT in /*) ;; *) RECEIPT=$PWD/$RECEIPT ;; esac
  if [ -d "$RECEIPT" ] || [ ! -d "${RECEIPT%/*}/" ]; then
    fail 32 AIRGO_DISK "no receipt can be written there" where "$RECEIPT" next "give --receipt a file in a folder that exists"
  fi
}
