
# The staged generation must work before it becomes current: every version says who it is, and the default one builds a
# program that runs. Nothing of the caller's settings takes part, and no network is needed.
check_health() {
  HEALTH="go version"
  prepare_health
  while IFS=$TAB read -r version folder id <&3; do
    run_staged "go$version" version || unhealthy "go $version can't be run"
    case $(cat "$WORK/log") in
    "go version go$version linux/$ARCH"*) ;;
    *) unhealthy "go $version says it is another one" ;;
    esac
  done 3<"$WORK/generation.go"
  [ "$1" = quick ] || check_hello
}

# Every go command looks for a go.mod from its folder upwards, and one above the prefix would choose the version that
# runs: so the folder has one of its own before the first command.
prepare_health() {
  must mkdir -p "$STAGING/health/hello" "$STAGING/health/tmp" "$STAGING/health/.config/go/telemetry"
  # With telemetry a go command may leave a process behind that still writes while the staging folder is removed.
  printf 'off' >"$STAGING/health/.config/go/telemetry/mode" &&
    printf 'module airgo.test/hello\n' >"$STAGING/health/hello/go.mod" || disk_failed "write $STAGING/health"
}

check_hello() {
  HEALTH="go version, hello world built and run"
  printf 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello from airgo") }\n' >"$STAGING/health/hello/hello.go" ||
    disk_failed "write $STAGING/health"
  run_staged go build -o hello hello.go || unhealthy "hello world does not build"
  (cd "$STAGING/health/hello" && ./hello) >"$WORK/log" 2>&1 || unhealthy "hello world does not run"
  [ "$(cat "$WORK/log")" = "hello from airgo" ] || unhealthy "hello world says something else"
}

# run_staged NAME ARGUMENT...: a wrapper of the staged generation, in an environment of its own. PATH holds only bin/.
# The sh in between is for env, which would take a path with an equals sign for a variable.
run_staged() {
  program=$1
  shift
  (
    cd "$STAGING/health/hello" &&
      env -i "PATH=$STAGING/generation/bin" "HOME=$STAGING/health" \
        "TMPDIR=$STAGING/health/tmp" "GOTMPDIR=$STAGING/health/tmp" \
        "GOCACHE=$STAGING/health/cache" "GOPATH=$STAGING/health/path" GOENV=off GOWORK=off GOTOOLCHAIN=local CGO_ENABLED=0 LC_ALL=C \
        /bin/sh -c 'exec "$@"' sh "$STAGING/generation/bin/$program" "$@" </dev/null
  ) >"$WORK/log" 2>&1
}

# What fails here passed every checksum, so this machine is the cause. The earlier generation was never touched.
unhealthy() {
  withdraw_versions
  if [ -n "$CURRENT" ]; then
    fail 64 AIRGO_HEALTH_KEPT_EARLIER "$1; the earlier generation $CURRENT is still current" where "$PREFIX" \
      found "$(listing "$WORK/log")" \
      next "see what this machine denies (noexec, fapolicyd, SELinux, an old kernel), then run again"
  fi
  fail 32 AIRGO_HEALTH_FAILED "$1; nothing was installed" where "$PREFIX" found "$(listing "$WORK/log")" \
    next "see what this machine denies (noexec, fapolicyd, SELinux, an old kernel), then run again"
}
