import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { signEcdsa, verifyEcdsa } from "../../../src/signing/ecdsa.js";
import { developmentKey, loadSigningKey } from "../../../src/signing/keys.js";
import { built, startNode } from "../../support/node-script.js";
import { scratchFolder } from "../../support/scratch.js";
import { testIf } from "../../support/tools.js";

const root = scratchFolder("signing");
let names = 0;
const fresh = (): string => join(root, `${++names}`);
const openssl = (...args: string[]): Buffer =>
  execFileSync("openssl", args, { stdio: ["ignore", "pipe", "ignore"] });

/** A key file made by openssl, private to its owner. */
function opensslKey(...args: string[]): string {
  const file = fresh();
  openssl(...args, "-out", file);
  chmodSync(file, 0o600);
  return file;
}
const p256 = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const unreadable = { code: "AIRGO_KEY_UNREADABLE" };

describe("openssl", () => {
  testIf("openssl", "verifies what is signed, and nothing else", async () => {
    const key = await loadSigningKey(opensslKey(...p256), undefined);
    const [document, publicKey] = [fresh(), fresh()];
    writeFileSync(publicKey, key.publicPem);
    for (const text of ["", "a line\n", "x".repeat(1 << 20)]) {
      writeFileSync(document, text);
      const signature = signEcdsa(Buffer.from(text), key);
      const verify = (bytes: Buffer): number | null => {
        writeFileSync(`${document}.sig`, bytes);
        return spawnSync("openssl", [
          "dgst",
          "-sha256",
          "-verify",
          publicKey,
          "-signature",
          `${document}.sig`,
          document,
        ]).status;
      };
      expect(verify(signature)).toBe(0);
      expect(
        verify(Buffer.concat([signature.subarray(0, -1), Buffer.of((signature.at(-1) ?? 0) ^ 1)])),
      ).not.toBe(0);
    }
  });

  testIf("openssl", "signs what is verified here", async () => {
    const file = opensslKey(...p256);
    const document = fresh();
    writeFileSync(document, "document\n");
    const signature = openssl("dgst", "-sha256", "-sign", file, document);
    const { publicPem } = await loadSigningKey(file, undefined);
    expect(verifyEcdsa(Buffer.from("document\n"), signature, publicPem)).toBe(true);
    expect(verifyEcdsa(Buffer.from("document"), signature, publicPem)).toBe(false);
  });

  testIf(["openssl", "sha256sum"], "prints the same public key and fingerprint", async () => {
    const file = opensslKey(...p256);
    const key = await loadSigningKey(file, undefined);
    expect(openssl("pkey", "-in", file, "-pubout").toString()).toBe(key.publicPem);
    const der = openssl("pkey", "-in", file, "-pubout", "-outform", "DER");
    expect(execFileSync("sha256sum", { input: der }).toString().split(" ")[0]).toBe(key.fingerprint);
  });
});

describe("key files of openssl", () => {
  testIf("openssl", "PKCS#8 and SEC 1 are read", async () => {
    const pkcs8 = opensslKey(...p256);
    const sec1 = opensslKey("ec", "-in", pkcs8);
    expect(readFileSync(sec1, "utf8")).toContain("BEGIN EC PRIVATE KEY");
    expect((await loadSigningKey(sec1, undefined)).fingerprint).toBe(
      (await loadSigningKey(pkcs8, undefined)).fingerprint,
    );
  });

  testIf("openssl", "encrypted ones open with their passphrase alone", async () => {
    const plain = opensslKey(...p256);
    const passphrase = "pass phrase ü$";
    const pkcs8 = opensslKey(
      "pkcs8",
      "-topk8",
      "-v2",
      "aes-256-cbc",
      "-in",
      plain,
      "-passout",
      `pass:${passphrase}`,
    );
    const scrypt = opensslKey("pkcs8", "-topk8", "-scrypt", "-in", plain, "-passout", `pass:${passphrase}`);
    const sec1 = opensslKey("ec", "-aes256", "-in", plain, "-passout", `pass:${passphrase}`);
    for (const file of [pkcs8, scrypt, sec1]) {
      expect(readFileSync(file, "utf8")).toMatch(/ENCRYPTED/);
      expect((await loadSigningKey(file, passphrase)).fingerprint).toBe(
        (await loadSigningKey(plain, undefined)).fingerprint,
      );
      for (const wrong of ["wrong S3cret", "", undefined]) {
        const error: unknown = await loadSigningKey(file, wrong).catch((caught: unknown) => caught);
        expect(error).toMatchObject({ ...unreadable, where: file });
        expect(String(error)).not.toContain("S3cret");
      }
    }
  });

  testIf("openssl", "other kinds, curves and halves are refused", async () => {
    const others = [
      opensslKey("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
      opensslKey("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"),
      opensslKey("genpkey", "-algorithm", "ED25519"),
      opensslKey("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
      opensslKey("pkey", "-in", opensslKey(...p256), "-pubout"),
      opensslKey("pkey", "-in", opensslKey(...p256), "-outform", "DER"),
    ];
    for (const file of others)
      await expect(loadSigningKey(file, undefined)).rejects.toMatchObject({ ...unreadable, where: file });
  });
});

describe("verifyEcdsa", () => {
  const document = Buffer.from("document");
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = {
    privateKey: keys.privateKey,
    publicPem: keys.publicKey.export({ type: "spki", format: "pem" }).toString(),
    fingerprint: "",
  };

  test("refuses whatever else is given as a signature", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        (bytes) => !verifyEcdsa(document, Buffer.from(bytes), key.publicPem),
      ),
    );
    const signature = signEcdsa(document, key);
    for (let at = 0; at < signature.length; at++)
      expect(verifyEcdsa(document, signature.subarray(0, at), key.publicPem)).toBe(false);
  });

  test("refuses keys of another kind, even with a signature that is right by them", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const other = generateKeyPairSync("ec", { namedCurve: "P-384" });
    for (const { privateKey, publicKey } of [rsa, other]) {
      const publicPem = publicKey.export({ type: "spki", format: "pem" }).toString();
      expect(() => signEcdsa(document, { privateKey, publicPem, fingerprint: "f" })).toThrow(
        expect.objectContaining({ code: "AIRGO_SIGNATURE_BAD", where: "f" }),
      );
    }
  });
});

