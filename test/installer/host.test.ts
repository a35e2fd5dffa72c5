import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { findTool, testIf, testWhen } from "../support/tools.js";
import { Host, makeWorkspace, pathWith, removeWorkspace, run, shells, snapshot, toolsOf } from "./harness.js";

const workspace = makeWorkspace();
const isRoot = process.getuid?.() === 0;
let kit: TinyKit;

beforeAll(async () => {
  kit = await writeTinyKit(join(workspace, "kits"));
});
afterAll(() => removeWorkspace(workspace));

describe("the prefix", () => {
  test("dangerous ones are refused by name and nothing is written", () => {
    const host = new Host(workspace, "refused");
    mkdirSync(join(workspace, "full"));
    writeFileSync(join(workspace, "full", "somebody's"), "");
    writeFileSync(join(workspace, "file"), "");
    symlinkSync(host.home, join(workspace, "link-to-home"));
    const before = snapshot(workspace);
    const cases: [prefix: string, why: string][] = [
      ["", "it is empty"],
      ["/", "root of the file system"],
      ["//", "root of the file system"],
      ["/.", "root of the file system"],
      ["/usr/..", "root of the file system"],
      [host.home, "home folder"],
      [`${host.home}/`, "home folder"],
      [join(workspace, "link-to-home"), "home folder"],
      [join(workspace, "a\nb"), "line break"],
      [join(workspace, "a\u001bb"), "control character"],
      [join(workspace, "a:b"), "colon"],
      [join(workspace, "full"), "something lies there: somebody's"],
      [join(workspace, "file"), "not a folder"],
      [join(workspace, "file", "below"), "not a folder"],
      [`${workspace}/nowhere/../x`, "does not exist"],
      [kit.folder, "in the kit"],
      [join(kit.folder, "here"), "in the kit"],
      ["~", "begins with ~"],
      ["~/go", "begins with ~"],
      ["~root/go", "begins with ~"],
    ];
    for (const [prefix, why] of cases) {
      const done = host.script(kit, ["--prefix", prefix, "--key", kit.key]);
      expect({ prefix, code: done.code, told: done.stderr.includes(why) }).toEqual({
        prefix,
        code: 2,
        told: true,
      });
    }
    expect(snapshot(workspace)).toBe(before);
  });

  testIf("openssl", "strange characters work: install, wrappers, upgrade, receipt", async () => {
    const next = await writeTinyKit(join(workspace, "kits"), {
      serial: 2,
      head: 101,
      earlierHeads: [100],
      versions: ["1.99.9"],
    });
    for (const name of [
      "-a b,c%d|e=f@g+h",
      'it\'s "quoted" $HOME `id` $(id)',
      "*?[a-z]{x,y}~!#&;<>() back\\slash\\n ünï",
    ]) {
      const host = new Host(workspace, name);
      expect(host.install(kit)).toMatchObject({ code: 0, stderr: "" });
      expect(host.install(next)).toMatchObject({ code: 0, stderr: "" });
      expect(host.ask("go", "version")).toMatch(/go1\.99\.9/);
      const url = host.ask("go", "env", "GOPROXY");
      expect(url).toMatch(/^file:\/\/[A-Za-z0-9/._~%-]*$/);
      expect(decodeURIComponent(url)).toBe(`file://${host.path("proxy")}`);
      expect(JSON.parse(host.read("kits", `tiny-2-${next.id}`, "receipt.json"))).toMatchObject({
        prefix: host.prefix,
      });
      expect(host.leavings()).toEqual([]);
      removeWorkspace(host.prefix);
    }
  });

  testIf("openssl", "may be relative, and be given in the environment with the other options", () => {
    const host = new Host(workspace, "from-environment");
    const done = host.script(kit, [], {
      cwd: workspace,
      env: {
        AIRGO_PREFIX: "from-environment",
        AIRGO_KEY: kit.key,
        AIRGO_SUMS: join(kit.outer, "SHA256SUMS"),
      },
    });
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(host.ask("go", "env", "GOPROXY")).toBe(`file://${host.path("proxy")}`);
  });

  testIf("openssl", "a link on the way to it is resolved", () => {
    mkdirSync(join(workspace, "real"));
    symlinkSync("real", join(workspace, "alias"));
    const host = new Host(workspace, "alias/prefix");
    expect(host.install(kit).code).toBe(0);
    expect(host.ask("go", "env", "GOPROXY")).toBe(`file://${join(workspace, "real", "prefix", "proxy")}`);
  });

  testWhen(
    isRoot && findTool("setpriv") !== undefined,
    "root and setpriv",
    "another user installs into ~/.local/share/airgo",
    async () => {
      const home = join(workspace, "user");
      mkdirSync(home);
      run(["chown", "65534:65534", home]);
      const under = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
      const host = new Host(workspace, "user/.local/share/airgo");
      expect(host.script(kit, ["--key", kit.key], { under, env: { HOME: home } })).toMatchObject({
        code: 0,
        stderr: "",
      });
      expect(host.ask("go", "version")).toMatch(/go1\.99\.2/);
      // A read-only folder of another user's can be replaced too.
      const folder = join(host.prefix, "versions", goFolder(host));
      chmodSync(join(folder, "VERSION"), 0o644);
      writeFileSync(join(folder, "VERSION"), "damaged");
      const repair = host.script(kit, ["--key", kit.key], { under, env: { HOME: home } });
      expect(repair).toMatchObject({
        code: 0,
        stderr: expect.stringContaining("damaged and will be replaced"),
      });
      expect(host.read("current", "go", "VERSION")).toContain("go1.99.2");
      expect(host.leavings()).toEqual([]);
      // It has no rights elsewhere, and is told so before anything is written.
      const denied = new Host(workspace, "denied");
      expect(denied.install(kit, { under })).toMatchObject({
        code: 32,
        stderr: expect.stringContaining("AIRGO_DISK"),
      });
      expect(existsSync(denied.prefix)).toBe(false);
      const nowhere = host.script(kit, ["--key", kit.key], { under, env: { HOME: "/nonexistent" } });
      expect(nowhere.code).toBe(32);
      expect(nowhere.stderr).toMatch(/exists is \/,.*\n +where: +\/nonexistent\/\.local\/share\/airgo\n/);
    },
  );

  testWhen(
    isRoot && findTool("setpriv") !== undefined,
    "root and setpriv",
    "a home that can't be entered is of no account with --prefix, and told by name without",
    () => {
      const under = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
      const closed = join(workspace, "closed-home");
      mkdirSync(closed);
      chmodSync(closed, 0o700);
      const open = join(workspace, "open");
      mkdirSync(open);
      run(["chown", "65534:65534", open]);
      const host = new Host(workspace, "open/prefix");
      const args = ["--prefix", host.prefix, "--key", kit.key];
      for (const shell of Object.values(shells).filter(([program]) => findTool(program) !== undefined)) {
        const options = { shell, under, env: { HOME: closed } };
        expect({ shell, ...host.script(kit, args, options) }).toMatchObject({ shell, code: 0, stderr: "" });
        const refused = host.script(kit, ["--key", kit.key], options);
        expect({ shell, code: refused.code }).toEqual({ shell, code: 2 });
        expect(refused.stderr).toMatch(/^\nERROR AIRGO_PREFIX_REFUSED: .*closed-home can't be entered\n/);
      }
    },
  );

  testWhen(
    isRoot && findTool("unshare") !== undefined,
    "root and unshare",
    "root installs into /opt/airgo, also without HOME",
    () => {
      const script = `mount -t tmpfs tmpfs /opt && env -u HOME "$@" && /opt/airgo/current/bin/go version`;
      const host = new Host(workspace, "unused");
      const done = host.script(kit, ["--key", kit.key], {
        under: ["unshare", "-m", "sh", "-c", script, "sh"],
      });
      expect(done).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/go version go1\.99\.2 linux\/\w+\n$/),
      });
    },
  );
});

