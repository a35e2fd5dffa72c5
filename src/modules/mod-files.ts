import type { ObjectId } from "../store/store.js";
import { sha256Hex } from "../support/digest.js";
import { AirgoError, isAirgoError } from "../support/errors.js";
import { goModHash } from "./dirhash.js";
import { maxGoMod } from "./go-mod-file.js";
import { filePath, type ModuleFiles, type ModuleFilesOptions } from "./module-files.js";
import { keyOf, type ModuleVersion } from "./module-version.js";
import { once } from "./once.js";
import { wrongHash } from "./wrong-hash.js";

/** A go.mod, and whether the store named it: such a one may be another's. */
interface ReadMod {
  readonly data: Buffer;
  readonly isStored: boolean;
}

/** The go.mod files of versions. The store keeps them as notes: small, found by name, and checked by whoever asks. */
export function createModFiles({
  store,
  upstreamOf,
  isPrivate,
  traffic,
}: ModuleFilesOptions): Pick<ModuleFiles, "readMod" | "keepMod"> {
  const mods = new Map<string, Promise<ReadMod>>();
  const kept = new Map<string, Promise<ObjectId>>();
  const handedOut = new Set<string>();
  /** Go was given a wrong one: however often and by whomever it is asked, this run has no right one any more. */
  const misread = new Map<string, AirgoError>();

  /** Where the hash is known, a proxy that serves another go.mod is passed over as one that is out of order. */
  const fetchMod = (module: ModuleVersion, goModH1?: string): Promise<Buffer> =>
    upstreamOf(module.path).bytes(filePath(module, "mod"), keyOf(module), maxGoMod, (data) => {
      const found = goModHash(data);
      if (goModH1 !== undefined && found !== goModH1) throw wrongHash(module, "go.mod", goModH1, found);
    });

  async function find(module: ModuleVersion, goModH1?: string): Promise<ReadMod> {
    const stored = isPrivate(module.path) ? undefined : await store.note(nameOf(module));
    if (stored === undefined) return { data: await fetchMod(module, goModH1), isStored: false };
    traffic.hit(keyOf(module));
    return { data: stored, isStored: true };
  }

  /** A go.sum may be the one that is wrong: where nobody serves what it names, go reads what there is, and says so. */
  async function findLikely(module: ModuleVersion, likelyH1: string | undefined): Promise<ReadMod> {
    try {
      return await find(module, likelyH1);
    } catch (error) {
      const isOther = isAirgoError(error) && error.code === "AIRGO_CHECKSUM_MISMATCH";
      if (likelyH1 === undefined || !isOther) throw error;
      return find(module);
    }
  }

  async function keep(module: ModuleVersion, goModH1: string): Promise<ObjectId> {
    const key = keyOf(module);
    const before = misread.get(key);
    if (before !== undefined) throw before;
    if (isPrivate(module.path) && !mods.has(key)) {
      // The one with the known hash will do, whoever served it.
      const stored = await store.note(nameOf(module));
      if (stored !== undefined && goModHash(stored) === goModH1) {
        traffic.hit(key);
        mods.set(key, Promise.resolve({ data: stored, isStored: true }));
      }
    }
    const { data, isStored } = await once(mods, key, () => find(module, goModH1));
    const found = goModHash(data);
    if (found === goModH1) {
      if (!isStored) await store.setNote(nameOf(module), data);
      return idOf(data);
    }
    mods.delete(key);
    const wrong = isStored ? misled(module, goModH1, found) : wrongHash(module, "go.mod", goModH1, found);
    if (!isStored) throw refuse(key, wrong);
    const anew = await fetchMod(module, goModH1);
    await store.setNote(nameOf(module), anew);
    if (handedOut.has(key)) throw refuse(key, wrong);
    return idOf(anew);
  }

  /** What go made of a wrong one is worth nothing, and cannot be told from the rest. */
  function refuse(key: string, error: AirgoError): AirgoError {
    if (handedOut.has(key)) misread.set(key, error);
    return error;
  }

  return {
    async readMod(module, likelyH1) {
      // Before it is there: somebody may be holding the same bytes against a hash.
      handedOut.add(keyOf(module));
      return (await once(mods, keyOf(module), () => findLikely(module, likelyH1))).data;
    },
    keepMod: (module, goModH1) => once(kept, `${keyOf(module)} ${goModH1}`, () => keep(module, goModH1)),
  };
}

function nameOf(module: ModuleVersion): string {
  return `modules/${filePath(module, "mod")}`;
}

function idOf(data: Buffer): ObjectId {
  return { sha256: sha256Hex(data), size: data.byteLength };
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
