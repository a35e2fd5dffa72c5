# repair: what watch finds is put back from an intact copy, and all is checked again.

verb_repair() {
  settle_from
  open_to_check
  check_rights
  check_mv
  take_lock
  close_rights
  : >"$WORK/found.tsv" && : >"$WORK/noted" || disk_failed "write $WORK"
  check_rights_inside
  find_sound_trust
  check_current
  verify_given_kit
  # Without a current generation nobody knows which of them are leavings.
  if [ -n "$CURRENT" ]; then sweep; else finish_swaps; fi
  check_installed_once
  if nothing_to_repair; then
    if [ -n "$KEYS" ]; then
      make_staging
      keep_vouching
    fi
    tell_result
    return
  fi
  found_text
  make_staging
  list_sources
  repair_top
  repair_papers
  if [ -n "$PAPERS_CHANGED" ]; then check_installed_once; fi
  repair_goroots
  repair_proxy
  repair_script
  repair_generations
  sync_prefix
  say "checking all of it again"
  check_installed_once
  repair_current
  check_installed_once
  keep_vouching
  found_text
  tell_result
}

nothing_to_repair() {
  [ ! -s "$WORK/found.tsv" ] || return 1
  for kept in $(kept_numbers); do
    if [ -e "$PREFIX/generations/$kept/disabled" ]; then return 1; fi
  done
}

# Keys that were given and vouch for what is here now are trusted from now on, as after an installation.
keep_vouching() {
  if has_found papers || has_found trust; then return 0; fi
  sort -u "$WORK/vouching.all" >"$WORK/vouching" || disk_failed "sort in $WORK"
  keep_keys
}
