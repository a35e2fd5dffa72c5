import { AirgoError } from "../support/errors.js";

/** A signature that is not of the form it must have, or not over these bytes. */
export function badSignature(what: string, where: string, found?: string): AirgoError {
  return new AirgoError("AIRGO_SIGNATURE_BAD", {
    what,
    where,
    ...(found === undefined ? {} : { found }),
    hint: "do not use this kit: copy it again from its source, and ask its signer if that does not help",
  });
}
