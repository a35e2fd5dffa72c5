# For verbs that check what is installed, and refuse nothing before all that is wrong was told. Whoever can read it may check it, so
# the right to write is none of this (preflight).
open_to_check() {
  CHECKING=yes
  need_tools
  make_work_folder
  settle_prefix
  if [ ! -e "$PREFIX/.airgo.lock" ]; then
    fail 2 AIRGO_NOT_INSTALLED "nothing is installed here" where "$PREFIX" next "give --prefix DIR, or install a kit first"
  fi
  settle_keys
  detect_arch
  start_receipt
  read_sound_choices
}

# Reads choices.tsv as far as it is in order; what is not is in $WORK/choices.odd. A choice that was tampered with must not end
# the run before the rest was looked at.
read_sound_choices() {
  : >"$WORK/choices.odd" || disk_failed "write $WORK"
  if [ -f "$PREFIX/choices.tsv" ] && [ ! -L "$PREFIX/choices.tsv" ]; then
    look_at "$PREFIX/choices.tsv"
    case $owner:$mode in
    0:*[0145][0145] | "$ME":*[0145][0145]) ;;
    # One of them names a program that is run.
    *) printf 'others could have written it\n' >"$WORK/choices.odd" ;;
    esac
    awk -F "$TAB" '
      NF == 2 && $2 !~ /[\001-\037\177]/ && $2 != "" && !seen[$1]++ && (($1 == "keep" && $2 ~ /^[1-9][0-9]?[0-9]?[0-9]?$/) ||
        ($1 == "private-gopath" && $2 ~ /^(yes|no)$/) || ($1 == "umask" && $2 ~ /^(none|0?[0-7][0-7][0-7])$/) ||
        ($1 == "alert" && $2 ~ /^(\/.*|none)$/) || ($1 == "env" && $2 ~ /^[a-z,]+$/)) { next }
      { print "line " NR ": " $0 }
    ' "$PREFIX/choices.tsv" >>"$WORK/choices.odd" 2>/dev/null || printf 'it can not be read\n' >"$WORK/choices.odd"
  elif [ -e "$PREFIX/choices.tsv" ] || [ -L "$PREFIX/choices.tsv" ]; then
    printf 'it is no plain file\n' >"$WORK/choices.odd"
  fi
  if [ -s "$WORK/choices.odd" ]; then
    KEEP=${KEEP:-5}
    ENV_KINDS=${ENV_KINDS:-none}
    PRIVATE_GOPATH=${PRIVATE_GOPATH:-no}
    GO_UMASK=${GO_UMASK:-none}
  else
    read_choices
  fi
}
