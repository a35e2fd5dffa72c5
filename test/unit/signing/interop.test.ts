import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "@jest/globals";

import { formats } from "../../../src/signing/formats/format.js";
import { keyKinds } from "../../../src/signing/key-kinds.js";
import { loadSigner } from "../../../src/signing/load-signer.js";
import { readKeyFile } from "../../../src/signing/trusted-keys.js";
import { testIf } from "../../support/tools.js";
import { flipped, newSigner } from "../../support/new-signer.js";
import { endGpg, fileWith, freshFolder, gpgIn, openssl, opensslKey, runTool, scratchFile } from "./tools.js";

/*
 * Every kind of signature, made here and checked by the programs that isolated hosts have, and the other way round.
 */

const document = Buffer.from("a line of a document\nanother\n");
const distid = "distid:1234567812345678";

/** What a program says of a signature made here: of the document itself, of another document, and of a damaged signature. */
async function judgedBy(
  kind: (typeof keyKinds)[number],
  verify: (given: Given) => number | null,
  passphrase?: string,
): Promise<boolean[]> {
  const signer = await newSigner(kind, passphrase === undefined ? {} : { passphrase });
  const signature = await signer.sign(document);
  const folder = freshFolder();
  const key = join(folder, "key");
  writeFileSync(key, signer.publicKey.text);
  const ask = (bytes: Buffer, text: Buffer): boolean => {
    const files = { key, signature: fileWith(bytes), document: fileWith(text), folder };
    return verify(files) === 0;
  };
  // Near the end, where no format has its frame, nor OpenPGP what it does not sign.
  const damaged =
    kind === "minisign"
      ? Buffer.from(
          signature
            .toString()
            .replace(
              /\n(RW..)(.)/,
              (_, start: string, one: string) => `\n${start}${one === "A" ? "B" : "A"}`,
            ),
        )
      : flipped(signature, signature.length - 40);
  return [ask(signature, document), ask(signature, Buffer.from("a line")), ask(damaged, document)];
}
const rightly = [true, false, false];

/** What a program is given. */
interface Given {
  readonly key: string;
  readonly signature: string;
  readonly document: string;
  /** Empty, for what it needs beside. */
  readonly folder: string;
}

const byDgst = (given: Given, ...options: string[]): number | null =>
  runTool([
    "openssl",
    "dgst",
    ...options,
    "-verify",
    given.key,
    "-signature",
    given.signature,
    given.document,
  ]).code;

const byPkeyutl = ({ key, signature, document: signed }: Given, ...options: string[]): number | null => {
  const files = ["-inkey", key, "-in", signed, "-sigfile", signature];
  return runTool(["openssl", "pkeyutl", "-verify", "-pubin", "-rawin", ...files, ...options]).code;
};

function byGpgv({ key, signature, document: signed, folder }: Given): number | null {
  const ring = join(folder, "ring.gpg");
  runTool(["gpg", "--homedir", folder, "--batch", "--yes", "--dearmor", "-o", ring, key]);
  const said = runTool(["gpgv", "--status-fd", "1", "--keyring", ring, signature, signed]);
  return said.code === 0 && said.output.includes("[GNUPG:] GOODSIG") ? 0 : 1;
}

const bySqv = ({ key, signature, document: signed }: Given): number | null =>
  runTool(["sqv", "--keyring", key, signature, signed]).code;

function bySsh({ key, signature, document: signed, folder }: Given): number | null {
  const allowed = join(folder, "allowed");
  writeFileSync(allowed, `airgo ${readFileSync(key, "utf8")}`);
  const whose = ["-f", allowed, "-I", "airgo", "-n", "airgo-kit"];
  return runTool(["ssh-keygen", "-Y", "verify", ...whose, "-s", signature], { input: readFileSync(signed) })
    .code;
}

const byMinisign = (program: string, { key, signature, document: signed }: Given): number | null =>
  runTool([program, "-V", "-q", "-p", key, "-m", signed, "-x", signature]).code;

