import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";

import { AirgoError, hasSystemCode, messageOf } from "../support/errors.js";

import { checkManifest, type ManifestOptions } from "./check-manifest.js";
import { formatDiagnostic, type Diagnostic } from "./diagnostics.js";
import { normalise } from "./normalise.js";
import { placesIn } from "./places.js";
import { underProfile } from "./profiles.js";
import { manifestSchema, type Manifest } from "./schema.js";
import { closest } from "./suggest.js";
import { entriesOf, member } from "./values.js";

export type { ManifestOptions } from "./check-manifest.js";

/**
 * Reads a manifest: checks all of it, merges the profile, fills in defaults.
 * @param fileName as it is to be shown
 * @throws AirgoError AIRGO_MANIFEST_INVALID whose message lists every mistake, one per line;
 *   AIRGO_USAGE when a manifest without mistakes does not have the profile
 */
export function parseManifest(text: string, fileName: string, options: ManifestOptions = {}): Manifest {
  const { diagnostics, root } = checkManifest(text, fileName, options);
  if (diagnostics.length > 0) throw invalid(diagnostics);
  assertProfile(root, fileName, options.profile);
  return normalise(manifestSchema.parse(underProfile(root, options.profile)));
}

/**
 * Reads a manifest's file, as parseManifest does its text.
 * @throws AirgoError AIRGO_MANIFEST_MISSING when there is no such file, AIRGO_DISK when it cannot be read, and what
 *   parseManifest throws
 */
export async function loadManifest(file: string, options: ManifestOptions = {}): Promise<Manifest> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  const text = bytes.toString("utf8");
  if (isUtf8(bytes)) return parseManifest(text, file, options);
  const place = placesIn(text)(text.indexOf("\u{fffd}"));
  throw invalid([{ file, ...place, key: "", expected: "UTF-8 text", found: "other bytes" }]);
}

function invalid(diagnostics: readonly Diagnostic[]): AirgoError {
  const count = diagnostics.length === 1 ? "a mistake" : `${diagnostics.length} mistakes`;
  const lines = diagnostics.map(formatDiagnostic);
  return new AirgoError("AIRGO_MANIFEST_INVALID", {
    what: [`the manifest has ${count}`, ...lines].join("\n"),
  });
}

function unreadable(file: string, cause: unknown): unknown {
  if (hasSystemCode(cause, "ENOENT", "ENOTDIR", "EISDIR")) {
    const folder = hasSystemCode(cause, "EISDIR");
    return new AirgoError("AIRGO_MANIFEST_MISSING", {
      what: folder ? "the manifest is a folder" : "there is no manifest",
      where: file,
      hint: "run airgo in the folder of bundles.yaml, or name the file",
    });
  }
  if (!hasSystemCode(cause, "EACCES", "EPERM", "EIO", "ELOOP")) return cause;
  return new AirgoError("AIRGO_DISK", {
    what: `cannot read the manifest: ${messageOf(cause)}`,
    where: file,
    cause,
  });
}

function assertProfile(root: unknown, file: string, profile: string | undefined): void {
  const names = entriesOf(member(root, "profiles")).map(([name]) => name);
  if (profile === undefined || names.includes(profile)) return;
  const near = closest(profile, names);
  const known = names.length === 0 ? "the manifest has no profiles" : `its profiles are: ${names.join(", ")}`;
  throw new AirgoError("AIRGO_USAGE", {
    what: `the manifest has no profile ${JSON.stringify(profile)}`,
    where: file,
    hint: near === undefined ? known : `did you mean "${near}"?`,
  });
}
