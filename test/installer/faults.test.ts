import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { findTool, testIf, testWhen } from "../support/tools.js";
import {
  busyboxPath,
  Host,
  makeWorkspace,
  pathWith,
  removeWorkspace,
  run,
  shells,
  toolsOf,
  type Finished,
  type RunOptions,
} from "./harness.js";

const workspace = makeWorkspace();
const host = new Host(workspace, "prefix");
/** A host with the first kit installed at the same prefix, kept aside: copying it is quicker than installing. */
const aside = join(workspace, "installed");
let kit: TinyKit;
let next: TinyKit;
let stateOfKit: string;
let stateOfNext: string;

beforeAll(async () => {
  kit = await writeTinyKit(join(workspace, "kits"), {
    modules: [{ path: "example.com/one", version: "v1.0.0" }],
  });
  next = await writeTinyKit(join(workspace, "kits"), {
    serial: 2,
    versions: ["1.99.3", "1.98.7"],
    head: 200,
    earlierHeads: [100],
    modules: [
      { path: "example.com/one", version: "v1.0.0" },
      { path: "example.com/one", version: "v1.1.0" },
    ],
  });
  expect(install(kit).code).toBe(0);
  stateOfKit = host.snapshot();
  run(["cp", "-a", host.prefix, aside]);
  expect(install(next).code).toBe(0);
  stateOfNext = host.snapshot();
});
afterAll(() => removeWorkspace(workspace));

function install(what: TinyKit, options: RunOptions = {}): Finished {
  return host.script(what, ["--prefix", host.prefix, "--insecure-no-signature"], options);
}

/** Puts the prefix into the state before a first installation, or before an upgrade. */
function reset(before: "nothing" | "kit"): void {
  removeWorkspace(host.prefix);
  for (const name of readdirSync(host.tmp)) removeWorkspace(join(host.tmp, name));
  if (before === "kit") run(["cp", "-a", aside, host.prefix]);
}

/** Whatever happened: no current generation, or a whole one whose every program runs. */
function expectWhole(what: string, before: "nothing" | "kit"): void {
  if (before === "nothing" && !existsSync(host.path("current"))) return;
  const generation = readlinkSync(host.path("current"));
  const wanted = before === "kit" && generation === "generations/1" ? ["go1.99.2", "go1.98.7"] : undefined;
  const programs = readdirSync(host.path("current/bin"));
  for (const program of programs.filter((name) => name.startsWith("go1"))) {
    expect({ what, says: host.ask(program, "version") }).toEqual({
      what,
      says: expect.stringContaining(`go version ${program} `),
    });
  }
  if (wanted) expect(programs).toEqual(expect.arrayContaining(wanted));
  expect({ what, says: host.ask("go", "version") }).toEqual({
    what,
    says: expect.stringContaining("go version go1.99."),
  });
}

/** After any fault the next run, undisturbed, ends in the very state that it would have without the fault. */
function expectConverges(what: string, target: TinyKit): void {
  const done = install(target);
  expect({ what, code: done.code, stderr: done.stderr.replace(/^WARNING.*\n/gm, "") }).toEqual({
    what,
    code: 0,
    stderr: "",
  });
  expect({ what, leavings: host.leavings().filter((name) => !name.startsWith("airgo.")) }).toEqual({
    what,
    leavings: [],
  });
}

const traceable =
  findTool("strace") !== undefined && run(["strace", "-qq", "-o", "/dev/null", "true"]).code === 0;

/** strace that does something to the system calls named, of this process alone and not of those that it starts. */
function inject(calls: string, what: string): string[] {
  return ["strace", "-qq", "-o", "/dev/null", "-e", `trace=${calls}`, "-e", `inject=${calls}:${what}`];
}

const forks = "/^(v?fork|clone3?)$";

/** How many processes the script's shell starts in a run that nothing disturbs; a call that is begun again counts once. */
function countForks(target: TinyKit): number {
  const log = join(workspace, "forks");
  expect(install(target, { under: ["strace", "-qq", "-o", log, "-e", `trace=${forks}`] }).code).toBe(0);
  return readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => /^(v?fork|clone3?)\(/.test(line) && !line.includes("ERESTART")).length;
}