describe("made here, checked by", () => {
  testIf("openssl", "openssl: ECDSA, RSA, Ed25519, and SM2 in both its commands", async () => {
    expect(await judgedBy("ecdsa-p256", (given) => byDgst(given, "-sha256"))).toEqual(rightly);
    expect(await judgedBy("rsa", (given) => byDgst(given, "-sha256"))).toEqual(rightly);
    expect(await judgedBy("ed25519", byPkeyutl)).toEqual(rightly);
    expect(await judgedBy("sm2", (given) => byDgst(given, "-sm3", "-sigopt", distid))).toEqual(rightly);
    const pkeyutl = (given: Given) => byPkeyutl(given, "-digest", "sm3", "-pkeyopt", distid);
    expect(await judgedBy("sm2", pkeyutl)).toEqual(rightly);
    // Without the id it is another signature: whoever leaves it out does not verify ours by accident.
    expect(await judgedBy("sm2", (given) => byDgst(given, "-sm3"))).toEqual([false, false, false]);
  });

  testIf(["gpg", "gpgv"], "gpgv", async () => {
    expect(await judgedBy("openpgp", byGpgv)).toEqual(rightly);
    expect(await judgedBy("openpgp", byGpgv, "secret words")).toEqual(rightly);
  });

  testIf("sqv", "sqv", async () => expect(await judgedBy("openpgp", bySqv)).toEqual(rightly));

  testIf("ssh-keygen", "ssh-keygen, with keys of all three kinds", async () => {
    expect(await judgedBy("sshsig", bySsh)).toEqual(rightly);
    for (const args of [
      ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
      ["RSA", "-pkeyopt", "rsa_keygen_bits:3072"],
    ]) {
      const file = opensslKey("genpkey", "-algorithm", ...args);
      const wanted = { name: "s", kind: "sshsig", file, passphrase: undefined, now: Date.now } as const;
      const signer = await loadSigner(wanted);
      for (let round = 0; round < 8; round++) {
        const text = Buffer.from(`round ${round}`);
        const [key, signature] = [fileWith(signer.publicKey.text), fileWith(await signer.sign(text))];
        expect(bySsh({ key, signature, document: fileWith(text), folder: freshFolder() })).toBe(0);
      }
    }
  });

  testIf("minisign", "minisign", async () => {
    expect(await judgedBy("minisign", (given) => byMinisign("minisign", given))).toEqual(rightly);
  });

  testIf("signify-openbsd", "signify, which reads the first half of minisign's file", async () => {
    expect(await judgedBy("minisign", (given) => byMinisign("signify-openbsd", given))).toEqual(rightly);
  });
});

/** What is said here of a signature that a program made: of the document itself and of another. */
async function judgedHere(publicKey: string, signature: Buffer): Promise<boolean[]> {
  const key = await readKeyFile(publicKey);
  const format = formats[key.kind];
  expect(await format.isBy(signature, key)).not.toBe(false);
  return [
    await format.verify(document, signature, key),
    await format.verify(Buffer.from("another"), signature, key),
  ];
}

