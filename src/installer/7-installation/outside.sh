# What airgo makes outside the prefix: drop-in files for the environment, units of a timer. PREFIX/outside.tsv has a row for
# each: the sha256 of the file, or the word `link` or `folder`; then its path as the running host calls it, without --root in
# front. A file there is airgo's own only as long as it has a recorded digest: nobody's file is overwritten or removed, and
# neither is one of airgo's that somebody edited. All of this needs the lock and the staging folder.

# outside_rows: the files and links, in columns digest or `link`, and path.
outside_rows() {
  [ ! -f "$PREFIX/outside.tsv" ] || awk -F "$TAB" '$1 != "folder"' "$PREFIX/outside.tsv"
}

# place_outside SOURCE PATH [MODE]: puts a copy of a file there, 0644 where no mode is given. Where somebody else's file
# lies there, it stays, and that is said. Sets OUTSIDE_PLACED to yes or to nothing.
place_outside() {
  outside_digest=$(sha256_of "$1")
  may_place "$2" "$outside_digest" || return 0
  make_outside_folders "$2"
  # The new row stands beside the old one until the file has its place: whenever this ends, the file there has a row.
  record_outside "$outside_digest" "$2"
  name_new_outside "$2"
  must cp "$1" "$OUTSIDE_NEW"
  must chmod "${3:-0644}" "$OUTSIDE_NEW"
  must mv -fT "$OUTSIDE_NEW" "$ROOT$2"
  OUTSIDE_NEW=
  forget_outside "$2" "$outside_digest"
  OUTSIDE_PLACED=yes
}

# place_outside_link TARGET PATH: the same for a link.
place_outside_link() {
  may_place "$2" '' || return 0
  make_outside_folders "$2"
  record_outside link "$2"
  name_new_outside "$2"
  must ln -s "$1" "$OUTSIDE_NEW"
  must mv -fT "$OUTSIDE_NEW" "$ROOT$2"
  OUTSIDE_NEW=
  forget_outside "$2" link
  OUTSIDE_PLACED=yes
}

# remove_outside PATH: takes a file or link of airgo's away, and the folders that were made for it if nothing else is in them.
# What was edited stays, and that is said. Sets OUTSIDE_REMOVED to yes or to nothing.
remove_outside() {
  OUTSIDE_REMOVED=
  look_outside "$1"
  case $OUTSIDE_STATE in
  foreign)
    warn "$(printable "$ROOT$1") was changed since airgo made it, or is not airgo's: it stays; remove it yourself if you do not need it"
    return 0
    ;;
  own) must rm -f "$ROOT$1" ;;
  esac
  forget_outside "$1" ''
  remove_outside_folders "$1"
  OUTSIDE_REMOVED=yes
}

# is_outside_name PATH: whether airgo makes anything of that name. The table may have been altered, in an image by whoever made
# that: a row must not be able to have any other file taken away, nor one outside of the image.
is_outside_name() {
  case $1/ in
  [!/]* | *[[:cntrl:]]*) return 1 ;;
  */profile.d/airgo.sh/ | */profile.d/airgo.csh/ | */.env.d/50-airgo.sh/ | */environment.d/50-airgo.conf/ | */fish/conf.d/airgo.fish/) ;;
  */airgo-watch/ | */airgo-watch.service/ | */airgo-watch.timer/) ;;
  *) return 1 ;;
  esac
  [ -n "$ROOT" ] || return 0
  case $1 in */../*) return 1 ;; esac
  outside_nearest=$ROOT${1%/*}
  while [ ! -d "$outside_nearest/" ]; do outside_nearest=${outside_nearest%/*}; done
  outside_real=$(real_folder "$outside_nearest") || return 1
  case $outside_real/ in "$ROOT"/*) ;; *) return 1 ;; esac
}

# is_outside_row KIND-OR-DIGEST PATH: the same of a row for a file or a link.
is_outside_row() {
  case ${#1}:$1 in
  64:*[!0-9a-f]*) return 1 ;;
  64:* | 4:link) is_outside_name "$2" ;;
  *) return 1 ;;
  esac
}

# look_outside PATH: sets OUTSIDE_STATE to absent, own or foreign. A link is airgo's own as long as it does not lead to what
# somebody else made.
look_outside() {
  OUTSIDE_STATE=foreign
  is_outside_name "$1" || return 0
  OUTSIDE_STATE=absent
  [ -e "$ROOT$1" ] || [ -L "$ROOT$1" ] || return 0
  OUTSIDE_STATE=foreign
  if [ -L "$ROOT$1" ]; then
    is_recorded_outside link "$1" || return 0
    outside_target=$(readlink "$ROOT$1") || return 0
    case $outside_target in /*) ;; *) outside_target=${1%/*}/$outside_target ;; esac
    outside_target=$(printf '%s\n' "$outside_target" | sed -e ':again' -e 's,/[^/][^/]*/\.\./,/,' -e 't again')
    if [ ! -e "$ROOT$outside_target" ] || is_recorded_outside "$(sha256_of "$ROOT$outside_target" 2>/dev/null)" "$outside_target"; then
      OUTSIDE_STATE=own
    fi
  elif [ -f "$ROOT$1" ]; then
    if is_recorded_outside "$(sha256_of "$ROOT$1" 2>/dev/null)" "$1"; then OUTSIDE_STATE=own; fi
  elif [ -d "$ROOT$1" ]; then
    # A folder that was made for a file goes with it, or when it is named itself, but only if it is empty.
    if is_recorded_outside folder "$1"; then OUTSIDE_STATE=absent; fi
  fi
}

