import type { ZipEntry } from "../../modules/zip-content.js";
import { zipInvalid } from "../../modules/zip-error.js";
import { filePathFault } from "../../modules/zip-names.js";
import { sortedBy } from "../../support/order.js";

/** A file of a GOROOT, and the entry of a toolchain module's zip that it comes from. */
export interface GorootFile {
  /** Relative to GOROOT, with slashes. */
  readonly path: string;
  readonly mode: 0o644 | 0o755;
  readonly entry: ZipEntry;
}

const toolchainPrefix = /^golang\.org\/toolchain@v0\.0\.1-[^/]+\//;

/**
 * The GOROOT that a toolchain module's entries make, sorted by the bytes of the path.
 * The module is the official archive's tree with each go.mod named `_go.mod` (cmd/distpack/pack.go).
 * @param entries as `inspectZip` gives them, in any order
 * @throws AIRGO_ZIP_INVALID when they are not of one toolchain module, or could leave GOROOT
 */
export function gorootFiles(entries: readonly ZipEntry[]): GorootFile[] {
  const prefix = toolchainPrefix.exec(entries[0]?.name ?? "")?.[0];
  if (prefix === undefined) throw zipInvalid("not a toolchain module", entries[0]?.name ?? "an empty zip");
  const files = entries.map((entry) => gorootFile(prefix, entry));
  return sortedBy(files, ({ path }) => path);
}

/** One file of `gorootFiles` by its path, such as `VERSION`. */
export function findGorootFile(files: readonly GorootFile[], path: string): GorootFile | undefined {
  return files.find((file) => file.path === path);
}

function gorootFile(prefix: string, entry: ZipEntry): GorootFile {
  const { name } = entry;
  const inZip = name.slice(prefix.length);
  // inspectZip has refused these already; what is written to disk does not rely on where the list came from.
  if (!name.startsWith(prefix) || filePathFault(inZip) !== undefined) {
    throw zipInvalid("an entry's name is refused for a toolchain", JSON.stringify(name));
  }
  // A real go.mod would make a GOROOT whose h1: is not the module's, and could be there beside its _go.mod.
  if (/(^|\/)go\.mod$/.test(inZip))
    throw zipInvalid("a toolchain module has go.mod files as _go.mod only", name);
  const path = inZip.replace(/(^|\/)_go\.mod$/, "$1go.mod");
  return { path, mode: gorootMode(path), entry };
}

const programs = /^(bin|pkg\/tool)\/|\.(bash|sh|pl|rc)$|(^|\/)go_[^/]+_[^/]+_exec$/;

/** The permission bits that the official archives give (cmd/distpack/pack.go, mode). */
export function gorootMode(path: string): 0o644 | 0o755 {
  return programs.test(path) ? 0o755 : 0o644;
}

/** With its zone: a time without one would be read differently from machine to machine. */
const timeLine = /^time[ \t]+(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))[ \t]*$/m;
/** The largest time that a tar header's 11 octal digits can tell. */
const latestTarTime = 8 ** 11 - 1;

/**
 * The release time in a VERSION file, in whole seconds since 1970: its line `time <RFC 3339>`, else 0
 * (cmd/distpack/pack.go, readVERSION).
 */
export function releaseTime(versionFile: string): number {
  const text = timeLine.exec(versionFile)?.[1];
  const seconds = text === undefined ? 0 : Math.floor(Date.parse(text) / 1000);
  return seconds > 0 && seconds <= latestTarTime ? seconds : 0;
}
