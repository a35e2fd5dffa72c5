# Checks all that is installed. Nothing is written below the prefix and no lock is needed, so that a user without rights can do
# it. If somebody installed something meanwhile, it is done once more.

check_installed() {
  for time in first second; do
    before=$(installed_state)
    check_installed_once
    [ "$time" = first ] && [ "$(installed_state)" != "$before" ] || return 0
    say "something was installed meanwhile: once more"
  done
}

# What an installation moves when it puts something in place.
installed_state() {
  {
    readlink "$PREFIX/current" || :
    (cd "$PREFIX" && find generations/. kits/. ! -name . -prune -print) || :
    (cd "$PREFIX" && sha256sum kits/*/SHA256SUMS kits/*/receipt.json generations/*/generation.tsv bin/airgo-kit outside.tsv trust/*) || :
  } 2>/dev/null | sha256sum
}

check_installed_once() {
  : >"$WORK/found.tsv" && : >"$WORK/noted" && : >"$WORK/vouching.all" || disk_failed "write $WORK"
  check_top
  check_current
  check_papers
  check_generations
  check_proxy
  check_script
  check_outside
}

# What was checked, with what, and what was not.
tell_checked() {
  say "checked: $(wc -l <"$WORK/papers.tsv" | tr -d ' ') kits, $(wc -l <"$WORK/kept" | tr -d ' ') generations, $(wc -l <"$WORK/goroots.each" | tr -d ' ') Go versions (every file, and their h1), $(wc -l <"$WORK/proxy.files" | tr -d ' ') files of the proxy, wrappers, airgo-kit, $(wc -l <"$WORK/outside.rows" | tr -d ' ') outside the prefix; with sha256sum$(awk -F "$TAB" '!seen[$2]++ { printf "; key %s, by %s", $2, $3 }' "$WORK/vouchers")"
  {
    sort -u "$WORK/noted"
    say "h1 of module zips: needs a zip reader: Go checks it at each use"
    say "signature of the tree head and inclusion of its records: needs Ed25519: Go checks it at each use"
  } | sed 's/^/not checked: /' | sed 's/^not checked: \(generation [0-9]*: its programs were\)/note: \1/; s/^not checked: \(kit [^:]*\): no signature: not checked/no signature: not checked: \1/'
}

# is_damaged NUMBER: the generation itself, a Go of it, or the papers of one of its kits; what all share, as the proxy, is none of
# that. Leaves its findings in $WORK/damage.
is_damaged() {
  : >"$WORK/parts" || disk_failed "write $WORK"
  if [ -f "$PREFIX/generations/$1/generation.tsv" ]; then
    awk -F "$TAB" '$1 == "kit" { print "papers\t" $2 "-" $3 "-" $4 } $1 == "go" { print "version\t" $3 }' "$PREFIX/generations/$1/generation.tsv" \
      >"$WORK/parts" || disk_failed "awk in $PREFIX"
  fi
  printf 'generation\t%s\n' "$1" >>"$WORK/parts" || disk_failed "write $WORK"
  awk -F "$TAB" '
    side == "parts" { part[$0] = 1; next }
    ($1 "\t" $2) in part { print $3 ": " $4 }
  ' side=parts "$WORK/parts" side=found "$WORK/found.tsv" >"$WORK/damage" || disk_failed "awk in $WORK"
  [ -s "$WORK/damage" ]
}