function goFolder(host: Host): string {
  return /^go\t1\.99\.2\t(\S+)/m.exec(host.read("current", "generation.tsv"))?.[1] ?? "";
}

describe("the command line", () => {
  test("mistakes end 2", () => {
    const host = new Host(workspace, "usage");
    for (const args of [
      ["frob"],
      ["--frob"],
      ["--key"],
      ["--prefix"],
      ["--key="],
      ["--sums", ""],
      ["install", "again"],
      ["verify", "--insecure-no-signature", "install"],
      ["--key", join(workspace, "absent.pem")],
      ["verify", "--key", host.tmp],
      ["verify", "--key", ""],
      ["verify", "--expect-sha256", "abc"],
      ["--require", "release", "--insecure-no-signature"],
      ["--require-sm", "--insecure-no-signature"],
      ["verify", "--require", "a b"],
      ["--key", kit.key, "--insecure-no-signature"],
    ]) {
      expect({ args, ...host.script(kit, args) }).toMatchObject({
        args,
        code: 2,
        stderr: expect.stringContaining("AIRGO_USAGE"),
      });
    }
    expect(host.script(kit, ["frob"]).stderr).toContain(`next:     sh '${kit.script}' help\n`);
    const both = host.script(kit, ["--insecure-no-signature"], { env: { AIRGO_KEY: kit.key } });
    expect(both.code).toBe(2);
    expect(host.script(kit, [], { env: { AIRGO_INSECURE_NO_SIGNATURE: "maybe" } }).code).toBe(2);
    const stray = join(workspace, "install.sh");
    run(["cp", kit.script, stray]);
    expect(host.script({ ...kit, script: stray }, ["--key", kit.key])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("unpacked kit"),
    });
  });
});

