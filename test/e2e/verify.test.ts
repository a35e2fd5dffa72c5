import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
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
import { basename, join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { airgo, makeProject, type AirgoResult, type TestProject } from "../support/airgo.js";
import { insiderPem } from "../support/forged-kit.js";
import { inMounts, readOnlyMount, smallMount } from "../support/mounts.js";
import { scratchFolder } from "../support/scratch.js";
import { testIf } from "../support/tools.js";

/*
 * `airgo verify` as an operator runs it: on a machine that has the folder and a key, and nothing else.
 */

const scratch = scratchFolder("verify");
const temporary = join(scratch, "tmp");
let project: TestProject;
/** The folder as it was carried, and the signer's key from elsewhere. */
let carried: string;
let key: string;
let top: string;

beforeAll(async () => {
  project = await makeProject();
  expect((await project.airgo(["bundle"])).code).toBe(0);
  const made = await project.kit();
  carried = join(scratch, "carried");
  cpSync(made, carried, { recursive: true });
  key = join(scratch, "release.pem");
  copyFileSync(join(made, "dev.pub.pem"), key);
  mkdirSync(temporary);
  top = basename(readdirSync(carried).find((name) => name.endsWith(".tar")) ?? "", ".tar");
});
afterAll(() => project.close());

/** Runs it where nothing of the project is: no store, no manifest, no network. */
async function verify(...args: readonly string[]): Promise<AirgoResult & { receipt?: Receipt }> {
  return verifyThrough([], args);
}

/** The same by way of another program. */
async function verifyThrough(
  through: readonly string[],
  args: readonly string[],
): Promise<AirgoResult & { receipt?: Receipt }> {
  const receiptFile = join(scratch, "receipt.json");
  rmSync(receiptFile, { force: true });
  const result = await airgo(["verify", ...args, "--receipt", receiptFile], {
    cwd: scratch,
    env: { TMPDIR: temporary },
    through,
  });
  expect(readdirSync(temporary)).toEqual([]);
  if (!existsSync(receiptFile)) return result;
  return { ...result, receipt: JSON.parse(readFileSync(receiptFile, "utf8")) as Receipt };
}

interface Receipt {
  readonly format: number;
  readonly action: string;
  readonly result: string;
  readonly time: string;
  readonly by: string;
  readonly kit: Readonly<Record<string, unknown>>;
  readonly document?: string;
  readonly signatures: readonly Readonly<Record<string, unknown>>[];
  readonly checked: readonly { readonly what: string }[];
  readonly notChecked: readonly { readonly what: string; readonly why: string }[];
  readonly error?: { readonly code: string; readonly what: string };
}

function copy(name: string, change: (folder: string) => void = () => undefined): string {
  const folder = join(scratch, name);
  rmSync(folder, { recursive: true, force: true });
  cpSync(carried, folder, { recursive: true, verbatimSymlinks: true });
  change(folder);
  return folder;
}

function sha256(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

describe("a sound kit", () => {
  test("is verified by its folder, by its archive and by a link, and each step is a line", async () => {
    const link = join(scratch, "latest");
    symlinkSync(carried, link);
    for (const path of [carried, join(carried, `${top}.tar`), link]) {
      const { code, stdout, stderr } = await verify(path, "--key", key);
      expect(stderr).toBe(
        `warning      another checksum database than Go's default speaks for the modules: ${project.upstream.verifierKey.split("+", 2).join("+")}\n`,
      );
      expect(code).toBe(0);
      expect(stdout).toMatch(/^signature {4}SHA256SUMS\.dev\.sig: valid, sha256:[0-9a-f]{64} \(release\)$/m);
      expect(stdout.match(/^checked /gm)).toHaveLength(8);
      expect(stdout).toMatch(/^checked {6}install\.sh is that of this airgo$/m);
      expect(stdout).toMatch(/^verified {5}kit k [0-9a-f]{12}, serial 1\n$/m);
    }
  });

  test("leaves a receipt of the documented form", async () => {
    const { receipt } = await verify(carried, "--key", key);
    expect(receipt).toMatchObject({
      format: 1,
      action: "verify",
      result: "verified",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      by: expect.stringMatching(/^airgo \d/),
      host: {
        name: expect.any(String),
        arch: expect.stringMatching(/^(amd64|arm64)$/),
        uid: process.getuid?.(),
      },
      kit: {
        name: "k",
        serial: 1,
        id: top.slice(2),
        sha256sums: sha256(join(carried, "contents.SHA256SUMS")),
      },
      document: sha256(join(carried, "SHA256SUMS")),
      signatures: [
        {
          file: "SHA256SUMS.dev.sig",
          signer: "dev",
          outcome: "valid",
          key: expect.stringMatching(/^sha256:/),
        },
      ],
    });
    expect(receipt?.error).toBeUndefined();
    expect(receipt?.checked.map(({ what }) => what).join("\n")).toMatch(
      /signatures[^]*folder[^]*archive[^]*tables[^]*log of sum\.example\.com[^]*h1 of module zips[^]*h1 of each Go/,
    );
    expect(receipt?.notChecked.map(({ what }) => what)).toEqual([
      expect.stringContaining("is a checksum database to trust"),
      "the times in .info files",
    ]);
  });

  test("is told as one line of JSON, which is the receipt", async () => {
    const { code, stdout, stderr } = await verify(carried, "--key", key, "--json");
    expect([code, stderr]).toEqual([0, ""]);
    const told = JSON.parse(stdout) as Receipt;
    expect(stdout.trimEnd()).not.toContain("\n");
    expect(told.result).toBe("verified");
  });

  test("may have the operator's key laid beside it, as its README says, and in a folder of keys", async () => {
    const folder = copy("with-key", (to) => copyFileSync(key, join(to, "KEY.pem")));
    expect((await verify(folder, "--key", join(folder, "KEY.pem"))).code).toBe(0);
    const refused = await verify(folder, "--key", key);
    expect([refused.code, refused.stderr]).toEqual([
      8,
      expect.stringContaining('"KEY.pem": it is not listed'),
    ]);
    const keys = join(scratch, "keys");
    mkdirSync(keys);
    copyFileSync(key, join(keys, "dev.pem"));
    writeFileSync(join(keys, "other.pem"), insiderPem);
    expect((await verify(carried, "--key", keys)).code).toBe(0);
  });

  testIf("tar", "is verified with its unpacked folder beside it, and with that alone", async () => {
    const folder = copy("unpacked", (to) => execFileSync("tar", ["-xf", `${top}.tar`], { cwd: to }));
    const both = await verify(folder, "--key", key);
    expect(both.code).toBe(0);
    expect(both.stdout).toMatch(/in the archive and of the unpacked kit \(\d+ files\)/);
    rmSync(join(folder, `${top}.tar`));
    const alone = await verify(folder, "--key", key);
    expect(alone.code).toBe(0);
    expect(alone.stdout).toMatch(/every file of the unpacked kit; there is no archive/);
    expect((await verify(join(folder, top), "--key", key)).code).toBe(0);
    expect(alone.receipt?.checked.map(({ what }) => what).join()).toContain("h1 of each Go");
  });
});

test("a key that came with the kit is told of: it verifies, and proves nothing", async () => {
  const { code, stderr, receipt } = await verify(carried, "--key", join(carried, "dev.pub.pem"));
  expect(code).toBe(0);
  expect(stderr).toMatch(/^warning .*dev\.pub\.pem came with the kit/m);
  expect(receipt?.notChecked[0]).toEqual({ what: "whose key dev.pub.pem is", why: "it came with the kit" });
});

describe("an unpacked folder", () => {
  testIf("tar", "that was altered, with or without the archive beside it, is refused", async () => {
    const unpacked = copy("altered", (to) => execFileSync("tar", ["-xf", `${top}.tar`], { cwd: to }));
    const archive = join(unpacked, `${top}.tar`);
    const changes: [RegExp, (kit: string) => void][] = [
      [/install\.sh: expected sha256/, (kit) => writeFileSync(join(kit, "install.sh"), "#!/bin/sh\n")],
      [/"evil": it is not listed/, (kit) => writeFileSync(join(kit, "evil"), "")],
      [/"kit\/evil": a folder that is none/, (kit) => mkdirSync(join(kit, "kit", "evil"))],
      [/kit\.json: it is missing/, (kit) => rmSync(join(kit, "kit.json"))],
      [/SHA256SUMS: expected sha256/, (kit) => writeFileSync(join(kit, "SHA256SUMS"), "")],
      [
        /"README\.txt": it is a link/,
        (kit) => {
          rmSync(join(kit, "README.txt"));
          symlinkSync("install.sh", join(kit, "README.txt"));
        },
      ],
      [
        /"kit": it is a link/,
        (kit) => {
          cpSync(join(kit, "kit"), join(scratch, "elsewhere"), { recursive: true, force: true });
          rmSync(join(kit, "kit"), { recursive: true });
          symlinkSync(join(scratch, "elsewhere"), join(kit, "kit"));
        },
      ],
      [
        /"bundles\.lock": it is a link, a pipe/,
        (kit) => {
          rmSync(join(kit, "bundles.lock"));
          execFileSync("mkfifo", [join(kit, "bundles.lock")]);
        },
      ],
    ];
    const kit = join(unpacked, top);
    for (const [problem, change] of changes) {
      rmSync(kit, { recursive: true, force: true });
      copyFileSync(join(carried, `${top}.tar`), archive);
      execFileSync("tar", ["-xf", `${top}.tar`], { cwd: unpacked });
      change(kit);
      for (const isThere of [true, false]) {
        if (!isThere) rmSync(archive);
        const { code, stderr } = await verify(unpacked, "--key", key);
        expect([code, stderr]).toEqual([8, expect.stringMatching(problem)]);
      }
    }
  });

  test("that is a link is refused", async () => {
    const folder = copy("linked", (to) => {
      rmSync(join(to, `${top}.tar`));
      symlinkSync(carried, join(to, top));
    });
    expect((await verify(folder, "--key", key)).code).toBe(8);
  });
});

describe("a refusal", () => {
  test("names the file, ends 8, and leaves a receipt that says what was not looked at any more", async () => {
    const folder = copy("tampered", (to) => writeFileSync(join(to, "rehearsal.txt"), "all went well\n"));
    const { code, stdout, stderr, receipt } = await verify(folder, "--key", key);
    expect(code).toBe(8);
    expect(stderr).toMatch(
      /^error AIRGO_CHECKSUM_MISMATCH: the folder is not what its SHA256SUMS says:\n {4}rehearsal\.txt: expected sha256 /m,
    );
    expect(stdout).not.toContain("verified");
    expect(receipt).toMatchObject({
      result: "refused",
      kit: { name: "k", id: top.slice(2) },
      signatures: [{ outcome: "valid" }],
      error: { code: "AIRGO_CHECKSUM_MISMATCH", what: expect.stringContaining("rehearsal.txt") },
    });
    expect(receipt?.notChecked).toHaveLength(6);
    expect(receipt?.notChecked.at(-1)).toEqual({
      what: expect.stringContaining("h1 of each Go"),
      why: "an earlier check failed",
    });
    const json = await verify(folder, "--key", key, "--json");
    expect(json.code).toBe(8);
    expect(JSON.parse(json.stdout)).toMatchObject({
      result: "refused",
      error: { code: "AIRGO_CHECKSUM_MISMATCH" },
    });
  });

  test("tells several files at once, and how many more there are", async () => {
    const folder = copy("many", (to) => {
      for (let count = 0; count < 30; count++) writeFileSync(join(to, `extra-${count}`), "");
    });
    const { stderr } = await verify(folder, "--key", key);
    expect(stderr.match(/it is not listed/g)).toHaveLength(20);
    expect(stderr).toContain("and 10 more");
  });

  test("by somebody else's key says so; a signature that was altered is bad", async () => {
    const other = join(scratch, "other.pem");
    writeFileSync(other, insiderPem);
    const unknown = await verify(carried, "--key", other);
    expect(unknown.code).toBe(16);
    expect(unknown.receipt?.signatures).toMatchObject([{ outcome: "no trusted key" }]);
    const folder = copy("other-signature", (to) => {
      const file = join(to, "SHA256SUMS.dev.sig");
      const bytes = readFileSync(file);
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      writeFileSync(file, bytes);
    });
    const bad = await verify(folder, "--key", key);
    expect([bad.code, bad.stderr]).toEqual([8, expect.stringContaining("AIRGO_SIGNATURE_BAD")]);
    expect(bad.receipt?.signatures).toMatchObject([{ outcome: "bad" }]);
  });
});

describe("who vouches", () => {
  test("must be said: without a key it ends 16, says what to do, and nothing was looked at", async () => {
    const { code, stderr, receipt } = await verify(carried);
    expect(code).toBe(16);
    expect(stderr).toContain("AIRGO_KEY_MISSING");
    expect(stderr).toContain("--expect-sha256");
    expect(receipt).toBeUndefined();
  });

  test("can be a digest that was told by another way", async () => {
    const digest = sha256(join(carried, "SHA256SUMS"));
    const onPaper = digest.toUpperCase().replaceAll(/.{8}/g, "$& ");
    const { code, receipt } = await verify(carried, "--expect-sha256", onPaper);
    expect([code, receipt?.result]).toEqual([0, "verified"]);
    expect(receipt?.checked[0]?.what).toContain("--expect-sha256");
    const other = await verify(
      carried,
      "--expect-sha256",
      digest.replace(/^./, (digit) => (digit === "0" ? "1" : "0")),
    );
    expect([other.code, other.receipt?.error?.code]).toEqual([8, "AIRGO_CHECKSUM_MISMATCH"]);
    expect((await verify(carried, "--expect-sha256", digest, "--key", key)).code).toBe(0);
  });

  test("can be nobody, which is told: whole, but not verified", async () => {
    const { code, stdout, receipt } = await verify(carried, "--insecure-no-signature");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^whole .*nobody was asked to vouch for it$/m);
    expect(stdout).not.toMatch(/^verified/m);
    expect(receipt?.result).toBe("whole");
    expect(receipt?.notChecked[0]?.what).toContain("signatures");
    const unsigned = copy("unsigned", (to) => rmSync(join(to, "SHA256SUMS.dev.sig")));
    expect((await verify(unsigned, "--insecure-no-signature")).code).toBe(0);
    expect((await verify(unsigned, "--key", key)).code).toBe(16);
  });

  test("can be several, each of whom must have signed", async () => {
    expect((await verify(carried, "--key", key, "--require", "release")).code).toBe(0);
    const { code, stderr } = await verify(carried, "--key", key, "--require", "release,audit");
    expect([code, stderr]).toEqual([16, expect.stringContaining("audit")]);
    expect((await verify(carried, "--key", key, "--require-sm")).code).toBe(16);
  });

  test.each([
    [["--insecure-no-signature", "--key", "release.pem"]],
    [["--expect-sha256", "abc"]],
    [["--require", "dev", "--expect-sha256", "0".repeat(64)]],
    [["--unknown"]],
  ])("%j makes no sense and ends 2", async (args) => {
    expect((await verify(carried, ...args)).code).toBe(2);
  });
});

describe("what is no kit", () => {
  test.each([["nothing"], ["release.pem"], ["."]])("%s ends 2", async (path) => {
    const { code, stderr } = await verify(path, "--key", key);
    expect([code, stderr]).toEqual([2, expect.stringContaining("AIRGO_USAGE")]);
  });

  test("a key that is none ends 32", async () => {
    const none = join(scratch, "none.pem");
    writeFileSync(none, "no key\n");
    expect((await verify(carried, "--key", none)).code).toBe(32);
    expect((await verify(carried, "--key", join(scratch, "missing.pem"))).code).toBe(32);
  });
});

describe("the machine", () => {
  testIf(
    "unshare",
    "may have no network, and the kit may be on a medium that cannot be written",
    async () => {
      const { through } = inMounts(readOnlyMount(carried), { network: false });
      expect((await verifyThrough(through, [carried, "--key", key])).code).toBe(0);
    },
  );

  testIf("unshare", "whose temporary folder has no room is told so, and the kit is not blamed", async () => {
    const { through } = inMounts(smallMount(temporary, "size=1m,nr_inodes=3"));
    const { code, stderr, stdout } = await verifyThrough(through, [carried, "--key", key]);
    expect([code, stderr]).toEqual([32, expect.stringContaining("AIRGO_DISK")]);
    expect(stdout).not.toContain("verified");
  });
});

describe("the receipt", () => {
  const state = join(scratch, "state");
  const run = (args: readonly string[], env: Record<string, string>) =>
    airgo(["verify", carried, "--key", key, ...args], { cwd: scratch, env: { TMPDIR: temporary, ...env } });

  test("goes below XDG_STATE_HOME by name, id and time, else below the home, and everybody may read it", async () => {
    expect((await run([], { XDG_STATE_HOME: state })).code).toBe(0);
    const folder = join(state, "airgo", "receipts");
    const [name = ""] = readdirSync(folder);
    expect(name).toMatch(new RegExp(`^${top}\\.\\d{8}T\\d{6}Z\\.json$`));
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o644);
    expect((await run([], { HOME: join(scratch, "home") })).code).toBe(0);
    expect(readdirSync(join(scratch, "home", ".local", "state", "airgo", "receipts"))).toHaveLength(1);
  });

  test("that cannot be kept is a warning; one that was asked for is an error", async () => {
    const file = join(scratch, "a-file");
    writeFileSync(file, "");
    const kept = await run([], { XDG_STATE_HOME: file });
    expect([kept.code, kept.stderr]).toEqual([
      0,
      expect.stringMatching(/^warning .*no receipt could be kept/m),
    ]);
    const asked = await run(["--receipt", join(file, "receipt.json")], {});
    expect([asked.code, asked.stderr]).toEqual([32, expect.stringContaining("AIRGO_DISK")]);
    expect(asked.stdout).not.toMatch(/^verified/m);
  });

  test("that cannot be written does not hide why the kit is refused", async () => {
    const file = join(scratch, "no-folder");
    writeFileSync(file, "");
    const digest = "0".repeat(64);
    const args = ["verify", carried, "--expect-sha256", digest, "--receipt", join(file, "receipt.json")];
    const refused = await airgo(args, { cwd: scratch, env: { TMPDIR: temporary } });
    expect([refused.code, refused.stderr]).toEqual([8, expect.stringContaining("AIRGO_CHECKSUM_MISMATCH")]);
    expect(refused.stderr).toMatch(/^warning .*no receipt could be kept/m);
  });

  test("says where it lies", async () => {
    const receipt = join(scratch, "told.json");
    const { stdout } = await run(["--receipt", receipt], {});
    expect(stdout).toContain(`receipt      ${receipt}\n`);
  });

  test("replaces what was there under a stated name, whole", async () => {
    const receipt = join(scratch, "mine.json");
    writeFileSync(receipt, "x".repeat(100_000));
    chmodSync(receipt, 0o600);
    expect((await run(["--receipt", receipt], {})).code).toBe(0);
    expect(JSON.parse(readFileSync(receipt, "utf8"))).toMatchObject({ result: "verified" });
    expect(statSync(receipt).mode & 0o777).toBe(0o644);
  });
});
