import { AirgoError } from "../support/errors.js";

/** What is wrong with a zip, as the error a user sees. `where` is an entry's name or `module@version`. */
export function zipInvalid(
  what: string,
  where: string,
  details: { expected?: string; found?: string } = {},
): AirgoError {
  return new AirgoError("AIRGO_ZIP_INVALID", {
    what,
    where,
    ...details,
    hint: "fetch it again, from another source if it stays so",
  });
}
