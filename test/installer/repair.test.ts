import { existsSync, readdirSync, readFileSync, readlinkSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { writeTinyKit } from "../support/tiny-kit.js";
import { findTool, testIf, testWhen } from "../support/tools.js";
import { damages, DamagedHost } from "./damage.js";
import {
  busyboxPath,
  makeWorkspace,
  removeWorkspace,
  run,
  shells,
  snapshot,
  triesAll,
  type Finished,
  type RunOptions,
} from "./harness.js";

const workspace = makeWorkspace();
const isRoot = process.getuid?.() === 0;
let host: DamagedHost;
let whole: string;

beforeAll(async () => {
  host = await DamagedHost.install(workspace);
  whole = host.state();
});
beforeEach(() => host.reset());
afterAll(() => removeWorkspace(workspace));

/** The installed script may be what is damaged, so the kit's is run. */
function repair(args: readonly string[] = [], options: RunOptions = {}): Finished {
  return run(
    [
      ...(options.under ?? []),
      ...(options.shell ?? ["busybox", "ash"]),
      join(workspace, "airgo-kit"),
      "repair",
      ...args,
    ],
    {
      ...options,
      env: { HOME: host.home, TMPDIR: host.tmp, AIRGO_PREFIX: host.prefix, ...options.env },
    },
  );
}

/** What lies in quarantine, without the time in front of each name. */
function movedAside(): string[] {
  if (!existsSync(host.path("quarantine"))) return [];
  return readdirSync(host.path("quarantine")).map((name) => name.replace(/^\d{8}T\d{6}Z-/, ""));
}

beforeAll(() => {
  run(["cp", host.kit.script, join(workspace, "airgo-kit")]);
});

function harmAll(): void {
  for (const name of [
    "a byte of Go",
    "no proxy at all",
    "a table of a kit",
    "airgo-kit",
    "a wrapper that was edited",
  ])
    damages[name]?.harm(host);
}

/** With a file that makes the damaged Go evidence. */
function harmEvery(): void {
  damages["a file in Go that no kit lists"]?.harm(host);
  harmAll();
}

/** Each file is as it was, as it should be, or on its way: in staging, aside, or under the name that the next run finishes. */
function expectOldOrNew(what: string, damaged: string): void {
  const lines = new Set([...damaged.split("\n"), ...whole.split("\n")]);
  const odd = host
    .state()
    .split("\n")
    .filter(
      (line) =>
        !lines.has(line) &&
        !/^\.staging\.|^versions\/\.repaired-|^versions\/go-v[^/]* folder|^proxy[^ ]* folder/.test(line),
    );
  expect({ what, odd }).toEqual({ what, odd: [] });
}

function cycle(options: RunOptions): void {
  for (const name of [
    "a file in Go that no kit lists",
    "a wrapper that was edited",
    "no proxy at all",
    "a stranger at the top",
  ])
    damages[name]?.harm(host);
  const found = host.airgo(["watch"], options);
  expect(found.code).toBe(8);
  for (const told of ["src/fmt/extra.go", "bin/go: not as", "v1.0.0.zip: it is gone", "evil: no part"])
    expect(found.stdout).toContain(told);
  expect(host.airgo(["watch", "--quarantine"], options).stdout).toContain("generation 1 is current now");
  damages["a signature"]?.harm(host);
  expect(host.airgo(["repair"], options)).toMatchObject({ code: 0, stderr: "" });
  expect(host.airgo(["rollback", "2"], options)).toMatchObject({ code: 0, stderr: "" });
  expect(host.airgo(["watch"], options)).toMatchObject({ code: 0, stderr: "" });
  expect(host.state()).toBe(whole);
  expect(host.leavings()).toEqual([]);
}

const kitIn = (folder: string): string => join(folder, host.next.id, `tiny-${host.next.id}`);

describe("what is damaged comes back from the kit that it was installed from", () => {
  for (const [index, [name, { harm, stays }]] of Object.entries(damages).entries()) {
    // Each of them is found every time (watch.test.ts), and every third of them mended.
    if (!triesAll && index % 3 !== 0) continue;
    testWhen(isRoot, "root", name, () => {
      harm(host);
      const done = repair([], { shell: index % 2 === 0 ? ["busybox", "ash"] : ["dash"] });
      expect({ name, code: done.code, stderr: stays ? "" : done.stderr }).toEqual({
        name,
        code: stays ? 8 : 0,
        stderr: "",
      });
      if (stays) expect(done.stderr).toContain("ERROR AIRGO_INSTALLED_DAMAGED");
      else expect(host.state()).toBe(whole);
      expect(host.leavings()).toEqual([]);
    });
  }

  test("what nobody listed is kept as evidence, what was only changed is not", () => {
    damages["a byte of Go"]?.harm(host);
    expect(repair().code).toBe(0);
    expect(movedAside()).toEqual([]);
    damages["a file in Go that no kit lists"]?.harm(host);
    damages["a module that no kit has"]?.harm(host);
    damages["a program more"]?.harm(host);
    expect(repair().code).toBe(0);
    expect(movedAside().sort()).toEqual(["evil.example.com", expect.stringMatching(/^go-v1\.99\.3-/), "vet"]);
    expect(host.state()).toBe(whole);
  });

  test("of a whole installation nothing is changed", () => {
    expect(repair()).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("whole: ") });
    expect(host.snapshot()).toBe(whole);
  });

  testIf("flock", "waits for another run, and no longer than it should", () => {
    expect(repair(["--wait", "0"], { under: ["flock", host.path(".airgo.lock")] })).toMatchObject({
      code: 32,
      stderr: expect.stringContaining("AIRGO_BUSY"),
    });
  });
});

