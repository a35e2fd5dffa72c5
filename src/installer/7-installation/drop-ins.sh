# Drop-in files, which bring PREFIX/current/env into the environments of a host: for root below /etc, else below the user's
# home. No file of anybody's is ever edited. Where a reader has no folder of its own for a user, the line is told.

ENV_WORDS="profile envd systemd fish csh none"

# check_env_kinds LIST: a usage error unless it is a list of known kinds, or none alone.
check_env_kinds() {
  case ,$1, in
  ,none,) ;;
  *,,* | *,none,*) usage_error "--env takes some of $(comma_list "${ENV_WORDS% none}"), with commas between them, or none" ;;
  esac
  kinds=$1,
  while [ -n "$kinds" ]; do
    case " $ENV_WORDS " in
    *" ${kinds%%,*} "*) ;;
    *) usage_error "--env has an unknown kind: ${kinds%%,*}; the kinds are $(comma_list "$ENV_WORDS")" ;;
    esac
    kinds=${kinds#*,}
  done
}

comma_list() {
  printf '%s\n' "$1" | sed 's/ /, /g'
}

# Puts the files of the chosen kinds in place, and takes those away that were chosen before and are not now.
place_drop_ins() {
  : >"$WORK/drop-ins" || disk_failed "write $WORK"
  kinds=$ENV_KINDS,
  while [ -n "$kinds" ]; do
    kind=${kinds%%,*}
    kinds=${kinds#*,}
    find_drop_in "$kind"
    [ -n "$DROP_IN" ] || continue
    printf '%s\n' "$DROP_IN" >>"$WORK/drop-ins" || disk_failed "write $WORK"
    place_drop_in "$kind"
  done
  outside_rows >"$WORK/outside.rows" || disk_failed "awk in $PREFIX"
  awk -F "$TAB" '
    side == "wanted" { wanted[$0] = 1; next }
    ($2 in wanted) { next }
    $2 ~ /\/(profile\.d\/airgo\.(sh|csh)|\.env\.d\/50-airgo\.sh|environment\.d\/50-airgo\.conf|fish\/conf\.d\/airgo\.fish)$/ { print $2 }
  ' side=wanted "$WORK/drop-ins" side=rows "$WORK/outside.rows" >"$WORK/drop-ins.old" || disk_failed "awk in $WORK"
  while IFS= read -r drop_in <&3; do
    remove_outside "$drop_in"
    [ -z "$OUTSIDE_REMOVED" ] || say "environment: removed $ROOT$drop_in"
  done 3<"$WORK/drop-ins.old"
}

# place_drop_in KIND: at DROP_IN. One that is there already is not written again.
place_drop_in() {
  drop_in_text "$1" >"$STAGING/drop-in" || disk_failed "write $STAGING"
  drop_in_sum=$(sha256_of "$STAGING/drop-in")
  if [ -f "$ROOT$DROP_IN" ] && [ ! -L "$ROOT$DROP_IN" ] && is_recorded_outside "$drop_in_sum" "$DROP_IN" &&
    [ "$(sha256_of "$ROOT$DROP_IN" 2>/dev/null)" = "$drop_in_sum" ]; then
    return 0
  fi
  nearest=$ROOT${DROP_IN%/*}
  while [ -n "$nearest" ] && [ ! -e "$nearest" ] && [ ! -L "$nearest" ]; do nearest=${nearest%/*}; done
  if [ ! -d "${nearest:=/}" ] || [ ! -w "$nearest" ]; then
    warn "$(printable "$ROOT$DROP_IN") can't be made, because this user can't write in $(printable "$nearest"): $(drop_in_advice "$1")"
    return 0
  fi
  place_outside "$STAGING/drop-in" "$DROP_IN"
  [ -z "$OUTSIDE_PLACED" ] || say "environment: $(printable "$ROOT$DROP_IN")"
}

# Whether drop-in files are for all users of the host.
for_all_users() {
  [ -n "$ROOT" ] || [ "$(id -u)" = 0 ]
}

# find_drop_in KIND: sets DROP_IN to the path, as the running host calls it, or to nothing where the kind has none here, and
# then says what to do instead.
find_drop_in() {
  DROP_IN=
  if for_all_users; then
    case $1 in
    profile) DROP_IN=/etc/profile.d/airgo.sh ;;
    systemd) DROP_IN=/etc/environment.d/50-airgo.conf ;;
    fish) DROP_IN=/etc/fish/conf.d/airgo.fish ;;
    csh) DROP_IN=/etc/profile.d/airgo.csh ;;
    envd) warn "--env envd is for a user's own home: nothing was made for it; profile does it for all users" ;;
    esac
    return 0
  fi
  case $1 in
  none) return 0 ;;
  profile | csh)
    say "environment: no file of yours is edited: $(drop_in_advice "$1")"
    return 0
    ;;
  esac
  drop_in_home=$(home_folder)
  drop_in_config=${drop_in_home:+$drop_in_home/.config}
  case ${XDG_CONFIG_HOME-} in /*) drop_in_config=$XDG_CONFIG_HOME ;; esac
  case $1 in
  envd) DROP_IN=${drop_in_home:+$drop_in_home/.env.d/50-airgo.sh} ;;
  systemd) DROP_IN=${drop_in_config:+$drop_in_config/environment.d/50-airgo.conf} ;;
  fish) DROP_IN=${drop_in_config:+$drop_in_config/fish/conf.d/airgo.fish} ;;
  esac
  case $DROP_IN in
  /*) ;;
  *)
    DROP_IN=
    warn "there is no place for a file of --env $1, because HOME is no path and this user has no entry in passwd: $(drop_in_advice "$1")"
    ;;
  esac
}

# drop_in_advice KIND: what whoever owns the files can do.
drop_in_advice() {
  case $1 in
  profile | envd) printf 'put this line into ~/.profile, or what your shell reads: . %s\n' "$(quoted "$PLACE/current/env/airgo.sh")" ;;
  csh) printf 'put this line into ~/.cshrc: source %s\n' "$(csh_quoted "$PLACE/current/env/airgo.csh")" ;;
  fish) printf 'put this line into config.fish: source %s\n' "$(fish_quoted "$PLACE/current/env/airgo.fish")" ;;
  systemd) printf 'copy %s to where your systemd reads environment.d\n' "$(quoted "$PLACE/current/env/airgo.conf")" ;;
  esac
}

# drop_in_text KIND: what it holds. Where the installation is gone, it does nothing.
drop_in_text() {
  say "# Made by install.sh of airgo. airgo-kit uninstall removes it, and so does an installation with --env none."
  case $1 in
  profile | envd)
    drop_in_source=$(quoted "$PLACE/current/env/airgo.sh")
    printf 'if [ -r %s ]; then . %s; fi\n' "$drop_in_source" "$drop_in_source"
    ;;
  fish)
    drop_in_source=$(fish_quoted "$PLACE/current/env/airgo.fish")
    printf 'if test -r %s\n    source %s\nend\n' "$drop_in_source" "$drop_in_source"
    ;;
  csh)
    drop_in_source=$(csh_quoted "$PLACE/current/env/airgo.csh")
    printf 'if ( -r %s ) source %s\n' "$drop_in_source" "$drop_in_source"
    ;;
  # It can name no other file; a folder on PATH that is gone does nothing.
  systemd) environment_text systemd ;;
  esac
}

# In an image no link on the way to a drop-in file may lead out of it. Told before anything is written.
check_drop_ins() {
  [ -n "$ROOT" ] || return 0
  kinds=$ENV_KINDS,
  while [ -n "$kinds" ]; do
    kind=${kinds%%,*}
    kinds=${kinds#*,}
    [ "$kind" != envd ] || continue
    find_drop_in "$kind"
    [ -z "$DROP_IN" ] || refuse_links_out "$ROOT$DROP_IN"
  done
}
