# What stands around an installation and gets in its way: variables (caller.sh), a GOROOT, another go on PATH, and what `go env -w`
# once wrote. All of it is the user's own: it is read, and what to do is told.

# For all verbs, once nothing is being changed any more, and what the wrappers set is known: GOPROXY_URL, SUMDB, GOSUMDB_SETTING and
# $WORK/patterns.
warn_of_environment() {
  # That of an image is not the one that this runs in.
  [ -z "$ROOT" ] || return 0
  warn_of_settings
  warn_of_goroot
  warn_of_other_go
  warn_of_written
}

# A GOROOT that an earlier Go left in a profile.
warn_of_goroot() {
  case ${GOROOT-} in
  '' | "$PLACE/current/go") ;;
  *)
    warn "GOROOT is set to $(without_secrets "$GOROOT"): the go here takes no notice of it, but gopls, editors and any other go do," \
      "and would mix two versions: unset it, and take it out of your profile"
    ;;
  esac
}

# Another go that the shell finds before this one. It is not run, only named. After an installation that is not on PATH yet
# nothing is said: the line that puts it there was.
warn_of_other_go() {
  other_go=
  on_path=
  search=${PATH-}:
  while [ -n "$search" ]; do
    folder=${search%%:*}
    search=${search#*:}
    if [ "$folder" = "$PLACE/current/bin" ]; then on_path=yes; fi
    [ -z "$on_path" ] && [ -z "$other_go" ] || continue
    found=${folder:-.}/go
    [ -f "$found" ] && [ -x "$found" ] || continue
    # A link to it, or a generation named by its number, is this go too.
    case $(readlink -f "$found" 2>/dev/null) in
    "$PREFIX"/generations/*/bin/go) on_path=yes ;;
    *) other_go=$found ;;
    esac
  done
  if [ -n "$on_path" ]; then
    [ -z "$other_go" ] || warn "on PATH another go comes before the one installed here: $(printable "$other_go"):" \
      "put $(printable "$PLACE/current/bin") in front of its folder"
  elif [ "$VERB" = status ] || [ "$VERB" = doctor ]; then
    [ -z "$other_go" ] || other_go=", and go is another one: $(printable "$other_go")"
    warn "$(printable "$PLACE/current/bin") is not on PATH$other_go: this puts it there:" "eval \"\$($(quoted "$PLACE/bin/airgo-kit") env)\""
  fi
}

# What `go env -w` wrote counts for every go of this user, where no variable says otherwise.
warn_of_written() {
  find_written
  [ -n "$WRITTEN" ] && [ -f "$WRITTEN" ] && [ -r "$WRITTEN" ] || return 0
  # Of two lines for one name the last one counts.
  awk '
    match($0, /^[A-Z0-9_]+=/) { name = substr($0, 1, RLENGTH - 1); value[name] = substr($0, RLENGTH + 1); order[name] = NR }
    END { for (name in value) if (value[name] != "") printf "%d\t%s\t%s\n", order[name], name, value[name] }
  ' "$WRITTEN" 2>/dev/null | sort -n >"$WORK/written" || return 0
  # shellcheck disable=SC2034 # the order is there for sort
  while IFS=$TAB read -r order name value <&3; do
    judge_written "$name" "$value"
  done 3<"$WORK/written"
}

# Sets WRITTEN to the file of `go env -w`, or to nothing.
find_written() {
  WRITTEN=
  case ${GOENV-} in
  off) return 0 ;;
  ?*)
    WRITTEN=$GOENV
    return 0
    ;;
  esac
  case ${XDG_CONFIG_HOME-} in
  /*) WRITTEN=$XDG_CONFIG_HOME/go/env ;;
  '')
    WRITTEN=$(home_folder)
    WRITTEN=${WRITTEN:+$WRITTEN/.config/go/env}
    ;;
  esac
}

# judge_written NAME VALUE: one that the wrappers set has no say, and whoever wrote it should know; of the others those are
# named that change which Go runs and where modules come from.
judge_written() {
  written_effect=
  case $1 in
  GOPROXY)
    case $2 in "$GOPROXY_URL" | "$GOPROXY_URL,off") return 0 ;; esac
    ;;
  GOTOOLCHAIN)
    [ "$2" != path ] || return 0
    ;;
  GOSUMDB)
    [ "$2" != "${GOSUMDB_SETTING:-$SUMDB}" ] || return 0
    [ -n "$GOSUMDB_SETTING" ] || written_effect="not check modules with the checksum database of the kit"
    ;;
  GONOSUMDB)
    [ "$2" != none ] && names_more "$2" || return 0
    [ -s "$WORK/patterns" ] || written_effect="not check the modules it names with the checksum database"
    ;;
  GOROOT) written_effect="take another tree for its own, and mix two versions" ;;
  GOFLAGS) written_effect="give these flags to every command; -mod and -modcacherw change where modules come from" ;;
  GOPRIVATE | GONOPROXY)
    [ "$2" != none ] || return 0
    written_effect="fetch the modules it names past the kit"
    ;;
  GOINSECURE) written_effect="fetch the modules it names, where they come past the kit, without TLS" ;;
  GO111MODULE)
    [ "$2" = off ] || return 0
    written_effect="know no modules at all"
    ;;
  *) return 0 ;;
  esac
  written_said="go env -w set $1 to $(without_secrets "$2") in $(printable "$WRITTEN")"
  if [ -n "$written_effect" ]; then
    warn "$written_said: this go will $written_effect; to take it back: go env -u $1"
  else
    warn "$written_said: this go takes no notice of it, because its wrapper sets $1; to take it back: go env -u $1"
  fi
}
