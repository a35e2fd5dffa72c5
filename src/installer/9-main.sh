main() {
  start
  read_options "$@"
  case $VERB in
  install) verb_install ;;
  verify) verb_verify ;;
  help) usage ;;
  esac
}

main "$@"
