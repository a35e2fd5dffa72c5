import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import { sha256Hex } from "../../src/support/digest.js";
import { newSigner, writePublicKey, writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { findTool, testIf } from "../support/tools.js";
import { Host, makeWorkspace, pathWith, removeWorkspace, run, shells, toolsOf } from "./harness.js";

const workspace = makeWorkspace();
const host = new Host(workspace, "prefix");
let kit: TinyKit;

beforeAll(async () => {
  kit = await writeTinyKit(join(workspace, "kits"), { versions: ["1.99.2"], archs: ["amd64", "arm64"] });
});
afterAll(() => removeWorkspace(workspace));

interface Receipt {
  [field: string]: unknown;
  signatures: unknown[];
  checked: unknown[];
  notChecked: unknown[];
}

/** Read as strictly as JSON is written: no other bytes than UTF-8. */
function readReceipt(file: string): Receipt {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  return JSON.parse(text) as Receipt;
}

function newFile(): string {
  return join(mkdtempSync(join(workspace, "receipts-")), "receipt.json");
}

const document = (): string => sha256Hex(readFileSync(join(kit.outer, "SHA256SUMS")));

describe("a receipt", () => {
  for (const [name, shell] of Object.entries(shells)) {
    testIf([shell[0], "openssl"], `says what was checked and with what, in ${name}`, () => {
      const file = newFile();
      const done = host.script(kit, ["verify", "--key", kit.key, "--receipt", file], { shell });
      expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining(`receipt: ${file}\n`) });
      expect(readReceipt(file)).toEqual({
        format: 1,
        action: "verify",
        result: "verified",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        by: "install.sh",
        host: { name: expect.any(String), arch: expect.any(String), uid: process.getuid?.() },
        kit: {
          name: "tiny",
          serial: 1,
          id: kit.id,
          sha256sums: sha256Hex(readFileSync(join(kit.folder, "SHA256SUMS"))),
        },
        document: document(),
        signatures: [
          {
            file: "SHA256SUMS.release.sig",
            signer: "release",
            outcome: "valid",
            key: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
            with: expect.stringMatching(/^OpenSSL \d/),
          },
        ],
        checked: [{ what: "every file of the kit", files: expect.any(Number), with: "sha256sum" }],
        notChecked: [
          { what: "whose key release.pub.pem is", why: "it came with the kit" },
          { what: expect.stringMatching(/^tiny-.*\.tar$/), why: expect.stringContaining("not there") },
          {
            what: "signature of the tree head and inclusion of its records",
            why: expect.stringContaining("Ed25519"),
          },
          { what: "h1 of module zips", why: expect.stringContaining("zip reader") },
        ],
      });
      expect(readdirSync(join(file, ".."))).toEqual(["receipt.json"]);
    });
  }

  testIf("openssl", "lies in the folder of receipts when no place is given", () => {
    const home = mkdtempSync(join(workspace, "home-"));
    const state = mkdtempSync(join(workspace, "state-"));
    const name = new RegExp(`^tiny-${kit.id}\\.\\d{8}T\\d{6}Z\\.json$`);
    expect(host.script(kit, ["verify", "--key", kit.key], { env: { HOME: home } }).code).toBe(0);
    const [inHome = ""] = readdirSync(join(home, ".local/state/airgo/receipts"));
    expect(inHome).toMatch(name);
    const env = { HOME: home, XDG_STATE_HOME: state };
    expect(host.script(kit, ["verify", "--insecure-no-signature"], { env }).code).toBe(0);
    const folder = join(state, "airgo/receipts");
    const [inState = ""] = readdirSync(folder);
    expect(readReceipt(join(folder, inState))).toMatchObject({ result: "whole", signatures: [] });
    // Each run leaves one of its own, however quick they are.
    for (let count = 2; count < 5; count++) {
      expect(host.script(kit, ["verify"], { env }).code).toBe(16);
      expect(readdirSync(folder)).toHaveLength(count);
    }
  });

  testIf("openssl", "that can't be written is a warning, or an error where its place was given", () => {
    const args = ["verify", "--key", kit.key];
    const env = { HOME: "/nonexistent", XDG_STATE_HOME: "/proc/nowhere" };
    expect(host.script(kit, args, { env })).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^WARNING: no receipt could be left .*\n$/),
    });
    for (const place of [join(workspace, "nowhere/receipt.json"), workspace]) {
      const done = host.script(kit, [...args, "--receipt", place]);
      expect(done).toMatchObject({ code: 32, stderr: expect.stringContaining("AIRGO_DISK") });
    }
    const tools = toolsOf(kit.script).filter((tool) => tool !== "getent");
    const PATH = pathWith(join(workspace, "no-getent"), [...tools, "printf", "sh", "busybox", "openssl"]);
    const noHome = host.script(kit, args, { env: { HOME: "", PATH } });
    if (process.getuid?.() === 0) {
      const home = join(workspace, "another-home");
      mkdirSync(home);
      chownSync(home, 65534, 65534);
      const foreign = host.script(kit, args, { env: { HOME: home } });
      expect(foreign.stderr).toContain(`because ${home} is another user's: give --receipt FILE`);
      expect(readdirSync(home)).toEqual([]);
    }
    expect(noHome.stderr).toContain("no receipt could be left, because HOME is not set: give --receipt FILE");
  });

  testIf("openssl", "is left by a refusal too, with its code", () => {
    const other = writePublicKey(join(workspace, "other.pem"), newSigner());
    const damaged = join(kit.folder, "README.txt");
    const text = readFileSync(damaged, "utf8");
    const cases: [args: string[], code: string, expected: object][] = [
      [["verify", "--key", other], "AIRGO_KEY_UNTRUSTED", { document: document() }],
      [["install", "--prefix", host.prefix, "--key", other], "AIRGO_KEY_UNTRUSTED", { action: "install" }],
      [["install", "--prefix", host.prefix], "AIRGO_KEY_MISSING", { signatures: [] }],
      [["verify", "--key", kit.key], "AIRGO_CHECKSUM_MISMATCH", { signatures: [{ outcome: "valid" }] }],
    ];
    for (const [args, code, expected] of cases) {
      if (code === "AIRGO_CHECKSUM_MISMATCH") writeFileSync(damaged, "changed\n");
      const file = newFile();
      try {
        expect(host.script(kit, [...args, "--receipt", file]).code).not.toBe(0);
      } finally {
        writeFileSync(damaged, text);
      }
      expect(readReceipt(file)).toMatchObject({
        result: "refused",
        error: { code, what: expect.any(String) },
        ...expected,
      });
      expect(readReceipt(file).notChecked).toContainEqual({
        what: "all that comes after what was checked",
        why: "the kit was refused",
      });
      expect(existsSync(host.prefix)).toBe(false);
    }
  });

  testIf("openssl", "of an installation lies with its papers, and where it was asked for", () => {
    const file = newFile();
    expect(host.script(kit, ["--prefix", host.prefix, "--key", kit.key, "--receipt", file]).code).toBe(0);
    const receipt = readReceipt(host.path("kits", `tiny-1-${kit.id}`, "receipt.json"));
    expect(receipt).toMatchObject({
      action: "install",
      result: "installed",
      prefix: host.prefix,
      generation: 1,
    });
    expect(receipt.checked).toContainEqual({
      what: "GOROOT of go 1.99.2",
      files: expect.any(Number),
      with: "sha256sum",
      h1Hex: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect({ ...readReceipt(file), time: "" }).toEqual({ ...receipt, time: "" });
    removeWorkspace(host.prefix);
  });

  testIf("openssl", "says of --expect-sha256 that nothing else vouched", () => {
    const file = newFile();
    const args = [
      "verify",
      "--expect-sha256",
      document().toUpperCase().replaceAll(/.{8}/g, "$& "),
      "--receipt",
      file,
    ];
    expect(host.script(kit, args)).toMatchObject({ code: 0, stderr: "" });
    const receipt = readReceipt(file);
    expect(receipt).toMatchObject({
      result: "verified",
      signatures: [{ file: "SHA256SUMS.release.sig", signer: "release", outcome: "no trusted key" }],
    });
    expect(JSON.stringify(receipt.checked)).toContain("--expect-sha256");
  });

  testIf(["openssl", "dash"], "is JSON whatever bytes are in names", () => {
    const path = pathWith(join(workspace, "odd-host"), [...toolsOf(kit.script), "printf", "sh", "openssl"]);
    rmSync(join(path, "uname"));
    writeFileSync(
      join(path, "uname"),
      `#!/bin/sh\ncase $1 in -n) printf 'a"b\\\\c\\t\\001\\303\\274\\360\\237\\220\\271\\377\\355\\240\\200\\300\\257z\\n' ;; *) PATH=/usr/bin:/bin; exec uname "$@" ;; esac\n`,
      { mode: 0o755 },
    );
    const file = newFile();
    const done = host.script(kit, ["verify", "--key", kit.key, "--receipt", file], {
      shell: [findTool("dash") ?? "/bin/sh"],
      env: { PATH: path },
    });
    expect(done).toMatchObject({ code: 0, stderr: "" });
    const { name } = readReceipt(file)["host"] as { name: string };
    expect(name).toBe(`a"b\\c\t\u0001ü🐹${"\ufffd".repeat(6)}z`);
    const prefix = join(workspace, "odd \u00fc \"prefix\" \\ 'x'");
    mkdirSync(prefix);
    expect(host.script(kit, ["--prefix", prefix, "--key", kit.key]).code).toBe(0);
    expect(readReceipt(join(prefix, "kits", `tiny-1-${kit.id}`, "receipt.json"))).toMatchObject({ prefix });
    if (findTool("python3") !== undefined) expect(run(["python3", "-m", "json.tool", file]).code).toBe(0);
  });
});
