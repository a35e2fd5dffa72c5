# Generations: what each says that it is made of is what its kits' papers say, its programs are as install.sh makes them, and
# every Go that it has is whole.

# Those that are kept; one that never was current is the leaving of a run that was killed.
kept_generations() {
  [ -d "$PREFIX/generations" ] || return 0
  for number in $(generation_numbers); do
    if [ "$number" = "$CURRENT" ] || [ -e "$PREFIX/generations/$number/activated" ]; then say "$number"; fi
  done
}

kept_numbers() {
  cat "$WORK/kept"
}

# Leaves in $WORK/kept their numbers, and in $WORK/goroots what they are made of: version, folder, papers, generation.
check_generations() {
  : >"$WORK/goroots" && kept_generations >"$WORK/kept" || disk_failed "write $WORK"
  for kept in $(kept_numbers); do
    check_kept "$kept"
  done
  for entry in "$PREFIX"/generations/* "$PREFIX"/generations/.[!.]* "$PREFIX"/generations/..?*; do
    [ -e "$entry" ] || [ -L "$entry" ] || continue
    case ${entry##*/} in .rename.*) continue ;; esac
    if ! is_generation_number "${entry##*/}"; then
      found top generations "$entry" "no part of an installation"
    elif [ -L "$entry" ] || [ ! -d "$entry" ]; then
      found top generations "$entry" "no folder, but a link or a file"
    fi
  done
  awk -F "$TAB" -v OFS="$TAB" '!seen[$2]++ { print $1, $2, $3 }' "$WORK/goroots" >"$WORK/goroots.each" || disk_failed "awk in $WORK"
  check_other_versions
  while IFS=$TAB read -r version folder papers <&4; do
    check_goroot "$version" "$folder" "$papers"
  done 4<"$WORK/goroots.each"
}

# Beside those of the generations. A whole Go that none of them has may be that of a run that is at work, or was ended: it is
# told, and the next run takes it away.
check_other_versions() {
  for entry in "$PREFIX"/versions/* "$PREFIX"/versions/.[!.]* "$PREFIX"/versions/..?*; do
    [ -e "$entry" ] || [ -L "$entry" ] || continue
    case ${entry##*/} in
    .rename.* | .repaired-go-v[0-9]*) continue ;;
    go-v[0-9]*[!A-Za-z0-9.-]*) ;;
    go-v[0-9]*)
      if [ -d "$entry" ] && [ ! -L "$entry" ]; then
        awk -F "$TAB" -v folder="${entry##*/}" '$2 == folder { found = 1 } END { exit !found }' "$WORK/goroots.each" ||
          noted "$entry: no generation has it: it is of a run that is at work or was ended, and the next one takes it away"
        continue
      fi
      awk -F "$TAB" -v folder="${entry##*/}" '$2 == folder { found = 1 } END { exit !found }' "$WORK/goroots.each" && continue
      ;;
    esac
    found top versions "$entry" "no part of an installation"
  done
}

# check_kept NUMBER
check_kept() {
  kept_folder=$PREFIX/generations/$1
  kept_table=$kept_folder/generation.tsv
  if [ ! -f "$kept_table" ] || [ -L "$kept_table" ] || ! must_read "$kept_table" "$WORK/generation.tsv"; then
    found generation "$1" "$kept_table" "it is gone, or can't be read"
    return 0
  fi
  judge_generation_table "$1" || return 0
  judge_against_papers "$1"
  if ! generation_papers_are_whole; then
    noted "generation $1: its programs are not checked, because the papers of its kits are not whole"
    return 0
  fi
  remake_generation
  compare_remade "$1"
}

# must_read FILE COPY: a private copy, or failure where the file can't be read.
must_read() {
  cp "$1" "$2" 2>/dev/null && return 0
  has_room || disk_failed "cp to $WORK"
  return 1
}

