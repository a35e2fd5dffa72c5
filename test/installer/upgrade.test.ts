import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { lookupText, writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { Host, makeWorkspace, plainShell, removeWorkspace, run, type Finished } from "./harness.js";

const workspace = makeWorkspace();
const one = { path: "example.com/one", version: "v1.0.0" };
const oneNewer = { path: "example.com/one", version: "v1.1.0" };
const two = { path: "example.com/Upper/two", version: "v1.2.3" };
let kit: TinyKit;
let next: TinyKit;
let hosts = 0;

beforeAll(async () => {
  kit = await writeTinyKit(join(workspace, "kits"), { modules: [one, two] });
  next = await writeTinyKit(join(workspace, "kits"), {
    serial: 2,
    versions: ["1.99.3", "1.98.7"],
    head: 200,
    earlierHeads: [100],
    modules: [one, oneNewer],
  });
});
afterAll(() => removeWorkspace(workspace));

function newHost(): Host {
  hosts += 1;
  return new Host(workspace, `prefix-${hosts}`);
}

/** Most of these are not about signatures: without one an installation is quicker. */
function install(host: Host, what: TinyKit, ...args: readonly string[]): Finished {
  return host.script(what, ["--prefix", host.prefix, "--insecure-no-signature", ...args]);
}

function installed(...kits: readonly TinyKit[]): Host {
  const host = newHost();
  for (const each of kits) expect(install(host, each)).toMatchObject({ code: 0 });
  return host;
}

const lookup = (host: Host, name: string): string => host.read("proxy/sumdb/sum.example.org/lookup", name);

describe("the proxy tree only grows", () => {
  test("new files join, lists are united, of two lookups the one with the larger tree stays", () => {
    const host = installed(kit, next);
    expect(host.read("proxy/example.com/one/@v/list")).toBe("v1.0.0\nv1.1.0\n");
    expect(host.read("proxy/example.com/one/@v/v1.1.0.zip")).toContain("v1.1.0");
    expect(lookup(host, "example.com/one@v1.0.0")).toBe(lookupText(one, 200));
    // What only the earlier kit had is still there, under its own tree.
    expect(host.read("proxy/example.com/!upper/two/@v/list")).toBe("v1.2.3\n");
    expect(lookup(host, "example.com/!upper/two@v1.2.3")).toBe(lookupText(two, 100));
    expect(readdirSync(host.path("proxy/sumdb/sum.example.org/tile/8/0/000.p")).sort()).toEqual([
      "100",
      "200",
    ]);
  });

  test("an older kit of the same lock changes no newer lookup and no list", async () => {
    const older = await writeTinyKit(join(workspace, "kits"), { name: "older", modules: [one, two] });
    const host = installed(next, older);
    expect(lookup(host, "example.com/one@v1.0.0")).toBe(lookupText(one, 200));
    expect(host.read("proxy/example.com/one/@v/list")).toBe("v1.0.0\nv1.1.0\n");
    expect(host.read("proxy/example.com/!upper/two/@v/list")).toBe("v1.2.3\n");
  });

  test("everything in it is readable by all, whatever the kit's modes and the umask are", async () => {
    const closed = await writeTinyKit(join(workspace, "closed"), { modules: [one] });
    run(["chmod", "-R", "go-rwx", closed.folder]);
    const host = newHost();
    const done = host.script(closed, ["--prefix", host.prefix, "--insecure-no-signature"], {
      shell: ["sh", "-c", 'umask 077; exec "$@"', "sh", ...plainShell],
    });
    expect(done.code).toBe(0);
    const odd = run([
      "find",
      host.prefix,
      "!",
      "-type",
      "l",
      "!",
      "-perm",
      "-0444",
      "!",
      "-name",
      ".airgo.lock",
    ]).stdout;
    const closedFolders = run(["find", host.prefix, "-type", "d", "!", "-perm", "-0555"]).stdout;
    expect(odd + closedFolders).toBe("");
  });

  test("a zip, mod or tile that is there with other contents ends 8 by name and nothing changes", () => {
    const host = installed(kit);
    for (const name of [
      "example.com/one/@v/v1.0.0.zip",
      "example.com/one/@v/v1.0.0.mod",
      "sumdb/sum.example.org/tile/8/0/000.p/100",
    ]) {
      writeFileSync(host.path("proxy", name), "something else");
      const before = host.snapshot();
      expect(install(host, next)).toMatchObject({ code: 8, stderr: expect.stringContaining(name) });
      expect(host.snapshot()).toBe(before);
      rmSync(host.path("proxy", name));
    }
    // Deleted, as the message says, the kit's own take their place.
    expect(install(host, next).code).toBe(0);
  });

  test("lookups of one tree size, or with another record, must not differ", () => {
    const host = installed(kit);
    for (const text of [
      lookupText(one, 100).replace("17", "18"),
      lookupText(one, 150).replace("17", "18"),
      "no lookup at all\n",
      "",
    ]) {
      writeFileSync(host.path("proxy/sumdb/sum.example.org/lookup/example.com/one@v1.0.0"), text);
      expect(install(host, kit)).toMatchObject({
        code: 8,
        stderr: expect.stringContaining("lookup/example.com/one@v1.0.0"),
      });
    }
  });
});

describe("tree heads", () => {
  test("a kit that can't be connected with those here is refused and nothing changes", async () => {
    const strangers = [
      await writeTinyKit(join(workspace, "kits"), { name: "newer", head: 150, modules: [one] }),
      await writeTinyKit(join(workspace, "kits"), { name: "older", head: 50, modules: [one] }),
      await writeTinyKit(join(workspace, "kits"), {
        name: "fork",
        head: 100,
        treeRoot: "Zm9yaw==",
        modules: [one],
      }),
      await writeTinyKit(join(workspace, "kits"), {
        name: "setting",
        gosumdb: "sum.example.org+00000000+key",
        modules: [one],
      }),
    ];
    const host = installed(kit);
    const before = host.snapshot();
    for (const stranger of strangers) {
      const done = install(host, stranger);
      expect({ name: stranger.name, code: done.code }).toEqual({ name: stranger.name, code: 16 });
      expect(done.stderr).toContain("AIRGO_HEADS_APART");
      expect(done.stderr).toContain("--prefix");
      expect(host.snapshot()).toBe(before);
    }
    const other = newHost();
    expect(install(other, strangers[0] ?? kit).code).toBe(0);
  });

  test("the largest head must know all others, not only the newest kit's", async () => {
    const middle = await writeTinyKit(join(workspace, "kits"), {
      name: "middle",
      head: 150,
      earlierHeads: [100],
      modules: [one],
    });
    const host = installed(kit, next);
    expect(install(host, middle)).toMatchObject({
      code: 16,
      stderr: expect.stringContaining("this kit: its tree head 150 is unknown"),
    });
    const largest = await writeTinyKit(join(workspace, "kits"), {
      name: "largest",
      head: 300,
      earlierHeads: [200, 150, 100],
      modules: [one],
    });
    expect(install(host, largest).code).toBe(0);
    expect(install(host, middle).code).toBe(0);
  });
});

describe("generations", () => {
  test("a kit of the same name replaces the earlier one, the earlier generation stays whole", () => {
    const host = installed(kit, next);
    expect(readdirSync(host.path("generations")).sort()).toEqual(["1", "2"]);
    expect(readdirSync(host.path("current/bin")).sort()).toEqual(["go", "go1.98.7", "go1.99.3", "gofmt"]);
    expect(run([host.path("generations/1/bin/go"), "version"], { env: {} }).stdout).toContain("go1.99.2");
    expect(host.read("current/go/VERSION")).toContain("go1.99.3");
    expect(host.ask("gofmt")).toContain("gofmt 1.99.3");
  });

  test("kits of different names live together; the newest Go is the default one", async () => {
    const old = await writeTinyKit(join(workspace, "kits"), {
      name: "old",
      versions: ["1.99rc1", "1.97.10"],
      modules: [one],
    });
    const host = installed(kit, old);
    expect(readdirSync(host.path("current/bin")).sort()).toEqual([
      "go",
      "go1.97.10",
      "go1.98.7",
      "go1.99.2",
      "go1.99rc1",
      "gofmt",
    ]);
    expect(host.ask("go", "version")).toContain("go1.99.2");
    expect(install(host, next).code).toBe(0);
    expect(readdirSync(host.path("current/bin")).sort()).toEqual([
      "go",
      "go1.97.10",
      "go1.98.7",
      "go1.99.3",
      "go1.99rc1",
      "gofmt",
    ]);
    expect(host.ask("go1.97.10", "version")).toContain("go1.97.10");
    expect(existsSync(host.path("kits", `old-1-${old.id}`, "kit.json"))).toBe(true);
  });

  test("the same kit again verifies all and changes nothing", () => {
    const host = installed(kit);
    const before = host.snapshot();
    const again = install(host, kit);
    expect(again).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("already current (generation 1)"),
    });
    expect(host.snapshot()).toBe(before);
  });

  test("what is damaged or missing is put back by installing again", () => {
    const damage: Record<string, (host: Host) => void> = {
      "a changed file of Go": (host) => rewrite(host.path("current/go/src/fmt/print.go")),
      "a file of Go that is gone": (host) =>
        run(["sh", "-c", 'chmod -R u+w "$1"; rm "$1/VERSION"', "sh", host.path("current/go/")]),
      "a file in Go that does not belong there": (host) =>
        run(["sh", "-c", 'chmod u+w "$1"; : >"$1/extra"', "sh", host.path("current/go/")]),
      "a link in Go": (host) =>
        run(["sh", "-c", 'chmod u+w "$1"; ln -s /etc "$1/etc"', "sh", host.path("current/go/")]),
      "a program that lost its mode": (host) => chmodSync(host.path("current/go/bin/go"), 0o444),
      "a setuid program": (host) => chmodSync(host.path("current/go/bin/go"), 0o4555),
      "no Go at all": (host) => removeWorkspace(host.path("versions")),
      "a link where Go should be": (host) => {
        const folder = host.path("versions", readdirSync(host.path("versions"))[0] ?? "");
        removeWorkspace(folder);
        symlinkSync("/usr", folder);
      },
      "a module file that is gone": (host) => rmSync(host.path("proxy/example.com/one/@v/v1.0.0.zip")),
      "a list that lost a version": (host) => writeFileSync(host.path("proxy/example.com/one/@v/list"), ""),
      "a paper that is gone": (host) => rmSync(host.path("kits", `tiny-1-${kit.id}`, "kit.json")),
    };
    const host = installed(kit);
    const before = host.snapshot();
    for (const [name, harm] of Object.entries(damage)) {
      harm(host);
      expect({ name, changed: host.snapshot() !== before }).toEqual({ name, changed: true });
      expect({ name, code: install(host, kit).code }).toEqual({ name, code: 0 });
      expect({ name, state: host.snapshot() }).toEqual({ name, state: before });
      expect(host.leavings()).toEqual([]);
    }
  });

  test("a wrapper that was edited gives a new generation with the right one", () => {
    const host = installed(kit);
    const right = host.read("current/bin/go");
    writeFileSync(host.path("current/bin/go"), "#!/bin/sh\necho hacked\n");
    expect(install(host, kit).code).toBe(0);
    expect(readdirSync(host.path("generations")).sort()).toEqual(["1", "2"]);
    expect(host.read("current/bin/go")).toBe(right);
  });

  test("papers are kept for later: tables, sums, signature, key, receipt", () => {
    const host = newHost();
    expect(host.install(kit).code).toBe(0);
    const papers = `kits/tiny-1-${kit.id}`;
    expect(readdirSync(host.path(papers)).sort()).toEqual([
      "SHA256SUMS",
      "came-from",
      "kit",
      "kit.json",
      "outer",
      "receipt.json",
      "serials-kept",
    ]);
    expect(readdirSync(host.path(papers, "outer")).sort()).toEqual([
      "SHA256SUMS",
      "SHA256SUMS.release.sig",
      "release.pub.pem",
    ]);
    expect(host.read(papers, "SHA256SUMS")).toBe(readFileSync(join(kit.folder, "SHA256SUMS"), "utf8"));
    const outer = host.path(papers, "outer");
    const openssl = run(
      [
        "openssl",
        "dgst",
        "-sha256",
        "-verify",
        "release.pub.pem",
        "-signature",
        "SHA256SUMS.release.sig",
        "SHA256SUMS",
      ],
      { cwd: outer },
    );
    expect(openssl.stdout).toBe("Verified OK\n");
    expect(JSON.parse(host.read(papers, "receipt.json"))).toMatchObject({
      kit: { name: "tiny", serial: 1, id: kit.id },
      generation: 1,
      action: "install",
      result: "installed",
      signatures: [
        {
          file: "SHA256SUMS.release.sig",
          outcome: "valid",
          key: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        },
      ],
    });
  });

  test("a signature that is checked later replaces the receipt that had none", () => {
    const host = installed(kit);
    expect(host.install(kit).code).toBe(0);
    expect(readdirSync(host.path(`kits/tiny-1-${kit.id}/outer`))).toContain("SHA256SUMS.release.sig");
    expect(host.read(`kits/tiny-1-${kit.id}/receipt.json`)).toContain('"valid"');
  });
});

