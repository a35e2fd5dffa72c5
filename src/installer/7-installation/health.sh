# The staged generation must work before it becomes current, and again after. Nothing of the caller's settings takes part,
# and no network is needed. What this host can't try is told as skipped, never as passed.

# check_health LEVEL: none; quick: every Go says who it is; full: the default one is used for all that it is there for.
check_health() {
  HEALTH=
  HEALTH_SKIPPED=
  FLIPPED=
  plain_settings
  prepare_health
  if [ "$1" = none ]; then
    skipped "all of it" "--checks none"
  else
    check_versions
    if [ "$1" = full ]; then check_use; fi
  fi
  say "health: ${HEALTH:-nothing was checked}${HEALTH_SKIPPED:+; skipped: $HEALTH_SKIPPED}"
}

# What run_staged_in gives the wrapper beside what is fixed.
plain_settings() {
  HEALTH_PATH=
  HEALTH_ARCH=
  HEALTH_CC=
  HEALTH_CGO=0
  HEALTH_PROXY=
  HEALTH_GOPATH=
}

passed() {
  HEALTH=${HEALTH:+$HEALTH, }$1
}

# skipped WHAT WHY
skipped() {
  HEALTH_SKIPPED=${HEALTH_SKIPPED:+$HEALTH_SKIPPED, }"$1 ($2)"
}

# trying WHAT: what comes next takes so long, on a small machine up to a minute, that silence would look like a run that hangs.
trying() {
  say "trying: $1"
}

# Every go command looks for a go.mod from its folder upwards, and one above the prefix would choose the version that
# runs: so the folder has one of its own before the first command.
prepare_health() {
  HEALTH_BIN=$STAGING/generation/bin
  # What is made for an image has the image's paths in it, and can't run outside of it.
  if [ -n "$ROOT" ]; then
    must mkdir -p "$STAGING/outside/bin"
    make_programs "$STAGING/outside" "$PREFIX"
    HEALTH_BIN=$STAGING/outside/bin
    GOPROXY_URL=$(file_url "$PLACE/proxy")
  fi
  prepare_health_folder
}

prepare_health_folder() {
  must mkdir -p "$STAGING/health/hello" "$STAGING/health/tmp" "$STAGING/health/.config/go/telemetry"
  # With telemetry a go command may leave a process behind that still writes while the staging folder is removed.
  printf 'off' >"$STAGING/health/.config/go/telemetry/mode" &&
    printf 'module airgo.test/hello\n' >"$STAGING/health/hello/go.mod" || disk_failed "write $STAGING/health"
}

check_versions() {
  while IFS=$TAB read -r version folder id <&3; do
    run_staged "go$version" version || unhealthy "go $version can't be run"
    case $(cat "$WORK/log") in
    "go version go$version linux/$ARCH"*) ;;
    *) unhealthy "go $version says it is another one" ;;
    esac
  done 3<"$WORK/generation.go"
  passed version
}

# What a developer does on the first day.
check_use() {
  check_settings
  check_hello
  check_vet_and_test
  if [ -n "$KIT" ]; then
    # On this host the proxy may not have it yet.
    HEALTH_PROXY=$(file_url "$KIT/proxy")
    trying "a module from the kit's proxy"
    check_module path
    HEALTH_PROXY=
  fi
  check_cross_build
  check_cgo
}

# The wrapper's settings reach go.
check_settings() {
  run_staged go env GOPROXY || unhealthy "go env does not run"
  [ "$(cat "$WORK/log")" = "$(file_url "$PREFIX/proxy")" ] || unhealthy "go env does not say the kit's GOPROXY"
  run_staged go env GOROOT || unhealthy "go env does not run"
  [ "$(cat "$WORK/log")" = "$PREFIX/versions/$(default_folder)" ] || unhealthy "go env does not say the kit's GOROOT"
  passed env
}

# The folder of the default Go below versions/.
default_folder() {
  awk -F "$TAB" -v version="$GENERATION_GO" '$1 == version { print $2 }' "$WORK/generation.go"
}

check_hello() {
  printf 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println(greeting()) }\n\nfunc greeting() string { return "hello from airgo" }\n' \
    >"$STAGING/health/hello/hello.go" || disk_failed "write $STAGING/health"
  trying "hello world, with Go's own packages built for the first time"
  run_staged go build -o hello . || unhealthy "hello world does not build"
  (cd "$STAGING/health/hello" && ./hello) >"$WORK/log" 2>&1 || unhealthy "hello world does not run"
  [ "$(cat "$WORK/log")" = "hello from airgo" ] || unhealthy "hello world says something else"
  passed "hello world built and run"
}

check_vet_and_test() {
  printf 'package main\n\nimport "testing"\n\nfunc TestGreeting(t *testing.T) {\n\tif greeting() != "hello from airgo" {\n\t\tt.Fatal(greeting())\n\t}\n}\n' \
    >"$STAGING/health/hello/hello_test.go" || disk_failed "write $STAGING/health"
  trying "vet, test"
  run_staged go vet . || unhealthy "go vet fails on hello world"
  run_staged go test -count=1 . || unhealthy "go test fails on hello world"
  passed "vet, test"
}

check_cross_build() {
  case $ARCH in amd64) other=arm64 ;; *) other=amd64 ;; esac
  HEALTH_ARCH=$other
  trying "cross build for $other"
  run_staged go build -o "hello-$other" . || unhealthy "hello world does not build for linux $other"
  plain_settings
  passed "cross build for $other"
}

