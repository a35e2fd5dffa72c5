# One run at a time writes below a prefix. The lock is flock's where that program exists: it ends with its holders, also
# with a child that still writes after its parent was killed.
take_lock() {
  made_in=
  if [ ! -d "$PREFIX" ]; then
    made_in=$EXISTING
    must mkdir -p "$PREFIX"
    check_owners
  fi
  (: >>"$PREFIX/.airgo.lock") || disk_failed "write $PREFIX/.airgo.lock"
  if command -v flock >/dev/null 2>&1; then
    exec 9>>"$PREFIX/.airgo.lock"
    # Some shells close descriptors above 2 for children; 9>&9 hands this one on.
    flock -n 9 9>&9 || lock_held "the file $PREFIX/.airgo.lock is locked"
    # A run that installed nothing may just have taken this file away again: then it is no lock any more. Without /proc
    # that can't be seen; so there no run takes it away.
    if locked=$(stat -L -c %i /proc/self/fd/9 9>&9 2>/dev/null); then
      [ "$locked" = "$(stat -c %i "$PREFIX/.airgo.lock" 2>/dev/null)" ] || lock_held "a run that has just ended"
      MADE_IN=$made_in
    fi
  else
    take_lock_folder
    (: >>"$PREFIX/.airgo.lock") || disk_failed "write $PREFIX/.airgo.lock"
    MADE_IN=$made_in
  fi
}

lock_held() {
  fail 32 AIRGO_BUSY "another run is installing here" where "$PREFIX" found "$1" \
    next "wait until it has ended, then run again"
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
  lock_held "$lock, by process ${owner:-unknown}; if no such process runs, remove that folder"
}

# owner_lives "PID BOOT"
owner_lives() {
  [ "${1#* }" = "$boot" ] || return 1
  if [ -d /proc/self ]; then [ -d "/proc/${1%% *}" ]; else kill -0 "${1%% *}" 2>/dev/null; fi
}