describe("the health check", () => {
  test("an upgrade that does not work ends 64: the earlier generation is current, and what was brought is gone", async () => {
    const host = installed(kit);
    const before = host.snapshot();
    for (const build of ["fails", "lies"] as const) {
      const broken = await writeTinyKit(join(workspace, "kits"), {
        serial: 3,
        head: 200,
        earlierHeads: [100],
        versions: ["1.99.8", "1.98.7"],
        build,
      });
      expect(install(host, broken, "--checks", "full")).toMatchObject({
        code: 64,
        stderr: expect.stringContaining("AIRGO_HEALTH_KEPT_EARLIER"),
      });
      expect(host.snapshot()).toBe(before);
      expect(host.ask("go", "version")).toContain("go1.99.2");
    }
  });

  test("a first installation that does not work ends 32 and leaves no Go", async () => {
    const broken = await writeTinyKit(join(workspace, "kits"), { serial: 4, build: "fails" });
    const host = newHost();
    expect(install(host, broken, "--checks", "full")).toMatchObject({
      code: 32,
      stderr: expect.stringContaining("no space for gophers"),
    });
    expect(existsSync(host.path("current"))).toBe(false);
    expect(existsSync(host.path("proxy"))).toBe(false);
    expect(existsSync(host.prefix)).toBe(false);
    expect(host.leavings()).toEqual([]);
    expect(install(host, kit).code).toBe(0);
  });
});