describe("SIGKILL leaves the old or the new generation whole, and the next run converges", () => {
  for (const [name, before] of [
    ["a first installation", "nothing"],
    ["an upgrade", "kit"],
  ] as const) {
    testWhen(traceable, "strace", `${name}, killed where its shell starts a process`, () => {
      const [target, state] = before === "nothing" ? [kit, stateOfKit] : [next, stateOfNext];
      reset(before);
      const count = countForks(target);
      expect(count).toBeGreaterThan(100);
      // The first half reads and verifies only; from there on every few processes one run is killed.
      const step = Math.ceil(count / 40);
      for (let at = Math.floor(count / 2); at <= count; at += step) {
        const what = `killed at process ${at} of ${count}`;
        reset(before);
        expect({
          what,
          code: install(target, { under: inject(forks, `signal=KILL:when=${at}`) }).code,
        }).toEqual({ what, code: null });
        expectWhole(what, before);
        expectConverges(what, target);
        expect({ what, state: host.snapshot() }).toEqual({ what, state });
      }
    });
  }

  testWhen(traceable, "strace", "a rename that is killed or refused", () => {
    const path = pathWith(join(workspace, "fault-tools"), [...toolsOf(kit.script), "printf"]);
    rmSync(join(path, "mv"));
    const faults = ["signal=KILL", "error=EROFS", "error=ENOSPC", "error=EACCES"];
    const places = [
      "current",
      "generations/2",
      "versions/go-v1.99.3",
      "kits/tiny-2",
      "v1.1.0.zip",
      "@v/list",
      "lookup/",
    ];
    for (const [index, place] of places.entries()) {
      // Every place meets one fault, the link that moves last meets all of them.
      for (const fault of place === "current" ? faults : [faults[index % faults.length] ?? ""]) {
        const what = `${fault} at ${place}`;
        const strace = inject("rename,renameat,renameat2", fault).join(" ");
        stub(
          path,
          "mv",
          `PATH=/usr/bin:/bin; case "$*" in *"${place}"*) exec ${strace} mv "$@" ;; *) exec mv "$@" ;; esac`,
        );
        reset("kit");
        const done = install(next, { shell: [findTool("dash") ?? "/bin/sh"], env: { PATH: path } });
        expect({ what, code: done.code }).toEqual({ what, code: 32 });
        expect(host.leavings()).toEqual([]);
        expect(readlinkSync(host.path("current"))).toBe("generations/1");
        expectWhole(what, "kit");
        expectConverges(what, next);
        expect({ what, state: host.snapshot() }).toEqual({ what, state: stateOfNext });
      }
    }
  });
});

const interrupted = "interrupted: nothing is half installed; run the same command again";

