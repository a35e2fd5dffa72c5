import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "@jest/globals";
import { createMessage, readKeys, sign, type PrivateKey } from "openpgp";

import { verifyArchive } from "../../../../src/golang/archives/signature.js";
import { readTrustedKeys } from "../../../../src/golang/archives/trusted-keys.js";
import { makeArchiveKey } from "../../../support/fake-upstream.js";
import { scratchFolder } from "../../../support/scratch.js";

const folder = scratchFolder("signature");
const file = join(folder, "go1.27.3.linux-amd64.tar.gz");
const content = Buffer.from("an archive");
writeFileSync(file, content);

type Key = Awaited<ReturnType<typeof makeArchiveKey>>;
let [google, stranger]: Key[] = [];
beforeAll(async () => {
  [google, stranger] = [await makeArchiveKey(), await makeArchiveKey()];
});

async function signed(by: readonly (Key | undefined)[], text = content): Promise<string> {
  const message = await createMessage({ binary: text });
  const signingKeys = by.map((key) => key?.privateKey as PrivateKey);
  return sign({ message, signingKeys, detached: true, date: new Date("2021-06-01") });
}

const verify = (signature: string) =>
  verifyArchive({ file, name: "go1.27.3.linux-amd64.tar.gz", signature, keys: [google?.publicKey ?? ""] });
const bad = expect.objectContaining({ code: "AIRGO_GO_ARCHIVE_INVALID" });

describe("a signature beside an archive", () => {
  test("by a known key is good, and the key's fingerprint told", async () => {
    const fingerprint = google?.privateKey.getFingerprint().toUpperCase();
    expect(await verify(await signed([google]))).toEqual({ kind: "good", fingerprint });
  });

  test("by a stranger is unknown, and its key's number told", async () => {
    const keyIds = [stranger?.privateKey.getKeyID().toHex().toUpperCase()];
    expect(await verify(await signed([stranger]))).toEqual({ kind: "unknown", keyIds });
  });

  test("by both is good: the stranger's says nothing", async () => {
    expect(await verify(await signed([stranger, google]))).toMatchObject({ kind: "good" });
  });

  test("over other bytes is bad", async () => {
    await expect(verify(await signed([google], Buffer.from("another")))).rejects.toEqual(bad);
  });

  test("that is bad is not mended by a good one beside it", async () => {
    const { readSignature, Signature } = await import("openpgp");
    const parts = await Promise.all(
      [content, Buffer.from("another")].map(async (text) =>
        readSignature({ armoredSignature: await signed([google], text) }),
      ),
    );
    const [first, second] = parts;
    if (first === undefined || second === undefined) throw new Error("two signatures were made");
    first.packets.push(...second.packets);
    await expect(verify(new Signature(first.packets).armor())).rejects.toEqual(bad);
  });

  test.each(["", "-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n", "<!doctype html>"])(
    "that is none is bad: %j",
    async (text) => {
      await expect(verify(text)).rejects.toEqual(bad);
    },
  );
});

test("the key of Google's that is built in is the documented one, with the subkeys of all years", async () => {
  const [armoredKeys = ""] = await readTrustedKeys(["src/golang/archives/google-linux.asc"]);
  const keys = await readKeys({ armoredKeys });
  expect(keys.map((key) => key.getFingerprint().toUpperCase())).toEqual([
    "EB4C1BFD4F042F6DDDCCEC917721F63BD38B4796",
  ]);
  expect(keys[0]?.getUserIDs()).toEqual([
    "Google Inc. (Linux Packages Signing Authority) <linux-packages-keymaster@google.com>",
  ]);
  const years = keys[0]?.getSubkeys().map((key) => key.getCreationTime().getUTCFullYear());
  expect(years).toEqual([2016, 2017, 2019, 2021, 2023, 2024, 2025]);
});
