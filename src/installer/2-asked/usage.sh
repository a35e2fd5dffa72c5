usage() {
  say "usage: sh install.sh [VERB] [OPTION]...          from an unpacked kit
       airgo-kit VERB [OPTION]...                 on the host, where it is kept as PREFIX/bin/airgo-kit

verbs
  install             check the kit and install it (this is done when no verb is given)
  plan                say all that install would do, and do none of it
  verify              check the kit; write nothing but a receipt; airgo-kit verify without --kit checks what is installed
  status              what is installed, what is current, and what in the environment stands in its way
  list                the generations that are kept
  use VERSION         make another Go of the current generation the default one; 'use newest' takes that back
  rollback [NUMBER]   go back to the generation before the current one, or to that one
  repair              put back what is damaged or missing, from a kit or from another prefix, and check it again
  watch               check all that is installed against the signed sums, as verify does, for timers
  uninstall           remove what was installed, and nothing else; keys and log stay, unless --all is given
  doctor              look for everything on this machine that could stand in the way; change nothing
  env                 print what puts the installed Go into the environment
  help                this text

places
  --prefix DIR              where it is installed; default: where airgo-kit lies, else /opt/airgo for root, else
                            ~/.local/share/airgo
  --root DIR                the root folder of an image that is built: the prefix and all drop-in files lie below it
  --kit DIR                 the folder of the unpacked kit; default: the one that this script lies in
  --sums FILE               the signed SHA256SUMS; its signatures lie beside it as FILE.<signer>.<ext>
                            default: SHA256SUMS beside the kit's folder
  --receipt FILE            where to leave a receipt in JSON of what was checked
                            an installation always leaves one in PREFIX/kits; without this option, verify and every run
                            that refuses a kit leave theirs in ~/.local/state/airgo/receipts (XDG_STATE_HOME)
  --from DIR                repair: an unpacked kit, or another prefix, to take what is missing from

who made the kit
  --key FILE|FOLDER         a public key that the kit may be signed with: PEM (P-256, RSA, Ed25519, SM2), OpenPGP, OpenSSH
                            or minisign; or a folder of such keys; may be given several times
                            a key proves something only if it did not come with the kit
                            keys in PREFIX/trust are trusted too; those given here that verified a signature are kept there
                            when the kit is installed; to withdraw one, remove its file
  --require NAME,NAME       trusted keys of these names must all have signed; a key has the name of its file
  --expect-sha256 HEX       the SHA-256 of the signed SHA256SUMS, told by its makers another way than the kit: then no key is
                            needed; spaces and capitals do not matter
  --require-sm              the kit must have a valid SM2 signature and its files the right SM3 digests
  --insecure-no-signature   go on without knowing who made the kit

how old it may be
  --allow-downgrade         install a kit with a lower serial than was installed before
  --enforce-expiry          refuse a kit whose last day is over, by this machine's clock

how it is installed; those marked * are remembered for later runs
  --checks quick|full|none  what the new generation must show before it becomes current (default: full; quick for use and
                            rollback)
  --keep NUMBER *           how many generations stay (default: 5)
  --env KIND,KIND *         drop-in files that put Go on PATH: profile, envd, systemd, fish, csh, or none (default: none)
  --private-gopath yes|no * go keeps modules and what it remembers in ~/.airgo/gopath instead of ~/go
  --umask MODE|none *       the umask that go runs with, such as 027
  --alert PROGRAM|none *    watch runs it when something is wrong, with the findings on its standard input
  --wait SECONDS            how long to wait for another run in the same prefix (default: 30)

for the other verbs
  --quarantine              watch: disable a damaged generation, and go back to the newest one that is whole
  --schedule KIND           watch: install a timer that runs it daily: systemd, cron, or none to remove it
  --expect-go VERSION       status: end with 16 unless this is the default Go; with 8 if its program is not the recorded one
  --expect-kit ID           status: the same for the id of an installed kit
  --env KIND                env: for which reader: profile (POSIX shells; the default), fish, csh, systemd (environment.d)
  --isolated                env: an environment that has this Go and nothing else
  --all                     uninstall: the keys and the log too

Every option is also a variable of the environment: --allow-downgrade is AIRGO_ALLOW_DOWNGRADE=1, --prefix DIR is AIRGO_PREFIX=DIR.
What the command line says counts more. AIRGO_TRACE_ID, if set, stands in the log.

signatures and the tools that check them, of which the first that passes a test of its own is used
  .sig .sm2sig   openssl (for .sm2sig one with SM2)         .sshsig    the keygen program of OpenSSH 8.1 or newer
  .asc           gpgv, gpg or sqv                           .minisig   minisign or signify
One valid signature by a trusted key is enough; a bad one refuses the kit, whatever the others are.

exit codes
  0 done  1 a fault of this script  2 usage  8 integrity (nothing was installed; for watch: what is installed is damaged)
  16 policy: unsigned, not trusted, too old or not compatible  32 this machine: missing tool, space, rights, lock held
  64 health check failed, the earlier generation is current  129 130 143 signals"
}
