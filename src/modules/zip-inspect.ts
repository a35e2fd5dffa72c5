import { sha256Hex } from "../support/digest.js";
import { hash1 } from "./dirhash.js";
import { type LocatedEntry, unpackEntry, type ZipEntry } from "./zip-content.js";
import { type DirectoryLimits, readDirectory } from "./zip-directory.js";
import { zipInvalid, zipTooLarge, zipUnsafe } from "./zip-error.js";
import { createCollisionCheck, filePathFault } from "./zip-names.js";

export type { ZipEntry } from "./zip-content.js";

/** Beyond these a zip is refused. Sizes are in bytes. */
export interface ZipLimits extends DirectoryLimits {
  readonly zipBytes: number;
  readonly unpackedBytes: number;
  /** Of the files `go.mod` and `LICENSE` in the module's root, each. */
  readonly rootFileBytes: number;
}

/**
 * golang.org/x/mod/zip: MaxZipFile, twice, and MaxGoMod, MaxLICENSE. Go bounds neither the number of entries nor their
 * names. Here both are bounded, because each takes memory; Linux opens no longer path (PATH_MAX).
 */
export const goZipLimits: ZipLimits = {
  zipBytes: 500 << 20,
  unpackedBytes: 500 << 20,
  rootFileBytes: 16 << 20,
  entries: 200_000,
  nameBytes: 4096,
};

export interface InspectOptions {
  /** `path@version/`, unescaped: every entry lies below it. */
  readonly prefix: string;
  readonly keepEntries: boolean;
  readonly limits?: Partial<ZipLimits>;
}

/** What a module zip turned out to hold. */
export interface ZipFacts {
  readonly h1: string;
  /** In the zip's own order; with `keepEntries` only. A folder's entry has a name with a final slash. */
  readonly entries?: readonly ZipEntry[];
  readonly unpackedBytes: number;
  /** Regular files; folders have entries in some zips, but are none. */
  readonly files: number;
}

/**
 * Reads a whole module zip, checks it by Go's rules for module zips (golang.org/x/mod/zip, CheckZip) and computes
 * its `h1:` (dirhash.HashZip: over every entry, folders too, as empty files).
 * @throws AIRGO_ZIP_INVALID, AIRGO_ZIP_TOO_LARGE or AIRGO_ZIP_UNSAFE, never anything else for bad bytes
 */
export async function inspectZip(
  buffer: Buffer,
  { prefix, keepEntries, limits }: InspectOptions,
): Promise<ZipFacts> {
  const module = prefix.replace(/\/$/, "");
  const bounds = { ...goZipLimits, ...limits };
  checkZipSize(buffer.length, module, bounds);
  const located = await readDirectory(buffer, module, bounds);
  checkSizes(located, prefix, bounds);
  checkNames(located, prefix);
  const entries = located.map((entry): ZipEntry => {
    const { content, streamSize } = unpackEntry(buffer, entry);
    return { ...entry, compressedSize: streamSize, sha256: sha256Hex(content) };
  });
  return {
    h1: hash1(entries.map(({ name, sha256 }) => ({ name, sha256Hex: sha256 }))),
    unpackedBytes: entries.reduce((sum, { size }) => sum + size, 0),
    files: entries.filter(({ name }) => !name.endsWith("/")).length,
    ...(keepEntries ? { entries } : {}),
  };
}

/** Refuses a zip larger than the limit, before it is read where the caller knows its size. */
export function checkZipSize(size: number, where: string, { zipBytes }: ZipLimits = goZipLimits): void {
  if (size <= zipBytes) return;
  throw zipTooLarge("the zip is too large", where, {
    expected: `at most ${zipBytes} bytes`,
    found: `${size} bytes`,
  });
}

/** By what the directory declares, before anything is unpacked. */
function checkSizes(entries: readonly LocatedEntry[], prefix: string, limits: ZipLimits): void {
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total > limits.unpackedBytes) {
    const details = { expected: `at most ${limits.unpackedBytes} bytes`, found: `${total} bytes` };
    throw zipTooLarge("the zip unpacks to too much", prefix.slice(0, -1), details);
  }
  for (const { name, size } of entries) {
    const isLimited = name === `${prefix}go.mod` || name === `${prefix}LICENSE`;
    if (isLimited && size > limits.rootFileBytes) {
      const details = { expected: `at most ${limits.rootFileBytes} bytes`, found: `${size} bytes` };
      throw zipTooLarge("the file is too large for Go", name, details);
    }
    if (name.endsWith("/") && size > 0) throw zipInvalid("a folder's entry has content", name);
  }
}

function checkNames(entries: readonly LocatedEntry[], prefix: string): void {
  const collision = createCollisionCheck();
  for (const { name } of entries) {
    if (!name.startsWith(prefix)) {
      const details = { expected: `a name below ${prefix}`, found: JSON.stringify(name) };
      throw zipUnsafe("an entry is not below the module's own folder", prefix.slice(0, -1), details);
    }
    // The module's own folder may have an entry: Go hashes it and otherwise passes over it.
    if (name === prefix) continue;
    const isFolder = name.endsWith("/");
    const path = name.slice(prefix.length, isFolder ? -1 : undefined);
    const fault =
      filePathFault(path) ?? collision(path, isFolder) ?? (isFolder ? undefined : goModFault(path));
    if (fault !== undefined) throw zipUnsafe(`an entry's name is refused: ${fault}`, JSON.stringify(name));
  }
}

/** A go.mod elsewhere would be another module's root, which Go keeps out of the zip. */
function goModFault(path: string): string | undefined {
  if (path === "go.mod" || !/(^|\/)go\.mod$/i.test(path)) return undefined;
  return path.includes("/") ? "a go.mod lies below the root" : "go.mod is written in another case";
}
