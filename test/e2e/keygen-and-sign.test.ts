import { appendFile, cp, mkdtemp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { keyKinds, publicKeyFile, signatureFile } from "../../src/signing/key-kinds.js";
import { makeProject, type TestProject } from "../support/airgo.js";

let project: TestProject;

beforeAll(async () => {
  project = await makeProject();
  expect((await project.airgo(["bundle"])).code).toBe(0);
});
afterAll(() => project.close());

const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;

/** Adds signers to the manifest, as `airgo keygen` says them. */
async function addSigners(lines: readonly string[]): Promise<void> {
  await appendFile(join(project.folder, "bundles.yaml"), `signers:\n${lines.join("\n")}\n`);
}

/** A copy of the kit, which the test may change. */
async function copyOfKit(): Promise<string> {
  const folder = join(await mkdtemp(join(project.folder, "copy-")), "kit");
  await cp(await project.kit(), folder, { recursive: true });
  return folder;
}

describe("airgo keygen and airgo sign", () => {
  test("make a key of each kind and sign a finished kit with it, whose archive stays as it is", async () => {
    const lines: string[] = [];
    const env = { WORDS: "secret words" };
    for (const kind of keyKinds) {
      const name = `by-${kind}`;
      const made = await project.airgo(["keygen", name, "--type", kind, "--passphrase", "env:WORDS"], {
        env,
      });
      expect({ kind, code: made.code, stderr: made.stderr }).toEqual({ kind, code: 0, stderr: "" });
      expect(made.stdout).not.toContain("secret words");
      expect(made.stdout).toMatch(/^fingerprint  (sha256|openpgp|ssh|minisign):/m);
      lines.push(/^ {2}by-.*$/m.exec(made.stdout)?.[0] ?? "");
      const files = await readdir(join(project.folder, "secrets"));
      expect(files).toContain(publicKeyFile(name, kind));
      expect(
        await modeOf(join(project.folder, "secrets", `${name}.${kind === "openpgp" ? "asc" : "pem"}`)),
      ).toBe(0o600);
    }
    expect(await modeOf(join(project.folder, "secrets"))).toBe(0o700);
    expect(await readFile(join(project.folder, "secrets", ".gitignore"), "utf8")).toMatch(/^\*\n/);
    await addSigners(lines);

    const folder = await copyOfKit();
    const before = await readFile(join(folder, "SHA256SUMS"));
    for (const kind of keyKinds) {
      const signed = await project.airgo(["sign", folder, "--signer", `by-${kind}`], { env });
      expect({ kind, code: signed.code }).toEqual({ kind, code: 0 });
      expect(signed.stdout).toContain(signatureFile("SHA256SUMS", `by-${kind}`, kind));
    }
    expect(await readFile(join(folder, "SHA256SUMS"))).toEqual(before);
    const required = keyKinds.map((kind) => `by-${kind}`).join(",");
    const checked = await project.airgo(["verify", folder, "--key", "secrets-public", "--require", required]);
    expect(checked.code).toBe(32);
    const keys = keyKinds.flatMap((kind) => ["--key", join("secrets", publicKeyFile(`by-${kind}`, kind))]);
    const verified = await project.airgo(["verify", folder, ...keys, "--require", required]);
    expect({ code: verified.code, stderr: verified.stderr }).toMatchObject({ code: 0 });

    const again = await project.airgo(["sign", folder, "--signer", "by-rsa"], { env });
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("has signed it already") });
  });

  test("an auditor's manifest holds nothing but his signer: it signs, and builds nothing", async () => {
    const folder = await copyOfKit();
    await writeFile(join(project.folder, "words, of mine"), "words\n");
    const words = ["--passphrase", "file:words, of mine"];
    const made = await project.airgo(["keygen", "auditor", "--folder", "office", ...words]);
    const line = /^ {2}auditor: .*$/m.exec(made.stdout)?.[0] ?? "";
    expect(line).toContain('key: "file:office/auditor.pem"');
    await writeFile(join(project.folder, "auditor.yaml"), `version: 1\nsigners:\n${line}\n`);
    const signed = await project.airgo(["sign", folder, "--signer", "auditor", "-f", "auditor.yaml"]);
    expect({ code: signed.code, stdout: signed.stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining("SHA256SUMS.auditor.sig"),
    });
    const built = await project.airgo(["bundle", "--file", "auditor.yaml"]);
    expect(built).toMatchObject({ code: 2, stderr: expect.stringContaining("has no kits to build") });
  });

  test("two signers with one key are told to count as one", async () => {
    await project.airgo(["keygen", "lone", "--folder", "lone"]);
    const manifest = await readFile(join(project.folder, "bundles.yaml"), "utf8");
    const signer = '{ type: ecdsa-p256, key: "file:lone/lone.pem" }';
    const lone = `${manifest.slice(0, manifest.indexOf("signers:"))}    sign: [one, two]\nsigners: { one: ${signer}, two: ${signer} }\n`;
    await writeFile(join(project.folder, "lone.yaml"), lone);
    await cp(join(project.folder, "bundles.lock"), join(project.folder, "lone.lock"));
    const { code, stdout, stderr } = await project.airgo(["bundle", "--file", "lone.yaml"]);
    expect({ code, told: `${stdout}${stderr}` }).toEqual({
      code: 0,
      told: expect.stringContaining("signers one and two have the same key: they count as one"),
    });
    expect((await project.airgo(["bundle"])).code).toBe(0);
  });

  test("a receipt is left by each signature, and says what was checked before it", async () => {
    const folder = await copyOfKit();
    const receipt = join(project.folder, "receipt.json");
    const env = { WORDS: "secret words" };
    expect(
      (await project.airgo(["sign", folder, "--signer", "by-ed25519", "--receipt", receipt], { env })).code,
    ).toBe(0);
    const told = JSON.parse(await readFile(receipt, "utf8")) as { signatures: object[]; checked: object[] };
    expect(told).toMatchObject({ format: 1, action: "sign", result: "signed" });
    expect(told.signatures).toContainEqual(
      expect.objectContaining({ file: "SHA256SUMS.by-ed25519.sig", signer: "by-ed25519", outcome: "valid" }),
    );
    expect(told.checked.length).toBeGreaterThan(4);
    const states = await readdir(join(project.folder, ".home", ".local", "state", "airgo", "receipts"));
    expect(states.length).toBeGreaterThanOrEqual(keyKinds.length);
  });

  test("a kit that is not whole, or has a bad signature, is not signed", async () => {
    const env = { WORDS: "secret words" };
    for (const [name, code] of [
      ["rehearsal.txt", "AIRGO_CHECKSUM_MISMATCH"],
      ["SHA256SUMS.dev.sig", "AIRGO_SIGNATURE_BAD"],
    ] as const) {
      const folder = await copyOfKit();
      const file = join(folder, name);
      const bytes = await readFile(file);
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 2) ^ 1, bytes.length - 2);
      await writeFile(file, bytes);
      const done = await project.airgo(["sign", folder, "--signer", "by-ed25519"], { env });
      expect({ code: done.code, stderr: done.stderr }).toEqual({
        code: 8,
        stderr: expect.stringContaining(code),
      });
      expect(await readdir(folder)).not.toContain("SHA256SUMS.by-ed25519.sig");
    }
  });

  test("a signature of that name by another key is not replaced", async () => {
    const folder = await copyOfKit();
    const env = { WORDS: "secret words" };
    await project.airgo(["sign", folder, "--signer", "by-ed25519"], { env });
    const before = await readFile(join(folder, "SHA256SUMS.by-ed25519.sig"));
    await project.airgo(["keygen", "by-ed25519", "--type", "ed25519", "--folder", "others"]);
    const manifest = await readFile(join(project.folder, "bundles.yaml"), "utf8");
    await writeFile(
      join(project.folder, "other.yaml"),
      `${manifest.slice(0, manifest.indexOf("signers:"))}signers: { by-ed25519: { type: ed25519, key: "file:others/by-ed25519.pem" } }\n`,
    );
    const done = await project.airgo(["sign", folder, "--signer", "by-ed25519", "-f", "other.yaml"]);
    expect(done).toMatchObject({ code: 2, stderr: expect.stringContaining("already, by another key") });
    expect(await readFile(join(folder, "SHA256SUMS.by-ed25519.sig"))).toEqual(before);
  });
});