describe("what surrounds the prefix", () => {
  test("a go.mod above it does not choose the Go that is checked", () => {
    mkdirSync(join(workspace, "project"));
    const host = new Host(workspace, "project/prefix");
    const args = ["--prefix", host.prefix, "--insecure-no-signature"];
    for (const line of ["go 1.99", "toolchain go1.99.0"]) {
      writeFileSync(join(workspace, "project", "go.mod"), `module example.com/project\n\n${line}\n`);
      expect({ line, ...host.script(kit, args) }).toMatchObject({
        line,
        code: 0,
        stdout: expect.stringContaining("installed: "),
      });
      expect({ line, ...host.script(kit, args) }).toMatchObject({
        line,
        code: 0,
        stdout: expect.stringContaining("already current"),
      });
      removeWorkspace(host.prefix);
    }
  });
});

describe("settings that keep this go from using the kit", () => {
  const settings: Record<string, string> = {
    GOPROXY: "off",
    GOSUMDB: "off",
    GOTOOLCHAIN: "local",
    GOFLAGS: "-mod=vendor -modcacherw",
    GONOPROXY: "example.com/a",
    GONOSUMDB: "example.com/b",
    GOINSECURE: "example.com/c",
    GO111MODULE: "off",
  };

  test("are told in one line each, at the end of an installation and when it is current already", () => {
    const host = new Host(workspace, "settings");
    for (const expected of ["installed: ", "already current"]) {
      const done = host.script(kit, ["--prefix", host.prefix, "--insecure-no-signature"], { env: settings });
      expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining(expected) });
      const told = warnings(done.stderr).slice(1);
      expect(told).toHaveLength(Object.keys(settings).length);
      for (const [index, [name, value]] of Object.entries(settings).entries())
        expect(told[index]).toContain(`WARNING: ${name} is set to ${value}: unset it, or this go will `);
    }
  });

  test("are no word worth where they say what the wrappers say, or nothing", async () => {
    const gosumdb = "sum.example.org+033de0ae+Ac4zctda0e5eza";
    const own = await writeTinyKit(join(workspace, "kits"), { name: "settings", gosumdb });
    const host = new Host(workspace, "same-settings");
    const url = `file://${host.path("proxy")}`;
    for (const env of [
      { GOPROXY: url, GOSUMDB: gosumdb, GOTOOLCHAIN: "path", GONOPROXY: "none", GONOSUMDB: "none" },
      { GOPROXY: `${url},off`, GOSUMDB: "", GOTOOLCHAIN: "", GOFLAGS: "", GOPRIVATE: "", GOINSECURE: "" },
      { GOPROXY: "", GO111MODULE: "on", GOROOT: host.path("current/go") },
    ]) {
      const done = host.script(own, ["--prefix", host.prefix, "--insecure-no-signature"], { env });
      expect(done.code).toBe(0);
      expect(warnings(done.stderr)).toEqual([expect.stringContaining("NO SIGNATURE")]);
    }
  });

  test("are told without the credentials in them", () => {
    const host = new Host(workspace, "cut");
    const cases: [value: string, shown: string][] = [
      ["https://proxy.example.org/a,direct", "https://proxy.example.org/a,direct"],
      ["https://user:secret@proxy.example.org", "https://..."],
      ["https://a.example.org,https://user:secret@b.example.org|direct", "https://..."],
      ["https://user:sec/ret,secret?secret@b.example.org", "https://..."],
      ["https://a.example.org/?token=secret", "https://..."],
      ["user:secret@a.example.org//x", "..."],
      ["https://user:\nsecret@b.example.org", "https://..."],
      ["off\nWARNING: \u001b[31m", "off WARNING:  [31m"],
    ];
    for (const [value, shown] of cases) {
      for (const name of ["GOPROXY", "GOSUMDB"]) {
        const done = host.script(kit, ["--prefix", host.prefix, "--insecure-no-signature"], {
          env: { [name]: value },
        });
        expect(done.stdout + done.stderr).not.toContain("secret");
        expect(warnings(done.stderr)[1]).toContain(`${name} is set to ${shown}: unset it`);
      }
    }
  });
});

