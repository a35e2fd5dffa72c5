import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import { makeSigner, writeKey, type KitSigner } from "../support/signers.js";
import { writeTinyKit, type TinyKit, type TinyKitOptions } from "../support/tiny-kit.js";
import { findTool, testIf } from "../support/tools.js";
import {
  Host,
  makeWorkspace,
  pathWith,
  removeWorkspace,
  snapshot,
  toolsOf,
  type Finished,
} from "./harness.js";

const workspace = makeWorkspace();
const ready = ["openssl", "gpg"].every((tool) => findTool(tool) !== undefined);
const keys = join(workspace, "keys");
let release: KitSigner;
let audit: KitSigner;
let kit: TinyKit;
let hosts = 0;

beforeAll(async () => {
  if (!ready) return;
  release = makeSigner(join(workspace, "signers"), "p256", "release");
  audit = makeSigner(join(workspace, "signers"), "openpgp", "audit");
  for (const signer of [release, audit]) writeKey(keys, signer);
  kit = await makeKit({ serial: 3, signers: [release, audit] });
});
afterAll(() => removeWorkspace(workspace));

function makeKit(options: TinyKitOptions): Promise<TinyKit> {
  return writeTinyKit(join(workspace, "kits"), { versions: ["1.99.2"], modules: [], ...options });
}

function newHost(): Host {
  return new Host(workspace, `prefix-${++hosts}`);
}

const releaseKey = join(keys, "release.pub.pem");
const auditKey = join(keys, "audit.pub.asc");

function install(host: Host, what: TinyKit, ...args: string[]): Finished {
  return host.script(what, ["--prefix", host.prefix, ...args]);
}

function verify(host: Host, what: TinyKit, ...args: string[]): Finished {
  return host.script(what, ["verify", "--prefix", host.prefix, ...args]);
}

const tools = ["openssl", "gpg", "gpgv"];

