verb_verify() {
  # On the host, where no kit is named, what is installed is meant.
  if [ -z "$KIT$SUMS$RECEIPT$REQUIRE$EXPECTED$INSECURE$REQUIRE_SM" ] && [ -n "$OWN_PREFIX" ]; then
    verify_installed
    return
  fi
  find_kit
  need_tools
  make_work_folder
  find_trust
  verify_kit
  check_serial
  note_the_rest
  JUDGING=
  if [ "$SIGNED" = verified ]; then leave_receipt verified; else leave_receipt whole; fi
  if [ "$SIGNED" = verified ]; then
    say "kit $KIT_NAME, serial $KIT_SERIAL, id $KIT_ID: verified"
  else
    say "kit $KIT_NAME, serial $KIT_SERIAL, id $KIT_ID: whole, but nobody knows who made it"
  fi
}