describe("signals end it with their own code, and leave nothing behind", () => {
  test("HUP, INT, TERM just before the link moves", () => {
    const path = pathWith(join(workspace, "signal-tools"), [...toolsOf(kit.script), "printf"]);
    rmSync(join(path, "sync"));
    for (const [signal, code] of [
      ["HUP", 129],
      ["INT", 130],
      ["TERM", 143],
    ] as const) {
      stub(path, "sync", `kill -${signal} $PPID`);
      reset("kit");
      const done = install(next, { shell: [findTool("dash") ?? "/bin/sh"], env: { PATH: path } });
      expect({ signal, code: done.code }).toEqual({ signal, code });
      // The first line is the warning that no signature is checked.
      expect(done.stderr.split("\n").slice(1)).toEqual([interrupted, ""]);
      expect(host.leavings()).toEqual([]);
      expect(readlinkSync(host.path("current"))).toBe("generations/1");
    }
    expectConverges("after signals", next);
    expect(host.snapshot()).toBe(stateOfNext);
  });

  // Ctrl-C reaches every process of the terminal's group, so the program that works at the moment ends with the script.
  const asFromTerminal = { under: [findTool("setsid") ?? "setsid", "--wait"] };
  for (const [name, [program, ...args]] of Object.entries(shells)) {
    // busybox runs a tar of its own.
    if (program === "busybox") continue;
    testIf([program, "setsid"], `Ctrl-C in a first installation leaves nothing at all: ${name}`, () => {
      const path = pathWith(join(workspace, `ctrl-c ${name}`), [...toolsOf(kit.script), "printf"]);
      rmSync(join(path, "tar"));
      stub(path, "tar", "kill -INT 0");
      const made = new Host(workspace, "made/by/it");
      const done = made.script(kit, ["--prefix", made.prefix, "--insecure-no-signature"], {
        ...asFromTerminal,
        shell: [findTool(program) ?? "", ...args],
        env: { PATH: path },
      });
      expect(done.code).toBe(130);
      expect(done.stderr.split("\n").slice(1)).toEqual([interrupted, ""]);
      expect(existsSync(join(workspace, "made"))).toBe(false);
      expect(made.leavings()).toEqual([]);
    });
  }

  for (const [name, shell] of Object.entries(shells)) {
    testIf([shell[0], "setsid"], `Ctrl-C while hello world is built: ${name}`, async () => {
      const endless = await writeTinyKit(join(workspace, "kits"), { build: "interrupts" });
      reset("nothing");
      const done = install(endless, { ...asFromTerminal, shell });
      expect(done.code).toBe(130);
      expect(done.stderr.split("\n").slice(1)).toEqual([interrupted, ""]);
      // The Go that was put down already is whole; nothing leads to it.
      expect(readdirSync(host.prefix).sort()).toEqual([".airgo.lock", "versions"]);
      expect(readdirSync(host.tmp)).toEqual([]);
    });
  }

  test("a prefix that was there before stays, and so does what somebody else put there", () => {
    const path = pathWith(join(workspace, "stay-tools"), [...toolsOf(kit.script), "printf"]);
    rmSync(join(path, "tar"));
    const shell = [findTool("dash") ?? "/bin/sh"] as [string];
    reset("nothing");
    mkdirSync(host.prefix);
    stub(path, "tar", "kill -TERM $PPID");
    expect(install(kit, { shell, env: { PATH: path } }).code).toBe(143);
    expect(readdirSync(host.prefix)).toEqual([".airgo.lock"]);
    reset("nothing");
    stub(path, "tar", `: >"${host.path("kits", "stranger")}"; kill -TERM $PPID`);
    expect(install(kit, { shell, env: { PATH: path } }).code).toBe(143);
    expect(readdirSync(host.prefix).sort()).toEqual([".airgo.lock", "kits"]);
    expect(readdirSync(host.path("kits"))).toEqual(["stranger"]);
  });
});

describe("one run at a time", () => {
  testIf("flock", "a lock that was taken away just before it was locked is none", () => {
    const path = pathWith(join(workspace, "flock-tools"), [...toolsOf(kit.script), "printf"]);
    reset("nothing");
    stub(path, "flock", `PATH=/usr/bin:/bin; rm "${host.path(".airgo.lock")}"; exec flock "$@"`);
    for (const [name, shell] of Object.entries(shells)) {
      if (findTool(shell[0]) === undefined || shell[0] === "busybox") continue;
      const program = findTool(shell[0]) ?? "";
      const done = install(kit, { shell: [program, ...shell.slice(1)], env: { PATH: path } });
      expect({ name, ...done }).toMatchObject({
        name,
        code: 32,
        stderr: expect.stringContaining("AIRGO_BUSY"),
      });
    }
  });

  testIf("flock", "a lock that is held ends 32 at once, and nothing changes", () => {
    reset("kit");
    const before = host.snapshot();
    const done = install(next, { under: ["flock", host.path(".airgo.lock")] });
    expect(done).toMatchObject({ code: 32, stderr: expect.stringContaining("AIRGO_BUSY") });
    expect(host.snapshot()).toBe(before);
  });

  testIf(
    "busybox",
    "without flock: held by a process that lives, taken over from one that is gone or from before a reboot",
    () => {
      const path = busyboxPath(join(workspace, "lock-applets"));
      rmSync(join(path, "flock"), { force: true });
      const options = { shell: [join(path, "busybox"), "ash"] as [string, string], env: { PATH: path } };
      const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
      const gone = run(["sh", "-c", "echo $$"]).stdout.trim();
      reset("kit");
      mkdirSync(host.path(".airgo.lock.d"));
      writeFileSync(host.path(".airgo.lock.d", "owner"), `${process.pid} ${boot}\n`);
      expect(install(next, options)).toMatchObject({
        code: 32,
        stderr: expect.stringContaining(`process ${process.pid}`),
      });
      for (const owner of [`${gone} ${boot}`, `${process.pid} 00000000-0000-0000-0000-000000000000`]) {
        reset("kit");
        mkdirSync(host.path(".airgo.lock.d"));
        writeFileSync(host.path(".airgo.lock.d", "owner"), `${owner}\n`);
        expect({ owner, code: install(next, options).code }).toEqual({ owner, code: 0 });
        expect(host.leavings()).toEqual([]);
      }
    },
  );
});

