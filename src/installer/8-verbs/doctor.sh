# Looks at everything that could stand in the way of an installation or of its use, and tells all of it, good and bad.
verb_doctor() {
  begin_findings
  EXAMINING=yes
  examine_machine
  if [ -n "$SETTLED" ]; then
    if [ -e "$PREFIX/.airgo.lock" ]; then examine_installation; else finding note prefix "nothing is installed in $PREFIX"; fi
    examine_verifiers
    examine_log
  fi
  examine_umask
  EXAMINING=
  case $PROBLEM_COUNT in
  0) say "nothing stands in the way" ;;
  *) refuse_problems ;;
  esac
}

examine_installation() {
  read_current
  read_choices
  if [ -z "$CURRENT" ]; then
    finding bad current "no generation is current in $PREFIX" "install a kit, or airgo-kit rollback NUMBER"
    return
  fi
  finding ok current "generation $CURRENT"
  for mark in "$PREFIX"/generations/*/disabled; do
    [ ! -e "$mark" ] || finding note disabled "${mark%/disabled} was found damaged" "airgo-kit repair"
  done
  for stale in "$PREFIX"/.staging.*; do
    [ ! -d "$stale" ] || finding note leavings "$stale is of a run that is at work or was killed" "the next run takes it away"
  done
  # In a process of its own, because it ends with an error where something is damaged.
  if (
    trap - EXIT
    table=$PREFIX/generations/$CURRENT/generation.tsv
    check_default_go "$table"
  ) 2>"$WORK/log"; then
    finding ok go "the default one is whole as far as a quick look goes; airgo-kit verify looks at all of it"
  else
    finding bad go "$(sed -n 's/^ERROR [A-Z_]*: //p' "$WORK/log")" "airgo-kit repair, or airgo-kit rollback" AIRGO_INSTALLED_DAMAGED
  fi
  warn_of_caller
}

# The programs that check signatures, as far as they are here.
examine_verifiers() {
  here=
  for tool in openssl gpgv gpg sqv ssh-keygen minisign signify signify-openbsd; do
    if command -v "$tool" >/dev/null 2>&1; then here="$here $tool"; fi
  done
  if [ -n "$here" ]; then
    finding ok verifiers "these can check signatures here:$here"
  else
    finding note verifiers "no program here checks signatures" \
      "bring one of openssl, gpgv, OpenSSH's keygen, minisign; or give --expect-sha256 with the digest that the kit's makers told you"
  fi
}

examine_log() {
  if ! command -v logger >/dev/null 2>&1 || [ ! -e /dev/log ]; then
    finding note log "there is no system log here to tell; $PREFIX/log has a line for each run"
  else
    finding ok log "the system's log hears of each run"
  fi
}

examine_umask() {
  finding ok umask "$(umask); what is installed is readable by all users whatever it is"
}
