import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "@jest/globals";

import { trustOf } from "../../../src/cli/verify/trust.js";
import { newSigner } from "../../support/new-signer.js";
import { scratchFolder } from "../../support/scratch.js";

const folder = scratchFolder("trust");

test("two keys of one name cannot both be meant when that name must have signed", async () => {
  const keys = ["old/release.pem", "new/release.pub.pem"].map((name) => join(folder, name));
  for (const [nth, file] of keys.entries()) {
    mkdirSync(join(file, ".."));
    writeFileSync(file, (await newSigner("ecdsa-p256", { name: `release-${nth}` })).publicKey.text);
  }
  const trust = async (...required: string[]) =>
    trustOf({ keys, required, requireSm: false }, "node", Date.now());
  await expect(trust("audit", "release")).rejects.toMatchObject({
    code: "AIRGO_KEY_UNTRUSTED",
    found: expect.stringMatching(/^sha256:.*, sha256:/),
  });
  await expect(trust()).resolves.toMatchObject({ files: keys });
});
