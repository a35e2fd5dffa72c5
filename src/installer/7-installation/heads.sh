# A host's Go remembers the newest tree head of the checksum database that it saw, and accepts another one only if it can
# prove that both belong to one growing tree. A kit carries those proofs for the earlier heads of its own lock. So all
# kits below one prefix must be connected: the largest head must know every other one as an earlier one of its own.
check_heads() {
  : >"$WORK/heads"
  for papers in "$PREFIX"/kits/*; do
    [ -d "$papers" ] || continue
    [ -f "$papers/kit/heads.tsv" ] && [ -f "$papers/kit/kit.tsv" ] ||
      fail 8 AIRGO_INSTALLED_DAMAGED "the papers of an installed kit are not whole" where "$papers" \
        next "install that kit again, or move the folder aside"
    add_heads "$papers/kit" "${papers##*/}"
  done
  add_heads "$WORK/kit" "this kit"
  # Lines: kit, database, GOSUMDB setting, root of the current tree, tree size, current or earlier
  awk -F "$TAB" '
    { row[NR] = $0 }
    $6 == "current" && $5 + 0 > largest + 0 { largest = $5 }
    END {
      for (i = 1; i <= NR; i++) {
        split(row[i], f, "\t")
        if (f[6] == "current" && f[5] == largest) leader[f[1]] = 1
      }
      for (i = 1; i <= NR; i++) {
        split(row[i], f, "\t")
        if (f[1] in leader) known[f[5]] = 1
      }
      for (i = 1; i <= NR; i++) {
        split(row[i], f, "\t")
        if (f[6] != "current") continue
        if (i > 1 && f[2] != database) print f[1] ": checksum database " f[2] ", not " database
        if (i > 1 && f[3] != setting) print f[1] ": GOSUMDB setting \"" f[3] "\", not \"" setting "\""
        if (f[5] in root && root[f[5]] != f[4]) print f[1] ": another tree of the same size " f[5]
        if (!(f[5] in known)) print f[1] ": its tree head " f[5] " is unknown to the kit with the newest one, " largest
        database = f[2]; setting = f[3]; root[f[5]] = f[4]
      }
    }
  ' "$WORK/heads" >"$WORK/findings" || disk_failed "awk in $WORK"
  if [ -s "$WORK/findings" ]; then
    fail 16 AIRGO_HEADS_APART "this kit does not belong with the kits installed here" where "$PREFIX" \
      found "$(listing "$WORK/findings")" next "give it a prefix of its own: --prefix DIR"
  fi
}

# add_heads TABLES NAME
add_heads() {
  awk -F "$TAB" -v OFS="$TAB" -v name="$2" '
    FNR == 1 { tables++ }
    tables == 1 { value[$1] = $2 }
    tables == 2 { print name, value["sumdb"], value["gosumdb"], value["tree-root"], $1, $2 }
  ' "$1/kit.tsv" "$1/heads.tsv" >>"$WORK/heads" || disk_failed "awk in $WORK"
}
