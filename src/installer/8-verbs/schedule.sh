# watch --schedule: a timer that runs watch daily. Its files are made and removed as all files outside the prefix are; which
# command starts it is said, and none is run.

schedule_watch() {
  [ -z "$KEYS" ] || usage_error "--key means nothing to --schedule: a timer takes the keys in the folder trust of the prefix"
  open_installation
  check_rights
  check_mv
  take_lock
  read_current
  sweep
  make_staging
  keep_choices
  find_unit_folder
  case $SCHEDULE in
  systemd) schedule_systemd ;;
  cron) schedule_cron ;;
  none)
    SCHEDULE_REMOVED=
    unschedule_systemd
    unschedule_cron
    [ -n "$SCHEDULE_REMOVED" ] || say "no timer of airgo's is here; a line that was added with crontab -e is taken out there"
    ;;
  esac
}

# For root and for images the folder of the system, else that of the user. Sets SYSTEMCTL to the command for it.
find_unit_folder() {
  if [ -n "$ROOT" ] || [ "$(id -u)" = 0 ]; then
    UNITS=/etc/systemd/system
    SYSTEMCTL=systemctl
  else
    [ -n "$(home_folder)" ] || fail 2 AIRGO_USAGE "HOME is not set, so there is no folder for units" next "set HOME"
    UNITS=$(real_folder "$(home_folder)")/.config/systemd/user
    SYSTEMCTL="systemctl --user"
  fi
}

schedule_systemd() {
  write_watch_service >"$STAGING/airgo-watch.service" && write_watch_timer >"$STAGING/airgo-watch.timer" || disk_failed "write $STAGING"
  refuse_foreign "$UNITS/airgo-watch.service" "$STAGING/airgo-watch.service"
  refuse_foreign "$UNITS/airgo-watch.timer" "$STAGING/airgo-watch.timer"
  refuse_foreign "$UNITS/timers.target.wants/airgo-watch.timer" ''
  place_outside "$STAGING/airgo-watch.service" "$UNITS/airgo-watch.service"
  place_outside "$STAGING/airgo-watch.timer" "$UNITS/airgo-watch.timer"
  place_outside_link ../airgo-watch.timer "$UNITS/timers.target.wants/airgo-watch.timer"
  unschedule_cron
  say "made: $ROOT$UNITS/airgo-watch.service and airgo-watch.timer, which runs it daily"
  [ -n "$ROOT" ] || say "it starts with the next boot, or now with: $SYSTEMCTL daemon-reload && $SYSTEMCTL start airgo-watch.timer"
}

# refuse_foreign PATH FILE: nothing is made where a part of it can't be.
refuse_foreign() {
  if [ -n "$2" ]; then digest=$(sha256_of "$2"); else digest=; fi
  may_place "$1" "$digest" || fail 16 AIRGO_OUTSIDE_FOREIGN "a file that airgo would write is somebody else's, or was edited" \
    where "$ROOT$1" next "look at it, move it aside and run again"
}

unschedule_systemd() {
  for unit in timers.target.wants/airgo-watch.timer airgo-watch.timer airgo-watch.service; do
    unschedule "$UNITS/$unit" "$SYSTEMCTL stop airgo-watch.timer; $SYSTEMCTL daemon-reload"
  done
}

unschedule_cron() {
  unschedule /etc/cron.d/airgo-watch ''
}

# unschedule PATH COMMAND: takes a file of airgo's away, if it is there, and says what command makes that known.
unschedule() {
  outside_rows >"$WORK/outside.rows" || disk_failed "awk in $PREFIX"
  OUTSIDE_PATH=$1 awk -F "$TAB" '$2 == ENVIRON["OUTSIDE_PATH"] { found = 1 } END { exit !found }' "$WORK/outside.rows" || return 0
  remove_outside "$1"
  [ -n "$OUTSIDE_REMOVED" ] || return 0
  SCHEDULE_REMOVED=yes
  say "removed: $ROOT$1"
  case $1 in *.service) [ -n "$ROOT" ] || say "the system forgets it with: $2" ;; esac
}

schedule_cron() {
  minute=$(quiet_minute)
  command="/bin/sh $(quoted "$PLACE/bin/airgo-kit") watch${QUARANTINE:+ --quarantine} >/dev/null"
  # To cron a percent sign is the end of the line.
  command=$(printf '%s\n' "$command" | sed 's/%/\\%/g')
  if [ "$UNITS" = /etc/systemd/system ] && [ -d "$ROOT/etc/cron.d" ]; then
    {
      say "# Made by install.sh of airgo: checks daily what is installed, and says nothing where it is whole."
      say "$minute * * * root $command"
    } >"$STAGING/airgo-watch" || disk_failed "write $STAGING"
    refuse_foreign /etc/cron.d/airgo-watch "$STAGING/airgo-watch"
    place_outside "$STAGING/airgo-watch" /etc/cron.d/airgo-watch
    unschedule_systemd
    [ -z "$OUTSIDE_PLACED" ] || say "made: $ROOT/etc/cron.d/airgo-watch"
  else
    unschedule_systemd
    say "no file is made: there is no folder /etc/cron.d that this user can use. Add this line with crontab -e:"
    say "$minute * * * $command"
  fi
}

# A minute and an hour of the night that differ from host to host, so that not all of them read a shared disk at once.
quiet_minute() {
  sum=$(printf '%s %s' "$(uname -n)" "$PLACE" | sha256sum)
  minute=$(printf '%.4s' "$sum")
  say "$((0x$minute % 60)) $((0x$minute / 60 % 5 + 1))"
}
