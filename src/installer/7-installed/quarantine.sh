# watch --quarantine: nobody goes on using a generation that is damaged. The newest other one that is whole becomes current; and
# if there is none, none is.

quarantine_current() {
  [ -n "$CURRENT" ] && is_damaged "$CURRENT" || return 0
  if [ ! -w "$PREFIX" ]; then
    warn "the damaged generation $CURRENT stays current: this user can't write in $PREFIX"
    return 0
  fi
  check_mv
  take_lock
  # Somebody may have mended it, or moved on.
  check_installed
  [ -n "$CURRENT" ] && is_damaged "$CURRENT" || return 0
  sweep
  make_staging
  damaged=$CURRENT
  must cp "$WORK/damage" "$STAGING/disabled"
  must chmod 0644 "$STAGING/disabled"
  if [ -d "$PREFIX/generations/$damaged/disabled" ] && [ ! -L "$PREFIX/generations/$damaged/disabled" ]; then
    set_aside "$PREFIX/generations/$damaged/disabled"
  fi
  must mv -fT "$STAGING/disabled" "$PREFIX/generations/$damaged/disabled"
  for candidate in $(kept_numbers | sort -rn); do
    [ "$candidate" != "$damaged" ] && [ ! -e "$PREFIX/generations/$candidate/disabled" ] || continue
    if is_damaged "$candidate"; then continue; fi
    if goes_to "$candidate"; then
      QUARANTINED="quarantined: generation $damaged is disabled, generation $CURRENT is current now"
      say "$QUARANTINED"
      return 0
    fi
    warn "generation $candidate is whole, but $FLIP_FAULT"
  done
  must rm -f "$PREFIX/current"
  CURRENT=
  sync_prefix
  QUARANTINED="quarantined: generation $damaged is disabled, and no other one is whole: NO GO IS IN USE any more, the link $PREFIX/current is gone"
  say "$QUARANTINED"
  warn "NO GO IS IN USE: every generation in $PREFIX is damaged or disabled, so the link current was removed"
}

# goes_to NUMBER: makes it current, and says whether its Go works there.
goes_to() {
  table=$PREFIX/generations/$1/generation.tsv
  awk -F "$TAB" -v OFS="$TAB" '$1 == "go" { print $2, $3, $4 }' "$table" >"$WORK/generation.go" || disk_failed "awk in $WORK"
  GENERATION_GO=$(awk -F "$TAB" '$1 == "default" { print $2 }' "$table")
  must rm -f "$STAGING/current"
  flip_to "$1"
  works_flipped || return 1
  sync_prefix
}
