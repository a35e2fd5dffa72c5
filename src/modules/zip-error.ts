import { AirgoError, isAirgoError } from "../support/errors.js";

interface ZipFault {
  readonly expected?: string;
  readonly found?: string;
}

/** What is wrong with a zip, as the error a user sees. `where` is an entry's name or `module@version`. */
export function zipInvalid(what: string, where: string, details: ZipFault = {}): AirgoError {
  const hint = "fetch it again, from another source if it stays so";
  return new AirgoError("AIRGO_ZIP_INVALID", { what, where, ...details, hint });
}

/** The error for a zip beyond the limits of golang.org/x/mod/zip, bombs among them. */
export function zipTooLarge(what: string, where: string, details: ZipFault): AirgoError {
  const hint =
    "go refuses it too: require another version; when other proxies serve a smaller one, tell whoever runs this one";
  return new AirgoError("AIRGO_ZIP_TOO_LARGE", { what, where, ...details, hint });
}

/** The error for a name that Go's rules refuse. */
export function zipUnsafe(what: string, where: string, details: ZipFault = {}): AirgoError {
  const hint =
    "go refuses it too: take another proxy, and tell whoever runs this one; when all serve the same, require another version";
  return new AirgoError("AIRGO_ZIP_UNSAFE", { what, where, ...details, hint });
}

/** True for every error that says: these bytes are no module zip that Go would take. */
export function isZipFault(error: unknown): boolean {
  return isAirgoError(error) && /^AIRGO_(ZIP_|NOT_A_ZIP$)/.test(error.code);
}
