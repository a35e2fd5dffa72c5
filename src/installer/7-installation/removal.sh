# Taking an installation away: what airgo made is known from the papers of its kits, from the tables of its generations and
# from outside.tsv. Nothing else goes, and no link is followed. What is left is named.

# remove_listed FOLDER LIST: removes those files of a list of ./paths that are plain files in the folder, and then the folders
# that they were in and the folder itself, as far as nothing else is in them. A list of names that hold no spaces.
remove_listed() {
  [ -d "$1" ] && [ ! -L "$1" ] || return 0
  # A line break in a name would make two names of it.
  [ -z "$(find "$1/." -name "*$NEWLINE*" 2>/dev/null | sed -n 1p)" ] || return 0
  (cd "$1" && find . -type d ! -perm -0300 -exec chmod u+wx '{}' +) || disk_failed "chmod u+wx in $1"
  (cd "$1" && find . -type f) >"$WORK/there" && (cd "$1" && find . -type d) >"$WORK/there.folders" || disk_failed "find in $1"
  in_both "$2" "$WORK/there" >"$WORK/remove" && parents_of "$2" >"$WORK/remove.parents" &&
    in_both "$WORK/remove.parents" "$WORK/there.folders" >"$WORK/remove.there" &&
    awk '$0 != "."' "$WORK/remove.there" >"$WORK/remove.rows" && sort -r "$WORK/remove.rows" >"$WORK/remove.folders" ||
    disk_failed "awk in $WORK"
  if [ -s "$WORK/remove" ]; then
    (cd "$1" && each_of "$WORK/remove" rm -f) || disk_failed "rm in $1"
  fi
  # Those that hold something else stay.
  if [ -s "$WORK/remove.folders" ]; then
    (cd "$1" && each_of "$WORK/remove.folders" rmdir) >/dev/null 2>&1 || :
  fi
  remove_empty "$1"
}

# remove_empty FOLDER...: those of them that are.
remove_empty() {
  for folder in "$@"; do
    if [ -d "$folder" ] && [ ! -L "$folder" ]; then rmdir "$folder" 2>/dev/null || :; fi
  done
}

# remove_files FILE...: those that are plain files; a link, or a folder, was not made by airgo.
remove_files() {
  for file in "$@"; do
    [ -f "$file" ] && [ ! -L "$file" ] || continue
    must chmod u+w "${file%/*}"
    must rm -f "$file"
  done
}

# What interrupted runs left, by the names that only they give.
remove_leavings() {
  for folder in versions generations kits proxy; do
    if [ ! -L "$PREFIX/$folder" ]; then remove_trees "$PREFIX/$folder"/.rename.*; fi
  done
  remove_trees "$PREFIX"/.staging.* "$PREFIX"/.airgo.lock.d.*
}

remove_trees() {
  for leaving in "$@"; do
    if [ -d "$leaving" ] && [ ! -L "$leaving" ]; then remove_tree "$leaving"; fi
  done
}

# What lies outside of the prefix goes first: while it is there, something may still use the rest. The folders above the prefix
# that were made for it are noted for the end.
remove_all_outside() {
  : >"$WORK/above" || disk_failed "write $WORK"
  [ -f "$PREFIX/outside.tsv" ] || return 0
  awk -F "$TAB" '$1 == "folder" { print $2 }' "$PREFIX/outside.tsv" >"$WORK/above" || disk_failed "awk in $PREFIX"
  outside_rows | awk -F "$TAB" '!seen[$2]++ { print $2 }' >"$WORK/outside.paths" || disk_failed "awk in $PREFIX"
  [ -s "$WORK/outside.paths" ] || return 0
  STAGING=$(mktemp -d "$PREFIX/.staging.XXXXXXXXXX") || {
    STAGING=
    disk_failed "mktemp in $PREFIX"
  }
  while IFS= read -r path <&3; do
    # What a killed run had not yet given its name.
    must rm -f "$ROOT${path%/*}/.airgo-new.${path##*/}"
    remove_outside "$path"
    if [ -n "$OUTSIDE_REMOVED" ]; then say "removed: $(printable "$ROOT$path")"; else say "left: $(printable "$ROOT$path")"; fi
  done 3<"$WORK/outside.paths"
  remove_tree "$STAGING"
  STAGING=
}

# The link that everybody's PATH leads through.
remove_current() {
  [ -L "$PREFIX/current" ] || return 0
  case $(readlink "$PREFIX/current") in
  generations/*[!0-9]* | generations/) ;;
  generations/*) must rm -f "$PREFIX/current" ;;
  esac
}

remove_generations() {
  for generation in "$PREFIX"/generations/*; do
    [ -d "$generation" ] && [ ! -L "$generation" ] || continue
    case ${generation##*/} in *[!0-9]*) continue ;; esac
    must chmod u+w "$generation"
    if [ -d "$generation/bin" ] && [ ! -L "$generation/bin" ]; then remove_wrappers "$generation/bin"; fi
    if [ -d "$generation/env" ] && [ ! -L "$generation/env" ]; then
      for name in airgo.sh airgo.fish airgo.csh airgo.conf airgo.service.conf; do remove_files "$generation/env/$name"; done
    fi
    if [ -L "$generation/go" ]; then must rm -f "$generation/go"; fi
    remove_files "$generation/activated" "$generation/disabled" "$generation/generation.tsv"
    remove_empty "$generation/bin" "$generation/env" "$generation"
  done
  remove_empty "$PREFIX/generations"
}