# judge_generation_table NUMBER: the form of $WORK/generation.tsv. Takes its rows apart.
judge_generation_table() {
  awk -F "$TAB" '
    $1 == "kit" && NF == 5 && ($2 "-" $3 "-" $4) ~ /^[A-Za-z0-9][A-Za-z0-9._-]*-[0-9]+-[0-9a-f]+$/ && length($4) == 12 && !kit[$2]++ { kits++; next }
    $1 == "go" && NF == 4 && $2 ~ /^[0-9][0-9a-z.]*$/ && $3 ~ ("^go-v[0-9a-z.]+-[0-9a-f]+$") && index($3, "go-v" $2 "-") == 1 && !go[$2]++ { next }
    $1 == "default" && NF == 2 && !standard { standard = $2; next }
    $1 == "use" && NF == 2 && !use { use = $2; next }
    $1 == "script" && NF == 2 && !script++ { next }
    $1 == "choice" && NF == 3 && ($2 "=" $3) ~ /^(private-gopath=(yes|no)|umask=(none|0?[0-7][0-7][0-7]))$/ && !choice[$2]++ { next }
    $1 == "file" && NF == 3 && length($2) == 64 && $2 !~ /[^0-9a-f]/ { next }
    ($1 == "date" || $1 == "who") && !about[$1]++ { next }
    { print "line " NR ": " $0 }
    END {
      if (!kits) print "it names no kit"
      if (!(standard in go)) print "its default Go is none of those that it has"
      if (use != "" && use != standard) print "the default Go is another one than was chosen"
    }
  ' "$WORK/generation.tsv" >"$WORK/findings" || disk_failed "awk in $WORK"
  if [ -s "$WORK/findings" ]; then
    found generation "$1" "$kept_table" "not in the form that it must have: $(printable "$(sed -n 1p "$WORK/findings")")"
    return 1
  fi
  awk -F "$TAB" '$1 == "kit"' "$WORK/generation.tsv" >"$WORK/generation.kits" &&
    awk -F "$TAB" -v OFS="$TAB" '$1 == "go" { print $2, $3, $4 }' "$WORK/generation.tsv" >"$WORK/generation.go" || disk_failed "awk in $WORK"
  GENERATION_GO=$(awk -F "$TAB" '$1 == "default" { print $2 }' "$WORK/generation.tsv")
}

# Whether the papers of all kits of the generation that was just read are whole.
generation_papers_are_whole() {
  awk -F "$TAB" '
    side == "papers" { if ($2 == "yes") whole[$1] = 1; next }
    !(($2 "-" $3 "-" $4) in whole) { missing = 1 }
    END { exit missing }
  ' side=papers "$WORK/papers.tsv" side=kits "$WORK/generation.kits"
}

# judge_against_papers NUMBER: its kits say the same of the default Go and of every version as the generation does.
judge_against_papers() {
  : >"$WORK/generation.stated" || disk_failed "write $WORK"
  # shellcheck disable=SC2034 # not every column is used
  while IFS=$TAB read -r kind name serial id version <&3; do
    kit=$name-$serial-$id
    [ "$(awk -F "$TAB" -v kit="$kit" '$1 == kit { print $2 }' "$WORK/papers.tsv")" = yes ] || continue
    awk -F "$TAB" -v OFS="$TAB" -v name="$name" -v serial="$serial" -v standard="$version" '
      $1 == "name" { ok += $2 == name } $1 == "serial" { ok += $2 == serial } $1 == "default-go" { ok += $2 == standard }
      END { exit ok != 3 }
    ' "$KITS/$kit/kit/kit.tsv" || found generation "$1" "$kept_table" "it says other things of the kit $name than the papers of that kit"
    awk -F "$TAB" -v OFS="$TAB" -v arch="$ARCH" -v id="$id" -v kit="$kit" '
      $2 == arch { print $1, "go-v" $1 "-" substr($5, 1, 8), id, kit }
    ' "$KITS/$kit/kit/toolchains.tsv" >>"$WORK/generation.stated" || disk_failed "awk in $WORK"
  done 3<"$WORK/generation.kits"
  # A version that several kits have is that of the first of them; each says the same of it.
  awk -F "$TAB" -v OFS="$TAB" -v number="$1" -v out="$WORK/goroots" '
    side == "kits" { id[$4] = $2 "-" $3 "-" $4; next }
    side == "stated" { stated[$1 "\t" $2] = 1; version[$1] = 1; if (!(($1 "\t" $2) in papers)) papers[$1 "\t" $2] = $4; brought[$1 "\t" $2 "\t" $3] = $4; next }
    {
      row = $1 "\t" $2
      if (row "\t" $3 in brought) print $1, $2, brought[row "\t" $3], number >>out
      else if (row in stated) print $1, $2, papers[row], number >>out
      else if (!($3 in id)) print "go " $1 " is said to be of a kit that the generation does not have"
      else print "go " $1 " is in the folder " $2 ", which no papers of its kits name"
      here[$1] = 1
    }
    END { for (v in version) if (!(v in here)) print "go " v " of one of its kits is not in it" }
  ' side=kits "$WORK/generation.kits" side=stated "$WORK/generation.stated" side=go "$WORK/generation.go" >"$WORK/findings" || disk_failed "awk in $WORK"
  # Where papers are not whole, that is told, and nothing can be said of what they speak of.
  generation_papers_are_whole || return 0
  while IFS= read -r sentence <&3; do
    found generation "$1" "$kept_table" "$sentence"
  done 3<"$WORK/findings"
}

