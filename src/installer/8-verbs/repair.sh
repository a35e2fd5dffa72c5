verb_repair() {
  :
}