describe("where the kit's folder is gone", () => {
  const hidden = join(workspace, "hidden");
  beforeEach(() => renameSync(join(workspace, "kits"), hidden));
  afterEach(() => renameSync(hidden, join(workspace, "kits")));

  test("what needs no copy is mended, what needs one is told", () => {
    harmAll();
    const done = repair();
    expect(done).toMatchObject({ code: 8, stderr: expect.stringContaining("--from DIR") });
    expect(done.stderr).toContain("kit/toolchains.tsv: it was changed");
    // Modes, links and strangers among the files of Go need no copy either.
    host.reset();
    damages["a file in Go that no kit lists"]?.harm(host);
    damages["a setuid program"]?.harm(host);
    damages["a list that is gone"]?.harm(host);
    damages["a wrapper that was edited"]?.harm(host);
    expect(repair()).toMatchObject({ code: 0, stderr: "" });
    expect(host.state()).toBe(whole);
  });

  test("a kit that is named is verified first, and gives what it has", () => {
    harmAll();
    const done = repair(["--from", kitIn(hidden)]);
    // Only the other kit has the Go of the earlier generation, and that one is whole.
    expect(done).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringContaining(`id ${host.next.id}: verified`),
    });
    expect(host.state()).toBe(whole);
    host.reset();
    harmAll();
    expect(repair(["--kit", kitIn(hidden)]).code).toBe(0);
    expect(host.state()).toBe(whole);
  });

  test("papers that are gone come back from it, with a receipt of how it was verified", () => {
    damages["papers that are gone"]?.harm(host);
    expect(repair(["--from", kitIn(hidden)])).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(readFileSync(host.papers(host.next, "receipt.json"), "utf8"))).toMatchObject({
      action: "repair",
      result: "repaired",
      signatures: [{ outcome: "valid" }],
    });
    expect(host.airgo(["watch"]).code).toBe(0);
  });

  test("a kit that was changed, or whose key is not trusted, is refused, and nothing is taken from it", () => {
    harmAll();
    const before = host.snapshot();
    const copy = join(workspace, "copy");
    run(["cp", "-a", join(hidden, host.next.id), copy]);
    const folder = join(copy, `tiny-${host.next.id}`);
    writeFileSync(join(folder, "proxy/example.com/one/@v/v1.0.0.zip"), "evil");
    expect(repair(["--from", folder])).toMatchObject({
      code: 8,
      stderr: expect.stringContaining("AIRGO_CHECKSUM_MISMATCH"),
    });
    run(["rm", host.path("trust/release.pub.pem")]);
    expect(repair(["--from", kitIn(hidden)])).toMatchObject({
      code: 16,
      stderr: expect.stringContaining("AIRGO_KEY_MISSING"),
    });
    run(["cp", join(hidden, host.next.id, "release.pub.pem"), host.path("trust/release.pub.pem")]);
    expect(host.snapshot()).toBe(before);
    removeWorkspace(copy);
  });

  test("another prefix gives what has the right digest, and nothing else", () => {
    const other = join(workspace, "other");
    run(["cp", "-a", host.prefix, other]);
    harmAll();
    expect(repair(["--from", other])).toMatchObject({ code: 0, stderr: "" });
    expect(host.state()).toBe(whole);
    // One that is damaged in the same places has nothing to give.
    harmAll();
    removeWorkspace(other);
    run(["cp", "-a", host.prefix, other]);
    expect(repair(["--from", other]).code).toBe(8);
    expect(host.airgo(["watch"]).code).toBe(8);
    removeWorkspace(other);
  });

  test("a folder that is neither is refused", () => {
    expect(repair(["--from", workspace])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("neither an unpacked kit"),
    });
    expect(repair(["--from", join(workspace, "nowhere")]).code).toBe(2);
  });
});

test("a key that is given and vouches for all is kept", () => {
  damages["a key that was withdrawn"]?.harm(host);
  expect(repair(["--key", host.kit.key])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("trusted from now on"),
  });
  expect(host.state()).toBe(whole);
});