describe("keys that an installation trusts", () => {
  testIf(tools, "two that were both called KEY, as README.txt says, do not stand in each other's way", () => {
    const host = newHost();
    for (const [key, name] of [
      [releaseKey, "KEY.pem"],
      [auditKey, "KEY.asc"],
      [releaseKey, "KEY.pem"],
    ] as const) {
      const handed = join(workspace, name);
      cpSync(key, handed);
      expect(install(host, kit, "--key", handed)).toMatchObject({ code: 0, stderr: "" });
    }
    expect(readdirSync(host.path("trust")).sort()).toEqual([
      expect.stringMatching(/^key-[0-9a-f]{12}\.pub\.(asc|pem)$/),
      expect.stringMatching(/^key-[0-9a-f]{12}\.pub\.(asc|pem)$/),
      "serials.tsv",
    ]);
  });

  testIf(tools, "those that vouched for a kit are kept, and are enough for the next one", async () => {
    const host = newHost();
    const first = install(host, kit, "--key", releaseKey, "--key", auditKey);
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toContain(`release.pub.pem; to withdraw it, remove that file`);
    expect(readdirSync(host.path("trust")).sort()).toEqual([
      "audit.pub.asc",
      "release.pub.pem",
      "serials.tsv",
    ]);
    for (const name of readdirSync(host.path("trust")))
      expect(statSync(host.path("trust", name)).mode & 0o777).toBe(0o644);
    expect(host.read("trust/release.pub.pem")).toBe(release.publicKey);
    const next = await makeKit({ serial: 4, head: 101, earlierHeads: [100], signers: [audit] });
    expect(verify(host, next)).toMatchObject({ code: 0, stderr: "" });
    expect(install(host, next)).toMatchObject({ code: 0, stderr: "" });
    expect(host.leavings()).toEqual([]);
    // Withdrawn, it is trusted no longer.
    rmSync(host.path("trust/audit.pub.asc"));
    expect(install(host, next)).toMatchObject({
      code: 16,
      stderr: expect.stringContaining("AIRGO_KEY_UNTRUSTED"),
    });
  });

  testIf(
    tools,
    "a key that vouched for nothing is not kept, nor one of an installation that failed",
    async () => {
      const host = newHost();
      const byRelease = await makeKit({ signers: [release] });
      expect(install(host, byRelease, "--key", keys).code).toBe(0);
      expect(readdirSync(host.path("trust")).sort()).toEqual(["release.pub.pem", "serials.tsv"]);
      const fails = newHost();
      const broken = await makeKit({ signers: [release], build: "fails" });
      expect(install(fails, broken, "--key", keys, "--checks", "full").code).toBe(32);
      expect(existsSync(fails.prefix)).toBe(false);
    },
  );

  testIf(tools, "an administrator may put them there before anything is installed", () => {
    const host = newHost();
    mkdirSync(host.path("trust"), { recursive: true });
    cpSync(releaseKey, host.path("trust/release.pub.pem"));
    expect(verify(host, kit)).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(host.prefix)).toEqual(["trust"]);
    expect(install(host, kit)).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(host.path("trust")).sort()).toEqual(["release.pub.pem", "serials.tsv"]);
  });

  testIf(tools, "another key under the same name is refused by name", () => {
    const host = newHost();
    expect(install(host, kit, "--key", releaseKey).code).toBe(0);
    const before = host.snapshot();
    const other = writeKey(
      join(workspace, "other"),
      makeSigner(join(workspace, "signers"), "p256", "release"),
    );
    const done = install(host, kit, "--key", other);
    expect(done).toMatchObject({ code: 16, stderr: expect.stringContaining("AIRGO_KEY_UNTRUSTED") });
    expect(done.stderr).toContain("another key is trusted under the name release already");
    expect(done.stderr).toContain("retired");
    expect(host.snapshot()).toBe(before);
  });

  testIf(
    [...tools, "dash"],
    "a run that is killed while it keeps them: the next one ends as if nothing had been",
    () => {
      const whole = newHost();
      expect(install(whole, kit, "--key", keys).code).toBe(0);
      const path = pathWith(join(workspace, "killing"), [
        ...toolsOf(kit.script),
        "printf",
        "openssl",
        "gpgv",
      ]);
      const run = (host: Host): Finished =>
        host.script(kit, ["--prefix", host.prefix, "--key", keys], {
          shell: [findTool("dash") ?? "/bin/sh"],
          env: { PATH: path },
        });
      const mv = join(path, "mv");
      const host = newHost();
      for (const place of [
        "trust/serials.tsv",
        "trust/audit.pub.asc",
        "trust/release.pub.pem",
        "receipt.json",
      ]) {
        removeWorkspace(host.prefix);
        rmSync(mv);
        const kill = `case "$*" in *"${place}"*) kill -KILL $PPID ;; *) exec mv "$@" ;; esac`;
        writeFileSync(mv, `#!/bin/sh\nPATH=/usr/bin:/bin; ${kill}\n`, { mode: 0o755 });
        expect({ place, code: run(host).code }).toEqual({ place, code: null });
        rmSync(mv);
        symlinkSync(findTool("mv") ?? "", mv);
        expect({ place, ...run(host) }).toMatchObject({ place, code: 0, stderr: "" });
        for (const name of host.leavings().filter((left) => left.startsWith("airgo.")))
          removeWorkspace(join(host.tmp, name));
        expect({ place, left: host.leavings() }).toEqual({ place, left: [] });
        expect(snapshot(host.path("trust"))).toBe(snapshot(whole.path("trust")));
      }
    },
  );

  testIf(["openssl", "bash"], "a key may come through a pipe", () => {
    const host = newHost();
    const script = 'exec sh "$0" --prefix "$1" --key <(cat "$2")';
    const done = host.script({ ...kit, script: "-c" }, [script, kit.script, host.prefix, releaseKey], {
      shell: ["bash"],
    });
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(host.path("trust"))).toEqual([
      expect.stringMatching(/^key-[0-9a-f]{12}\.pub\.pem$/),
      "serials.tsv",
    ]);
  });

  testIf(tools, "what others could change, or a link, is not trusted", () => {
    const attacks: [attack: (host: Host) => void, code: number][] = [
      [(host) => chmodSync(host.path("trust"), 0o777), 2],
      [(host) => chmodSync(host.path("trust/release.pub.pem"), 0o666), 2],
      [
        (host) => {
          rmSync(host.path("trust"), { recursive: true });
          symlinkSync(keys, host.path("trust"));
        },
        2,
      ],
      [(host) => symlinkSync(auditKey, host.path("trust/audit.pub.asc")), 8],
    ];
    for (const [index, [attack, code]] of attacks.entries()) {
      const host = newHost();
      mkdirSync(host.path("trust"), { recursive: true });
      cpSync(releaseKey, host.path("trust/release.pub.pem"));
      attack(host);
      for (const done of [verify(host, kit), install(host, kit)])
        expect({ index, ...done }).toMatchObject({ index, code });
    }
  });

  testIf(tools, "a key beside the kit may be given, and that is said; it is never trusted by itself", () => {
    const host = newHost();
    expect(install(host, kit)).toMatchObject({
      code: 16,
      stderr: expect.stringContaining("AIRGO_KEY_MISSING"),
    });
    expect(verify(host, kit, "--key", kit.outer)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("that key lies beside the kit"),
    });
    expect(verify(host, kit, "--key", releaseKey).stdout).not.toContain("beside the kit");
    // As README.txt says it.
    const handed = join(kit.outer, "KEY.pem");
    writeFileSync(handed, readFileSync(releaseKey));
    const done = verify(host, kit, "--key", handed);
    rmSync(handed);
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(done.stdout).not.toContain("beside the kit");
  });
});

