# Everything new is made in one staging folder; programs must be able to run there.
make_staging() {
  STAGING=$(mktemp -d "$PREFIX/.staging.XXXXXXXXXX") || {
    STAGING=
    disk_failed "mktemp in $PREFIX"
  }
  for folder in versions generations kits; do
    [ ! -d "$PREFIX/$folder" ] || continue
    must mkdir "$PREFIX/$folder"
    MADE="$MADE $folder"
  done
  for folder in versions generations kits proxy; do
    if [ -d "$PREFIX/$folder" ]; then probe_rename "$PREFIX/$folder"; fi
  done
  printf '#!/bin/sh\nexit 0\n' >"$STAGING/probe" && chmod 0755 "$STAGING/probe" || disk_failed "write $STAGING/probe"
  "$STAGING/probe" 2>"$WORK/log" ||
    fail 32 AIRGO_PLATFORM "programs below the prefix can't be run" where "$PREFIX" found "$(listing "$WORK/log")" \
      next "see whether it is mounted noexec, or a policy such as fapolicyd denies it; or give another --prefix"
}

# Across mounts mv copies without a word, which is not one step. A renamed folder keeps its inode, a copied one does not.
probe_rename() {
  must mkdir "$STAGING/rename"
  inode=$(stat -c %d:%i "$STAGING/rename")
  must mv -T "$STAGING/rename" "$1/.rename.$$"
  renamed=$(stat -c %d:%i "$1/.rename.$$")
  must rm -rf "$1/.rename.$$"
  if [ "$renamed" != "$inode" ]; then
    fail 32 AIRGO_PLATFORM "a folder of the installation is a mount of its own, so nothing can be renamed into it" where "$1" \
      next "mount the file system at $PREFIX itself"
  fi
}
