import { createHash } from "node:crypto";

import type { RealGo } from "./real-go.js";
import type { FakeModule } from "./world.js";

/** A Go toolchain for the fake upstream to serve, for one architecture of linux. */
export interface FakeToolchain {
  /** The Go version without `go`, such as 1.90.1. */
  readonly version: string;
  readonly arch: "amd64" | "arm64";
  readonly time?: string;
  /** False keeps it out of `@v/list`, as when a release appears for one architecture before the other. */
  readonly listed?: boolean;
  /** Its files answer 403, as the public mirror answers for a toolchain that it does not have yet. */
  readonly forbidden?: boolean;
  /** A folder where its go leaves a note of each run, for `readGoRuns`. */
  readonly notes?: string;
  /** Further files, by their name below GOROOT. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
}

const tools = ["asm", "cgo", "compile", "cover", "fix", "link", "preprofile", "vet"];

/** The module version that carries a toolchain; it has no go.mod in its zip, as the real one has none. */
export function toolchainModule(toolchain: FakeToolchain, realGo: RealGo | undefined): FakeModule {
  const { version, arch, time = "2026-01-02T03:04:05Z", listed = true, forbidden = false } = toolchain;
  const programs = programsOf(toolchain, realGo);
  const files = { ...sharedFiles(version, time), ...programs, ...toolchain.files };
  const isExecutable = (name: string) => name in programs || /\.(bash|sh)$/.test(name);
  return {
    path: "golang.org/toolchain",
    version: `v0.0.1-go${version}.linux-${arch}`,
    time,
    files,
    modes: Object.fromEntries(Object.keys(files).map((name) => [name, isExecutable(name) ? 0o755 : 0o644])),
    listed,
    forbidden,
  };
}

/** The files that are the same for every architecture. `_go.mod` stands for go.mod, as in the real module. */
function sharedFiles(version: string, time: string): Record<string, string> {
  return {
    VERSION: `go${version}\ntime ${time}\n`,
    "go.env": "GOPROXY=off\nGOSUMDB=sum.golang.org\nGOTOOLCHAIN=auto\n",
    LICENSE: "A fake toolchain, for tests.\n",
    "misc.sh": "#!/bin/sh\necho misc\n",
    "lib/time/update.bash": "#!/bin/bash\necho update\n",
    "pkg/include/textflag.h": "#define NOSPLIT 4\n",
    "src/_go.mod": `module std\n\ngo ${version.split(".").slice(0, 2).join(".")}\n`,
    "src/cmd/_go.mod": "module cmd\n",
    "src/empty.go": "",
    "src/fmt/print.go": "// Package fmt is a stand-in.\npackage fmt\n",
    "src/os/testdata/dirfs/+odd~name@1.txt": "a name with what Go's own tree may hold\n",
    "src/runtime/zdata.go": `package runtime\n\n${"// A long file, so that deflate has something to do.\n".repeat(4000)}`,
  };
}

/** The files that differ between architectures: two in bin, the rest in pkg/tool. */
function programsOf(
  { version, arch, notes }: FakeToolchain,
  realGo: RealGo | undefined,
): Record<string, string | Buffer> {
  const programs: Record<string, string | Buffer> = {
    "bin/go": goScript(version, arch, notes === undefined ? "" : noteTaking(notes), realGo),
    "bin/gofmt": `#!/bin/sh\n# gofmt of go${version} for linux/${arch}\n${execReal(realGo?.gofmt)}`,
  };
  for (const tool of tools) {
    programs[`pkg/tool/linux_${arch}/${tool}`] = noise(
      `${tool} ${version} ${arch}`,
      tool === "compile" ? 150_000 : 600,
    );
  }
  return programs;
}

/**
 * A go command that knows its own version and place, and has the machine's Go do everything else. So questions about
 * modules and builds are really answered, whatever version it claims to be and whatever architecture it is for.
 */
function goScript(version: string, arch: string, first: string, realGo: RealGo | undefined): string {
  return `#!/bin/sh
# go${version} for linux/${arch}, for tests.
${first}case "$*" in
  version) echo "go version go${version} linux/${arch}"; exit 0 ;;
  "env GOVERSION") echo "go${version}"; exit 0 ;;
  "env GOROOT") PATH=/usr/bin:/bin; cd "$(dirname "$(readlink -f "$0")")/.." && pwd; exit 0 ;;
esac
${healthAnswers}unset GOROOT
# The machine's own build cache: compiling the standard library anew in each test would take most of the suite's time.
export GOTOOLCHAIN=local ${realGo === undefined ? "" : `GOCACHE=${quoted(realGo.gocache)}`}
${execReal(realGo?.go)}`;
}

/**
 * The health checks of install.sh are for tests with Go itself (test/live); here each of many installations would spend
 * seconds on them.
 */
const healthAnswers = `case "$PWD:$1" in
  */.staging.*/health/*:build)
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\necho "hello from airgo"\\n' > "$2" && PATH=/usr/bin:/bin chmod 0755 "$2"
    exit
    ;;
  */.staging.*/health/*:vet | */.staging.*/health/*:test) exit 0 ;;
  */.staging.*/health/*:list) for last; do :; done; echo "\${last%/...}/package"; exit 0 ;;
esac
`;

/**
 * The part of a script that writes down how it was started: a folder for each run below airgo, with command line and
 * environment of the process itself (1) and of those above it (2, 3 …). Of airgo, the last, only the command line
 * counts: its environment is its user's.
 */
function noteTaking(folder: string): string {
  return `(
  PATH=/usr/bin:/bin
  above() { sed -n 's/^PPid:[[:space:]]*//p' "/proc/$1/status"; }
  airgo=$$
  until tr '\\0' '\\n' < "/proc/$airgo/cmdline" | grep -q '/cli/main\\.js$'; do
    airgo=$(above "$airgo")
    [ "\${airgo:-0}" -gt 1 ] || exit
  done
  note=$(mktemp -d ${quoted(`${folder}/XXXXXXXXXX`)}) && pid=$$ && number=1
  while [ "$pid" != "$airgo" ]; do
    cat "/proc/$pid/cmdline" > "$note/$number.cmdline"
    cat "/proc/$pid/environ" > "$note/$number.environ"
    pid=$(above "$pid")
    number=$((number + 1))
  done
  cat "/proc/$airgo/cmdline" > "$note/$number.cmdline"
) 2>/dev/null
`;
}

function execReal(program: string | undefined): string {
  if (program === undefined)
    return `echo "this machine has no Go for the fake toolchain to use" >&2\nexit 127\n`;
  return `exec ${quoted(program)} "$@"\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Bytes that look random, do not compress, and are the same in every run. */
function noise(seed: string, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let i = 0; i * 32 < length; i++) blocks.push(createHash("sha256").update(`${seed} ${i}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}