describe("--require", () => {
  testIf(tools, "all of these names must have signed", async () => {
    const host = newHost();
    expect(verify(host, kit, "--key", keys, "--require", "release,audit")).toMatchObject({
      code: 0,
      stderr: "",
    });
    const byRelease = await makeKit({ signers: [release] });
    for (const [args, found] of [
      [["--key", keys, "--require", "release,audit"], "audit: no valid signature by openpgp:"],
      [["--key", keys, "--require", "nobody"], "nobody: no key of this name is trusted here"],
    ] as const) {
      const done = verify(host, byRelease, ...args);
      expect(done).toMatchObject({ code: 16, stderr: expect.stringContaining("AIRGO_SIGNATURE_REQUIRED") });
      expect(done.stderr).toContain(found);
    }
    const path = pathWith(join(workspace, "no-gpgv"), [...toolsOf(kit.script), "printf", "sh", "openssl"]);
    const shell = [findTool("dash") ?? "/bin/sh"] as const;
    const lacks = host.script(kit, ["verify", "--key", keys], {
      shell,
      env: { PATH: path, AIRGO_REQUIRE: "audit" },
    });
    expect(lacks).toMatchObject({ code: 32, stderr: expect.stringContaining("AIRGO_VERIFIER_MISSING") });
    expect(lacks.stderr).toContain("SHA256SUMS.audit.asc: no tool here reads it: bring gpgv, gpg or sqv");
  });
});

