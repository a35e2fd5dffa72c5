import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import type { DocumentSigner } from "../../../src/signing/document-signer.js";
import { formats } from "../../../src/signing/formats/format.js";
import { judgeSignatures, type JudgedSignature } from "../../../src/signing/judge.js";
import { keyKinds, signatureFile } from "../../../src/signing/key-kinds.js";
import { requireSignatures } from "../../../src/signing/policy.js";
import { readPublicKey } from "../../../src/signing/read-public-key.js";
import { flipped, newSigner } from "../../support/new-signer.js";
import { makeOpenpgpSigner } from "../../support/signers.js";
import { testIf } from "../../support/tools.js";
import { freshFolder } from "./tools.js";

const document = Buffer.from("0123  a file\n");

interface Case {
  readonly signers: readonly DocumentSigner[];
  /** Changes what lies there. */
  readonly change?: (files: Map<string, Buffer>, keys: Map<string, Buffer>) => void;
  readonly trusted: readonly DocumentSigner[];
  /** Whose public keys lie beside; all signers' by default. */
  readonly beside?: readonly DocumentSigner[];
}

async function judged({ signers, change, trusted, beside = signers }: Case): Promise<JudgedSignature[]> {
  const signatures = new Map<string, Buffer>();
  for (const signer of signers) {
    const { name, kind } = signer.publicKey;
    signatures.set(signatureFile("SHA256SUMS", name, kind), await signer.sign(document));
  }
  const publicKeys = new Map(beside.map(({ publicKey: { name, text } }) => [name, Buffer.from(text)]));
  change?.(signatures, publicKeys);
  return judgeSignatures(
    { name: "SHA256SUMS", document, signatures, publicKeys },
    trusted.map(({ publicKey }) => publicKey),
    "node",
  );
}

const outcomes = async (what: Case): Promise<string[]> =>
  (await judged(what)).map(({ signer, outcome }) => `${signer}: ${outcome}`);

describe.each(keyKinds)("a signature of %s", (kind) => {
  test("is valid with a trusted key, whatever its file and key are called, with its key beside it or not", async () => {
    const signer = await newSigner(kind);
    const renamed = { ...signer, publicKey: { ...signer.publicKey, name: "KEY" } };
    expect(await judged({ signers: [signer], trusted: [renamed] })).toEqual([
      {
        file: signatureFile("SHA256SUMS", "release", kind),
        signer: "release",
        outcome: "valid",
        key: signer.publicKey.id,
        keyName: "KEY",
        with: "node",
      },
    ]);
    expect(await outcomes({ signers: [signer], trusted: [signer], beside: [] })).toEqual(["release: valid"]);
  });

  test("without a trusted key is told apart from a bad one", async () => {
    const [signer, other] = [await newSigner(kind), await newSigner(kind, { name: "other" })];
    for (const trusted of [[], [other]]) {
      expect(await outcomes({ signers: [signer], trusted })).toEqual(["release: no trusted key"]);
      expect(await outcomes({ signers: [signer], trusted, beside: [] })).toEqual(["release: no trusted key"]);
    }
  });

  test("over another document is bad, by a trusted key and by the key beside it", async () => {
    const signer = await newSigner(kind);
    const foreign = await signer.sign(Buffer.from("another document"));
    const change = (files: Map<string, Buffer>): void =>
      void files.set(signatureFile("SHA256SUMS", "release", kind), foreign);
    expect(await outcomes({ signers: [signer], trusted: [signer], change })).toEqual(["release: bad"]);
    expect(await outcomes({ signers: [signer], trusted: [signer], change, beside: [] })).toEqual([
      "release: bad",
    ]);
    expect(await outcomes({ signers: [signer], trusted: [], change })).toEqual(["release: bad"]);
  });

  test("is never valid once a byte of it is another, a byte is missing, or it is something else", async () => {
    const signer = await newSigner(kind);
    const name = signatureFile("SHA256SUMS", "release", kind);
    const signature = await signer.sign(document);
    const said = async (bytes: Buffer): Promise<string[]> =>
      outcomes({ signers: [signer], trusted: [signer], change: (files) => void files.set(name, bytes) });
    const harmless: number[] = [];
    for (let at = 0; at < signature.length; at += Math.ceil(signature.length / 60))
      if ((await said(flipped(signature, at)))[0] === "release: valid") harmless.push(at);
    // Comments that nothing signs, the ends of lines, and what OpenPGP leaves unsigned.
    if (["openpgp", "minisign"].includes(kind)) expect(harmless.length).toBeLessThan(30);
    else expect(harmless).toEqual([]);
    for (const bytes of [
      Buffer.of(),
      signature.subarray(0, Math.floor(signature.length / 2)),
      Buffer.from("\0".repeat(300)),
      Buffer.from("x".repeat(1 << 20)),
    ])
      expect((await said(bytes))[0]).toMatch(/^release: (bad|no trusted key)$/);
  });

  test("with another public key beside it is bad", async () => {
    const [signer, other] = [await newSigner(kind), await newSigner(kind)];
    const change = (_: unknown, keys: Map<string, Buffer>): void =>
      void keys.set("release", Buffer.from(other.publicKey.text));
    expect(await outcomes({ signers: [signer], trusted: [signer], change })).toEqual(["release: bad"]);
    expect(
      await outcomes({
        signers: [signer],
        trusted: [signer],
        change: (_, keys) => void keys.set("release", Buffer.from("x")),
      }),
    ).toEqual(["release: bad"]);
  });

  test("any bytes are judged without an exception", async () => {
    const signer = await newSigner(kind);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const verified = await formats[kind]
          .verify(document, Buffer.from(bytes), signer.publicKey)
          .catch((error: unknown) => (error as { code?: string }).code);
        return verified === false || verified === "AIRGO_SIGNATURE_BAD";
      }),
    );
  });
});