# A compiler that makes no program of its own is this host's matter, and not Go's.
check_cgo() {
  compiler=
  for name in gcc cc clang; do
    if [ -z "$compiler" ] && command -v "$name" >/dev/null 2>&1; then compiler=$(command -v "$name"); fi
  done
  if [ -z "$compiler" ]; then
    skipped CGO "no C compiler"
    return
  fi
  must mkdir -p "$STAGING/health/cgo"
  printf '#include <stdlib.h>\nint main(void) { return abs(0); }\n' >"$STAGING/health/cgo.c" &&
    printf 'module airgo.test/cgo\n' >"$STAGING/health/cgo/go.mod" &&
    printf 'package main\n\n// #include <stdlib.h>\nimport "C"\n\nfunc main() { C.abs(0) }\n' >"$STAGING/health/cgo/main.go" ||
    disk_failed "write $STAGING/health"
  if ! "$compiler" -o "$STAGING/health/cgo.out" "$STAGING/health/cgo.c" >"$WORK/log" 2>&1; then
    skipped CGO "$compiler makes no program here"
    return
  fi
  HEALTH_PATH=$HEALTH_BIN:$PATH
  HEALTH_CC=$compiler
  HEALTH_CGO=1
  trying CGO
  run_staged_in cgo go build -o cgo . || unhealthy "a program with C in it does not build with $compiler"
  plain_settings
  passed CGO
}

run_staged() {
  run_staged_in hello "$@"
}

# run_staged_in FOLDER NAME ARGUMENT...: a wrapper of the generation, in an environment of its own. PATH holds only bin/,
# unless HEALTH_PATH says more. The sh in between is for env, which would take a path with an equals sign for a variable.
run_staged_in() {
  health_folder=$STAGING/health/$1
  program=$2
  shift 2
  (
    cd "$health_folder" &&
      env -i "PATH=${HEALTH_PATH:-$HEALTH_BIN}" "HOME=$STAGING/health" ${HEALTH_ARCH:+"GOARCH=$HEALTH_ARCH"} ${HEALTH_CC:+"CC=$HEALTH_CC"} \
        ${HEALTH_PROXY:+"GOPROXY=$HEALTH_PROXY"} "GOPATH=${HEALTH_GOPATH:-$STAGING/health/path}" \
        "TMPDIR=$STAGING/health/tmp" "GOTMPDIR=$STAGING/health/tmp" \
        "GOCACHE=$STAGING/health/cache" GOENV=off GOWORK=off GOTOOLCHAIN=local \
        "CGO_ENABLED=$HEALTH_CGO" LC_ALL=C \
        /bin/sh -c 'exec "$@"' sh "$HEALTH_BIN/$program" "$@" </dev/null
  ) >"$WORK/log" 2>&1
}

# What fails here passed every checksum, so this machine is the cause. The earlier generation was never touched.
unhealthy() {
  [ -z "$FLIPPED" ] || return_to_earlier "$1"
  withdraw_versions
  if [ -n "$CURRENT" ]; then
    fail 64 AIRGO_HEALTH_KEPT_EARLIER "$1; the earlier generation $CURRENT is still current" where "$PREFIX" \
      found "$(listing "$WORK/log")" \
      next "see what this machine denies (noexec, fapolicyd, SELinux, an old kernel), then run again"
  fi
  fail 32 AIRGO_HEALTH_FAILED "$1; nothing was installed" where "$PREFIX" found "$(listing "$WORK/log")" \
    next "see what this machine denies (noexec, fapolicyd, SELinux, an old kernel), then run again"
}

# After the flip every Go must answer from its final place, and after an installation the host's own proxy must give a
# module. EARLIER is current again if one does not.
check_flipped() {
  works_flipped || return_to_earlier "$FLIP_FAULT"
}

# Whether the generation that is current now works, as far as it can be tried here; or FLIP_FAULT says what does not.
works_flipped() {
  [ "${CHECKS-}" != none ] && [ -z "$ROOT" ] || return 0
  plain_settings
  prepare_health_folder
  HEALTH_BIN=$PREFIX/current/bin
  while IFS=$TAB read -r version folder id <&3; do
    FLIP_FAULT="go $version can't be run from $PREFIX/current"
    run_staged "go$version" version || return 1
  done 3<"$WORK/generation.go"
  FLIP_FAULT="the default go can't be run from $PREFIX/current"
  run_staged go version || return 1
  FLIP_FAULT="the default go is another one than $GENERATION_GO"
  case $(cat "$WORK/log") in
  "go version go$GENERATION_GO linux/$ARCH"*) ;;
  *) return 1 ;;
  esac
  [ "$VERB:${CHECKS:-full}" = install:full ] || return 0
  FLIPPED=yes
  trying "a module from $PREFIX/proxy"
  check_module path-after
  FLIPPED=
}

return_to_earlier() {
  if [ -z "$EARLIER" ]; then
    must rm -f "$PREFIX/current"
    CURRENT=
    fail 32 AIRGO_HEALTH_FAILED "$1; no generation is current" where "$PREFIX" found "$(listing "$WORK/log")" \
      next "see what this machine denies (noexec, fapolicyd, SELinux, an old kernel), then run again"
  fi
  must rm -f "$STAGING/current"
  flip_to "$EARLIER"
  fail 64 AIRGO_HEALTH_KEPT_EARLIER "$1; the earlier generation $CURRENT is current again" where "$PREFIX" \
    found "$(listing "$WORK/log")" \
    next "see what this machine denies (noexec, fapolicyd, SELinux, an old kernel), then run again"
}
