import type { ObjectId } from "../store/store.js";
import { sha256OfFile } from "../support/digest.js";
import { isUnobtainable } from "../support/absence.js";
import { AirgoError, hasSystemCode } from "../support/errors.js";
import { h1ToHex } from "./dirhash.js";
import {
  filePath,
  type ModuleFiles,
  type ModuleFilesOptions,
  type KeptZip,
  type ZipOptions,
} from "./module-files.js";
import { keyOf, type ModuleVersion } from "./module-version.js";
import { notAZip } from "./not-a-zip.js";
import { once } from "./once.js";
import { wrongHash } from "./wrong-hash.js";
import { isZipFault, zipTooLarge } from "./zip-error.js";

/** Go itself refuses larger ones (golang.org/x/mod/zip: MaxZipFile). Bytes. */
const maxZip = 500 << 20;

/**
 * The zips of versions. The store finds one again by its `h1:`. One that a lock pins by its SHA-256 as well need not be
 * unpacked and hashed again, for packing holds its bytes to that; without a lock the name alone proves nothing.
 */
export function createZipFiles({
  store,
  upstreamOf,
  hashPool,
  traffic,
}: ModuleFilesOptions): Pick<ModuleFiles, "keepZip" | "pinZip"> {
  const zips = new Map<string, Promise<KeptZip>>();

  const h1Of = async (file: string, module: ModuleVersion): Promise<string> =>
    (await hashPool.inspect(file, { prefix: `${keyOf(module)}/`, keepEntries: false })).h1;

  /** The zip that is in the store already. */
  async function stored(
    module: ModuleVersion,
    h1: string,
    { locked, isInspectedByCaller = false }: ZipOptions,
  ): Promise<KeptZip | undefined> {
    const named = await store.ref(refOf(h1));
    const known = locked ?? named;
    if (known === undefined || !(await store.has(known))) return undefined;
    const isNamed = known.sha256 === named?.sha256;
    const isVouched = isNamed && (locked !== undefined || isInspectedByCaller);
    if (!isVouched && !(await isSound(module, h1, known))) return undefined;
    if (!isNamed) await store.setRef(refOf(h1), known);
    traffic.hit(keyOf(module));
    return { id: known, h1 };
  }

  /** Looks into a zip that a lock or a name alone leads to; one that is not what its name says is set aside. */
  async function isSound(module: ModuleVersion, h1: string, { sha256 }: ObjectId): Promise<boolean> {
    const file = store.fileOf(sha256);
    try {
      if ((await h1Of(file, module)) === h1) return true;
    } catch (error) {
      if (hasSystemCode(error, "ENOENT")) return false;
      if (!isZipFault(error)) throw error;
    }
    // An object that is what its name says stays: it belongs to somebody else.
    if ((await sha256OfFile(file)) !== sha256) await store.setAside(sha256);
    return false;
  }

  /** Of damaged zips those are told apart that never were any. */
  async function downloadedH1(file: string, module: ModuleVersion): Promise<string> {
    try {
      return await h1Of(file, module);
    } catch (error) {
      throw (isZipFault(error) ? await notAZip(file, module) : undefined) ?? error;
    }
  }

  /** @param expected undefined when nothing vouches for this version */
  async function download(
    module: ModuleVersion,
    expected: string | undefined,
    { locked, onBytes }: ZipOptions,
  ): Promise<KeptZip> {
    let otherBytes: AirgoError | undefined;
    const seen = new Set<string>();
    try {
      return await upstreamOf(module.path).file({
        below: filePath(module, "zip"),
        subject: keyOf(module),
        maxBytes: maxZip,
        onBytes,
        tooLarge: (limit, found) =>
          zipTooLarge("the zip is too large", keyOf(module), { expected: limit, found }),
        async check({ file, sha256, size }) {
          const id = { sha256, size };
          const h1 = await downloadedH1(file, module);
          if (expected !== undefined && h1 !== expected) throw wrongHash(module, "zip", expected, h1);
          if (locked !== undefined && locked.sha256 !== id.sha256) {
            otherBytes = repacked(module, locked, id);
            // A byte that was damaged on the way may lie where it changes no content; a repacked zip comes twice the same.
            const mayBeDamage = id.size === locked.size && !seen.has(id.sha256);
            seen.add(id.sha256);
            if (mayBeDamage) throw otherBytes;
            return undefined;
          }
          await store.adopt(file, id);
          await store.setRef(refOf(h1), id);
          return { id, h1 };
        },
      });
    } catch (error) {
      // Nobody had the locked bytes: that one had others says more than that the next one had none.
      throw isUnobtainable(error) && otherBytes !== undefined ? otherBytes : error;
    }
  }

  /** What this run has brought in already, as long as it is still there. */
  async function shared(key: string, bring: () => Promise<KeptZip>): Promise<KeptZip> {
    const zip = await once(zips, key, bring);
    if (await store.has(zip.id)) return zip;
    zips.delete(key);
    return once(zips, key, bring);
  }

  return {
    async keepZip(module, h1, options = {}) {
      const { locked } = options;
      const bring = async (): Promise<KeptZip> =>
        (await stored(module, h1, options)) ?? download(module, h1, options);
      return (await shared(`${keyOf(module)} ${h1} ${locked?.sha256 ?? ""}`, bring)).id;
    },
    pinZip: (module) => shared(keyOf(module), () => download(module, undefined, {})),
  };
}

function refOf(h1: string): string {
  return `zips/${h1ToHex(h1)}`;
}

function repacked(module: ModuleVersion, locked: ObjectId, got: ObjectId): AirgoError {
  return new AirgoError("AIRGO_CHECKSUM_MISMATCH", {
    what: `a mirror serves ${keyOf(module)} repacked: its contents are right, its bytes are not the locked ones`,
    where: keyOf(module),
    expected: `sha256 ${locked.sha256}`,
    found: `sha256 ${got.sha256}`,
    hint: "take a proxy that serves the original bytes, or build where the store still has them",
  });
}
