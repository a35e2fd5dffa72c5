import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { findTool, testIf, testWhen } from "../support/tools.js";
import { Host, makeWorkspace, pathWith, removeWorkspace, run, shells, snapshot, toolsOf } from "./harness.js";

const workspace = makeWorkspace();
const mounts = findTool("unshare") !== undefined && run(["unshare", "-rm", "true"]).code === 0;
let kit: TinyKit;
let hosts = 0;

beforeAll(async () => {
  kit = await writeTinyKit(join(workspace, "kits"));
});
afterAll(() => removeWorkspace(workspace));

function newHost(): Host {
  hosts += 1;
  return new Host(workspace, `prefix-${hosts}`);
}

/** A PATH with all tools, and these programs in sh in the place of the system's. */
function pathWithStubs(name: string, stubs: Readonly<Record<string, string>>): string {
  const path = pathWith(join(workspace, name), [...toolsOf(kit.script), "printf", "openssl"]);
  for (const [program, body] of Object.entries(stubs)) {
    run(["rm", "-f", join(path, program)]);
    writeFileSync(join(path, program), `#!/bin/sh\n${body}\n`);
    chmodSync(join(path, program), 0o755);
  }
  return path;
}

const insecure = (host: Host): string[] => ["--prefix", host.prefix, "--insecure-no-signature"];

describe("everything that stands in the way is told at once, before anything is written", () => {
  testWhen(
    mounts,
    "unshare -rm",
    "an old kernel, a mount without programs, too little room for files",
    () => {
      const host = newHost();
      const path = pathWithStubs("several", {
        uname:
          'case $1 in -r) echo 2.6.32-754.el6 ;; *) exec /usr/bin/env PATH=/usr/bin:/bin uname "$@" ;; esac',
      });
      const setup =
        'mkdir -p "$1"; mount -t tmpfs -o mode=755,noexec,nr_inodes=8 tmpfs "$1"; shift; PATH=$P exec "$@"';
      const done = host.script(kit, insecure(host), {
        under: ["unshare", "-rm", "sh", "-ec", setup, "sh", host.prefix],
        shell: [findTool("dash") ?? "/bin/sh"],
        env: { P: path },
      });
      expect(done.code).toBe(32);
      expect(done.stderr).toContain("ERROR AIRGO_PREFLIGHT: 3 things on this machine stand in the way");
      for (const text of [
        "kernel: Linux 2.6.32-754.el6 is too old",
        "mount: ",
        "noexec",
        "inodes: not enough inodes",
      ])
        expect(done.stderr).toContain(text);
      expect(host.leavings()).toEqual([]);
    },
  );

  test("a kernel of another form of version is a note, and no obstacle", () => {
    const path = pathWithStubs("odd-kernel", {
      uname: 'case $1 in -r) echo custom ;; *) exec /usr/bin/env PATH=/usr/bin:/bin uname "$@" ;; esac',
    });
    const host = newHost();
    const done = host.script(kit, insecure(host), { shell: ["/bin/sh"], env: { PATH: path } });
    expect(done).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("kernel: its version can't be read: custom"),
    });
  });
});

describe("guards of the system", () => {
  test("with SELinux what is staged gets its labels before it is renamed; a failure is told and ends nothing", () => {
    const log = join(workspace, "labelled");
    for (const code of [0, 1]) {
      const path = pathWithStubs(`selinux-${code}`, {
        selinuxenabled: "exit 0",
        restorecon: `echo "$@" >>'${log}'; [ ${code} = 0 ] || { echo "no policy for it" >&2; exit 1; }`,
      });
      const host = newHost();
      const done = host.script(kit, insecure(host), { shell: ["/bin/sh"], env: { PATH: path } });
      expect(done.code).toBe(0);
      expect(done.stderr.includes("restorecon did not label")).toBe(code === 1);
      const lines = run(["cat", log]).stdout.trim().split("\n");
      expect(lines.every((line) => line.startsWith("-RF "))).toBe(true);
      expect(lines.some((line) => line.includes("/versions/go-v1.99.2-"))).toBe(true);
      expect(lines.some((line) => line.endsWith("/generation"))).toBe(true);
    }
  });

  test("SELinux without restorecon is told", () => {
    const path = pathWithStubs("selinux-bare", { selinuxenabled: "exit 0" });
    const host = newHost();
    const done = host.script(kit, insecure(host), { shell: ["/bin/sh"], env: { PATH: path } });
    expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining("restorecon is missing") });
  });

  testWhen(mounts, "unshare -rm", "fapolicyd is named, with what lets it trust the prefix", () => {
    const host = newHost();
    const done = host.script(kit, insecure(host), {
      under: [
        "unshare",
        "-rm",
        "sh",
        "-ec",
        'mount -t tmpfs tmpfs /run; mkdir /run/fapolicyd; exec "$@"',
        "sh",
      ],
    });
    expect(done.code).toBe(0);
    expect(done.stderr).toContain(`fapolicyd-cli --file add '${host.prefix}/' && fapolicyd-cli --update`);
  });
});

