# The programs that everything else here is made of; cat to xargs are in coreutils, findutils, tar, gzip, awk and sed, or in
# busybox.
TOOLS="awk base64 cat chmod cp date dd df env find gzip id ln mkdir mktemp mv od readlink rm rmdir sed"
TOOLS="$TOOLS sha1sum sha256sum sleep sort stat sync tar tr uname wc xargs"

missing_tools() {
  lacking=
  for tool in $TOOLS; do
    command -v "$tool" >/dev/null 2>&1 || lacking="$lacking $tool"
  done
  if ! command -v printf >/dev/null 2>&1; then
    # Some shells have no printf of their own, and then fail() has no voice.
    REPORTED=yes
    echo "ERROR AIRGO_PREFLIGHT: missing tools: printf$lacking" >&2
    exit 32
  fi
  lacking=${lacking# }
}

# For verbs that change little: without its tools none of them can begin.
need_tools() {
  missing_tools
  [ -z "$lacking" ] || fail 32 AIRGO_PREFLIGHT "this machine lacks tools that are needed" missing "$lacking" next "$TOOLS_NEXT"
}

TOOLS_NEXT="install the packages that have them (coreutils, findutils, tar, gzip, awk, sed) or busybox"
