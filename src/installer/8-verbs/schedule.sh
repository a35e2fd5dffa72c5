schedule_watch() {
  :
}
