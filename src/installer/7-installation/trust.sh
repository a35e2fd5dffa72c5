# PREFIX/trust holds the keys that this host trusts: those that an administrator put there, and those that were given with
# --key and verified the signature of a kit that was installed. Everything there appears by a rename.

make_trust() {
  [ -d "$PREFIX/trust" ] || must mkdir "$PREFIX/trust"
}

keep_keys() {
  awk -F "$TAB" '$5 == "given"' "$WORK/vouching" >"$WORK/keep" || disk_failed "awk in $WORK"
  [ -s "$WORK/keep" ] || return 0
  make_trust
  must mkdir "$STAGING/trust"
  # shellcheck disable=SC2034 # not every column is used
  while IFS=$TAB read -r number name kind id origin key_ext file <&3; do
    must publish_key "$number" "$STAGING/trust"
    must chmod 0644 "$PUBLISHED"
    must mv -fT "$PUBLISHED" "$PREFIX/trust/${PUBLISHED##*/}"
    say "trusted from now on: $id, as $PREFIX/trust/${PUBLISHED##*/}; to withdraw it, remove that file"
  done 3<"$WORK/keep"
}
