# Prints what puts the installed Go into the environment, for eval; reads nothing but where the installation lies.
verb_env() {
  need_tools
  settle_prefix
  if [ ! -e "$PREFIX/.airgo.lock" ]; then
    fail 2 AIRGO_NOT_INSTALLED "nothing is installed here" where "$PREFIX" next "give --prefix DIR, or install a kit first"
  fi
  [ -L "$PREFIX/current" ] || warn "no generation is current in $PREFIX: there will be no go"
  kind=${ENV_KINDS:-profile}
  if [ -n "$ISOLATED" ]; then isolated_text "$kind"; else environment_text "$kind"; fi
}

# isolated_text KIND: this Go and nothing else. All variables of go that are set in this very environment go, those of
# certain clouds, which begin alike, do not. What csh evaluates comes to it as one line.
isolated_text() {
  names=$(env | sed -n -e '/^GOOGLE_/d' -e 's/^\(C\{0,1\}GO[A-Z0-9_]*\)=.*/\1/p' | sort -u)
  folder=$PLACE/current/bin
  case $1 in
  profile) printf 'PATH=%s\nGOENV=off\nexport PATH GOENV\n' "$(quoted "$folder")" ;;
  fish) printf 'set -gx PATH %s\nset -gx GOENV off\n' "$(fish_quoted "$folder")" ;;
  csh) printf 'set path = ( %s );\nsetenv GOENV off;\n' "$(csh_quoted "$folder")" ;;
  systemd)
    # What is not listed is not there.
    printf 'PATH=%s\nGOENV=off\n' "$folder"
    return 0
    ;;
  esac
  for name in $names; do
    [ "$name" != GOENV ] || continue
    case $1 in
    profile) printf 'unset %s\n' "$name" ;;
    fish) printf 'set -e %s\n' "$name" ;;
    csh) printf 'unsetenv %s;\n' "$name" ;;
    esac
  done
}
