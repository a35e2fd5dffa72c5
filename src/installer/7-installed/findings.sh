# What a check of an installation finds, one line each in $WORK/found.tsv: kind, subject, path, sentence. The kind is the part
# that is damaged (papers, version, generation, proxy, ...), the subject which one of that kind.

# found KIND SUBJECT PATH SENTENCE
found() {
  printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$(printable "$3")" "$4" >>"$WORK/found.tsv" || disk_failed "write $WORK"
}

# found_all KIND SUBJECT FOLDER SENTENCE LIST: the same for each ./path of a list.
found_all() {
  [ -s "$5" ] || return 0
  tr '\001-\010\013-\037\177' '?' <"$5" | FOUND_IN=$(printable "$3") FOUND_SAYS=$4 awk -v kind="$1" -v subject="$2" '
    { sub(/^\.\/?/, ""); print kind "\t" subject "\t" ENVIRON["FOUND_IN"] ($0 == "" ? "" : "/") $0 "\t" ENVIRON["FOUND_SAYS"] }
  ' >>"$WORK/found.tsv" || disk_failed "write $WORK"
}

# noted WHAT: something that could not be checked, or needs no repair and should be known.
noted() {
  printf '%s\n' "$1" >>"$WORK/noted" || disk_failed "write $WORK"
}

# has_found KIND [SUBJECT]
has_found() {
  awk -F "$TAB" -v kind="$1" -v subject="${2-}" '$1 == kind && (subject == "" || $2 == subject) { found = 1 } END { exit !found }' \
    "$WORK/found.tsv"
}

# The findings as text, each in a line: path, sentence.
found_text() {
  awk -F "$TAB" '{ print $3 ": " $4 }' "$WORK/found.tsv"
}