# remove_wrappers FOLDER: they say who made them; those that were edited still have the names that only they have.
remove_wrappers() {
  for wrapper in "$1"/*; do
    case ${wrapper##*/} in
    go | gofmt | go1.[0-9]*) remove_files "$wrapper" ;;
    *)
      [ -f "$wrapper" ] && [ ! -L "$wrapper" ] || continue
      case $(sed -n 2p "$wrapper" 2>/dev/null) in '# Made by install.sh of airgo'*) remove_files "$wrapper" ;; esac
      ;;
    esac
  done
}

# papers_here COMMAND...: runs it once for each folder of papers, with PAPERS set to it.
papers_here() {
  for papers in "$PREFIX"/kits/*-*-*; do
    PAPERS=$papers
    if [ -d "$papers" ] && [ ! -L "$papers" ] && [ ! -L "$papers/kit" ]; then "$@"; fi
  done
}

# The trees of Go, by the entries tables of the kits that brought them. Leaves in $WORK/versions.known the names of their folders.
remove_versions() {
  : >"$WORK/versions.known" || disk_failed "write $WORK"
  papers_here remove_versions_of_kit
  remove_empty "$PREFIX/versions"
}

remove_versions_of_kit() {
  [ -f "$PAPERS/kit/toolchains.tsv" ] || return 0
  awk -F "$TAB" -v OFS="$TAB" '
    $1 ~ /^[0-9][0-9a-z.]*$/ && $2 ~ /^[0-9a-z]+$/ && length($5) == 64 && $5 !~ /[^0-9a-f]/ { print $1, $2, "go-v" $1 "-" substr($5, 1, 8) }
  ' "$PAPERS/kit/toolchains.tsv" >"$WORK/rows" || disk_failed "awk in $PAPERS"
  while IFS=$TAB read -r version arch folder <&3; do
    [ -d "$PREFIX/versions/$folder" ] && [ ! -L "$PREFIX/versions/$folder" ] || continue
    : >"$WORK/entries.raw" || disk_failed "write $WORK"
    for layer in common "linux-$arch"; do
      [ -f "$PAPERS/kit/go$version.$layer.entries.tsv" ] || continue
      awk -F "$TAB" '{ print $3 }' "$PAPERS/kit/go$version.$layer.entries.tsv" >>"$WORK/entries.raw" || disk_failed "write $WORK"
    done
    plain_paths "$WORK/entries.raw" >"$WORK/list" || disk_failed "awk in $WORK"
    [ -s "$WORK/list" ] || continue
    say "$folder" >>"$WORK/versions.known" || disk_failed "write $WORK"
    remove_listed "$PREFIX/versions/$folder" "$WORK/list"
  done 3<"$WORK/rows"
}

# plain_paths LIST: as ./paths, each once, those that may be words and stay in their folder. Papers may be damaged.
plain_paths() {
  awk '
    $0 == "" || /[^A-Za-z0-9._+~@!\/=,-]/ || ("/" $0 "/") ~ /\/\.?\.?\// { next }
    !seen[$0]++ { print "./" $0 }
  ' "$1"
}

remove_proxy() {
  : >"$WORK/proxy.raw" || disk_failed "write $WORK"
  papers_here list_proxy_of_kit
  plain_paths "$WORK/proxy.raw" >"$WORK/list" || disk_failed "awk in $WORK"
  remove_listed "$PREFIX/proxy" "$WORK/list"
}

list_proxy_of_kit() {
  [ -f "$PAPERS/SHA256SUMS" ] || return 0
  awk 'substr($0, 67, 6) == "proxy/" { print substr($0, 73) }' "$PAPERS/SHA256SUMS" >>"$WORK/proxy.raw" || disk_failed "write $WORK"
}

# The papers themselves, when all that they speak of is gone.
remove_papers() {
  papers_here remove_papers_of_kit
  remove_empty "$PREFIX/kits"
}

remove_papers_of_kit() {
  if [ -d "$PAPERS/outer" ] && [ ! -L "$PAPERS/outer" ]; then
    remove_files "$PAPERS"/outer/*SUMS "$PAPERS"/outer/*SUMS.* "$PAPERS"/outer/*.pub "$PAPERS"/outer/*.pub.pem "$PAPERS"/outer/*.pub.asc
  fi
  if [ -d "$PAPERS/kit" ]; then remove_files "$PAPERS"/kit/*.tsv; fi
  for name in kit.json serials-kept came-from receipt.json SHA256SUMS; do remove_files "$PAPERS/$name"; done
  remove_empty "$PAPERS/outer" "$PAPERS/kit" "$PAPERS"
}

# The script that runs here may be the one that goes: shells have it open, or have read it.
remove_script() {
  if [ -d "$PREFIX/bin" ] && [ ! -L "$PREFIX/bin" ]; then remove_files "$PREFIX/bin/airgo-kit"; fi
  remove_empty "$PREFIX/bin"
}

# For --all: keys, the serials that were seen, and the log.
remove_trust_and_log() {
  if [ -d "$PREFIX/trust" ] && [ ! -L "$PREFIX/trust" ]; then
    remove_files "$PREFIX"/trust/*.pem "$PREFIX"/trust/*.asc "$PREFIX"/trust/*.gpg "$PREFIX"/trust/*.pub "$PREFIX/trust/serials.tsv"
  fi
  if [ -d "$PREFIX/log" ] && [ ! -L "$PREFIX/log" ]; then remove_files "$PREFIX/log/audit.jsonl"; fi
  remove_empty "$PREFIX/trust" "$PREFIX/log"
}
