import { rm } from "node:fs/promises";

import type { HashPool } from "../../modules/hash-pool.js";
import { keyOf } from "../../modules/module-version.js";
import { once } from "../../modules/once.js";
import type { Traffic } from "../../modules/traffic.js";
import type { Upstream } from "../../modules/upstream.js";
import { whileThere, type ObjectId, type Store } from "../../store/store.js";
import { sha256OfFile } from "../../support/digest.js";
import { AirgoError } from "../../support/errors.js";
import type { OnBytes } from "../../transfer/download/download.js";
import { fileSize } from "../../support/files.js";
import {
  nameOf,
  toolchainModule,
  type GoSource,
  type KeepOptions,
  type KeptToolchain,
  type Toolchain,
} from "../go-source.js";
import { gorootRefs } from "../listing-goroot.js";
import type { Convert } from "./converter.js";
import { archiveMissing, fetchArchive, type ArchiveTools } from "./fetch-archive.js";
import { archiveName, type ReleaseIndex } from "./release-index.js";

export interface ArchiveSourceOptions extends ArchiveTools {
  readonly store: Store;
  readonly hashPool: HashPool;
  readonly convert: Convert;
  /** All bases, any of which will do. */
  readonly upstream: Upstream;
  readonly index: () => Promise<ReleaseIndex>;
  readonly traffic: Pick<Traffic, "hit">;
  /** Told how an archive is made into the module's zip, which takes seconds: its name and size, then bytes of it. */
  readonly onConversion: (archive: string, size: number) => OnBytes;
}

/**
 * Go from its official archives (https://go.dev/dl) and their mirrors. An archive is checked by the SHA-256 of the index
 * or the lock and by Google's OpenPGP signature, and the tree in it by the `h1:` of the checksum database: what a kit
 * carries is what both channels agree on. The toolchain module's zip is made of it once, and kept.
 */
export function createArchiveSource(options: ArchiveSourceOptions): GoSource {
  const { store, hashPool, convert, upstream, index, traffic } = options;
  // Each kit of a run asks the same.
  const answers = new Map<string, Promise<boolean>>();
  const kept = new Map<string, Promise<KeptToolchain>>();

  /** Without a lock the zip is made anew, whatever the store has: a lock pins what this airgo makes, and nothing else. */
  async function keep(
    toolchain: Toolchain,
    h1: string,
    { locked, onBytes }: KeepOptions,
  ): Promise<KeptToolchain> {
    if (locked?.zip !== undefined && (await store.has(locked.zip))) {
      traffic.hit(nameOf(toolchain));
      return { file: locked.file, zip: locked.zip };
    }
    const file = locked?.file ?? (await listed(toolchain));
    if (!(await isWhole(file))) await fetchArchive(options, toolchain, file, onBytes);
    const zip = await makeZip(toolchain, h1, file);
    if (locked?.zip !== undefined && locked.zip.sha256 !== zip.sha256)
      throw madeAnother(toolchain, locked.zip, zip);
    return { file, zip };
  }

  async function listed(toolchain: Toolchain): Promise<ObjectId> {
    const found = (await index()).get(toolchain.version)?.get(toolchain.arch);
    if (found === undefined) throw archiveMissing(toolchain);
    return { sha256: found.sha256, size: found.size };
  }

  /** One that is damaged is set aside, and fetched again. */
  async function isWhole(file: ObjectId): Promise<boolean> {
    if (!(await store.has(file))) return false;
    if ((await sha256OfFile(store.fileOf(file.sha256))) === file.sha256) return true;
    await store.setAside(file.sha256);
    return false;
  }

  async function makeZip(toolchain: Toolchain, h1: string, file: ObjectId): Promise<ObjectId> {
    const archive = store.fileOf(file.sha256);
    const prefix = `${keyOf(toolchainModule(toolchain))}/`;
    const zipFile = store.temporaryFile();
    try {
      const onRead = options.onConversion(archiveName(toolchain), file.size);
      await whileThere(archive, () => convert({ archive, prefix, zipFile }, (bytes) => onRead(bytes)));
      const found = await hashPool.inspect(zipFile, { prefix, keepEntries: false }, true);
      if (found.h1 !== h1) {
        // It has the digest that it should have: nothing is damaged, and another try would end the same way.
        await store.setAside(file.sha256);
        throw channelsDisagree(toolchain, h1, found.h1);
      }
      const zip = { sha256: await sha256OfFile(zipFile), size: (await fileSize(zipFile)) ?? 0 };
      await store.adopt(zipFile, zip);
      // For people alone, and for pruning: nothing is found again by this name.
      await store.setRef(`${gorootRefs(h1)}zip`, zip);
      return zip;
    } finally {
      await rm(zipFile, { force: true });
    }
  }

  return {
    kind: "archive",
    versions: async () =>
      new Map([...(await index())].map(([version, archives]) => [version, new Set(archives.keys())])),
    has: (toolchain) =>
      once(answers, nameOf(toolchain), () => upstream.has(archiveName(toolchain), nameOf(toolchain))),
    keep: (toolchain, h1, how) =>
      once(kept, `${nameOf(toolchain)} ${h1} ${how.locked?.file.sha256 ?? ""}`, () =>
        keep(toolchain, h1, how),
      ),
  };
}

function madeAnother(toolchain: Toolchain, expected: ObjectId, found: ObjectId): AirgoError {
  return new AirgoError("AIRGO_LOCK_DRIFT", {
    what: `this airgo makes another zip of ${archiveName(toolchain)} than the one that the lock names`,
    where: nameOf(toolchain),
    expected: `sha256 ${expected.sha256}`,
    found: `sha256 ${found.sha256}`,
    hint: "build with the airgo that made the lock, or run with --update go",
  });
}

function channelsDisagree(toolchain: Toolchain, expected: string, found: string): AirgoError {
  return new AirgoError("AIRGO_CHECKSUM_MISMATCH", {
    what: `the official archive of ${nameOf(toolchain)} and the checksum database do not agree on what it holds`,
    where: archiveName(toolchain),
    expected: `${expected} (the checksum database)`,
    found: `${found} (the archive's tree)`,
    hint: "somebody changed the archive, and the index or lock that names its digest: take another mirror, and tell whoever runs this one",
  });
}
