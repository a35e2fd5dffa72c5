# How old a kit may be: its serial against those that were installed before, its last day against this machine's clock.

# PREFIX/trust/serials.tsv: key, kit, the highest serial of that kit that was installed with a valid signature by the key; a
# dash for installations that no key vouched for. It is kept for each key, so that nobody but its owner can make all later
# kits look old. Kits from before this table was kept count for every key.
check_serial() {
  highest_serials >"$WORK/serials.highest" || disk_failed "awk in $WORK"
  awk -F "$TAB" -v serial="$KIT_SERIAL" '
    side == "vouching" { vouching[$4] = 1; n++; next }
    ($1 == "any" || n == 0 || ($1 in vouching)) && $2 + 0 > most + 0 { most = $2 }
    END { if (most + 0 > serial + 0) print most }
  ' side=vouching "$WORK/vouching" side=serials "$WORK/serials.highest" >"$WORK/serials.above" || disk_failed "awk in $WORK"
  [ -s "$WORK/serials.above" ] || return 0
  newest=$(cat "$WORK/serials.above")
  if [ "$VERB" = verify ] || [ -n "$ALLOW_DOWNGRADE" ]; then
    [ -n "$DOWNGRADE_TOLD" ] || warn "this kit has the serial $KIT_SERIAL, and $KIT_NAME with the serial $newest was installed here before"
    DOWNGRADE_TOLD=yes
    return 0
  fi
  fail 16 AIRGO_DOWNGRADE "a newer kit of this name was installed here before" where "$PREFIX" \
    expected "$KIT_NAME with a serial of $newest or more" found "serial $KIT_SERIAL" \
    next "bring the newer kit; or give --allow-downgrade if this old one is what you want"
}

# Lines: key or `any`, serial; of kits with this kit's name.
highest_serials() {
  [ -n "${PREFIX-}" ] || return 0
  if [ -n "$TRUST" ] && [ -f "$TRUST/serials.tsv" ]; then
    awk -F "$TAB" -v OFS="$TAB" -v name="$KIT_NAME" '
      NF == 3 && $2 == name && $3 ~ /^[0-9]+$/ { print $1, $3 }
    ' "$TRUST/serials.tsv" || return 1
  fi
  for papers in "$PREFIX"/kits/*; do
    [ -f "$papers/kit/kit.tsv" ] || continue
    # Of an installation that kept serials, the table has them.
    [ ! -e "$papers/serials-kept" ] || continue
    awk -F "$TAB" -v OFS="$TAB" -v name="$KIT_NAME" '
      $1 == "name" && $2 == name { mine = 1 }
      $1 == "serial" && $2 ~ /^[0-9]+$/ { serial = $2 }
      END { if (mine && serial != "") print "any", serial }
    ' "$papers/kit/kit.tsv" || return 1
  done
}

# After an installation: the highest serials go up, and never down.
keep_serials() {
  make_trust
  awk -F "$TAB" '{ print $4 }' "$WORK/vouching" >"$WORK/serials.keys" || disk_failed "awk in $WORK"
  [ -s "$WORK/serials.keys" ] || say - >"$WORK/serials.keys"
  : >"$WORK/serials.old"
  if [ -f "$PREFIX/trust/serials.tsv" ]; then must cp "$PREFIX/trust/serials.tsv" "$WORK/serials.old"; fi
  awk -F "$TAB" -v OFS="$TAB" -v name="$KIT_NAME" -v serial="$KIT_SERIAL" '
    side == "keys" { fresh[$0] = 1; next }
    $2 == name && ($1 in fresh) { if ($3 + 0 > serial + 0) print; else print $1, name, serial; delete fresh[$1]; next }
    NF == 3 { print }
    END { for (key in fresh) print key, name, serial }
  ' side=keys "$WORK/serials.keys" side=old "$WORK/serials.old" >"$WORK/serials.rows" && sort "$WORK/serials.rows" >"$STAGING/serials.tsv" ||
    disk_failed "write $STAGING/serials.tsv"
  if [ "$(sha256_of "$STAGING/serials.tsv")" != "$(sha256_of "$WORK/serials.old")" ]; then
    must mv -fT "$STAGING/serials.tsv" "$PREFIX/trust/serials.tsv"
  fi
}

# The last day of a kit is a promise of its makers to have a newer one by then. Clocks of hosts without a network are often
# wrong, so it only warns unless told otherwise.
check_expiry() {
  [ -n "$EXPIRES" ] || return 0
  case $EXPIRES in
  [0-9][0-9][0-9][0-9]-0[1-9]-0[1-9] | [0-9][0-9][0-9][0-9]-0[1-9]-[12][0-9] | [0-9][0-9][0-9][0-9]-0[1-9]-3[01]) ;;
  [0-9][0-9][0-9][0-9]-1[0-2]-0[1-9] | [0-9][0-9][0-9][0-9]-1[0-2]-[12][0-9] | [0-9][0-9][0-9][0-9]-1[0-2]-3[01]) ;;
  *) invalid_table kit.tsv "expires: $EXPIRES" ;;
  esac
  today=$(date -u +%Y-%m-%d)
  awk -v day="$EXPIRES" -v today="$today" 'BEGIN { exit !((today "") > (day "")) }' || return 0
  if [ -n "$ENFORCE_EXPIRY" ]; then
    fail 16 AIRGO_EXPIRED "the kit's last day is over (--enforce-expiry)" where "kit/kit.tsv" \
      expected "$EXPIRES or earlier" found "$today, by this machine's clock" next "bring a newer kit, or set the clock"
  fi
  warn "this kit's last day was $EXPIRES, and by this machine's clock it is $today: ask its makers for a newer one"
}

