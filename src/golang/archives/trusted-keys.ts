import { readFile } from "node:fs/promises";

import { AirgoError, messageOf } from "../../support/errors.js";

/**
 * Reads OpenPGP keys that archives may be signed with.
 * @param files armored public keys, any number in each
 * @returns the texts, each of which holds keys that can be read
 * @throws AIRGO_KEY_UNREADABLE
 */
export async function readTrustedKeys(files: readonly string[]): Promise<string[]> {
  const { readKeys } = await import("openpgp");
  return Promise.all(
    files.map(async (file) => {
      try {
        const armoredKeys = await readFile(file, "utf8");
        await readKeys({ armoredKeys });
        return armoredKeys;
      } catch (cause) {
        throw new AirgoError("AIRGO_KEY_UNREADABLE", {
          what: "the OpenPGP keys for Go's archives cannot be read",
          where: file,
          expected: "public keys, armored: -----BEGIN PGP PUBLIC KEY BLOCK-----",
          found: messageOf(cause),
          hint: "export them with `gpg --armor --export`",
          cause,
        });
      }
    }),
  );
}