# is_recorded_outside KIND-OR-DIGEST PATH. Paths come through the environment, where awk reads no backslash as its own.
is_recorded_outside() {
  [ -n "$1" ] && [ -f "$PREFIX/outside.tsv" ] || return 1
  OUTSIDE_PATH=$2 awk -F "$TAB" -v kind="$1" '$1 == kind && $2 == ENVIRON["OUTSIDE_PATH"] { found = 1 } END { exit !found }' \
    "$PREFIX/outside.tsv"
}

# may_place PATH DIGEST: whether something may get that name. A file with the very bytes that are meant is taken for airgo's own.
may_place() {
  OUTSIDE_PLACED=
  case $1 in
  *[[:cntrl:]]* | [!/]* | '')
    warn "$(printable "$1") is no path that airgo makes anything at"
    return 1
    ;;
  esac
  refuse_way_out "$1"
  look_outside "$1"
  [ "$OUTSIDE_STATE" = foreign ] || return 0
  if [ -n "$2" ] && [ ! -L "$ROOT$1" ] && [ -f "$ROOT$1" ] && [ "$(sha256_of "$ROOT$1" 2>/dev/null)" = "$2" ]; then return 0; fi
  warn "$(printable "$ROOT$1") is there and airgo did not make it, or it was edited: it stays as it is; move it aside and run again"
  return 1
}

# Beside its place, because only there a rename is one step. A name with a dot in front is read by nobody; what a killed run
# left there goes.
name_new_outside() {
  OUTSIDE_NEW=$ROOT${1%/*}/.airgo-new.${1##*/}
  must rm -f "$OUTSIDE_NEW"
}

# In an image no link on the way to a path may lead out of it.
refuse_way_out() {
  [ -n "$ROOT" ] || return 0
  outside_folder=${1%/*}
  while [ ! -d "$ROOT$outside_folder/" ]; do outside_folder=${outside_folder%/*}; done
  outside_real=$(real_folder "$ROOT$outside_folder") || disk_failed "cd $ROOT$outside_folder"
  case $outside_real/ in
  "$ROOT"/*) ;;
  *)
    fail 2 AIRGO_USAGE "a link leads out of the image" where "$ROOT$outside_folder" found "$outside_real" \
      next "make it a relative link, or a folder"
    ;;
  esac
}

# Makes the folders that a path needs and records those that were not there.
make_outside_folders() {
  outside_folder=${1%/*}
  outside_missing=
  while [ ! -d "$ROOT$outside_folder/" ]; do
    outside_missing=$outside_folder$NEWLINE$outside_missing
    outside_folder=${outside_folder%/*}
  done
  while [ -n "$outside_missing" ]; do
    outside_folder=${outside_missing%%"$NEWLINE"*}
    outside_missing=${outside_missing#*"$NEWLINE"}
    record_outside folder "$outside_folder"
    must mkdir "$ROOT$outside_folder"
  done
}

# Those above a path that airgo made, the deepest first, as far as they are empty.
remove_outside_folders() {
  outside_folder=$1
  if [ ! -d "$ROOT$1" ]; then outside_folder=${1%/*}; fi
  while [ -n "$outside_folder" ] && is_recorded_outside folder "$outside_folder"; do
    if [ -d "$ROOT$outside_folder" ]; then rmdir "$ROOT$outside_folder" 2>/dev/null || return 0; fi
    forget_outside "$outside_folder" ''
    outside_folder=${outside_folder%/*}
  done
}

# record_outside KIND-OR-DIGEST PATH
record_outside() {
  if is_recorded_outside "$1" "$2"; then return 0; fi
  {
    [ ! -f "$PREFIX/outside.tsv" ] || cat "$PREFIX/outside.tsv"
    printf '%s\t%s\n' "$1" "$2"
  } >"$STAGING/outside.tsv" || disk_failed "write $STAGING/outside.tsv"
  must mv -fT "$STAGING/outside.tsv" "$PREFIX/outside.tsv"
}

# forget_outside PATH KEPT: all rows of a path but the one with that digest.
forget_outside() {
  [ -f "$PREFIX/outside.tsv" ] || return 0
  OUTSIDE_PATH=$1 awk -F "$TAB" -v kept="$2" '$2 != ENVIRON["OUTSIDE_PATH"] || $1 == kept' "$PREFIX/outside.tsv" >"$STAGING/outside.tsv" ||
    disk_failed "write $STAGING/outside.tsv"
  if [ ! -s "$STAGING/outside.tsv" ]; then
    must rm -f "$PREFIX/outside.tsv" "$STAGING/outside.tsv"
  elif [ "$(sha256_of "$STAGING/outside.tsv")" != "$(sha256_of "$PREFIX/outside.tsv")" ]; then
    must mv -fT "$STAGING/outside.tsv" "$PREFIX/outside.tsv"
  else
    must rm -f "$STAGING/outside.tsv"
  fi
}