describe("doctor", () => {
  for (const [name, shell] of Object.entries(shells)) {
    testIf(shell[0], `says what is right, and changes nothing: ${name}`, () => {
      const host = newHost();
      const before = snapshot(workspace);
      const fresh = host.script(kit, ["doctor", "--prefix", host.prefix], { shell });
      expect(fresh.code).toBe(0);
      expect(fresh.stdout).toMatch(/^ok {4}tools/m);
      expect(fresh.stdout).toMatch(/^ok {4}space {6}\d+ KiB free, at least \d+ KiB needed$/m);
      // As much as the full health checks take, too, without which an installation does not begin.
      const full = host.script(kit, ["doctor", "--prefix", host.prefix], {
        shell,
        env: { AIRGO_CHECKS: "" },
      });
      expect(Number(/at least (\d+) KiB needed/.exec(full.stdout)?.[1])).toBeGreaterThan(163_840);
      expect(fresh.stdout).toContain("nothing stands in the way\n");
      expect(snapshot(workspace)).toBe(before);
      expect(existsSync(host.prefix)).toBe(false);
    });
  }

  test("of an installation finds a damaged Go, a disabled generation, and what a killed run left", () => {
    const host = newHost();
    expect(host.script(kit, insecure(host)).code).toBe(0);
    expect(host.script(kit, ["doctor", "--prefix", host.prefix]).stdout).toMatch(
      /^ok {4}go {9}the default one is whole/m,
    );
    mkdirSync(host.path(".staging.dead"));
    writeFileSync(host.path("generations/1/disabled"), "x\n");
    const go = host.path("current/go/bin/go");
    run(["chmod", "u+w", go]);
    writeFileSync(go, "#!/bin/sh\n");
    const sick = host.script(kit, ["doctor", "--prefix", host.prefix]);
    expect(sick).toMatchObject({ code: 8, stderr: expect.stringContaining("AIRGO_INSTALLED_DAMAGED") });
    for (const text of [
      ".staging.dead",
      "was found damaged",
      "its program go is not the one that its kit recorded",
    ])
      expect(sick.stdout).toContain(text);
  });
});

describe("status", () => {
  test("is the check before a container begins: another Go or kit ends 16, a damaged program 8", () => {
    const host = newHost();
    const status = (...args: string[]) => host.script(kit, ["status", "--prefix", host.prefix, ...args]);
    expect(status().code).toBe(2);
    expect(host.script(kit, insecure(host)).code).toBe(0);
    expect(status("--expect-go", "1.99.2", "--expect-kit", kit.id).code).toBe(0);
    expect(status("--expect-go", "go1.99.2").code).toBe(0);
    expect(status("--expect-go", "1.99.3")).toMatchObject({
      code: 16,
      stderr: expect.stringMatching(/AIRGO_NOT_EXPECTED[^]*expected: go 1\.99\.3\n +found: +go 1\.99\.2/),
    });
    expect(status("--expect-kit", "0123456789ab").code).toBe(16);
    const file = host.path("current/go/VERSION");
    run(["chmod", "u+w", file]);
    writeFileSync(file, "go1.99.3\n");
    expect(status("--expect-go", "1.99.2")).toMatchObject({
      code: 8,
      stderr: expect.stringContaining("its VERSION says something else"),
    });
  });

  const asNobody = process.getuid?.() === 0 && findTool("setpriv") !== undefined;

  testWhen(
    asNobody,
    "root and setpriv",
    "works for a user who may only read, and says that nobody logged it",
    () => {
      const host = newHost();
      expect(host.script(kit, insecure(host)).code).toBe(0);
      const under = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
      for (const verb of ["status", "list", "doctor"]) {
        const done = host.script(kit, [verb, "--prefix", host.prefix], { under });
        expect({ verb, ...done }).toMatchObject({
          verb,
          code: 0,
          stderr: expect.stringContaining("not in the log"),
        });
      }
    },
  );
});

