# This script has two places: in a kit, as install.sh, and on the host, as PREFIX/bin/airgo-kit, so that the medium can leave.
# Both are the same file. Sets SELF to its path without links; KIT to the kit's folder, or to nothing; and where it lies in
# an installation, OWN_PREFIX to that.
find_self() {
  SELF=$CALLED
  case $SELF in
  */*) ;;
  # `sh airgo-kit` finds it on PATH.
  *) [ -f "./$SELF" ] || SELF=$(command -v "$SELF" 2>/dev/null) || SELF=$CALLED ;;
  esac
  links=0
  while [ -L "$SELF" ] && [ "$links" -lt 40 ]; do
    target=$(readlink "$SELF") || break
    case $target in /*) SELF=$target ;; *) SELF=${SELF%"${SELF##*/}"}$target ;; esac
    links=$((links + 1))
  done
  case $SELF in
  */*) folder=${SELF%/*}/ ;;
  *) folder=./ ;;
  esac
  folder=$(real_folder "$folder") || folder=
  SELF=$folder/${SELF##*/}
  KIT=
  OWN_PREFIX=
  case $folder in
  */bin) if [ -f "${folder%/bin}/.airgo.lock" ]; then OWN_PREFIX=${folder%/bin}; fi ;;
  esac
  if [ -n "$KIT_GIVEN" ]; then
    KIT=$(real_folder "$KIT_GIVEN") || fail 2 AIRGO_USAGE "there is no such folder for --kit" found "$KIT_GIVEN" \
      next "give the folder of the unpacked kit"
  elif [ -z "$OWN_PREFIX" ] && [ -f "$folder/install.sh" ] && [ -f "$folder/SHA256SUMS" ]; then
    KIT=$folder
  fi
}

# For verbs that work on a kit.
find_kit() {
  if [ -z "$KIT" ] && [ -n "$OWN_PREFIX" ]; then
    fail 2 AIRGO_USAGE "$VERB needs a kit" next "give the folder of the unpacked kit: --kit DIR"
  fi
  lies_not="install.sh does not lie in an unpacked kit"
  if [ -n "$KIT_GIVEN" ]; then lies_not="the folder of --kit is no unpacked kit"; fi
  if [ -z "$KIT" ] || [ ! -f "$KIT/install.sh" ] || [ ! -f "$KIT/SHA256SUMS" ]; then
    fail 2 AIRGO_USAGE "$lies_not" found "${KIT:-$SELF}" \
      next "unpack the kit's tar and run: sh <name>-<id>/install.sh"
  fi
  settle_files
}

# Makes the paths of the other options absolute, and looks whether what they name is there.
settle_files() {
  case $SUMS in '' | /*) ;; *) SUMS=$PWD/$SUMS ;; esac
  settle_keys
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

# The same for the keys alone.
settle_keys() {
  rest=$KEYS
  KEYS=
  while [ -n "$rest" ]; do
    key=${rest%%"$NEWLINE"*}
    rest=${rest#*"$NEWLINE"}
    case $key in /*) ;; *) key=$PWD/$key ;; esac
    [ -e "$key" ] || fail 2 AIRGO_USAGE "there is no such file for --key" found "$key" next "give the path of the public key"
    KEYS=$KEYS$key$NEWLINE
  done
}
