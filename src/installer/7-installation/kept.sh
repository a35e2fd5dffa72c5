# What is kept on the host for later: this script itself, and the generations that one can go back to.

# PREFIX/bin/airgo-kit is the newest install.sh that a kit brought, so that the medium can leave.
keep_script() {
  script=$KIT/install.sh
  only_listed install.sh
  must cp "$script" "$STAGING/airgo-kit"
  stated=$(awk 'substr($0, 67) == "install.sh" { print substr($0, 1, 64) }' "$WORK/SHA256SUMS")
  [ "$(sha256_of "$STAGING/airgo-kit")" = "$stated" ] ||
    fail 8 AIRGO_CHECKSUM_MISMATCH "a file changed while it was copied from the kit" where "$script" expected "$stated" \
      next "see whether the medium or the disk is failing, then run again"
  must chmod 0755 "$STAGING/airgo-kit"
  kept=$PREFIX/bin/airgo-kit
  if [ -f "$kept" ]; then
    [ "$(sha256_of "$kept")" != "$stated" ] || return 0
    theirs=$(script_version "$kept")
    ours=$(script_version "$STAGING/airgo-kit")
    # A damaged one has no version; one of the same version that differs is not to be kept.
    if [ -n "$theirs" ] && [ "$theirs" != "$ours" ] &&
      [ "$(printf '%s\n%s\n' "$theirs" "$ours" | newest_version)" = "$theirs" ]; then
      return 0
    fi
  fi
  [ -d "$PREFIX/bin" ] || must mkdir "$PREFIX/bin"
  must mv -fT "$STAGING/airgo-kit" "$kept"
}

script_version() {
  sed -n 's/^AIRGO_VERSION=\([0-9A-Za-z.+-]*\)$/\1/p' "$1" | sed -n 1p
}

# Removes the generations before the newest --keep ones, never the current one, and the Go versions that no other has.
prune_generations() {
  generation_numbers | awk -v keep="$KEEP" -v current="$CURRENT" '
    { number[NR] = $1 }
    END { for (i = 1; i <= NR - keep; i++) if (number[i] != current) print number[i] }
  ' >"$WORK/prune" || disk_failed "awk in $WORK"
  while read -r number <&3; do
    must mv -T "$PREFIX/generations/$number" "$STAGING/pruned-$number"
  done 3<"$WORK/prune"
  used_versions >"$WORK/used" || disk_failed "awk in $PREFIX/generations"
  for version in "$PREFIX"/versions/*; do
    [ -d "$version" ] && [ ! -L "$version" ] || continue
    awk -v folder="${version##*/}" '$0 == folder { used = 1 } END { exit used }' "$WORK/used" || continue
    # A folder that can't be written can't change its parent.
    must chmod u+w "$version"
    must mv -T "$version" "$STAGING/pruned-${version##*/}"
    say "removed: ${version##*/}, which no kept generation has"
  done
}

# The folders in versions/ that the generations there are made of.
used_versions() {
  for table in "$PREFIX"/generations/*/generation.tsv; do
    [ -f "$table" ] || continue
    awk -F "$TAB" '$1 == "go" { print $3 }' "$table" || return 1
  done
}
