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

# write_wrapper NAME VERSION PROGRAM: it sets what is unset, and lets a go command find the other versions of this host
# (GOTOOLCHAIN=path looks for them on PATH). It needs no other program, so PATH may hold its folder alone. Each go knows
# its own tree: a GOROOT that somebody once set would mix it with the tools of another one.
write_wrapper() {
  wrapper=$STAGING/generation/bin/$1
  {
    printf '#!/bin/sh\n# Made by install.sh of airgo: sets what the environment leaves unset, then runs go %s.\n' "$2"
    printf '[ -n "${GOPROXY-}" ] || GOPROXY=%s\n' "$(quoted "$GOPROXY_URL")"
    printf '[ -n "${GOTOOLCHAIN-}" ] || GOTOOLCHAIN=path\n'
    if [ -n "$GOSUMDB_SETTING" ]; then
      printf '[ -n "${GOSUMDB-}" ] || GOSUMDB=%s\nexport GOSUMDB\n' "$(quoted "$GOSUMDB_SETTING")"
    fi
    if [ -s "$WORK/patterns" ]; then wrapper_patterns; fi
    printf 'bin=%s\n' "$(quoted "$PREFIX/current/bin")"
    printf 'case ":${PATH-}:" in\n*:"$bin":*) ;;\n*) PATH=${PATH:+$PATH:}$bin ;;\nesac\n'
    printf 'export GOPROXY GOTOOLCHAIN PATH\nunset GOROOT\nexec %s "$@"\n' "$(quoted "$3")"
  } >"$wrapper" && chmod 0755 "$wrapper" || disk_failed "write $wrapper"
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