describe("airgo keygen refuses", () => {
  test("a name that no signer can have, a kind that there is not, and a passphrase on the command line", async () => {
    const cases: [args: string[], text: RegExp][] = [
      [["Release"], /a signer's name of a-z/],
      [["../x"], /a signer's name of a-z/],
      [["x", "--type", "dsa"], /Allowed choices/],
      [["x", "--passphrase", "S3cret-words"], /env:NAME or file:PATH/],
      [["x", "--passphrase", "env:NOT_SET"], /NOT_SET/],
    ];
    for (const [args, text] of cases) {
      const done = await project.airgo(["keygen", ...args, "--folder", "refused"]);
      expect({ args, code: done.code > 0, stderr: done.stderr }).toEqual({
        args,
        code: true,
        stderr: expect.stringMatching(text),
      });
      expect(done.stderr).not.toContain("S3cret");
    }
    expect(await readdir(project.folder)).not.toContain("refused");
  });

  test("to replace a key, private or public", async () => {
    const make = () => project.airgo(["keygen", "once", "--folder", "kept"]);
    expect((await make()).code).toBe(0);
    const file = join(project.folder, "kept", "once.pem");
    const before = await readFile(file);
    expect(await make()).toMatchObject({ code: 2, stderr: expect.stringContaining("never replaced") });
    expect(await readFile(file)).toEqual(before);
  });

  test("to keep a folder that was there out of version control", async () => {
    await project.airgo(["keygen", "here", "--folder", "."]);
    expect(await readdir(project.folder)).toContain("here.pem");
    expect(await readdir(project.folder)).not.toContain(".gitignore");
  });
});
