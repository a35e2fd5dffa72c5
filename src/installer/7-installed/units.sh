# The units of systemd for watch. The service may read everything and write nothing, has no network, and runs as a user of its
# own; with --quarantine it runs as the owner of the prefix and may write that.

write_watch_timer() {
  say "# Made by install.sh of airgo.
[Unit]
Description=Check daily that the Go installed by airgo is as its kits state

[Timer]
OnCalendar=daily
RandomizedDelaySec=1h
Persistent=true

[Install]
WantedBy=timers.target"
}

write_watch_service() {
  say "# Made by install.sh of airgo. To be told of a failure, add OnFailure= with: $SYSTEMCTL edit airgo-watch.service
[Unit]
Description=Check that the Go installed by airgo is as its kits state

[Service]
Type=oneshot
ExecStart=/bin/sh $(systemd_word "$PLACE/bin/airgo-kit" | sed 's/[$]/$$/g') watch${QUARANTINE:+ --quarantine}
TimeoutStartSec=2h
Nice=19
IOSchedulingClass=idle"
  if [ -n "$QUARANTINE" ]; then
    say "ReadWritePaths=$(systemd_word "$PLACE")"
  elif [ "$SYSTEMCTL" = systemctl ] && others_may_read; then
    say "DynamicUser=yes"
  fi
  say "NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateMounts=yes
PrivateDevices=yes
PrivateNetwork=yes
PrivateUsers=yes
PrivateIPC=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
ProcSubset=pid
RestrictAddressFamilies=AF_UNIX
IPAddressDeny=any
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
CapabilityBoundingSet=
AmbientCapabilities=
DevicePolicy=closed
KeyringMode=private
UMask=0077"
}

# Whether a user without any rights of its own can get at the prefix. In an image that is as the folders are there.
others_may_read() {
  above=$PREFIX
  while [ -n "$above" ] && [ "$above" != "$ROOT" ]; do
    look_at "$above"
    case $mode in *[1357]) ;; *) return 1 ;; esac
    above=${above%/*}
  done
}

# Text as one word of a unit file: in quotes, with backslashes before what they would end, and percent signs, which begin
# specifiers, twice. In commands dollar signs must be doubled too.
systemd_word() {
  printf '"%s"\n' "$(printf '%s\n' "$1" | sed -e 's/[\\"]/\\&/g' -e 's/%/%%/g')"
}
