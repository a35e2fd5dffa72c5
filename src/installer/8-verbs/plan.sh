# Says all that install would do, after the same checks, and does none of it.
verb_plan() {
  find_kit
  preflight
  find_trust
  verify_kit
  check_serial
  choose_toolchains
  read_current
  read_choices
  check_drop_ins
  plan
  plan_generation
  JUDGING=
  say ""
  say "plan for $PREFIX; nothing was changed"
  say_versions_plan
  say "  modules: $(count_lines "$WORK/proxy.new") files to add ($(proxy_kib) KiB), $(count_lines "$WORK/proxy.merge") lists to extend"
  say "  space: up to $(needed_kib) KiB and $(needed_inodes) files while it runs; $(free_kib) KiB are free"
  say_generation_plan
  say "  health checks: ${CHECKS:-full}; drop-in files: $ENV_KINDS; private GOPATH: $PRIVATE_GOPATH; umask of go: $GO_UMASK"
  list_patterns
  GOPROXY_URL=$(file_url "$PLACE/proxy")
  say_database
  warn_of_environment
  if [ -d "$PREFIX" ]; then warn_of_remembered; fi
}

count_lines() {
  wc -l <"$1" | tr -d ' '
}

say_versions_plan() {
  awk -F "$TAB" '
    side == "needed" { needed[$1] = 1; next }
    { printf "  go %s: %s\n", $1, ($1 in needed) ? "to unpack, " $5 " files, " int($6 / 1048576) " MiB" : "already here" }
  ' side=needed "$WORK/versions.needed" side=all "$WORK/toolchains"
}

say_generation_plan() {
  next_generation=1
  if [ -d "$PREFIX/generations" ]; then next_generation=$(generation_numbers | awk '{ last = $1 } END { print last + 1 }'); fi
  if is_current_already; then
    say "  generation: $CURRENT stays current, the kit is in it already"
    return
  fi
  say "  generation: $next_generation, with go $GENERATION_GO as the default, instead of ${CURRENT:-none}"
  # The one that would be made counts too.
  if [ -d "$PREFIX/generations" ]; then
    generation_numbers | awk -v keep="$((KEEP - 1))" -v current="$CURRENT" '
      { number[NR] = $1 }
      END { for (i = 1; i <= NR - keep; i++) if (number[i] != current) printf "  removed: generation %s (--keep)\n", number[i] }
    '
  fi
}

is_current_already() {
  [ -n "$CURRENT" ] && [ ! -s "$WORK/versions.needed" ] && [ ! -s "$WORK/proxy.new" ] && [ ! -s "$WORK/proxy.merge" ] || return 1
  {
    cat "$WORK/generation.kits" && sed "s/^/go$TAB/" "$WORK/generation.go" && printf 'default\t%s\n' "$GENERATION_GO"
  } >"$WORK/planned" || disk_failed "write $WORK"
  awk -F "$TAB" '$1 == "kit" || $1 == "go" || $1 == "default"' "$PREFIX/generations/$CURRENT/generation.tsv" >"$WORK/present" ||
    disk_failed "awk in $WORK"
  [ "$(cat "$WORK/planned")" = "$(cat "$WORK/present")" ]
}