function warnings(stderr: string): string[] {
  return stderr.split("\n").filter((line) => line !== "");
}

describe("the machine", () => {
  test("all missing tools are told at once, each by name", () => {
    const host = new Host(workspace, "lacking");
    const tools = toolsOf(kit.script);
    expect(tools.length).toBeGreaterThan(20);
    const none = pathWith(join(workspace, "no-tools"), ["printf"]);
    const lacksAll = host.install(kit, { shell: ["/bin/sh"], env: { PATH: none } });
    expect(lacksAll).toMatchObject({
      code: 32,
      stderr: expect.stringContaining(`missing: ${tools.join(" ")}`.slice(0, 60)),
    });
    for (const tool of tools) expect(lacksAll.stderr).toMatch(new RegExp(`missing:.*\\b${tool}\\b`));
    for (const tool of tools) {
      const path = pathWith(join(workspace, `without-${tool}`), [...tools, "printf", "openssl"]);
      rmSync(join(path, tool));
      // `printf` apart, none of them is a builtin of the sh used here that could hide the lack.
      const lacks = host.install(kit, { shell: [findTool("dash") ?? "/bin/sh"], env: { PATH: path } });
      expect({ tool, ...lacks }).toMatchObject({
        tool,
        code: 32,
        stderr: expect.stringMatching(new RegExp(`missing: +${tool}\n`)),
      });
    }
    expect(existsSync(host.prefix)).toBe(false);
  });

  test("these tools are enough", () => {
    const host = new Host(workspace, "enough");
    const path = pathWith(join(workspace, "enough-tools"), [...toolsOf(kit.script), "printf"]);
    const done = host.script(kit, ["--prefix", host.prefix, "--insecure-no-signature"], {
      shell: [findTool("dash") ?? "/bin/sh"],
      env: { PATH: path },
    });
    expect(done.code).toBe(0);
    expect(done.stderr).not.toContain("not found");
  });

  test("a mv that can't replace a link in one step is found out", () => {
    const host = new Host(workspace, "old-mv");
    const path = pathWith(join(workspace, "old-mv-tools"), [...toolsOf(kit.script), "printf", "sh"]);
    rmSync(join(path, "mv"));
    stub(
      path,
      "mv",
      'case $1 in -*T*) echo "mv: invalid option" >&2; exit 1 ;; *) PATH=/usr/bin:/bin; exec mv "$@" ;; esac',
    );
    const done = host.script(kit, ["--prefix", host.prefix, "--insecure-no-signature"], {
      shell: ["/bin/sh"],
      env: { PATH: path },
    });
    expect(done).toMatchObject({ code: 32, stderr: expect.stringContaining("mv -T") });
    expect(existsSync(host.prefix)).toBe(false);
  });

  test("the architecture is that of the programs that run, or else what uname says", () => {
    const cases: [answer: string, machine: string, code: number, text: string][] = [
      [elf("3e 00"), "riscv64", 0, "linux/amd64"],
      [elf("b7 00"), "x86_64", 0, "linux/arm64"],
      [elf("f3 00"), "x86_64", 32, "not supported"],
      ["7f 45 4c 46 01 01 01 00 00 00 00 00 00 00 00 00 03 00 28 00", "aarch64", 32, "not supported"],
      ["", "x86_64", 0, "linux/amd64"],
      ["", "aarch64", 0, "linux/arm64"],
      ["", "armv7l", 32, "not supported"],
    ];
    for (const [index, [answer, machine, code, text]] of cases.entries()) {
      const host = new Host(workspace, `arch-${index}`);
      const path = pathWith(join(workspace, `arch-tools-${index}`), [...toolsOf(kit.script), "printf", "sh"]);
      rmSync(join(path, "od"));
      rmSync(join(path, "uname"));
      stub(
        path,
        "od",
        `case "$*" in *self/exe) echo ' ${answer}' ;; *) PATH=/usr/bin:/bin; exec od "$@" ;; esac`,
      );
      stub(path, "uname", `case $1 in -m) echo ${machine} ;; -s) echo Linux ;; *) echo host ;; esac`);
      const done = host.script(kit, ["--prefix", host.prefix, "--insecure-no-signature"], {
        shell: ["/bin/sh"],
        env: { PATH: path },
      });
      expect({ index, code: done.code }).toEqual({ index, code });
      expect(code === 0 ? host.ask("go", "version") : done.stderr).toContain(text);
    }
  });

  test("a kit without this machine's architecture ends 32", async () => {
    const foreign = await writeTinyKit(join(workspace, "kits"), { archs: ["s390x"] });
    const host = new Host(workspace, "foreign");
    const done = host.script(foreign, ["--prefix", host.prefix, "--insecure-no-signature"]);
    expect(done).toMatchObject({ code: 32, stderr: expect.stringContaining("s390x") });
    expect(existsSync(host.prefix)).toBe(false);
    expect(host.script(foreign, ["verify", "--insecure-no-signature"]).code).toBe(0);
  });

  test("a kit for a single architecture has no common layer and works", async () => {
    const arch = process.arch === "arm64" ? "arm64" : "amd64";
    const single = await writeTinyKit(join(workspace, "kits"), { archs: [arch] });
    const host = new Host(workspace, "single");
    expect(host.script(single, ["--prefix", host.prefix, "--insecure-no-signature"]).code).toBe(0);
    expect(host.ask("go1.98.7", "version")).toBe(`go version go1.98.7 linux/${arch}`);
  });
});

/** A program for a PATH of tests. */
function stub(folder: string, name: string, body: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(folder, name), 0o755);
}

/** The first bytes of a 64-bit program for a machine, as od tells them. */
function elf(machine: string): string {
  return `7f 45 4c 46 02 01 01 00 00 00 00 00 00 00 00 00 03 00 ${machine}`;
}