test("a damaged table of a generation that is not in use is set aside with it; of the current one it is told", () => {
  writeFileSync(host.path("generations/1/generation.tsv"), "");
  expect(repair()).toMatchObject({ code: 0, stderr: "" });
  expect(movedAside()).toEqual(["1"]);
  expect(host.airgo(["watch"]).code).toBe(0);
});

test("after a quarantine the generation is enabled again, and none that is whole is moved away from", () => {
  damages["no Go at all"]?.harm(host);
  expect(host.airgo(["watch", "--quarantine"]).code).toBe(8);
  expect(existsSync(host.path("current"))).toBe(false);
  expect(repair()).toMatchObject({
    code: 0,
    stderr: "",
    stdout: expect.stringMatching(/enabled again: generation 2[^]*current again: generation 2/),
  });
  expect(host.state()).toBe(whole);
});

testWhen(
  isRoot && findTool("setpriv") !== undefined,
  "root and setpriv",
  "a user mends an installation of his own",
  async () => {
    const under = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const kit = await writeTinyKit(join(workspace, "users"), { versions: ["1.99.2"] });
    const home = join(workspace, "user");
    run(["mkdir", home]);
    run(["chown", "65534:65534", home]);
    const prefix = join(home, ".local/share/airgo");
    const env = { HOME: home, TMPDIR: host.tmp };
    const script = (file: string, ...args: string[]): Finished =>
      run([...under, "dash", file, ...args], { env });
    expect(script(kit.script, "--key", kit.key).code).toBe(0);
    const before = snapshot(prefix);
    for (const harm of [
      'echo x >"$1/current/bin/go"',
      'chmod u+w "$1"/versions/*/VERSION; rm -f "$1/proxy/example.com/one/@v/list"',
      'f=$1/current/go/VERSION; chmod u+w "$f"; echo x >"$f"',
    ]) {
      expect(run([...under, "sh", "-c", harm, "sh", prefix]).code).toBe(0);
      expect(script(join(prefix, "bin/airgo-kit"), "repair")).toMatchObject({ code: 0, stderr: "" });
      expect(snapshot(prefix)).toBe(before);
    }
  },
);

testWhen(
  isRoot && findTool("dash") !== undefined,
  "root and dash",
  "a run that is killed leaves what was there, or what was repaired",
  () => {
    for (const place of [".repaired-", "versions/go-v", "kit/toolchains.tsv", "proxy/", "bin/airgo-kit"]) {
      host.reset();
      harmEvery();
      const damaged = host.state();
      const path = join(workspace, `kill ${place.replaceAll("/", "-")}`);
      run(["mkdir", path]);
      // The script may wait for a subshell of its own, which waits for this.
      const above = "$(cut -d ' ' -f 4 /proc/$PPID/stat)";
      const kill = `p=${above}; case $(tr '\\0' ' ' </proc/$p/cmdline) in *'airgo-kit repair'*) kill -KILL $p ;; esac; kill -KILL $PPID`;
      // SIGKILL before, and in the next run after, the first rename that has to do with this place.
      writeFileSync(
        join(path, "mv"),
        `#!/bin/sh\ncase "$*" in *"${place}"*) [ -n "$AFTER" ] && /bin/mv "$@"; ${kill}; exit 1 ;; esac\nexec /bin/mv "$@"\n`,
        { mode: 0o755 },
      );
      for (const AFTER of ["", "yes"]) {
        const env = { PATH: `${path}:${process.env["PATH"]}`, AFTER };
        const what = `${place} ${AFTER}`;
        expect({ what, code: repair([], { shell: ["dash"], env }).code }).toEqual({ what, code: null });
        expect({ what, current: readlinkSync(host.path("current")) }).toEqual({
          what,
          current: "generations/2",
        });
        expectOldOrNew(what, damaged);
      }
      expect({ place, code: repair().code }).toEqual({ place, code: 0 });
      expect({ place, state: host.state() }).toEqual({ place, state: whole });
      // Nobody can clean up for a process that is killed, but for what lies in the prefix.
      expect(host.leavings().filter((name) => !name.startsWith("airgo."))).toEqual([]);
      run(["sh", "-c", 'rm -rf "$1"/airgo.*', "sh", host.tmp]);
    }
  },
);

describe("damage, watch and repair are the same in every shell", () => {
  for (const [name, shell] of Object.entries(shells)) {
    // Every verb is tried in every shell (every-verb.test.ts); what they find and mend, in three of them every time.
    if (triesAll || ["dash", "ksh93"].includes(name)) testIf(shell[0], name, () => cycle({ shell }));
  }

  testIf(["busybox", "openssl"], "busybox ash with nothing but busybox applets and openssl", () => {
    const path = busyboxPath(join(workspace, "applets"));
    cycle({ shell: [join(path, "busybox"), "ash"], env: { PATH: path } });
  });
});
