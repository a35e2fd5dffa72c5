# What install and verify have in common: the kit is whole, and made by who it should be.
verify_kit() {
  JUDGING=yes
  start_receipt
  check_signed_document
  check_contents
  read_tables
  check_sm
  check_expiry
  check_work
}
