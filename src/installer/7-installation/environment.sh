
# generations/N/env/ has what the environment of a user needs, in the words of each reader.

# write_environment FOLDER
write_environment() {
  {
    printf '# Made by install.sh of airgo: puts its go and airgo-kit on PATH.\n'
    for folder in "$PLACE/bin" "$PLACE/current/bin"; do
      folder=$(quoted "$folder")
      printf 'case ":${PATH-}:" in\n*:%s:*) ;;\n*) PATH=%s${PATH:+:$PATH} ;;\nesac\n' "$folder" "$folder"
    done
    printf 'export PATH\n'
  } >"$1/airgo.sh" || disk_failed "write $1"
}
