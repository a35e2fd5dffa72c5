import { AirgoError } from "../../support/errors.js";

/** An official archive has everything below this folder. */
const root = "go/";
/** What the toolchain module leaves out of the archive's tree (cmd/distpack/pack.go). */
const leftOut = new Set(["api", "doc", "misc", "test"]);

/** What the tar says of an entry. */
export interface ArchiveEntry {
  readonly name: string;
  readonly type: string;
}

/**
 * The name below the toolchain module's prefix that an archive's entry has there: the same tree, without four folders
 * and with each go.mod named `_go.mod` (cmd/distpack/pack.go). Undefined for what the module leaves out, and for folders.
 * Whether the name is one that Go allows is seen when the zip is inspected.
 * @throws AIRGO_GO_ARCHIVE_INVALID for links, devices, and what lies outside the folder
 */
export function nameInModule({ name, type }: ArchiveEntry): string | undefined {
  if (type === "directory") return undefined;
  if (type !== "file") throw invalidArchive(`an entry is a ${type}`, name, "regular files and folders");
  if (!name.startsWith(root)) throw invalidArchive("an entry lies outside the folder go/", name, "go/…");
  const path = name.slice(root.length);
  if (leftOut.has(path.split("/", 1)[0] ?? "")) return undefined;
  return path.replace(/(^|\/)go\.mod$/, "$1_go.mod");
}

/** The error for an archive that holds what an official one never does. */
export function invalidArchive(what: string, where: string, expected: string): AirgoError {
  return new AirgoError("AIRGO_GO_ARCHIVE_INVALID", {
    what: `not an official archive of Go: ${what}`,
    where,
    expected,
    hint: "take another mirror, and tell whoever runs this one",
  });
}