const mounts = findTool("unshare") !== undefined && run(["unshare", "-rm", "true"]).code === 0;

/** Runs the script in a mount namespace of its own after a shell command there; `$P` is the prefix. */
function installWith(setup: string, what: TinyKit, options: RunOptions = {}): Finished {
  return install(what, {
    ...options,
    under: [
      "unshare",
      "-rm",
      "sh",
      "-c",
      `set -e; P=$1; shift; ${setup}; set +e; "$@"; rc=$?; ls -A "$P" | sed 's/^/left: /'; exit $rc`,
      "sh",
      host.prefix,
    ],
  });
}

describe("a disk that is full, read-only, or runs no programs ends 32 by name", () => {
  const cases: [name: string, setup: string, text: string][] = [
    ["too small", 'mkdir -p "$P"; mount -t tmpfs -o mode=755,size=1m tmpfs "$P"', "not enough space"],
    [
      "too few inodes",
      'mkdir -p "$P"; mount -t tmpfs -o mode=755,nr_inodes=40 tmpfs "$P"',
      "not enough inodes",
    ],
    ["read-only", 'mkdir -p "$P"; mount -t tmpfs -o mode=755,ro tmpfs "$P"', "AIRGO_DISK"],
    ["noexec", 'mkdir -p "$P"; mount -t tmpfs -o mode=755,noexec tmpfs "$P"', "noexec"],
    [
      "a mount inside",
      'mkdir -p "$P/versions"; : >"$P/.airgo.lock"; mount -t tmpfs -o mode=755 tmpfs "$P/versions"',
      "mount of its own",
    ],
    [
      "a bind mount inside",
      'mkdir -p "$P/versions"; : >"$P/.airgo.lock"; mount --bind "$P/versions" "$P/versions"',
      "mount of its own",
    ],
  ];
  for (const [name, setup, text] of cases) {
    testWhen(mounts, "unshare -rm", name, () => {
      reset("nothing");
      const done = installWith(setup, kit);
      expect(done).toMatchObject({ code: 32, stderr: expect.stringContaining(text) });
      expect(done.stdout).not.toMatch(/left: (current|proxy|\.staging)/);
      expect(readdirSync(host.tmp)).toEqual([]);
    });
  }

  testWhen(
    mounts,
    "unshare -rm",
    "full in the middle of an upgrade: the earlier generation still works, and space is all it needs",
    () => {
      const path = pathWith(join(workspace, "full-tools"), [...toolsOf(kit.script), "printf", "sh"]);
      rmSync(join(path, "tar"));
      stub(
        path,
        "tar",
        '/usr/bin/env PATH=/usr/bin:/bin dd if=/dev/zero of="$FILL" bs=1M 2>/dev/null; PATH=/usr/bin:/bin; exec tar "$@"',
      );
      reset("kit");
      const setup = `cp -a "$P" "$P.copy"; mount -t tmpfs -o mode=755,size=90m tmpfs "$P"; cp -a "$P.copy/." "$P/"`;
      const script = `${setup}; set +e; env PATH=${path} FILL="$P/.staging.fill" "$@"; echo "first: $?"; "$P/current/bin/go" version; readlink "$P/current"; rm "$P/.staging.fill"; "$@"; echo "second: $?"; "$P/current/bin/go" version; ls -A "$P"`;
      const done = install(next, {
        under: ["unshare", "-rm", "sh", "-c", `set -e; P=$1; shift; ${script}`, "sh", host.prefix],
        shell: ["/bin/sh"],
      });
      removeWorkspace(`${host.prefix}.copy`);
      expect(done.stdout).toMatch(/first: 32\ngo version go1\.99\.2 .*\ngenerations\/1\n/);
      expect(done.stdout).toMatch(/second: 0\ngo version go1\.99\.3 .*\n\.airgo\.lock\nbin\nchoices\.tsv\ncurrent\n/);
      expect(done.stderr).toContain("AIRGO_DISK");
    },
  );
});

