
# PREFIX/kits/<name>-<serial>-<id>/ keeps what later verifications need: the kit's tables and sums, the signed document,
# its signature, the key that was used, and the receipt.

stage_papers() {
  PAPERS=$PREFIX/kits/$KIT_NAME-$KIT_SERIAL-$KIT_ID
  must mkdir "$STAGING/papers"
  must cp -R "$WORK/kit" "$WORK/kit.json" "$WORK/SHA256SUMS" "$STAGING/papers/"
  must mkdir "$STAGING/papers/outer"
  for paper in "$WORK"/outer/*; do
    if [ -f "$paper" ]; then must cp "$paper" "$STAGING/papers/outer/"; fi
  done
  must find "$STAGING/papers" -type d -exec chmod 0755 '{}' +
  must find "$STAGING/papers" -type f -exec chmod 0644 '{}' +
}

# They are in place before the first file of the proxy tree appears: check_heads of a later run relies on them.
place_papers() {
  if [ ! -d "$PAPERS" ]; then
    must mv -T "$STAGING/papers" "$PAPERS"
    return
  fi
  must mkdir -p "$PAPERS/kit" "$PAPERS/outer"
  for paper in SHA256SUMS kit.json kit outer; do
    if [ -d "$STAGING/papers/$paper" ]; then
      for part in "$STAGING/papers/$paper"/*; do
        if [ -f "$part" ]; then must mv -f "$part" "$PAPERS/$paper/"; fi
      done
    else
      must mv -f "$STAGING/papers/$paper" "$PAPERS/"
    fi
  done
}

# The receipt says what was checked and with what, and what was not and why. It appears by a rename.
write_receipt() {
  if [ "$SIGNED" = verified ]; then
    signature_json=$(printf '{ "status": "verified", "file": "%s", "keySha256": "%s", "with": "%s" }' \
      "$(json_text "$SIGNATURE")" "$KEY_SHA256" "$(json_text "$OPENSSL")")
  else
    signature_json="{ \"status\": \"not checked\", \"why\": \"--insecure-no-signature\" }"
  fi
  {
    printf '{\n  "format": 1,\n'
    printf '  "kit": { "name": "%s", "serial": %s, "id": "%s", "sha256sums": "%s" },\n' \
      "$KIT_NAME" "$KIT_SERIAL" "$KIT_ID" "$KIT_SUMS"
    printf '  "time": "%s",\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    printf '  "host": { "name": "%s", "arch": "%s", "uid": %s },\n' "$(json_text "$(uname -n)")" "$ARCH" "$(id -u)"
    printf '  "prefix": "%s",\n  "generation": %s,\n' "$(json_text "$PREFIX")" "$CURRENT"
    printf '  "signature": %s,\n' "$signature_json"
    printf '  "checked": [\n    { "what": "every file of the kit", "files": %s, "with": "sha256sum" },\n' \
      "$(wc -l <"$WORK/SHA256SUMS" | tr -d ' ')"
    while IFS=$TAB read -r version folder module h1 files bytes <&3; do
      printf '    { "what": "GOROOT of go %s", "h1Hex": "%s", "files": %s, "with": "sha256sum" },\n' "$version" "$h1" "$files"
    done 3<"$WORK/toolchains"
    printf '    { "what": "health", "go": "%s", "checks": "%s" }\n  ],\n' "$GENERATION_GO" "$HEALTH"
    printf '  "notChecked": [\n'
    if [ "$SIGNED" != verified ]; then
      printf '    { "what": "who made the kit", "why": "--insecure-no-signature" },\n'
    fi
    if [ -n "$KIT_PATTERNS" ]; then
      printf '    { "what": "modules named %s, with a checksum database", "why": "they are in none" },\n' "$KIT_PATTERNS"
    fi
    printf '    { "what": "signature of the tree head and inclusion of its records", "why": "needs Ed25519: Go checks it at each use" },\n'
    printf '    { "what": "h1 of module zips", "why": "needs a zip reader: Go checks it at each use" }\n  ]\n}\n'
  } >"$STAGING/receipt.json" || disk_failed "write $STAGING/receipt.json"
  must mv -fT "$STAGING/receipt.json" "$PAPERS/receipt.json"
}
