import type { HashPool } from "../modules/hash-pool.js";
import { keyOf } from "../modules/module-version.js";
import { isZipFault } from "../modules/zip-error.js";
import type { ZipEntry, ZipFacts } from "../modules/zip-inspect.js";
import { damaged, whileThere, type Store } from "../store/store.js";
import { toolchainModule, type Toolchain } from "./go-source.js";

export interface InspectedToolchain extends ZipFacts {
  /** Each with the SHA-256 that its content is held to when it is unpacked. */
  readonly entries: readonly ZipEntry[];
  readonly zipFile: string;
}

/**
 * Inspects a toolchain's zip in the store and holds it to its `h1:`, since it was fetched by another look at that path,
 * perhaps by another run: of what has changed meanwhile nothing may be unpacked, let alone run.
 * @throws AIRGO_STORE_DAMAGED, after setting the object aside; AIRGO_BUSY when it is gone
 */
export async function inspectToolchain(
  { store, hashPool }: { readonly store: Store; readonly hashPool: HashPool },
  toolchain: Toolchain,
  { h1, sha256 }: { readonly h1: string; readonly sha256: string },
): Promise<InspectedToolchain> {
  const zipFile = store.fileOf(sha256);
  const prefix = `${keyOf(toolchainModule(toolchain))}/`;
  // Urgent: Go's answers decide what else is wanted.
  const inspect = () => hashPool.inspect(zipFile, { prefix, keepEntries: true }, true);
  const facts = await whileThere(zipFile, inspect).catch((error: unknown) => {
    if (!isZipFault(error)) throw error;
    return undefined;
  });
  if (facts?.h1 === h1) return { ...facts, entries: facts.entries ?? [], zipFile };
  await store.setAside(sha256);
  throw damaged(zipFile, sha256, "another content");
}
