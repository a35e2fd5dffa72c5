# One run at a time writes below a prefix. The lock is flock's where that program exists: it ends with its holders, also
# with a child that still writes after its parent was killed. Whoever finds it held waits for --wait seconds.
take_lock() {
  made_in=
  waited=0
  WAIT=${WAIT:-30}
  until try_lock; do
    if [ "$waited" -ge "$WAIT" ]; then
      fail 32 AIRGO_BUSY "another run is at work here" where "$PREFIX" found "$LOCK_FOUND" \
        next "wait until it has ended, then run again; or give more time with --wait SECONDS"
    fi
    [ "$waited" != 0 ] || say "waiting up to $WAIT seconds for another run: $LOCK_FOUND"
    sleep 1
    waited=$((waited + 1))
  done
  MADE_IN=$made_in
}

# Takes the lock, or sets LOCK_FOUND to what is in the way. A run that installed nothing takes the prefix that it made away
# again, so it is made here each time.
try_lock() {
  if [ ! -d "$PREFIX" ]; then
    made_in=$EXISTING
    must mkdir -p "$PREFIX"
    check_owners
  fi
  if [ -L "$PREFIX/.airgo.lock" ] || { [ -e "$PREFIX/.airgo.lock" ] && [ ! -f "$PREFIX/.airgo.lock" ]; }; then
    fail 8 AIRGO_INSTALLED_DAMAGED "the lock is a link or a device, and no plain file" where "$PREFIX/.airgo.lock" next "remove it and run again"
  fi
  # Only its owner may open it: whoever can, can hold it for ever.
  (umask 077 && : >>"$PREFIX/.airgo.lock") || disk_failed "write $PREFIX/.airgo.lock"
  if ! command -v flock >/dev/null 2>&1; then
    take_lock_folder
    return $?
  fi
  exec 9>>"$PREFIX/.airgo.lock"
  LOCK_FOUND="the file $PREFIX/.airgo.lock is locked"
  # Some shells close descriptors above 2 for children; 9>&9 hands this one on.
  flock -n 9 9>&9 || return 1
  # A run that installed nothing may just have taken this file away: then it is no lock any more. Without /proc that can't
  # be seen; so there no run takes it away.
  if locked=$(stat -L -c %i /proc/self/fd/9 9>&9 2>/dev/null); then
    LOCK_FOUND="a run that has just ended"
    [ "$locked" = "$(stat -c %i "$PREFIX/.airgo.lock" 2>/dev/null)" ] || return 1
  else
    made_in=
  fi
}

# Without flock: a folder that names its owner, made aside and renamed, which fails while a lock is there, because
# that one is never empty. A lock from before a reboot, or of a process that is gone, is taken over.
take_lock_folder() {
  lock=$PREFIX/.airgo.lock.d
  mine=$lock.$$
  boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null) || boot=unknown
  must rm -rf "$mine"
  must mkdir "$mine"
  printf '%s %s\n' "$$" "$boot" >"$mine/owner" || disk_failed "write $mine/owner"
  if mv -T "$mine" "$lock" 2>/dev/null; then
    LOCK_DIR=$lock
    return
  fi
  owner=$(cat "$lock/owner" 2>/dev/null) || owner=
  if [ -n "$owner" ] && ! owner_lives "$owner"; then
    mv -T "$lock" "$lock.stale.$$" 2>/dev/null || :
    if [ "$(cat "$lock.stale.$$/owner" 2>/dev/null)" = "$owner" ]; then
      must rm -rf "$lock.stale.$$"
      if mv -T "$mine" "$lock" 2>/dev/null; then
        LOCK_DIR=$lock
        return
      fi
    elif [ -d "$lock.stale.$$" ]; then
      # Somebody was quicker: it is their lock that was moved, so it goes back.
      mv -T "$lock.stale.$$" "$lock" 2>/dev/null || :
    fi
  fi
  rm -rf "$mine" || :
  LOCK_FOUND="$lock, by process ${owner:-unknown}; if no such process runs, remove that folder"
  return 1
}

# owner_lives "PID BOOT"
owner_lives() {
  [ "${1#* }" = "$boot" ] || return 1
  if [ -d /proc/self ]; then [ -d "/proc/${1%% *}" ]; else kill -0 "${1%% *}" 2>/dev/null; fi
}