test("a kit that changes after it was verified is noticed when it is copied", () => {
  const copy = join(workspace, "changing");
  cpSync(kit.outer, copy, { recursive: true });
  const folder = join(copy, kit.folder.slice(kit.outer.length + 1));
  const changing = { ...kit, folder, script: join(folder, "install.sh") };
  const path = pathWith(join(workspace, "changing-tools"), [...toolsOf(kit.script), "printf", "sh"]);
  rmSync(join(path, "mktemp"));
  // The second folder that is asked for is the one for staging: then everything is verified already.
  const changes = {
    "/one/@v/v1.0.0.zip": `echo evil >"${folder}/proxy/example.com/one/@v/v1.0.0.zip"`,
    "./extra": `echo evil >"${folder}/proxy/extra"`,
    "/two/@v/v1.0.0.zip": `mkdir -p "${folder}/proxy/example.com/two/@v/v1.0.0.zip"`,
    "/one/@v/v1.0.0.mod": `ln -sf /etc/passwd "${folder}/proxy/example.com/one/@v/v1.0.0.mod"`,
    "h1 in hex": `cp "${folder}/toolchains/go1.98.7.common.tar.gz" "${folder}/toolchains/go1.99.2.common.tar.gz"`,
  };
  for (const [found, change] of Object.entries(changes)) {
    reset("nothing");
    stub(path, "mktemp", `PATH=/usr/bin:/bin; case $2 in *.staging*) ${change} ;; esac; exec mktemp "$@"`);
    const done = install(changing, { shell: ["/bin/sh"], env: { PATH: path } });
    expect({ found, code: done.code }).toEqual({ found, code: 8 });
    expect(done.stderr).toContain(found);
    expect(existsSync(host.path("current"))).toBe(false);
    expect(existsSync(host.path("proxy"))).toBe(false);
    removeWorkspace(folder);
    cpSync(kit.folder, folder, { recursive: true });
  }
});

test("what is merged with the host's files is checked as it was copied, too", () => {
  const copy = join(workspace, "merging");
  cpSync(next.outer, copy, { recursive: true });
  const folder = join(copy, next.folder.slice(next.outer.length + 1));
  const merging = { ...next, folder, script: join(folder, "install.sh") };
  const path = pathWith(join(workspace, "merging-tools"), [...toolsOf(kit.script), "printf", "sh"]);
  rmSync(join(path, "tar"));
  const list = join(folder, "proxy/example.com/one/@v/list");
  const evil = `printf 'v1.0.0\nv6.6.6\n' >"${list}"`;
  // When Go is unpacked the lists are verified and copied, and not merged yet.
  stub(path, "tar", `PATH=/usr/bin:/bin; ${evil}; exec tar "$@"`);
  reset("kit");
  expect(install(merging, { shell: ["/bin/sh"], env: { PATH: path } })).toMatchObject({ code: 0 });
  expect(host.read("proxy/example.com/one/@v/list")).toBe("v1.0.0\nv1.1.0\n");
});

function stub(folder: string, name: string, body: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(folder, name), 0o755);
}
