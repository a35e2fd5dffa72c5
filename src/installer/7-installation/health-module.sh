# A module comes from the proxy, is checked with the checksum database, and builds: one that needs no other, so that the
# promise of the kit, which is about the listed go.mod files, covers it. $1 is the folder for what go downloads.
check_module() {
  find_lone_modules
  if [ ! -s "$WORK/lone" ]; then
    skipped "a module from the proxy" "the kit has none that needs no other"
    return
  fi
  HEALTH_GOPATH=$STAGING/health/$1
  module_tried=
  while IFS=$TAB read -r module version <&3; do
    try_module "$module" "$version" || continue
    HEALTH_GOPATH=
    passed "$module@$version from the proxy"
    return
  done 3<"$WORK/lone"
  HEALTH_GOPATH=
  [ -z "$module_tried" ] || unhealthy "no module from the proxy builds"
  skipped "a module from the proxy" "those that need no other have no package to import"
}

# Leaves in $WORK/lone up to five modules, the smallest first, that are carried whole and whose go.mod requires nothing.
find_lone_modules() {
  : >"$WORK/lone"
  awk -F "$TAB" '
    function escaped(text,   i, letter, out) {
      for (i = 1; i <= length(text); i++) {
        letter = substr(text, i, 1)
        out = out ((letter ~ /[A-Z]/) ? "!" tolower(letter) : letter)
      }
      return out
    }
    $3 != "-" && NF == 4 { print "./" escaped($1) "/@v/" escaped($2) ".mod" }
  ' "$WORK/kit/modules.tsv" >"$WORK/lone.mods" || disk_failed "awk in $WORK"
  [ -s "$WORK/lone.mods" ] || return 0
  (
    cd "$KIT/proxy" && each_of "$WORK/lone.mods" awk '
      function flush() { if (name != "" && !needs) print name }
      FNR == 1 { flush(); name = FILENAME; needs = 0 }
      /^[ \t]*(require|replace|toolchain)/ { needs = 1 }
      END { flush() }
    ' | sed 's/\.mod$/.zip/' >"$WORK/lone.zips" && [ -s "$WORK/lone.zips" ] || exit 0
    each_of "$WORK/lone.zips" wc -c | awk '$2 != "total"' | sort -n | sed -n '1,5s/^ *[0-9]* //p' >"$WORK/lone.small"
  ) || disk_failed "read $KIT/proxy"
  [ -s "$WORK/lone.small" ] || return 0
  awk -v OFS="$TAB" '
    function plain(text,   i, letter, out) {
      for (i = 1; i <= length(text); i++) {
        letter = substr(text, i, 1)
        out = out ((letter == "!") ? toupper(substr(text, ++i, 1)) : letter)
      }
      return out
    }
    {
      path = $0
      sub(/^\.\//, "", path); sub(/\.zip$/, "", path)
      at = index(path, "/@v/")
      print plain(substr(path, 1, at - 1)), plain(substr(path, at + 4))
    }
  ' "$WORK/lone.small" >"$WORK/lone" || disk_failed "awk in $WORK"
}

# try_module PATH VERSION: fails where it has no package that could be imported, or where that does not build.
try_module() {
  must rm -rf "$STAGING/health/module"
  must mkdir "$STAGING/health/module"
  printf 'module airgo.test/module\n\nrequire %s %s\n' "$1" "$2" >"$STAGING/health/module/go.mod" || disk_failed "write $STAGING/health"
  run_staged_in module go list -mod=mod -f '{{if and .GoFiles (ne .Name "main")}}{{.ImportPath}}{{end}}' "$1/..." ||
    unhealthy "go can't get $1@$2 from the proxy"
  package=$(awk '!/(^|\/)internal(\/|$)/ && $0 ~ /^[A-Za-z0-9._~\/+-]+$/ && n++ == 0' "$WORK/log")
  [ -n "$package" ] || return 1
  module_tried=yes
  printf 'package main\n\nimport _ "%s"\n\nfunc main() {}\n' "$package" >"$STAGING/health/module/main.go" ||
    disk_failed "write $STAGING/health"
  run_staged_in module go build -mod=mod -o module .
}
