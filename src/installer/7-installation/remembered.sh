# Go remembers the newest tree head that it saw, for each user in <GOPATH>/pkg/sumdb/<database>/latest, and wants proof
# that it and the kit's head belong to one growing tree. The kits here have the proofs for their own heads and for the
# earlier ones of their lock. Whoever used Go online may have another one, and then this go can check nothing for them.
# These files are the users' own: they are read, and what to do is told.

# Looks at the caller's folder, and for root at those of all users: one warning for each file that is in the way.
warn_of_remembered() {
  known_heads
  # Only the first folder of a list counts.
  own=${GOPATH-}
  own=${own%%:*}
  if [ -z "${GOPATH-}" ]; then own=$(home_folder)/go; fi
  case $own in /*) look_at_remembered "$own" "${GOMODCACHE:-$own/pkg/mod}" ;; esac
  if [ "$ME" = 0 ] && others_reach_prefix; then look_at_homes; fi
}

# Whether anybody but its owner can get at what is installed.
others_reach_prefix() {
  above=$PREFIX
  while [ -n "$above" ]; do
    look_at "$above"
    case $mode in *[1357] | *[1357]?) ;; *) return 1 ;; esac
    above=${above%/*}
  done
}

look_at_homes() {
  if command -v getent >/dev/null 2>&1; then
    getent passwd >"$WORK/users" 2>/dev/null || :
  else
    cat /etc/passwd >"$WORK/users" 2>/dev/null || :
  fi
  # Where there are thousands, each may be a mount of its own.
  awk -F: '
    { home = $6; sub(/\/+$/, "", home) }
    $6 ~ /^\// && !seen[home]++ && n < 1000 { n++; print home }
  ' "$WORK/users" >"$WORK/homes" || disk_failed "awk in $WORK"
  while IFS= read -r folder <&3; do
    latest=$folder/go/pkg/sumdb/$SUMDB/latest
    [ "$folder/go" != "${own%/}" ] && [ -f "$latest" ] || continue
    # A file of somebody else's can only be meant by a link.
    [ "$(stat -L -c %u "$latest")" = "$(stat -L -c %u "$folder/")" ] || continue
    look_at_remembered "$folder/go" "$folder/go/pkg/mod"
  done 3<"$WORK/homes"
}

# Leaves in $WORK/heads.known the sizes that the newest kit here has a proof for, with the root where it is known, from
# the rows of check_heads.
known_heads() {
  awk -F "$TAB" -v OFS="$TAB" '
    $6 == "current" { root[$5] = $4 }
    side == "first" { if ($6 == "current" && $5 + 0 > newest + 0) newest = $5; next }
    $6 == "current" { leads = ($5 == newest) }
    leads { print $5, root[$5] }
  ' side=first "$WORK/heads" side=second "$WORK/heads" >"$WORK/heads.known" || disk_failed "awk in $WORK"
}

# look_at_remembered GOPATH GOMODCACHE
look_at_remembered() {
  latest=$1/pkg/sumdb/$SUMDB/latest
  # Never a device or a pipe; a head has some 200 bytes.
  [ -f "$latest" ] && dd if="$latest" of="$WORK/remembered" bs=65536 count=1 2>/dev/null || return 0
  # Go takes an empty file for none.
  [ -s "$WORK/remembered" ] || return 0
  verdict=$(judge_remembered) || disk_failed "awk in $WORK"
  case $verdict in
  known) return ;;
  malformed) verdict="holds no tree head that go can read" ;;
  foreign*) verdict="remembers a tree head of ${verdict#* } records that belongs to another log than that of the kits here" ;;
  *) verdict="remembers a tree head of ${verdict#* } records, for which no kit here has a proof" ;;
  esac
  advice="mv $(quoted "$latest") $(quoted "$latest.before-airgo")"
  # The answers that go keeps came with heads of the same time.
  kept=$2/cache/download/sumdb/$SUMDB
  if [ -d "$kept" ]; then advice="$advice && mv $(quoted "$kept") $(quoted "$kept.before-airgo")"; fi
  verdict="$latest $verdict: move it aside, or this go may fail for its user, without a network, at modules that are not in"
  verdict="$verdict a go.sum; go remembers anew by itself, and nothing else is lost: $advice"
  warn "$(printf '%s' "$verdict" | tr '\001-\037\177' '?')"
}

# Says of $WORK/remembered: known, unknown SIZE, foreign SIZE, or malformed (golang.org/x/mod/sumdb/note and tlog, ParseTree).
judge_remembered() {
  tr '\000' '?' <"$WORK/remembered" | awk -v database="$SUMDB" '
    side == "known" { known[$1] = 1; if (NF > 1) root[$1] = $2; next }
    { line[++n] = $0 }
    n > 3 && $0 == "" && !end { end = n }
    end && n > end && $2 == database && NF == 3 { signed = 1 }
    END {
      if (line[1] != "go.sum database tree" || line[2] !~ /^(0|[1-9][0-9]*)$/ || length(line[2]) > 18 ||
        line[3] !~ /^[A-Za-z0-9+\/]+=$/ || length(line[3]) != 44 || !signed) print "malformed"
      else if (!(line[2] in known)) print "unknown " line[2]
      else if (line[2] in root && root[line[2]] != line[3]) print "foreign " line[2]
      else print "known"
    }
  ' side=known "$WORK/heads.known" side=remembered -
}