# Makes the programs of the generation that was just read once more, in $WORK/remade, with the choices that it was made with.
remake_generation() {
  chosen_gopath=$PRIVATE_GOPATH
  chosen_umask=$GO_UMASK
  choice=$(generation_choice private-gopath)
  PRIVATE_GOPATH=${choice:-$PRIVATE_GOPATH}
  choice=$(generation_choice umask)
  GO_UMASK=${choice:-$GO_UMASK}
  # A kit that is worked on meanwhile has no part in this.
  worked_on=$KIT_ID
  worked_on_patterns=${KIT_PATTERNS-}
  KIT_ID=
  KIT_PATTERNS=
  take_generation_facts
  must rm -rf "$WORK/remade"
  must mkdir "$WORK/remade"
  list_patterns
  make_generation_files "$WORK/remade"
  PRIVATE_GOPATH=$chosen_gopath
  GO_UMASK=$chosen_umask
  KIT_ID=$worked_on
  KIT_PATTERNS=$worked_on_patterns
}

generation_choice() {
  awk -F "$TAB" -v name="$1" '$1 == "choice" && $2 == name { print $3 }' "$WORK/generation.tsv"
}

# The checksum database that the wrappers name; all kits of one prefix have the same (check_heads).
take_generation_facts() {
  # shellcheck disable=SC2034 # not every column is used
  IFS=$TAB read -r kind name serial id version <"$WORK/generation.kits" || return 0
  SUMDB=$(awk -F "$TAB" '$1 == "sumdb" { print $2 }' "$KITS/$name-$serial-$id/kit/kit.tsv")
  GOSUMDB_SETTING=$(awk -F "$TAB" '$1 == "gosumdb" { print $2 }' "$KITS/$name-$serial-$id/kit/kit.tsv")
  check_gosumdb
}

# compare_remade NUMBER: what is there against what was made once more. Another airgo may have made it in other words; then the
# digests that it wrote down count, and that is told.
compare_remade() {
  differing_programs "$1"
  while IFS=$TAB read -r path sentence <&3; do
    found generation "$1" "$kept_folder/$path" "$sentence"
  done 3<"$WORK/programs.differ"
  found_all generation "$1" "$kept_folder" "no part of the generation, or no plain file" "$WORK/programs.odd"
  found_all generation "$1" "$kept_folder" "no part of the generation" "$WORK/strangers"
  found_all generation "$1" "$kept_folder" "its mode is not the one that it was made with" "$WORK/programs.closed"
}

