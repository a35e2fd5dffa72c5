import { rm } from "node:fs/promises";

import type { ObjectId, Store } from "../store/store.js";
import { AirgoError } from "../support/errors.js";
import { goModHash } from "./dirhash.js";
import { escapePath, escapeVersion } from "./escape.js";
import type { HashPool } from "./hash-pool.js";
import { canonicalInfo, parseInfo, type VersionInfo } from "./info.js";
import { keyOf, type ModuleVersion } from "./module-version.js";
import type { Upstream } from "./upstream.js";

/** Go itself refuses larger ones (golang.org/x/mod/zip: MaxZipFile, MaxGoMod). Bytes. */
const maxZip = 500 << 20;
const maxGoMod = 16 << 20;
const maxInfo = 1 << 20;

/** The files of module versions, from the store or from upstream; what two callers ask for is fetched once. */
export interface ModuleFiles {
  /** The version's time, as the store or a proxy says it. */
  info(module: ModuleVersion): Promise<VersionInfo>;
  /** go.mod bytes, for reading. They are not in the store, and prove nothing, until `keepMod` has checked them. */
  readMod(module: ModuleVersion): Promise<Buffer>;
  /** The go.mod as an object of the store. Throws AIRGO_CHECKSUM_MISMATCH unless it has that `h1:`. */
  keepMod(module: ModuleVersion, goModH1: string): Promise<ObjectId>;
  /**
   * The zip as an object of the store, checked against its `h1:` and, where it is locked, its SHA-256.
   * @throws AIRGO_CHECKSUM_MISMATCH, AIRGO_ZIP_INVALID, and what upstreams throw
   */
  keepZip(module: ModuleVersion, h1: string, options?: ZipOptions): Promise<ObjectId>;
  /** Any other answer of the proxy for a module path: `@v/list`, `@latest`. */
  raw(path: string, tail: string): Promise<Buffer>;
}

export interface ZipOptions {
  readonly locked?: ObjectId | undefined;
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

export interface ModuleFilesOptions {
  readonly store: Store;
  readonly upstream: Upstream;
  readonly hashPool: HashPool;
}

/** The path of a version's file below a proxy's base, escaped. `kind` is `info`, `mod` or `zip`. */
export function filePath(module: ModuleVersion, kind: "info" | "mod" | "zip"): string {
  return `${escapePath(module.path)}/@v/${escapeVersion(module.version)}.${kind}`;
}

function subjectOf(module: ModuleVersion): string {
  return `module ${keyOf(module)}`;
}

/** The name in the store under which a version's file is found again. */
function refOf(module: ModuleVersion, kind: "info" | "mod" | "zip"): string {
  return `modules/${filePath(module, kind)}`;
}

export function createModuleFiles({ store, upstream, hashPool }: ModuleFilesOptions): ModuleFiles {
  const infos = new Map<string, Promise<VersionInfo>>();
  const mods = new Map<string, Promise<Buffer>>();

  async function storedBytes(ref: string): Promise<Buffer | undefined> {
    const id = await store.ref(ref);
    return id !== undefined && (await store.has(id)) ? store.read(id) : undefined;
  }

  async function fetchInfo(module: ModuleVersion): Promise<VersionInfo> {
    const below = filePath(module, "info");
    const stored = await storedBytes(refOf(module, "info"));
    if (stored !== undefined) return parseInfo(stored, module.version, below);
    const info = parseInfo(await upstream.bytes(below, subjectOf(module), maxInfo), module.version, below);
    await store.setRef(refOf(module, "info"), await store.put(Buffer.from(canonicalInfo(info))));
    return info;
  }

  async function fetchMod(module: ModuleVersion): Promise<Buffer> {
    const stored = await storedBytes(refOf(module, "mod"));
    return stored ?? upstream.bytes(filePath(module, "mod"), subjectOf(module), maxGoMod);
  }

  const files: ModuleFiles = {
    info: (module) => once(infos, keyOf(module), () => fetchInfo(module)),
    readMod: (module) => once(mods, keyOf(module), () => fetchMod(module)),
    async keepMod(module, goModH1) {
      const data = await files.readMod(module);
      const found = goModHash(data);
      if (found !== goModH1) {
        mods.delete(keyOf(module));
        throw wrongHash(module, "go.mod", goModH1, found);
      }
      const id = await store.put(data);
      await store.setRef(refOf(module, "mod"), id);
      return id;
    },
    async keepZip(module, h1, options = {}) {
      const known = options.locked ?? (await store.ref(refOf(module, "zip")));
      if (known !== undefined && (await store.has(known)) && (await provesItself(known, module, h1, options))) return known;
      const file = store.temporaryFile();
      try {
        return await upstream.file({
          below: filePath(module, "zip"),
          subject: subjectOf(module),
          file,
          maxBytes: maxZip,
          onBytes: options.onBytes,
          async check(got) {
            await checkZip(file, module, h1);
            if (options.locked !== undefined && options.locked.sha256 !== got.sha256) throw repacked(module, options.locked, got);
            await store.adopt(file, got);
            await store.setRef(refOf(module, "zip"), got);
            return got;
          },
        });
      } finally {
        await rm(file, { force: true });
      }
    },
    raw: (path, tail) => upstream.bytes(`${escapePath(path)}/${tail}`, `module ${path}`, maxGoMod),
  };

  async function checkZip(file: string, module: ModuleVersion, h1: string): Promise<void> {
    const facts = await hashPool.inspect(file, { prefix: `${keyOf(module)}/`, keepEntries: false });
    if (facts.h1 !== h1) throw wrongHash(module, "zip", h1, facts.h1);
  }

  /**
   * A locked object is named by its digest, and packing hashes it again: its size is enough here. A ref is only a
   * hint, so what it points to must have the right `h1:`.
   */
  async function provesItself(id: ObjectId, module: ModuleVersion, h1: string, options: ZipOptions): Promise<boolean> {
    if (options.locked !== undefined) return true;
    return checkZip(store.fileOf(id.sha256), module, h1).then(
      () => true,
      async () => {
        await store.setAside(id.sha256);
        return false;
      },
    );
  }

  return files;
}

/** Shares one promise among all who ask while it runs and after it worked; a failure is forgotten. */
async function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const running = known.get(key);
  if (running !== undefined) return running;
  const started = make();
  known.set(key, started);
  started.catch(() => known.delete(key));
  return started;
}

function wrongHash(module: ModuleVersion, what: string, expected: string, found: string): AirgoError {
  return new AirgoError("AIRGO_CHECKSUM_MISMATCH", {
    what: `the ${what} of ${keyOf(module)} is not the one that the checksum database knows`,
    where: keyOf(module),
    expected,
    found,
    hint: "the proxy or the network changed it: take another proxy, and tell whoever runs this one",
  });
}

function repacked(module: ModuleVersion, locked: ObjectId, got: ObjectId): AirgoError {
  return new AirgoError("AIRGO_CHECKSUM_MISMATCH", {
    what: `a mirror serves ${keyOf(module)} repacked: its contents are right, its bytes are not the locked ones`,
    where: keyOf(module),
    expected: `sha256 ${locked.sha256}`,
    found: `sha256 ${got.sha256}`,
    hint: "take a proxy that serves the original bytes, or move the lock with --update",
  });
}