describe("serials", () => {
  testIf(tools, "a kit that is older than one by the same key is refused, unless it is wanted", async () => {
    const host = newHost();
    const older = await makeKit({ serial: 2, signers: [release] });
    expect(install(host, kit, "--key", keys).code).toBe(0);
    const id = (signer: RegExp): string => signer.exec(host.read("trust/serials.tsv"))?.[0] ?? "";
    expect(id(/^openpgp:\w+\ttiny\t3$/m)).not.toBe("");
    expect(id(/^sha256:\w+\ttiny\t3$/m)).not.toBe("");
    const before = host.snapshot();
    const refused = install(host, older);
    expect(refused).toMatchObject({ code: 16, stderr: expect.stringContaining("AIRGO_DOWNGRADE") });
    expect(host.snapshot()).toBe(before);
    expect(verify(host, older)).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^WARNING: this kit has the serial 2, and tiny with the serial 3 .*\n$/),
    });
    expect(install(host, older, "--allow-downgrade").code).toBe(0);
    // What was the highest stays remembered.
    expect(host.read("trust/serials.tsv")).toContain("\t3\n");
    expect(install(host, older).code).toBe(16);
    expect(install(host, kit).code).toBe(0);
  });

  testIf(tools, "another key's serials do not count, and without any key all do", async () => {
    const host = newHost();
    const far = await makeKit({ serial: 900, signers: [audit] });
    expect(install(host, far, "--key", auditKey).code).toBe(0);
    const mine = await makeKit({ serial: 2, signers: [release] });
    expect(install(host, mine, "--insecure-no-signature")).toMatchObject({
      code: 16,
      stderr: expect.stringContaining("AIRGO_DOWNGRADE"),
    });
    expect(install(host, mine, "--key", releaseKey).code).toBe(0);
    const other = await makeKit({ name: "other", serial: 1, signers: [audit] });
    expect(install(host, other).code).toBe(0);
  });

  testIf(tools, "kits of an installation that kept no serials count for every key", async () => {
    const host = newHost();
    expect(install(host, kit, "--insecure-no-signature").code).toBe(0);
    rmSync(host.path("trust"), { recursive: true });
    rmSync(host.path("kits", `tiny-3-${kit.id}`, "serials-kept"));
    const older = await makeKit({ serial: 2, signers: [release] });
    expect(install(host, older, "--key", releaseKey)).toMatchObject({
      code: 16,
      stderr: expect.stringContaining("AIRGO_DOWNGRADE"),
    });
  });
});

testIf(
  tools,
  "an installation that ended before its receipt was written keeps no older kit out",
  async () => {
    const host = newHost();
    expect(install(host, kit, "--insecure-no-signature").code).toBe(0);
    rmSync(host.path("trust"), { recursive: true });
    rmSync(host.path("kits", `tiny-3-${kit.id}`, "receipt.json"));
    const older = await makeKit({ serial: 2, signers: [release] });
    expect(install(host, older, "--key", releaseKey).code).toBe(0);
  },
);

describe("the last day of a kit", () => {
  testIf(tools, "warns, or refuses when told so; a day that is none is refused", async () => {
    const host = newHost();
    const [past, future] = [
      await makeKit({ expires: "2020-02-29", signers: [release] }),
      await makeKit({ expires: "2999-12-31", signers: [release] }),
    ];
    const today = new Date().toISOString().slice(0, 10);
    const warned = verify(host, past, "--key", releaseKey);
    expect(warned).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("WARNING: this kit's last day was 2020-02-29"),
    });
    expect(warned.stderr).toContain(today.slice(0, 8));
    expect(verify(host, past, "--key", releaseKey, "--enforce-expiry")).toMatchObject({
      code: 16,
      stderr: expect.stringContaining("AIRGO_EXPIRED"),
    });
    expect(verify(host, future, "--key", releaseKey, "--enforce-expiry")).toMatchObject({
      code: 0,
      stderr: "",
    });
    for (const expires of [
      "tomorrow",
      "2026-13-01",
      "2026-1-1",
      "2026-00-10",
      "2020-01-01\nexpires\t2030-01-01",
    ]) {
      const odd = await makeKit({ expires, signers: [release] });
      expect({ expires, ...verify(host, odd, "--key", releaseKey) }).toMatchObject({
        expires,
        code: 8,
        stderr: expect.stringContaining("AIRGO_KIT_INVALID"),
      });
    }
  });
});
