# PREFIX/choices.tsv: what was chosen for this host with options, in columns name and value. Later runs keep to it until
# another value is given, so that an upgrade asks for no option again.

CHOICES="keep env private-gopath umask alert"

chosen() {
  case $1 in
  keep) printf '%s\n' "$KEEP" ;;
  env) printf '%s\n' "$ENV_KINDS" ;;
  private-gopath) printf '%s\n' "$PRIVATE_GOPATH" ;;
  umask) printf '%s\n' "$GO_UMASK" ;;
  alert) printf '%s\n' "$ALERT" ;;
  esac
}

# What was given now counts, then what was chosen before, then the default.
read_choices() {
  if [ -f "$PREFIX/choices.tsv" ]; then
    # shellcheck disable=SC2094 # it is only read
    while IFS=$TAB read -r name value <&3; do
      case " $CHOICES " in
      *" $name "*) [ -n "$(chosen "$name")" ] || take_option "--$name" "$value" ;;
      esac
    done 3<"$PREFIX/choices.tsv"
  fi
  KEEP=${KEEP:-5}
  ENV_KINDS=${ENV_KINDS:-none}
  PRIVATE_GOPATH=${PRIVATE_GOPATH:-no}
  GO_UMASK=${GO_UMASK:-none}
}

keep_choices() {
  for name in $CHOICES; do
    value=$(chosen "$name")
    [ -z "$value" ] || printf '%s\t%s\n' "$name" "$value"
  done >"$STAGING/choices.tsv" || disk_failed "write $STAGING"
  if [ "$(cat "$STAGING/choices.tsv")" != "$(cat "$PREFIX/choices.tsv" 2>/dev/null)" ]; then
    must mv -fT "$STAGING/choices.tsv" "$PREFIX/choices.tsv"
  fi
}
