import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { keyKinds, publicKeyFile, type KeyKind } from "../../../src/signing/key-kinds.js";
import { readPublicKey } from "../../../src/signing/read-public-key.js";
import { readTrustedKeys } from "../../../src/signing/trusted-keys.js";
import { testIf } from "../../support/tools.js";
import { newSigner } from "../../support/new-signer.js";
import {
  endGpg,
  fileWith,
  freshFolder,
  gpgIn,
  openssl,
  opensslKey,
  p256,
  runTool,
  scratchFile,
} from "./tools.js";

const unreadable = { code: "AIRGO_KEY_UNREADABLE" };

describe("readTrustedKeys", () => {
  test("reads files and folders; a key is called as its file", async () => {
    const folder = freshFolder();
    const ids: string[] = [];
    for (const kind of keyKinds) {
      const { publicKey } = await newSigner(kind, { name: `of-${kind}` });
      writeFileSync(join(folder, publicKeyFile(`of-${kind}`, kind)), publicKey.text);
      ids.push(publicKey.id);
    }
    writeFileSync(join(folder, "serials.tsv"), "not a key\n");
    writeFileSync(join(folder, "SHA256SUMS.of-openpgp.asc"), "a signature\n");
    const keys = await readTrustedKeys([folder]);
    expect(keys.map(({ id }) => id).sort()).toEqual(ids.sort());
    expect(keys.every(({ name, kind }) => name === `of-${kind}`)).toBe(true);
    const one = join(folder, "of-rsa.pub.pem");
    expect(await readTrustedKeys([one, folder, one])).toHaveLength(keys.length);
  });

  testIf("openssl", "takes the same key in any dress", async () => {
    const file = opensslKey(...p256);
    const pem = openssl("pkey", "-in", file, "-pubout").toString();
    const dressed = `\n${pem.replaceAll("\n", "\r\n")}\n\n`;
    const [plain, other] = await readTrustedKeys([fileWith(pem), fileWith(dressed)]);
    expect(other?.id).toBe(plain?.id);
    expect(other?.text).toBe(plain?.text);
  });

  // openssl, gpg and ssh-keygen each show the fingerprint of another part of such files.
  test("refuses a file with more in it than the key", async () => {
    const [pem, other] = [await newKeyText("ecdsa-p256", "one"), await newKeyText("ecdsa-p256", "two")];
    const [pgp, ssh] = [await newKeyText("openpgp", "pgp"), await newKeyText("sshsig", "ssh")];
    const body = pgp.split("\n").slice(2, -3).join("");
    const binary = Buffer.from(body.replace(/=[^=]{4}$/, ""), "base64");
    const userId = Buffer.from(`\n${ssh}`);
    const files: Record<string, string | Buffer> = {
      "a block that openssl passes over": ` ${pem}${other}`,
      "two blocks": pem + other,
      "words around it": `Our key\n${pem}`,
      "an SSH key before PEM": ssh + pem,
      "an SSH key behind PEM": pem + ssh,
      "an SSH key before OpenPGP": ssh + pgp,
      "OpenPGP before PEM": pgp + pem,
      "a header that is none": pgp.replace("\n\n", "\nmDMEOk\n\n"),
      "base64 that looks like a header": pgp.replace("\n\n", "\n\nxjME: aaaa\n"),
      "an SSH key inside of binary OpenPGP": Buffer.concat([binary, Buffer.of(0xcd, userId.length), userId]),
    };
    for (const [what, content] of Object.entries(files)) {
      const found = await readTrustedKeys([fileWith(content)]).catch((error: unknown) => error);
      expect({ what, found }).toMatchObject({
        what,
        found: { ...unreadable, found: expect.stringMatching(/the key alone/) },
      });
    }
  });

  testIf("mkfifo", "a pipe that lies in a folder of keys is not waited for", async () => {
    const folder = freshFolder();
    const { publicKey } = await newSigner("ed25519");
    writeFileSync(join(folder, "release.pub.pem"), publicKey.text);
    runTool(["mkfifo", join(folder, "pipe.pem")]);
    expect((await readTrustedKeys([folder])).map(({ name }) => name)).toEqual(["release"]);
  });

  test("says what else a file is", async () => {
    const privatePem = generateKeyPairSync("ed25519")
      .privateKey.export({ type: "pkcs8", format: "pem" })
      .toString();
    const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" })
      .publicKey.export({ type: "spki", format: "pem" })
      .toString();
    const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 })
      .publicKey.export({ type: "spki", format: "pem" })
      .toString();
    const cases: [content: string, found: RegExp][] = [
      [privatePem, /private key/],
      ["-----BEGIN OPENSSH PRIVATE KEY-----\n", /private key/],
      ["-----BEGIN PGP PRIVATE KEY BLOCK-----\n", /private key/],
      [p384, /neither P-256/],
      [rsa, /2048/],
      ["-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", /certificate/],
      ["ssh-dss AAAAB3NzaC1kc3M= x\n", /SSH key/],
      ["ssh-ed25519 AAAA\n", /SSH key/],
      ["", /no public key/],
      ["hello\n", /no public key/],
      ["x".repeat((1 << 20) + 1), /too large/],
    ];
    for (const [content, found] of cases)
      await expect(readTrustedKeys([fileWith(content)])).rejects.toMatchObject({
        ...unreadable,
        found: expect.stringMatching(found),
      });
    await expect(readTrustedKeys([scratchFile()])).rejects.toMatchObject(unreadable);
    await expect(readTrustedKeys([freshFolder()])).rejects.toMatchObject(unreadable);
    await expect(readTrustedKeys(["/dev/zero"])).rejects.toMatchObject({
      found: expect.stringMatching(/too large/),
    });
  });

  testIf(
    "gpg",
    "refuses OpenPGP keys that isolated hosts could not use, and several in one file",
    async () => {
      const home = freshFolder();
      const gpg = gpgIn(home);
      for (const [user, algorithm] of [
        ["dsa", "dsa2048"],
        ["one", "ed25519"],
      ] as const)
        gpg("--quick-gen-key", user, algorithm, "cert,sign", "never");
      const [dsa, both] = [scratchFile(), scratchFile()];
      gpg("--armor", "-o", dsa, "--export", "dsa");
      gpg("--armor", "-o", both, "--export");
      await expect(readTrustedKeys([dsa])).rejects.toMatchObject({
        found: expect.stringMatching(/does not know its algorithm/),
      });
      await expect(readTrustedKeys([both])).rejects.toMatchObject({ found: expect.stringMatching(/2 keys/) });
      const [, print = ""] = /fpr:+([0-9A-F]{40}):/.exec(gpg("--with-colons", "-k", "one").output) ?? [];
      gpg("--quick-add-key", print, "dsa2048", "sign");
      const sub = scratchFile();
      gpg("--armor", "-o", sub, "--export", "one");
      await expect(readTrustedKeys([sub])).rejects.toMatchObject({ found: expect.stringMatching(/DSA/) });
      endGpg(home);
      const { generateKey } = await import("openpgp");
      const modern = await generateKey({ userIDs: [{ name: "x" }], type: "curve25519", format: "armored" });
      await expect(readTrustedKeys([fileWith(modern.publicKey)])).rejects.toMatchObject(unreadable);
    },
  );
});

test("any bytes are a key or an Error, and no error repeats them", async () => {
  const texts = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom(
        "-----BEGIN PUBLIC KEY-----\n",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5",
        "untrusted comment: x\nRW",
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n",
      )
      .chain((start) => fc.base64String({ maxLength: 200 }).map((rest) => Buffer.from(start + rest))),
  );
  await fc.assert(
    fc.asyncProperty(texts, async (bytes) => {
      const thrown = await readPublicKey(bytes, "k").then(
        () => undefined,
        (error: unknown) => error,
      );
      return (
        thrown === undefined ||
        thrown instanceof Error ||
        Object.prototype.toString.call(thrown) === "[object Error]"
      );
    }),
  );
});

async function newKeyText(kind: KeyKind, name: string): Promise<string> {
  return (await newSigner(kind, { name })).publicKey.text;
}
