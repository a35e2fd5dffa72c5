import type { RecordBook } from "../checksumdb/record-book.js";
import type { Lock } from "../lock/schema.js";
import { goModHash } from "../modules/dirhash.js";
import { keyOf, type ModuleVersion } from "../modules/module-version.js";
import type { Sources } from "./sources.js";

/** Says which hashes the files of a version must have: by the checksum database, or for private ones by the lock. */
export interface Vouching {
  /** The go.mod's, and the record's number; undefined for a private version. */
  goMod(module: ModuleVersion): Promise<{ readonly goModH1: string; readonly record: number | undefined }>;
  /** The zip's. That of a private version which the lock does not know is the one that its own proxy serves now. */
  zip(module: ModuleVersion): Promise<string>;
  isPrivate(modulePath: string): boolean;
}

export function createVouching(
  { files, isPrivate }: Pick<Sources, "files" | "isPrivate">,
  book: Pick<RecordBook, "of">,
  lock: Lock | undefined,
): Vouching {
  // Also what was public when it was locked: that it is private now is no reason to take anything else.
  const pinned = new Map((lock?.modules ?? []).map((one) => [keyOf(one), one]));
  return {
    isPrivate,
    async goMod(module) {
      if (isPrivate(module.path)) {
        const known = pinned.get(keyOf(module))?.goModH1;
        return { goModH1: known ?? goModHash(await files.readMod(module)), record: undefined };
      }
      const { goModH1, id } = await book.of(module);
      return { goModH1, record: id };
    },
    async zip(module) {
      if (!isPrivate(module.path)) return (await book.of(module)).h1;
      return pinned.get(keyOf(module))?.h1 ?? (await files.pinZip(module)).h1;
    },
  };
}
