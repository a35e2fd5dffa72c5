
# Everything is a function, and this is the last line: a copy of the script that was cut off does nothing.
main() {
  start
  read_options "$@"
  find_self
  start_audit
  case $VERB in
  install) verb_install ;;
  plan) verb_plan ;;
  verify) verb_verify ;;
  status) verb_status ;;
  list) verb_list ;;
  use) verb_use ;;
  rollback) verb_rollback ;;
  uninstall) verb_uninstall ;;
  doctor) verb_doctor ;;
  env) verb_env ;;
  watch) verb_watch ;;
  repair) verb_repair ;;
  help) usage ;;
  esac
}

main "$@"