/** What a program answers in this very environment. */
function ask(env: Record<string, string>, program: string, ...args: string[]): string {
  return run([program, ...args], { env }).stdout.trim();
}

describe("wrappers", () => {
  let host: Host;
  beforeAll(() => {
    host = installed(kit);
  });

  test("set what is unset, and leave what is set", () => {
    const go = host.path("current/bin/go");
    const names = ["GOPROXY", "GOTOOLCHAIN", "GOSUMDB", "GOFLAGS", "GOPRIVATE", "GONOSUMDB"];
    expect(ask({}, go, "env", ...names)).toBe(`file://${host.path("proxy")}\npath`);
    const own = { GOPROXY: "off", GOTOOLCHAIN: "local", GOSUMDB: "own", GOFLAGS: "-x" };
    expect(ask(own, go, "env", ...names)).toBe("off\nlocal\nown\n-x");
    expect(ask({ GOPROXY: "", GOTOOLCHAIN: "" }, go, "env", ...names)).toBe(
      `file://${host.path("proxy")}\npath`,
    );
  });

  test("work through a link, with PATH alone, and find the other versions, which go last on PATH", () => {
    const bin = host.path("current/bin");
    symlinkSync(join(bin, "go"), join(workspace, "go-link"));
    expect(ask({}, join(workspace, "go-link"), "version")).toContain("go1.99.2");
    expect(
      ask({ PATH: "/usr/bin:/bin" }, join(workspace, "go-link"), "run-on-path", "go1.98.7", "version"),
    ).toContain("go1.98.7");
    expect(ask({ PATH: "/usr/bin:/bin" }, join(workspace, "go-link"), "env", "PATH")).toBe(
      `/usr/bin:/bin:${bin}`,
    );
    expect(ask({ PATH: `${bin}:/usr/bin` }, join(bin, "go"), "env", "PATH")).toBe(`${bin}:/usr/bin`);
    expect(
      ask({ PATH: bin }, "/bin/sh", "-c", "go version; go1.98.7 version; gofmt").split("\n"),
    ).toHaveLength(3);
  });

  test("know their own tree, whatever GOROOT says; editors are told both settings", () => {
    const stale = { GOROOT: "/usr/lib/go-1.0" };
    for (const [program, version] of [
      ["go", "1.99.2"],
      ["go1.98.7", "1.98.7"],
    ] as const) {
      const says = run([host.path("current/bin", program), "env", "GOROOT"], { env: stale }).stdout;
      expect(says).toContain(host.path(`versions/go-v${version}-`));
    }
    const fresh = newHost();
    const done = install(fresh, kit);
    expect(done.stdout).toContain("start editors from a shell that has the PATH line");
    expect(done.stdout).toContain(`  GOROOT='${fresh.path("current/go")}'\n`);
    expect(done.stdout).toContain(`  GOPROXY=file://${fresh.path("proxy")}\n`);
  });

  test("set GOSUMDB only for a kit that says so, and that is told", async () => {
    const gosumdb = "sum.example.org+033de0ae+Ac4zctda0e5eza";
    const ownKit = await writeTinyKit(join(workspace, "kits"), { name: "own", gosumdb });
    const own = newHost();
    for (let times = 0; times < 2; times++) {
      expect(install(own, ownKit)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(
          /\nmodules are checked with .* sum\.example\.org, .* not Go's default: .*eza\n$/,
        ),
      });
    }
    expect(install(newHost(), kit).stdout).not.toContain("modules are checked with");
    expect(own.ask("go", "env", "GOSUMDB")).toBe(gosumdb);
    expect(ask({ GOSUMDB: "mine" }, own.path("current/bin/go"), "env", "GOSUMDB")).toBe("mine");
  });
});

