# A path as a file URL. Go takes commas and bars in GOPROXY as separators, so all but plain characters are encoded.
file_url() {
  printf '%s' "$1" | od -An -v -tx1 | awk '
    BEGIN {
      plain = "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
      hex = "2f2d2e5f7e30313233343536373839"
      for (i = 65; i <= 90; i++) hex = hex sprintf("%02x", i)
      for (i = 97; i <= 122; i++) hex = hex sprintf("%02x", i)
      for (i = 1; i <= length(plain); i++) character[substr(hex, 2 * i - 1, 2)] = substr(plain, i, 1)
      printf "file://"
    }
    { for (i = 1; i <= NF; i++) printf "%s", ($i in character) ? character[$i] : "%" toupper($i) }
    END { print "" }
  '
}

# write_wrapper FILE VERSION PLACE PROGRAM: it sets what is unset, and lets a go command find the other versions of this host
# (GOTOOLCHAIN=path looks for them on PATH). It needs no other program, so PATH may hold its folder alone. Each go knows
# its own tree: a GOROOT that somebody once set would mix it with the tools of another one.
write_wrapper() {
  {
    printf '#!/bin/sh\n# Made by install.sh of airgo: sets what the environment leaves unset, then runs go %s.\n' "$2"
    printf '[ -n "${GOPROXY-}" ] || GOPROXY=%s\n' "$(quoted "$GOPROXY_URL")"
    printf '[ -n "${GOTOOLCHAIN-}" ] || GOTOOLCHAIN=path\n'
    if [ -n "$GOSUMDB_SETTING" ]; then
      printf '[ -n "${GOSUMDB-}" ] || GOSUMDB=%s\nexport GOSUMDB\n' "$(quoted "$GOSUMDB_SETTING")"
    fi
    if [ -s "$WORK/patterns" ]; then wrapper_patterns; fi
    wrapper_folders
    printf 'bin=%s\n' "$(quoted "$3/current/bin")"
    printf 'case ":${PATH-}:" in\n*:"$bin":*) ;;\n*) PATH=${PATH:+$PATH:}$bin ;;\nesac\n'
    printf 'export GOPROXY GOTOOLCHAIN PATH\nunset GOROOT\nexec %s "$@"\n' "$(quoted "$4")"
  } >"$1" && chmod 0755 "$1" || disk_failed "write $1"
}

# Where go keeps what it makes. A home that hosts of several architectures share has a build cache for each; a GOPATH of
# its own, where that was chosen, keeps what another go downloaded and remembers apart.
wrapper_folders() {
  printf 'case ${XDG_CACHE_HOME-} in\n/*) cache=$XDG_CACHE_HOME ;;\n*) cache=${HOME:+$HOME/.cache} ;;\nesac\n'
  printf 'if [ -z "${GOCACHE-}" ] && [ -n "$cache" ]; then\n'
  printf 'GOCACHE=$cache/airgo/${GOOS:-linux}-${GOARCH:-%s} && export GOCACHE\nfi\n' "$ARCH"
  if [ "$PRIVATE_GOPATH" = yes ]; then
    printf 'if [ -z "${GOPATH-}" ] && [ -n "${HOME-}" ]; then GOPATH=$HOME/.airgo/gopath && export GOPATH; fi\n'
  fi
  if [ "$GO_UMASK" != none ]; then printf 'umask %s\n' "$GO_UMASK"; fi
}

# The part of a wrapper for private modules. Without GONOSUMDB their names could not be used, as no database has them;
# what is set stays in it, and its default is GOPRIVATE. That one is the default of GONOPROXY too, which would send go
# past the kit: so the kit's proxy, and only this one, is said to have no exceptions.
wrapper_patterns() {
  printf 'GONOSUMDB="${GONOSUMDB:-${GOPRIVATE-}}"\n'
  while IFS= read -r pattern <&4; do
    pattern=$(quoted "$pattern")
    printf 'case ",$GONOSUMDB," in\n*,%s,*) ;;\n*) GONOSUMDB="${GONOSUMDB:+$GONOSUMDB,}"%s ;;\nesac\n' "$pattern" "$pattern"
  done 4<"$WORK/patterns"
  printf 'export GONOSUMDB\nif [ -n "${GOPRIVATE-}" ] && [ -z "${GONOPROXY-}" ]; then\n'
  printf 'case $GOPROXY in\n%s | %s) GONOPROXY=none && export GONOPROXY ;;\nesac\nfi\n' \
    "$(quoted "$GOPROXY_URL")" "$(quoted "$GOPROXY_URL,off")"
}
