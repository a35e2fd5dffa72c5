import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

import { describe, expect, test } from "@jest/globals";

import type { KeyKind } from "../../../src/signing/key-kinds.js";
import { loadSigner } from "../../../src/signing/load-signer.js";
import { openssl, opensslKey, p256, scratchFile } from "./tools.js";
import { testIf } from "../../support/tools.js";

const load = (file: string, passphrase?: string, kind: KeyKind = "ecdsa-p256") =>
  loadSigner({ name: "release", kind, file, passphrase, now: Date.now });
const unreadable = { code: "AIRGO_KEY_UNREADABLE" };

describe("key files of openssl", () => {
  testIf(["openssl", "sha256sum"], "have the same public key and fingerprint there and here", async () => {
    const file = opensslKey(...p256);
    const { publicKey } = await load(file);
    expect(openssl("pkey", "-in", file, "-pubout").toString()).toBe(publicKey.text);
    const der = openssl("pkey", "-in", file, "-pubout", "-outform", "DER");
    const printed = execFileSync("sha256sum", { input: der }).toString().split(" ")[0];
    expect(publicKey.id).toBe(`sha256:${printed}`);
  });

  testIf("openssl", "PKCS#8 and SEC 1 are read", async () => {
    const pkcs8 = opensslKey(...p256);
    const sec1 = opensslKey("ec", "-in", pkcs8);
    expect(readFileSync(sec1, "utf8")).toContain("BEGIN EC PRIVATE KEY");
    expect((await load(sec1)).publicKey).toEqual((await load(pkcs8)).publicKey);
  });

  testIf("openssl", "encrypted ones open with their passphrase alone", async () => {
    const plain = opensslKey(...p256);
    const passphrase = "pass phrase ü$";
    const out = ["-in", plain, "-passout", `pass:${passphrase}`];
    const files = [
      opensslKey("pkcs8", "-topk8", "-v2", "aes-256-cbc", ...out),
      opensslKey("pkcs8", "-topk8", "-scrypt", ...out),
      opensslKey("ec", "-aes256", ...out),
    ];
    for (const file of files) {
      expect(readFileSync(file, "utf8")).toMatch(/ENCRYPTED/);
      expect((await load(file, passphrase)).publicKey).toEqual((await load(plain)).publicKey);
      for (const wrong of ["wrong S3cret", "", undefined]) {
        const error: unknown = await load(file, wrong).catch((caught: unknown) => caught);
        expect(error).toMatchObject({ ...unreadable, where: file });
        expect(String(error)).not.toContain("S3cret");
      }
    }
  });

  testIf(
    "openssl",
    "of another kind than the signer's type, or none at all, are refused by name",
    async () => {
      const others = [
        opensslKey("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
        opensslKey("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"),
        opensslKey("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"),
        opensslKey("pkey", "-in", opensslKey(...p256), "-pubout"),
        opensslKey("pkey", "-in", opensslKey(...p256), "-outform", "DER"),
      ];
      const kinds: KeyKind[] = ["ecdsa-p256", "rsa", "ed25519", "sm2", "sshsig", "minisign", "openpgp"];
      for (const file of others)
        for (const kind of kinds)
          await expect(load(file, undefined, kind)).rejects.toMatchObject({ ...unreadable, where: file });
      const ed25519 = opensslKey("genpkey", "-algorithm", "ED25519");
      for (const kind of ["ecdsa-p256", "rsa", "sm2", "openpgp"] as const)
        await expect(load(ed25519, undefined, kind)).rejects.toMatchObject(unreadable);
      for (const kind of ["ed25519", "sshsig", "minisign"] as const)
        expect((await load(ed25519, undefined, kind)).publicKey.kind).toBe(kind);
    },
  );
});

describe("a key file", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });

  function ofMode(mode: number): string {
    const file = scratchFile();
    writeFileSync(file, pem);
    chmodSync(file, mode);
    return file;
  }

  test.each([0o644, 0o640, 0o604, 0o660, 0o610, 0o601])("of mode %o is refused as exposed", async (mode) => {
    await expect(load(ofMode(mode))).rejects.toMatchObject({
      code: "AIRGO_KEY_EXPOSED",
      found: `mode 0${mode.toString(8)}`,
      hint: expect.stringContaining("chmod 600"),
    });
  });

  test.each([0o600, 0o400, 0o700])("of mode %o is taken", async (mode) => {
    expect((await load(ofMode(mode))).publicKey.id).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test("that is not there, empty, a folder or something else is unreadable", async () => {
    const [empty, folder, other] = [scratchFile(), scratchFile(), scratchFile()];
    writeFileSync(empty, "", { mode: 0o600 });
    mkdirSync(folder);
    writeFileSync(other, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", { mode: 0o600 });
    for (const file of [scratchFile(), empty, folder, other])
      await expect(load(file)).rejects.toMatchObject({ ...unreadable, where: file });
  });
});