test("a GOSUMDB setting that is not the kit's own database with its key ends 8", async () => {
  for (const gosumdb of [
    "off",
    "sum.example.org",
    "sum.example.com+033de0ae+Ac4zctda0e5eza",
    "sum.example.org+033de0ae",
    "sum.example.org+033de0ae+",
    "sum.example.org+033DE0AE+Ac4zctda0e5eza",
    "sum.example.org+033de0a+Ac4zctda0e5eza",
    "sum.example.org+033de0ae+Ac4z-ctda",
    "sum.example.org+033de0ae+Ac4zctda0e5eza https",
  ]) {
    const odd = await writeTinyKit(join(workspace, "kits"), { name: "odd", gosumdb });
    expect({ gosumdb, ...install(newHost(), odd) }).toMatchObject({
      gosumdb,
      code: 8,
      stderr: expect.stringMatching(/AIRGO_KIT_INVALID[^]*gosumdb: /),
    });
  }
  const sumdb = "sum.golang.org";
  const ofGo = await writeTinyKit(join(workspace, "kits"), {
    sumdb,
    gosumdb: `${sumdb}+033de0ae+Ac4zctda`,
  });
  expect(install(newHost(), ofGo)).toMatchObject({
    code: 8,
    stderr: expect.stringContaining("gosumdb: "),
  });
});

function rewrite(file: string): void {
  chmodSync(file, 0o644);
  writeFileSync(file, "changed");
  chmodSync(file, 0o444);
}
