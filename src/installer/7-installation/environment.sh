# generations/N/env/ has what puts Go and airgo-kit first on PATH, in the words of each reader. Nothing else is in it: what go
# itself needs is set by the wrappers, also where no such file is read. Drop-in files lead to PREFIX/current/env, so they
# are written once and follow each upgrade.

# write_environment FOLDER
write_environment() {
  made_by="# Made by install.sh of airgo: puts its go and airgo-kit first on PATH. Reading it again changes nothing."
  # The name of each file, and the kind of its text.
  for row in airgo.sh:profile airgo.fish:fish airgo.csh:csh airgo.conf:systemd airgo.service.conf:service; do
    { say "$made_by" && environment_text "${row#*:}"; } >"$1/${row%%:*}" || disk_failed "write $1"
  done
}

# environment_text KIND: what a reader of that kind takes in.
environment_text() {
  case $1 in
  profile) environment_for_sh ;;
  fish) environment_for_fish ;;
  csh) environment_for_csh ;;
  systemd) environment_for_systemd ;;
  service) environment_for_service ;;
  esac
}

# For every POSIX shell, also with `set -eu`, and for zsh in its own mode. A folder that is on PATH already moves to the front,
# because wrappers put theirs at the end.
environment_for_sh() {
  printf 'for airgo_folder in %s %s; do\n' "$(quoted "$PLACE/bin")" "$(quoted "$PLACE/current/bin")"
  printf '%s\n' '  airgo_path=:${PATH-}:' \
    '  while :; do' \
    '    case $airgo_path in' \
    '    *:"$airgo_folder":*) airgo_path=${airgo_path%%:"$airgo_folder":*}:${airgo_path#*:"$airgo_folder":} ;;' \
    '    *) break ;;' \
    '    esac' \
    '  done' \
    '  airgo_path=${airgo_path#:}' \
    '  airgo_path=${airgo_path%:}' \
    '  PATH=$airgo_folder${airgo_path:+:$airgo_path}' \
    'done' \
    'export PATH' \
    'unset airgo_folder airgo_path'
}

environment_for_fish() {
  folders="$(fish_quoted "$PLACE/current/bin") $(fish_quoted "$PLACE/bin")"
  printf 'begin\n    set -l airgo_path\n    for airgo_folder in $PATH\n'
  printf '        contains -- $airgo_folder %s; or set airgo_path $airgo_path $airgo_folder\n' "$folders"
  printf '    end\n    set -gx PATH %s $airgo_path\n    set -e airgo_folder\nend\n' "$folders"
}

# One line, so that it can be given to eval, too.
environment_for_csh() {
  folder=$(csh_quoted "$PLACE/current/bin")
  printf 'if ( $path[1]:q != %s ) set path = ( %s %s $path:q )\n' "$folder" "$folder" "$(csh_quoted "$PLACE/bin")"
}

# environment.d(5): the value is unquoted first and then expanded, where two dollar signs are one.
environment_for_systemd() {
  printf 'PATH="%s${PATH:+:$PATH}"\n' "$(printf '%s\n' "$PLACE/current/bin:$PLACE/bin" | sed -e 's/\$/$$/g' -e 's/["\\$`]/\\&/g')"
}

# EnvironmentFile= of systemd.exec(5) expands nothing, so the rest of PATH is the one that systemd itself has for services.
# Programs that read such files without any rules for quotes can read it as long as no character needs them.
environment_for_service() {
  path=$PLACE/current/bin:$PLACE/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  case $path in
  *[!A-Za-z0-9_./:+@%,=-]*) path=\"$(printf '%s\n' "$path" | sed 's/["\\$`]/\\&/g')\" ;;
  esac
  printf 'PATH=%s\n' "$path"
}

# Text as one word of fish.
fish_quoted() {
  printf "'%s'" "$(printf '%s\n' "$1" | sed "s/[\\\\']/\\\\&/g")"
}

# Text as one word of csh. An exclamation mark means something there between all quotes, so each character gets its own.
csh_quoted() {
  printf '%s' "$(printf '%s\n' "$1" | sed 's/[][ !"#$&'\''()*;<>?\\^`{|}~]/\\&/g')"
}