describe("a key file", () => {
  const pem = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
    type: "pkcs8",
    format: "pem",
  });

  test.each([0o644, 0o640, 0o604, 0o660, 0o610, 0o601])("of mode %o is refused as exposed", async (mode) => {
    const file = fresh();
    writeFileSync(file, pem);
    chmodSync(file, mode);
    await expect(loadSigningKey(file, undefined)).rejects.toMatchObject({
      code: "AIRGO_KEY_EXPOSED",
      found: `mode 0${mode.toString(8)}`,
      hint: expect.stringContaining("chmod 600"),
    });
  });

  test.each([0o600, 0o400, 0o700])("of mode %o is taken", async (mode) => {
    const file = fresh();
    writeFileSync(file, pem);
    chmodSync(file, mode);
    expect((await loadSigningKey(file, undefined)).fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test("that is not there, empty, a folder or something else is unreadable", async () => {
    const [empty, folder, other] = [fresh(), fresh(), fresh()];
    writeFileSync(empty, "", { mode: 0o600 });
    mkdirSync(folder);
    writeFileSync(other, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", { mode: 0o600 });
    for (const file of [fresh(), empty, folder, other]) {
      await expect(loadSigningKey(file, undefined)).rejects.toMatchObject({ ...unreadable, where: file });
    }
  });
});

describe("the development key", () => {
  test("is made once, private, and taken again", async () => {
    const file = join(fresh(), "keys", "dev.pem");
    const first = await developmentKey(file);
    const second = await developmentKey(file);
    expect([first.fresh, second.fresh]).toEqual([true, false]);
    expect(second.fingerprint).toBe(first.fingerprint);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
    expect(readdirSync(dirname(file))).toEqual(["dev.pem"]);
  });

  test("of several processes that want it at once is one and the same", async () => {
    const file = join(fresh(), "dev.pem");
    const source = `
      import { developmentKey } from ${built("signing/keys.js")};
      console.log("ready");
      await new Promise((go) => process.stdin.once("data", go));
      process.stdin.destroy();
      console.log(JSON.stringify(await developmentKey(process.argv[1]).then(({ fingerprint, fresh }) => ({ fingerprint, fresh }))));`;
    const makers = Array.from({ length: 4 }, () => startNode(source, { args: [file] }));
    await Promise.all(makers.map((maker) => maker.printed("ready")));
    for (const maker of makers) maker.child.stdin?.write("go");
    const made = await Promise.all(
      makers.map(
        async (maker) =>
          JSON.parse((await maker.ended).stdout.split("\n")[1] ?? "null") as {
            fingerprint: string;
            fresh: boolean;
          },
      ),
    );
    expect(new Set(made.map(({ fingerprint }) => fingerprint)).size).toBe(1);
    expect(made.filter(({ fresh: isFresh }) => isFresh)).toHaveLength(1);
  });

  test("that others can read is refused, not replaced", async () => {
    const file = fresh();
    await developmentKey(file);
    chmodSync(file, 0o644);
    await expect(developmentKey(file)).rejects.toMatchObject({ code: "AIRGO_KEY_EXPOSED" });
  });

  test("that cannot be written is unreadable", async () => {
    const file = fresh();
    writeFileSync(file, "");
    await expect(developmentKey(join(file, "dev.pem"))).rejects.toMatchObject(unreadable);
    expect(existsSync(join(file, "dev.pem"))).toBe(false);
  });
});