describe("options", () => {
  test("each is a variable too, and one that means nothing to a verb is refused by name", () => {
    const host = newHost();
    const all = {
      AIRGO_PREFIX: host.prefix,
      AIRGO_INSECURE_NO_SIGNATURE: "1",
      AIRGO_KEEP: "3",
      AIRGO_CHECKS: "none",
    };
    expect(host.script(kit, [], { env: all })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("--checks none"),
    });
    expect(host.read("choices.tsv")).toContain("keep\t3\n");
    expect(host.script(kit, ["list"], { env: { AIRGO_PREFIX: host.prefix, AIRGO_KEEP: "3" } }).code).toBe(0);
    const cases: [args: string[], text: string][] = [
      [["list", "--key", "x"], "--key means nothing to list"],
      [["--keep", "0"], "--keep takes a number"],
      [["--keep", "many"], "--keep takes a number"],
      [["--checks", "some"], "--checks takes one of: quick full none"],
      [["--umask", "9"], "--umask takes three octal digits"],
      [["--wait", "-1"], "--wait takes seconds"],
      [["--enforce-expiry=1"], "--enforce-expiry takes no value"],
      [["list", "3"], "list takes no such word: 3"],
      [["rollback", "1", "2"], "rollback takes no such word: 2"],
    ];
    for (const [args, text] of cases)
      expect(host.script(kit, args)).toMatchObject({ code: 2, stderr: expect.stringContaining(text) });
  });

  test("what was chosen is kept to by later runs, until something else is chosen", () => {
    const host = newHost();
    expect(host.script(kit, [...insecure(host), "--private-gopath", "yes", "--umask", "027"]).code).toBe(0);
    const home = { HOME: "/home/me" };
    const asked = () =>
      run([host.path("current/bin/go"), "env", "GOPATH", "GOCACHE"], { env: home })
        .stdout.split("\n")
        .slice(0, 2);
    expect(asked()).toEqual([
      "/home/me/.airgo/gopath",
      expect.stringMatching(/^\/home\/me\/\.cache\/airgo\/linux-(amd64|arm64)$/),
    ]);
    const umask = run([host.path("current/bin/go"), "run-on-path", "/bin/sh", "-c", "umask"], { env: home });
    expect(umask.stdout.trim()).toMatch(/^0*27$/);
    expect(host.script(kit, insecure(host)).stdout).toContain("already current");
    expect(asked()[0]).toBe("/home/me/.airgo/gopath");
    expect(host.script(kit, [...insecure(host), "--private-gopath", "no", "--umask", "none"]).code).toBe(0);
    expect(asked()[0]).toBe("");
  });

  test("a build cache is of its own for each platform that is built for", () => {
    const host = newHost();
    expect(host.script(kit, insecure(host)).code).toBe(0);
    const cache = (env: Record<string, string>) =>
      run([host.path("current/bin/go"), "env", "GOCACHE"], { env }).stdout.trim();
    expect(cache({ XDG_CACHE_HOME: "/c", GOOS: "windows", GOARCH: "arm64" })).toBe("/c/airgo/windows-arm64");
    expect(cache({ XDG_CACHE_HOME: "relative", HOME: "/h" })).toMatch(/^\/h\/\.cache\/airgo\/linux-/);
    expect(cache({ GOCACHE: "/own", HOME: "/h" })).toBe("/own");
    expect(cache({})).toBe("");
  });
});
