import { AirgoError } from "../support/errors.js";
import { keyOf, type ModuleVersion } from "./module-version.js";

/** The error for a file of a version that does not have the `h1:` which is known for it. */
export function wrongHash(module: ModuleVersion, what: string, expected: string, found: string): AirgoError {
  return new AirgoError("AIRGO_CHECKSUM_MISMATCH", {
    what: `the ${what} of ${keyOf(module)} is not the one that the checksum database (of a private module: the lock) knows`,
    where: keyOf(module),
    expected,
    found,
    hint: "it was changed at the proxy or on the way: take another proxy, and tell whoever runs this one; for a private module, see whether a tag was moved, and have a new version published",
  });
}
