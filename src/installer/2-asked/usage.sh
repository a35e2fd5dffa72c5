usage() {
  say "usage: sh install.sh [VERB] [OPTION]...

verbs
  install    check the kit and install it (this is done when no verb is given)
  verify     check the kit; write nothing but a receipt
  help       this text

places (each option also as a variable of the environment)
  --prefix DIR              where to install (AIRGO_PREFIX)
                            default: /opt/airgo for root, else ~/.local/share/airgo
  --sums FILE               the signed SHA256SUMS; its signatures lie beside it as FILE.<signer>.<ext> (AIRGO_SUMS)
                            default: SHA256SUMS beside the kit's folder
  --receipt FILE            where to leave a receipt in JSON of what was checked (AIRGO_RECEIPT)
                            an installation always leaves one in DIR/kits; without this option, verify and every run
                            that refuses a kit leave theirs in ~/.local/state/airgo/receipts (XDG_STATE_HOME)

who made the kit
  --key FILE|FOLDER         a public key that the kit may be signed with: PEM (P-256, RSA, Ed25519, SM2), OpenPGP, OpenSSH
                            or minisign; or a folder of such keys; may be given several times (AIRGO_KEY for one)
                            a key proves something only if it did not come with the kit
                            keys in DIR/trust are trusted too; those given here that verified a signature are kept there
                            when the kit is installed; to withdraw one, remove its file
  --require NAME,NAME       trusted keys of these names must all have signed; a key has the name of its file (AIRGO_REQUIRE)
  --expect-sha256 HEX       the SHA-256 of the signed SHA256SUMS, told by its makers another way than the kit: then no key is
                            needed; spaces and capitals do not matter (AIRGO_EXPECT_SHA256)
  --require-sm              the kit must have a valid SM2 signature and its files the right SM3 digests
                            (AIRGO_REQUIRE_SM=1)
  --insecure-no-signature   install without knowing who made the kit (AIRGO_INSECURE_NO_SIGNATURE=1)

how old it may be
  --allow-downgrade         install a kit with a lower serial than was installed before (AIRGO_ALLOW_DOWNGRADE=1)
  --enforce-expiry          refuse a kit whose last day is over, by this machine's clock (AIRGO_ENFORCE_EXPIRY=1)

signatures and the tools that check them, of which the first that passes a test of its own is used
  .sig .sm2sig   openssl (for .sm2sig one with SM2)         .sshsig    the keygen program of OpenSSH 8.1 or newer
  .asc           gpgv, gpg or sqv                           .minisig   minisign or signify
One valid signature by a trusted key is enough; a bad one refuses the kit, whatever the others are.

to remove an installation, with DIR as its prefix: chmod -R u+w DIR && rm -rf DIR

exit codes
  0 done  2 usage  8 integrity (nothing was installed)  16 policy: unsigned, not trusted or not compatible
  32 this machine: missing tool, space, rights, lock held
  64 health check failed, the earlier generation is still current  129 130 143 signals"
}

usage_error() {
  fail 2 AIRGO_USAGE "$1" next "sh install.sh help"
}

