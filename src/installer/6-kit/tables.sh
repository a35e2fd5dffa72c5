# The small files that decide what is done are copied and the copies checked: what is read later is what was verified.
take_tables() {
  for name in kit.json kit/kit.tsv kit/heads.tsv kit/toolchains.tsv kit/layers.tsv; do
    [ -f "$KIT/$name" ] || fail 8 AIRGO_KIT_INVALID "the kit was built without a file that it must have" where "$KIT/$name"
  done
  mkdir "$WORK/kit" || disk_failed "mkdir $WORK/kit"
  cp "$KIT/kit.json" "$WORK/kit.json" && cp "$KIT"/kit/*.tsv "$WORK/kit/" || disk_failed "cp to $WORK"
  awk '{ name = substr($0, 67) } name == "kit.json" || name ~ /^kit\/[^\/]*\.tsv$/' "$WORK/SHA256SUMS" >"$WORK/tables" ||
    disk_failed "awk in $WORK"
  (cd "$WORK" && sha256sum -c "$WORK/tables") >"$WORK/log" 2>&1 ||
    fail 8 AIRGO_CHECKSUM_MISMATCH "the kit's tables changed while they were read" where "$KIT/kit" \
      found "$(listing "$WORK/log")"
}

# kit_value KEY: a value of kit/kit.tsv
kit_value() {
  awk -F "$TAB" -v key="$1" '$1 == key { print $2 }' "$WORK/kit/kit.tsv"
}

invalid_table() {
  fail 8 AIRGO_KIT_INVALID "a table of the kit is not in the form it must have" where "kit/$1" found "$2" \
    next "ask those who made the kit: it was built wrongly"
}

# Reads the tables; what becomes part of a path or of a wrapper is held to its form here, once.
read_tables() {
  found=$(kit_value format)
  if [ "$found" != "$FORMAT" ]; then
    fail 16 AIRGO_KIT_FORMAT "this install.sh does not know the kit's format" expected "$FORMAT" found "$found" \
      next "use the install.sh of this very kit"
  fi
  KIT_NAME=$(kit_value name)
  KIT_SERIAL=$(kit_value serial)
  DEFAULT_GO=$(kit_value default-go)
  SUMDB=$(kit_value sumdb)
  GOSUMDB_SETTING=$(kit_value gosumdb)
  TREE_ROOT=$(kit_value tree-root)
  case $KIT_NAME in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) invalid_table kit.tsv "name: $KIT_NAME" ;; esac
  case $KIT_SERIAL in '' | *[!0-9]* | 0?* | ????????????????*) invalid_table kit.tsv "serial: $KIT_SERIAL" ;; esac
  EXPIRES=$(kit_value expires)
  KIT_KNOWN=yes
  case $SUMDB in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) invalid_table kit.tsv "sumdb: $SUMDB" ;; esac
  check_gosumdb
  KIT_PATTERNS=$(kit_value nosumdb)
  well_formed_patterns "$KIT_PATTERNS" || invalid_table kit.tsv "nosumdb: $KIT_PATTERNS"
  case $TREE_ROOT in '' | *[!A-Za-z0-9+/=]*) invalid_table kit.tsv "tree-root: $TREE_ROOT" ;; esac

  awk -F "$TAB" '
    NF != 2 || $1 !~ /^[0-9]+$/ || ($2 != "current" && $2 != "earlier") { print "line " NR ": " $0 }
    (NR == 1) != ($2 == "current") { print "line " NR ": the first line, and no other, is the current head" }
    END { if (NR == 0) print "it is empty" }
  ' "$WORK/kit/heads.tsv" >"$WORK/findings" || disk_failed "awk in $WORK"
  [ ! -s "$WORK/findings" ] || invalid_table heads.tsv "$(listing "$WORK/findings")"

  awk -F "$TAB" '
    NF != 7 || $1 !~ /^[0-9][0-9a-z.]*$/ || $3 ~ /[^A-Za-z0-9._\/@-]/ || length($5) != 64 || $5 ~ /[^0-9a-f]/ ||
    $6 !~ /^[0-9]+$/ || length($6) > 9 || $7 !~ /^[0-9]+$/ || length($7) > 12 { print "line " NR ": " $0 }
  ' "$WORK/kit/toolchains.tsv" >"$WORK/findings" || disk_failed "awk in $WORK"
  [ ! -s "$WORK/findings" ] || invalid_table toolchains.tsv "$(listing "$WORK/findings")"
}

# The GOSUMDB setting becomes part of the wrappers: it may name the kit's own database with its key, and nothing else. Go
# knows the key of its default database itself, so a kit that brings one for it means another.
check_gosumdb() {
  [ -n "$GOSUMDB_SETTING" ] || return 0
  key=${GOSUMDB_SETTING#"$SUMDB+"}
  [ "$key" != "$GOSUMDB_SETTING" ] && [ "$SUMDB" != sum.golang.org ] || key=
  case $key in
  *[!A-Za-z0-9+/=]*) ;;
  [0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]+?*) return ;;
  esac
  invalid_table kit.tsv "gosumdb: $GOSUMDB_SETTING"
}

# GONOSUMDB patterns become part of the wrappers: a list of them, or nothing.
well_formed_patterns() {
  case ,$1, in
  ,,) ;;
  *,,* | *[!]A-Za-z0-9._~/*?[!^,-]*) return 1 ;;
  esac
}

# The rows for this architecture: version, folder below versions/, module, h1 in hex, files, bytes.
choose_toolchains() {
  awk -F "$TAB" -v OFS="$TAB" -v arch="$ARCH" '
    $2 == arch { print $1, "go-v" $1 "-" substr($5, 1, 8), $3, $5, $6, $7 }
  ' "$WORK/kit/toolchains.tsv" >"$WORK/toolchains" || disk_failed "awk in $WORK"
  if [ ! -s "$WORK/toolchains" ]; then
    fail 32 AIRGO_PLATFORM "the kit has no Go for this machine" expected "linux $ARCH" \
      found "$(awk -F "$TAB" '!seen[$2]++ { printf "%s ", $2 }' "$WORK/kit/toolchains.tsv")" \
      next "use a kit that has it"
  fi
  awk -F "$TAB" -v go="$DEFAULT_GO" '$1 == go { n++ } END { exit n != 1 }' "$WORK/toolchains" ||
    invalid_table kit.tsv "default-go: $DEFAULT_GO"
}