describe("made there, checked here:", () => {
  const text = fileWith(document);

  testIf("openssl", "openssl", async () => {
    const keys = {
      "-sha256 ec": opensslKey("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
      "-sha256 rsa": opensslKey("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
      "-sm3 sm2": opensslKey("genpkey", "-algorithm", "SM2"),
    };
    for (const [how, key] of Object.entries(keys)) {
      const publicKey = opensslKey("pkey", "-in", key, "-pubout");
      const digest = how.split(" ")[0] ?? "";
      const id = digest === "-sm3" ? ["-sigopt", distid] : [];
      const signature = openssl("dgst", digest, ...id, "-sign", key, text);
      expect({ how, said: await judgedHere(publicKey, signature) }).toEqual({ how, said: [true, false] });
    }
    const ed25519 = opensslKey("genpkey", "-algorithm", "ED25519");
    const publicKey = opensslKey("pkey", "-in", ed25519, "-pubout");
    const signature = openssl("pkeyutl", "-sign", "-inkey", ed25519, "-rawin", "-in", text);
    expect(await judgedHere(publicKey, signature)).toEqual([true, false]);
  });

  testIf("gpg", "gpg, armored and binary keys, also with a subkey that signs", async () => {
    const home = freshFolder();
    const gpg = gpgIn(home);
    for (const [user, algorithm] of [
      ["one", "ed25519"],
      ["two", "rsa3072"],
      ["three", "nistp256"],
    ] as const) {
      expect(gpg("--quick-gen-key", user, algorithm, "cert,sign", "never").code).toBe(0);
      const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(gpg("--with-colons", "-k", user).output)?.[1] ?? "";
      if (user === "one") gpg("--quick-add-key", fingerprint, "ed25519", "sign", "never");
      const signature = scratchFile();
      expect(gpg("--local-user", user, "--armor", "-o", signature, "--detach-sign", text).code).toBe(0);
      for (const armor of [["--armor"], []]) {
        const file = scratchFile();
        gpg(...armor, "-o", file, "--export", user);
        expect((await readKeyFile(file)).id).toBe(`openpgp:${fingerprint}`);
        expect(await judgedHere(file, readFileSync(signature))).toEqual([true, false]);
      }
    }
    endGpg(home);
  });

  testIf("ssh-keygen", "ssh-keygen, keys of all three kinds, and its fingerprint", async () => {
    for (const [type, bits] of [
      ["ed25519", "256"],
      ["ecdsa", "256"],
      ["rsa", "3072"],
    ] as const) {
      const key = join(freshFolder(), "id");
      runTool(["ssh-keygen", "-q", "-t", type, "-b", bits, "-N", "", "-C", "someone@somewhere", "-f", key]);
      const signed = fileWith(document);
      expect(runTool(["ssh-keygen", "-Y", "sign", "-q", "-f", key, "-n", "airgo-kit", signed]).code).toBe(0);
      expect(await judgedHere(`${key}.pub`, readFileSync(`${signed}.sig`))).toEqual([true, false]);
      const printed = runTool(["ssh-keygen", "-l", "-f", `${key}.pub`]).output.split(" ")[1];
      expect((await readKeyFile(`${key}.pub`)).id).toBe(`ssh:${printed}`);

      const foreign = fileWith(document);
      runTool(["ssh-keygen", "-Y", "sign", "-q", "-f", key, "-n", "file", foreign]);
      await expect(judgedHere(`${key}.pub`, readFileSync(`${foreign}.sig`))).rejects.toMatchObject({
        code: "AIRGO_SIGNATURE_BAD",
        found: '"file"',
      });
    }
  });

  testIf("minisign", "minisign, prehashed and not", async () => {
    const folder = freshFolder();
    const [publicKey, secretKey] = [join(folder, "k.pub"), join(folder, "k.key")];
    expect(runTool(["minisign", "-G", "-W", "-p", publicKey, "-s", secretKey]).code).toBe(0);
    for (const form of [["-H"], ["-l"]]) {
      const signature = join(folder, `s${form[0]}`);
      expect(
        runTool([
          "minisign",
          "-S",
          ...form,
          "-s",
          secretKey,
          "-m",
          text,
          "-x",
          signature,
          "-t",
          "für den Schrank",
        ]).code,
      ).toBe(0);
      expect(await judgedHere(publicKey, readFileSync(signature))).toEqual([true, false]);
      // Its trusted comment is signed too.
      const other = Buffer.from(readFileSync(signature, "latin1").replace("Schrank", "Schrenk"), "latin1");
      expect(await judgedHere(publicKey, other)).toEqual([false, false]);
    }
    expect((await readKeyFile(publicKey)).id).toBe(
      `minisign:${readFileSync(publicKey, "utf8").split("\n")[1]}`,
    );
  });
});

describe("keys that airgo makes", () => {
  testIf("openssl", "are encrypted as openssl reads them", async () => {
    for (const kind of ["ecdsa-p256", "rsa", "ed25519", "sm2", "sshsig", "minisign"] as const) {
      const { file } = await newSigner(kind, { passphrase: "geheim é" });
      expect(readFileSync(file, "utf8")).toContain("BEGIN ENCRYPTED PRIVATE KEY");
      // 600,000 rounds, as docs/trust.md says.
      expect(openssl("asn1parse", "-in", file).toString()).toContain(":0927C0");
      const open = (words: string) =>
        runTool(["openssl", "pkey", "-in", file, "-passin", `pass:${words}`, "-noout"]).code;
      expect({ kind, right: open("geheim é"), wrong: open("geheim") }).toMatchObject({
        kind,
        right: 0,
        wrong: 1,
      });
    }
  });

  testIf("gpg", "of OpenPGP are read by gpg, with their passphrase and without one", async () => {
    for (const passphrase of ["geheim", undefined]) {
      const { file, publicKey } = await newSigner("openpgp", passphrase === undefined ? {} : { passphrase });
      const home = freshFolder();
      chmodSync(home, 0o700);
      const gpg = gpgIn(home, passphrase);
      expect(gpg("--import", file).code).toBe(0);
      expect(gpg("--with-colons", "-K").output).toContain(publicKey.id.slice("openpgp:".length));
      const text = fileWith(document);
      expect(gpg("--armor", "-o", `${text}.asc`, "--detach-sign", text).code).toBe(0);
      expect(await formats.openpgp.verify(document, readFileSync(`${text}.asc`), publicKey)).toBe(true);
      endGpg(home);
    }
  });

  test("of every kind sign what they verify, and are read again by their public file", async () => {
    for (const kind of keyKinds) {
      const signer = await newSigner(kind);
      const again = await readKeyFile(fileWith(signer.publicKey.text));
      expect({ ...again, name: "release" }).toEqual(signer.publicKey);
      expect(await formats[kind].verify(document, await signer.sign(document), again)).toBe(true);
    }
  });
});