/** Gives a signature the name of another kind. */
function callSm2(files: Map<string, Buffer>): void {
  files.set("SHA256SUMS.release.sm2sig", files.get("SHA256SUMS.release.sig") ?? Buffer.of());
  files.delete("SHA256SUMS.release.sig");
}

/** Adds files that are no signatures, and damages the third. */
function addStrangers(files: Map<string, Buffer>): void {
  for (const name of ["SHA256SUMS.bak", "SHA256SUMS.Release.sig", "SHA256SUMS.a.b.sig"])
    files.set(name, Buffer.from("x"));
  const third = files.get("SHA256SUMS.third.sshsig") ?? Buffer.of();
  files.set("SHA256SUMS.third.sshsig", flipped(third, 200));
}

test("a signature by the trusted key of another kind is not verified with it", async () => {
  const [release, sm2] = [await newSigner("ecdsa-p256"), await newSigner("sm2")];
  expect(
    await outcomes({ signers: [release], trusted: [release, sm2], change: callSm2, beside: [] }),
  ).toEqual(["release: bad"]);
});

test("several are judged each for itself, and files that are named like no signature are passed over", async () => {
  const [release, audit, third] = [
    await newSigner("ecdsa-p256"),
    await newSigner("openpgp", { name: "audit" }),
    await newSigner("sshsig", { name: "third" }),
  ];
  expect(
    await outcomes({ signers: [release, audit, third], trusted: [release, third], change: addStrangers }),
  ).toEqual(["audit: no trusted key", "release: valid", "third: bad"]);
});

const of = (
  signer: string,
  outcome: JudgedSignature["outcome"],
  document_ = "SHA256SUMS",
  ending = "sig",
): JudgedSignature => ({
  file: `${document_}.${signer}.${ending}`,
  signer,
  outcome,
  with: "node",
  ...(outcome === "valid" ? { key: `sha256:${signer}`, keyName: signer } : {}),
});
const code = (
  signatures: readonly JudgedSignature[],
  required: readonly string[] = [],
  requireSm = false,
): string => {
  try {
    requireSignatures(signatures, { required, requireSm });
    return "passed";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("the policy", () => {
  test("keeps the four outcomes apart", () => {
    expect(code([of("a", "valid")])).toBe("passed");
    expect(code([])).toBe("AIRGO_SIGNATURE_MISSING");
    expect(code([of("a", "no trusted key")])).toBe("AIRGO_KEY_UNTRUSTED");
    expect(code([of("a", "bad")])).toBe("AIRGO_SIGNATURE_BAD");
  });

  test("a bad one is fatal beside any number of good ones; one without a trusted key is not", () => {
    expect(code([of("a", "valid"), of("b", "bad"), of("c", "valid")])).toBe("AIRGO_SIGNATURE_BAD");
    expect(code([of("a", "valid"), of("b", "no trusted key")])).toBe("passed");
  });

  test("who is required must have signed SHA256SUMS itself, with a key of that name", () => {
    expect(code([of("a", "valid"), of("b", "valid")], ["a", "b"])).toBe("passed");
    expect(code([of("a", "valid"), of("b", "no trusted key")], ["a", "b"])).toBe("AIRGO_SIGNATURE_REQUIRED");
    // What a file is called is nobody's word.
    expect(code([{ ...of("audit", "valid"), keyName: "release" }], ["audit"])).toBe(
      "AIRGO_SIGNATURE_REQUIRED",
    );
    expect(code([of("a", "valid", "SM3SUMS", "sm2sig")])).toBe("AIRGO_SIGNATURE_REQUIRED");
  });

  test("SM2 over SM3SUMS can be required", () => {
    const sums = of("gm", "valid", "SHA256SUMS", "sm2sig");
    expect(code([sums], [], true)).toBe("AIRGO_SIGNATURE_REQUIRED");
    expect(code([sums, of("gm", "valid", "SM3SUMS", "sm2sig")], [], true)).toBe("passed");
  });
});

testIf(
  "gpg",
  "a key of OpenPGP that has ended makes nothing valid, nor one whose signing part has",
  async () => {
    const time = "20200101T000000";
    for (const subkey of [false, true]) {
      const signer = makeOpenpgpSigner(freshFolder(), "old", {
        time,
        ends: "2020-06-01",
        subkey,
      });
      const key = await readPublicKey(Buffer.from(signer.publicKey), signer.name);
      const signatures = new Map([["SHA256SUMS.old.asc", signer.sign(document.toString())]]);
      const signed = { name: "SHA256SUMS", document, signatures, publicKeys: new Map() } as const;
      const on = async (now?: number) => (await judgeSignatures(signed, [key], "node", now))[0];
      expect(await on(Date.parse("2020-05-01"))).toMatchObject({ outcome: "valid" });
      expect(await on(Date.parse("2020-07-01"))).toMatchObject({
        outcome: "bad",
        why: "that key has expired, by the clock of this machine",
      });
      expect(await on()).toMatchObject({ outcome: "valid" });
    }
  },
);
