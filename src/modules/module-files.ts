import { rm } from "node:fs/promises";

import type { OnBytes } from "../store/download.js";
import type { ObjectId, Store } from "../store/store.js";
import { sha256OfFile } from "../support/digest.js";
import { AirgoError, hasSystemCode, isAirgoError } from "../support/errors.js";
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
  /**
   * The go.mod as an object of the store: the locked one where it is there, else from a proxy.
   * @throws AIRGO_CHECKSUM_MISMATCH unless it has that `h1:`
   */
  keepMod(module: ModuleVersion, goModH1: string, locked?: ObjectId): Promise<ObjectId>;
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
  readonly onBytes?: OnBytes | undefined;
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
  const mods = new Map<string, Promise<ReadMod>>();
  const handedOut = new Set<string>();
  const zips = new Map<string, Promise<ObjectId>>();

  /** What a name leads to; undefined where it leads nowhere, or to an object that turns out to be damaged. */
  async function storedBytes(ref: string): Promise<Buffer | undefined> {
    const id = await store.ref(ref);
    return id === undefined || !(await store.has(id)) ? undefined : readWhole(id);
  }

  /** An object's bytes; undefined when it turns out to be damaged. */
  async function readWhole(id: ObjectId): Promise<Buffer | undefined> {
    return store.read(id).catch((error: unknown) => {
      // The store has set it aside, or another process has: either way it is fetched anew.
      if ((isAirgoError(error) && error.code === "AIRGO_STORE_DAMAGED") || hasSystemCode(error, "ENOENT"))
        return undefined;
      throw error;
    });
  }

  async function fetchInfo(module: ModuleVersion): Promise<VersionInfo> {
    const below = filePath(module, "info");
    const stored = await storedBytes(refOf(module, "info"));
    const known = stored === undefined ? undefined : infoIfFine(stored, module.version, below);
    if (known !== undefined) return known;
    const info = parseInfo(await upstream.bytes(below, subjectOf(module), maxInfo), module.version, below);
    await store.setRef(refOf(module, "info"), await store.put(Buffer.from(canonicalInfo(info))));
    return info;
  }

  const fetchMod = (module: ModuleVersion): Promise<Buffer> =>
    upstream.bytes(filePath(module, "mod"), subjectOf(module), maxGoMod);

  async function findMod(module: ModuleVersion): Promise<ReadMod> {
    const stored = await storedBytes(refOf(module, "mod"));
    return stored === undefined
      ? { data: await fetchMod(module), isStored: false }
      : { data: stored, isStored: true };
  }

  async function keepCheckedMod(module: ModuleVersion, data: Buffer, goModH1: string): Promise<ObjectId> {
    const found = goModHash(data);
    if (found !== goModH1) throw wrongHash(module, "go.mod", goModH1, found);
    const id = await store.put(data);
    await store.setRef(refOf(module, "mod"), id);
    return id;
  }

  async function isStoredMod(id: ObjectId, goModH1: string): Promise<boolean> {
    const data = (await store.has(id)) ? await readWhole(id) : undefined;
    return data !== undefined && goModHash(data) === goModH1;
  }

  /**
   * The zip that is in the store already. The ref is set only after the `h1:` was checked, so a lock that says the
   * same needs no second look: packing hashes the bytes again. Either of them alone is only a hint.
   */
  async function storedZip(
    module: ModuleVersion,
    h1: string,
    locked: ObjectId | undefined,
  ): Promise<ObjectId | undefined> {
    const named = await store.ref(refOf(module, "zip"));
    const known = locked ?? named;
    if (known === undefined || !(await store.has(known))) return undefined;
    if (locked !== undefined && locked.sha256 === named?.sha256) return locked;
    const file = store.fileOf(known.sha256);
    try {
      await checkZip(file, module, h1);
    } catch (error) {
      if (hasSystemCode(error, "ENOENT")) return undefined;
      if (!isAirgoError(error) || !["AIRGO_ZIP_INVALID", "AIRGO_CHECKSUM_MISMATCH"].includes(error.code))
        throw error;
      // An object that is what its name says stays: it belongs to somebody else.
      if ((await sha256OfFile(file)) !== known.sha256) await store.setAside(known.sha256);
      return undefined;
    }
    await store.setRef(refOf(module, "zip"), known);
    return known;
  }

  async function fetchZip(
    module: ModuleVersion,
    h1: string,
    { locked, onBytes }: ZipOptions,
  ): Promise<ObjectId> {
    const file = store.temporaryFile();
    let otherBytes: AirgoError | undefined;
    try {
      return await upstream.file({
        below: filePath(module, "zip"),
        subject: subjectOf(module),
        file,
        maxBytes: maxZip,
        onBytes,
        async check(got) {
          await checkZip(file, module, h1);
          if (locked !== undefined && locked.sha256 !== got.sha256) {
            otherBytes = repacked(module, locked, got);
            return undefined;
          }
          await store.adopt(file, got);
          await store.setRef(refOf(module, "zip"), got);
          return got;
        },
      });
    } catch (error) {
      // Nobody had the locked bytes: that one had others says more than that the next one had none.
      const isAbsent =
        isAirgoError(error) && ["AIRGO_UPSTREAM_MISSING", "AIRGO_PROXY_DIRECT"].includes(error.code);
      throw isAbsent && otherBytes !== undefined ? otherBytes : error;
    } finally {
      await rm(file, { force: true });
    }
  }

  async function checkZip(file: string, module: ModuleVersion, h1: string): Promise<void> {
    const facts = await hashPool.inspect(file, { prefix: `${keyOf(module)}/`, keepEntries: false });
    if (facts.h1 !== h1) throw wrongHash(module, "zip", h1, facts.h1);
  }

  return {
    info: (module) => once(infos, keyOf(module), () => fetchInfo(module)),
    async readMod(module) {
      const { data } = await once(mods, keyOf(module), () => findMod(module));
      handedOut.add(keyOf(module));
      return data;
    },
    async keepMod(module, goModH1, locked) {
      const key = keyOf(module);
      // What was read in this run must be what is kept; otherwise the object that the lock names will do.
      if (locked !== undefined && !mods.has(key) && (await isStoredMod(locked, goModH1))) return locked;
      const { data, isStored } = await once(mods, key, () => findMod(module));
      if (goModHash(data) === goModH1) return keepCheckedMod(module, data, goModH1);
      mods.delete(key);
      if (!isStored) throw wrongHash(module, "go.mod", goModH1, goModHash(data));
      const id = await keepCheckedMod(module, await fetchMod(module), goModH1);
      // What go made of the wrong one is worth nothing, and cannot be told from the rest.
      if (handedOut.has(key)) throw misled(module, goModH1, goModHash(data));
      return id;
    },
    async keepZip(module, h1, options = {}) {
      const key = `${keyOf(module)} ${h1} ${options.locked?.sha256 ?? ""}`;
      const kept = once(
        zips,
        key,
        async () => (await storedZip(module, h1, options.locked)) ?? fetchZip(module, h1, options),
      );
      // Shared while it runs only: the object may be set aside later.
      return kept.finally(() => zips.delete(key));
    },
    raw: (path, tail) => upstream.bytes(`${escapePath(path)}/${tail}`, `module ${path}`, maxGoMod),
  };
}

/** A go.mod, and whether the store named it: such a one may be another's. */
interface ReadMod {
  readonly data: Buffer;
  readonly isStored: boolean;
}

function infoIfFine(data: Buffer, version: string, where: string): VersionInfo | undefined {
  try {
    return parseInfo(data, version, where);
  } catch {
    return undefined;
  }
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

function misled(module: ModuleVersion, expected: string, found: string): AirgoError {
  return new AirgoError("AIRGO_STORE_DAMAGED", {
    what: `the store held another go.mod under the name of ${keyOf(module)}, and go has read it`,
    where: keyOf(module),
    expected,
    found,
    hint: "run the same command again: the store has the right one now",
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
