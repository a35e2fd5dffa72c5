home_folder() {
  if [ -n "${HOME-}" ]; then
    printf '%s\n' "$HOME"
  elif command -v getent >/dev/null 2>&1; then
    getent passwd "$(id -u)" | awk -F: '{ print $6 }'
  fi
}

# Makes ROOT, the folder of an image that is built, absolute; the prefix and all drop-in files lie below it.
settle_root() {
  [ -n "$ROOT" ] || return 0
  folder=$(real_folder "$ROOT") || fail 2 AIRGO_USAGE "there is no such folder for --root" found "$ROOT" \
    next "give the folder that will be the root of the image"
  ROOT=${folder%/}
}

# The prefix that is meant when none is given; nothing where there is no home.
default_prefix() {
  [ -z "$PREFIX" ] || return 0
  if [ -n "$OWN_PREFIX" ] && [ -z "$ROOT" ]; then
    PREFIX=$OWN_PREFIX
  elif [ -n "$ROOT" ] || [ "$(id -u)" = 0 ]; then
    PREFIX=/opt/airgo
  elif [ -n "$(home_folder)" ]; then
    PREFIX=$(home_folder)/.local/share/airgo
  fi
}

# Makes PREFIX absolute and free of links, and refuses what no installation should own. PLACE is what the prefix is called on
# the host that will run it: for an image, without the folder in front of it.
settle_prefix() {
  home=$(home_folder)
  settle_root
  default_prefix
  [ -n "$PREFIX" ] || fail 2 AIRGO_USAGE "HOME is not set, so there is no default prefix" next "give --prefix DIR"
  case $PREFIX in
  *[[:cntrl:]]*) refuse_prefix "it holds a line break or another control character" ;;
  # Each folder of PATH ends at a colon; the installed go could not be put on it.
  *:*) refuse_prefix "it holds a colon, which PATH can't carry" ;;
  # A folder of that very name is what nobody means.
  '~'*) refuse_prefix "it begins with ~, which the shell left as it is (in quotes, or after =): write the folder out" ;;
  /*) ;;
  *)
    [ -z "$ROOT" ] || refuse_prefix "with --root it is a path in the image, which begins with /"
    PREFIX=$PWD/$PREFIX
    ;;
  esac
  PREFIX=$ROOT$PREFIX

  PREFIX=$(printf '%s\n' "$PREFIX" | sed 's,//*,/,g')
  [ -z "$ROOT" ] || refuse_links_out "$PREFIX"
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
  '' | "$ROOT") refuse_prefix "it is the root of the file system" ;;
  *[[:cntrl:]]* | *:*) refuse_prefix "it leads to $PREFIX, which holds a colon or a control character" ;;
  esac
  if [ -n "$KIT" ]; then
    case $PREFIX in "$KIT" | "$KIT"/*) refuse_prefix "it lies in the kit" ;; esac
  fi
  PLACE=$PREFIX
  if [ -n "$ROOT" ]; then
    PLACE=${PREFIX#"$ROOT"}
    [ "$PLACE" != "$PREFIX" ] || refuse_prefix "it leads out of the image, to $PREFIX"
  fi
  if [ -n "$home" ] && [ -d "$home" ] && [ "$PREFIX" = "$(real_folder "$home")" ]; then
    refuse_prefix "it is the home folder itself"
  fi
  if [ -d "$PREFIX" ] && [ ! -e "$PREFIX/.airgo.lock" ]; then refuse_strange; fi
  check_owners
  SETTLED=yes
}

# A folder that is no installation may hold what an uninstallation keeps, and nothing else. What that had to leave is none of
# airgo's either, and only another uninstallation looks past it.
refuse_strange() {
  kept_log=trust
  if [ -f "$PREFIX/log/audit.jsonl" ]; then kept_log=log; fi
  strange=$(find "$PREFIX/." ! -name . -prune ! -name lost+found ! -name trust ! -name "$kept_log" | sed -n 1p)
  [ -n "$strange" ] || return 0
  if [ "$VERB" = uninstall ] && was_uninstalled; then return 0; fi
  refuse_prefix "it is no airgo installation, and something lies there: $(printable "${strange##*/}")" \
    "give a folder of its own, such as --prefix ${PLACE%/}/airgo; move aside only what an uninstallation had to leave"
}

# Whether the log that is kept here ends an installation.
was_uninstalled() {
  [ -f "$PREFIX/log/audit.jsonl" ] && [ ! -L "$PREFIX/log" ] && [ ! -L "$PREFIX/log/audit.jsonl" ] &&
    awk '/^[{]"time":"[^"]*","verb":"uninstall","result":"done",/ { found = 1 } END { exit !found }' "$PREFIX/log/audit.jsonl"
}

# For verbs that work on what is installed: reads where it is, what is current and what was chosen for it.
open_installation() {
  need_tools
  make_work_folder
  settle_prefix
  if [ ! -e "$PREFIX/.airgo.lock" ]; then
    fail 2 AIRGO_NOT_INSTALLED "nothing is installed here" where "$PREFIX" next "give --prefix DIR, or install a kit first"
  fi
  read_current
  read_choices
}

refuse_prefix() {
  fail 2 AIRGO_PREFIX_REFUSED "this prefix can't be used: $1" found "$PREFIX" \
    next "${2-"give a folder of its own, such as --prefix /opt/airgo"}"
}