# differing_programs NUMBER: leaves in $WORK/programs.differ name and sentence for each program that is not as it should be; in
# programs.odd and strangers what does not belong there; in programs.closed what has another mode.
differing_programs() {
  describe_programs "$WORK/remade" >"$WORK/remade.rows"
  describe_programs "$kept_folder" >"$WORK/kept.rows"
  if [ "$(cat "$WORK/remade.rows")" != "$(cat "$WORK/kept.rows")" ] && made_by_another; then
    awk -F "$TAB" '$1 == "file" { print $2 "  " $3 }' "$WORK/generation.tsv" >"$WORK/recorded.rows" &&
      awk '
        side == "recorded" { digest[substr($0, 67)] = substr($0, 1, 64); next }
        side == "remade" && /^go -> / { print; next }
        side == "kept" && ($3 in digest) { print digest[$3], ($3 ~ /^bin\//) ? "755" : "644", $3; delete digest[$3] }
        END { for (name in digest) print digest[name], "-", name }
      ' side=recorded "$WORK/recorded.rows" side=remade "$WORK/remade.rows" side=kept "$WORK/kept.rows" >"$WORK/expected.rows" || disk_failed "awk in $WORK"
    sort "$WORK/expected.rows" >"$WORK/remade.rows" || disk_failed "sort in $WORK"
    noted "generation $1: its programs were made by another airgo than $AIRGO_VERSION, so they are held to the digests that it wrote down"
  fi
  awk '
    { name = ($1 == "go") ? "go" : $3 }
    side == "remade" { row[name] = $0; next }
    { here[name] = 1 }
    !(name in row) { print name "\tno part of the generation"; next }
    row[name] != $0 { print name "\tnot as airgo makes it" }
    END { for (name in row) if (!(name in here)) print name "\tit is gone" }
  ' side=remade "$WORK/remade.rows" side=kept "$WORK/kept.rows" >"$WORK/findings.raw" && sort "$WORK/findings.raw" >"$WORK/programs.differ" ||
    disk_failed "awk in $WORK"
  (cd "$kept_folder" && find . ! -name . -prune ! -name bin ! -name env ! -name go ! -name generation.tsv ! -name activated ! -name disabled) \
    >"$WORK/strangers" 2>/dev/null || :
  # Marks are empty, or a list of findings.
  for mark in activated disabled; do
    [ -e "$kept_folder/$mark" ] || [ -L "$kept_folder/$mark" ] || continue
    if [ -L "$kept_folder/$mark" ] || [ ! -f "$kept_folder/$mark" ] || { [ "$mark" = activated ] && [ -s "$kept_folder/$mark" ]; }; then
      printf './%s\n' "$mark" >>"$WORK/strangers" || disk_failed "write $WORK"
    fi
  done
  (cd "$kept_folder" && find ./generation.tsv ! -perm 0644 && find . -type d ! -perm 0755) >"$WORK/programs.closed" 2>/dev/null || :
}

# Whether the generation that was just read says that another airgo made it, and what it made.
made_by_another() {
  awk -F "$TAB" -v mine="$AIRGO_VERSION" '$1 == "script" { by = $2 } $1 == "file" { files++ } END { exit by == "" || by == mine || !files }' \
    "$WORK/generation.tsv"
}

# describe_programs FOLDER: digest, mode and name of each program, and where the link go leads. Leaves in $WORK/programs.odd what is
# no plain file.
describe_programs() {
  (cd "$1" && find ./bin ./env ! -type d ! -type f && find ./bin ./env -name '*[!A-Za-z0-9._-]*' && find ./bin/. ./env/. ! -name . -prune -type d) \
    >"$WORK/programs.odd" 2>/dev/null || :
  (cd "$1" && find bin env -type f ! -name '*[!A-Za-z0-9._-]*') >"$WORK/programs" 2>/dev/null || :
  sums_of "$1" "$WORK/programs" "$WORK/programs.sums"
  if [ -s "$WORK/programs" ]; then (cd "$1" && each_of "$WORK/programs" stat -c '%a %n') >"$WORK/programs.modes" 2>/dev/null || :; else : >"$WORK/programs.modes"; fi
  {
    awk '
      side == "modes" { mode[$2] = $1; next }
      { name = substr($0, 67); print substr($0, 1, 64), mode[name], name; delete mode[name] }
      END { for (name in mode) print "unreadable", mode[name], name }
    ' side=modes "$WORK/programs.modes" side=sums "$WORK/programs.sums" | sort
    if [ -L "$1/go" ]; then printf 'go -> %s\n' "$(readlink "$1/go")"; elif [ -e "$1/go" ]; then printf 'go -> no link\n'; fi
  } || disk_failed "awk in $WORK"
}

# check_goroot VERSION FOLDER PAPERS
check_goroot() {
  goroot=$PREFIX/versions/$2
  if [ ! -d "$goroot" ] || [ -L "$goroot" ]; then
    found version "$2" "$goroot" "this Go is gone"
    return 0
  fi
  # Only then can all of it be looked at by this user.
  (cd "$goroot" && find . -type d ! -perm 0555) >"$WORK/goroot.modes" 2>/dev/null || :
  if [ -s "$WORK/goroot.modes" ]; then
    found_all version "$2" "$goroot" "a folder with another mode than 0555" "$WORK/goroot.modes"
    if one_is_closed "$WORK/goroot.modes"; then return 0; fi
  fi
  stated_toolchain "$1" "$3"
  if check_tree "$goroot" "$1" "$module" "$h1" 0444 0555 "$KITS/$3/kit"; then return 0; fi
  while IFS= read -r finding <&3; do
    found version "$2" "$goroot" "$finding"
  done 3<"$WORK/findings"
}

# Whether a folder of a list can't be entered by this user.
one_is_closed() {
  while IFS= read -r path <&3; do
    [ -r "$goroot/$path" ] && [ -x "$goroot/$path" ] || return 0
  done 3<"$1"
  return 1
}

# stated_toolchain VERSION PAPERS: sets module and h1.
stated_toolchain() {
  awk -F "$TAB" -v version="$1" -v arch="$ARCH" '$1 == version && $2 == arch { print $3 "\t" $5 }' "$KITS/$2/kit/toolchains.tsv" >"$WORK/toolchain" ||
    disk_failed "awk in $WORK"
  IFS=$TAB read -r module h1 <"$WORK/toolchain" || disk_failed "read $WORK/toolchain"
}
