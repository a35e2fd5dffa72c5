import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { h1ToHex, hash1Listing } from "../modules/dirhash.js";
import type { HashPool } from "../modules/hash-pool.js";
import { keyOf } from "../modules/module-version.js";
import { readEntry } from "../modules/zip-content.js";
import { whileThere, type ObjectId, type Store } from "../store/store.js";
import { invariant } from "../support/errors.js";
import { makeFolder, writeNewFile } from "../support/files.js";
import { nameOf, toolchainModule, type Toolchain } from "./go-source.js";
import { inspectToolchain } from "./inspect-toolchain.js";

/** All that `go list -m` reads of its GOROOT, 17 MB of 240; an empty `pkg/tool` makes it one (cmd/go/internal/cfg, isGOROOT). */
const listingFiles = { "bin/go": 0o755, VERSION: 0o644, "go.env": 0o644 } as const;

export interface ListingGoroot {
  readonly toolchain: Toolchain;
  /** Proven by the caller: what has this hash is about to run. */
  readonly h1: string;
  /** Brings the toolchain's zip into the store; called only when the store does not know these files yet. */
  readonly bringZip: () => Promise<ObjectId>;
  readonly folder: string;
}

/**
 * Makes the smallest GOROOT that answers questions about modules. The store keeps the files under the `h1:` of the tree
 * that they were taken from, so that a toolchain is unpacked once and not in every run.
 */
export async function makeListingGoroot(
  tools: { readonly store: Store; readonly hashPool: HashPool },
  goroot: ListingGoroot,
): Promise<void> {
  const contents = (await storedFiles(tools.store, goroot)) ?? (await unpackedFiles(tools, goroot));
  await makeFolder(join(goroot.folder, "pkg", "tool"));
  // Side by side, here and below: go waits for this while hundreds of answers arrive, and each step waits for its turn.
  await Promise.all(
    [...contents].map(async ([path, data]) => {
      const file = join(goroot.folder, path);
      await makeFolder(dirname(file));
      await writeNewFile(file, data, listingFiles[path]);
    }),
  );
}

type Contents = ReadonlyMap<keyof typeof listingFiles, Buffer>;

const paths = Object.keys(listingFiles) as (keyof typeof listingFiles)[];

const refOf = (h1: string, path: string): string => `${gorootRefs(h1)}${path}`;

/** What the names begin with that the store has for the files of the tree with this `h1:`. */
export function gorootRefs(h1: string): string {
  return `goroots/${h1ToHex(h1)}/`;
}

/** Under this name the listing of a tree is kept: its own digest is the tree's `h1:`. */
const listingName = "listing";

const nameIn = (toolchain: Toolchain, path: string): string => `${keyOf(toolchainModule(toolchain))}/${path}`;

/**
 * The files, when the store has all of them whole. The names in the store prove nothing, and these files are about to
 * run: each must have the digest that the listing of the proven tree gives it.
 */
async function storedFiles(store: Store, { h1, toolchain }: ListingGoroot): Promise<Contents | undefined> {
  const listed = await store.ref(refOf(h1, listingName));
  const listing = listed?.sha256 === h1ToHex(h1) ? await store.readIfWhole(listed) : undefined;
  if (listing === undefined) return undefined;
  const digests = new Map(
    listing
      .toString("utf8")
      .split("\n")
      .map((line) => [line.slice(66), line.slice(0, 64)]),
  );
  const found = await Promise.all(
    paths.map(async (path) => {
      const digest = digests.get(nameIn(toolchain, path));
      const id = await store.ref(refOf(h1, path));
      const isListed = digest !== undefined && id?.sha256 === digest;
      return [path, isListed ? await store.readIfWhole(id) : emptyIfOptional(path, digest)] as const;
    }),
  );
  const contents = new Map<keyof typeof listingFiles, Buffer>();
  for (const [path, data] of found) {
    if (data === undefined) return undefined;
    contents.set(path, data);
  }
  return contents;
}

/** Before Go 1.21 there was no go.env; an empty one says as little. */
function emptyIfOptional(path: string, digest: string | undefined): Buffer | undefined {
  return path === "go.env" && digest === undefined ? Buffer.alloc(0) : undefined;
}

async function unpackedFiles(
  tools: { readonly store: Store; readonly hashPool: HashPool },
  { toolchain, h1, bringZip }: ListingGoroot,
): Promise<Contents> {
  const { sha256 } = await bringZip();
  const { zipFile, entries } = await inspectToolchain(tools, toolchain, { h1, sha256 });
  const zip = await whileThere(zipFile, () => readFile(zipFile));
  const contents = new Map<keyof typeof listingFiles, Buffer>();
  for (const path of paths) {
    const entry = entries.find(({ name }) => name === nameIn(toolchain, path));
    const data = entry === undefined ? emptyIfOptional(path, undefined) : readEntry(zip, entry);
    invariant(data, `${path} is in the zip of ${nameOf(toolchain)}`);
    await tools.store.setRef(refOf(h1, path), await tools.store.put(data));
    contents.set(path, data);
  }
  const listing = hash1Listing(entries.map(({ name, sha256: sum }) => ({ name, sha256Hex: sum })));
  await tools.store.setRef(refOf(h1, listingName), await tools.store.put(Buffer.from(listing)));
  return contents;
}
