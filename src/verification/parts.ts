import type { HashPool } from "../modules/hash-pool.js";
import { isAirgoError } from "../support/errors.js";
import { kitError } from "./findings.js";
import { readLayer, type LayerFile } from "./layer-reader.js";
import { limits } from "./limits.js";
import { createZipRoom, type ZipOutcome } from "./zip-room.js";

/** What came of one layer. */
export type LayerOutcome = { readonly files: readonly LayerFile[] } | { readonly error: unknown };

/** The parts of a kit that later steps look into, gathered in one reading. All paths are the kit's own. */
export interface KitParts {
  /** Tables, kit.json, the lock, the checksum database. */
  readonly texts: ReadonlyMap<string, Buffer>;
  readonly zips: ReadonlyMap<string, ZipOutcome>;
  readonly layers: ReadonlyMap<string, LayerOutcome>;
}

/** Takes what later steps need of each file that passes by; of the rest the digest is enough. */
export interface PartGatherer {
  visit(path: string, size: number, chunks: AsyncIterable<Buffer>): Promise<void>;
  parts(): Promise<KitParts>;
}

export interface GatherOptions {
  readonly hashPool: HashPool;
  /** A private folder. */
  readonly folder: string;
  readonly atOnce: number;
}

/** What is wrong with a zip or layer is an outcome, told when its step comes; what this machine lacks is thrown. */
export function createGatherer({ hashPool, folder, atOnce }: GatherOptions): PartGatherer {
  const texts = new Map<string, Buffer>();
  const layers = new Map<string, LayerOutcome>();
  const zips = createZipRoom(hashPool, folder, atOnce);
  let textBytes = 0;
  let layerBytes = 0;

  async function takeText(path: string, size: number, chunks: AsyncIterable<Buffer>): Promise<void> {
    textBytes += size;
    if (size > limits.text || textBytes > limits.texts)
      throw kitError("AIRGO_ARCHIVE_INVALID", "a text of the kit is too large", path, {
        expected: `at most ${limits.text} bytes, and ${limits.texts} of all`,
        found: `${size} bytes, and ${textBytes} with those before it`,
      });
    const pieces: Buffer[] = [];
    for await (const chunk of chunks) pieces.push(chunk);
    // A copy: pieces are views of larger buffers, which would be kept with them.
    texts.set(path, Buffer.from(Buffer.concat(pieces)));
  }

  async function readOutcome(path: string, chunks: AsyncIterable<Buffer>): Promise<LayerOutcome> {
    const layer = Math.min(limits.layer, limits.layers - layerBytes);
    try {
      const files = await readLayer(chunks, path, { layer, layerFiles: limits.layerFiles });
      for (const { size } of files) layerBytes += size;
      return { files };
    } catch (error) {
      // What the disk fails at is not the layer's fault.
      if (!isAirgoError(error) || error.exitCode !== 8) throw error;
      // However far it came.
      layerBytes += limits.layer;
      return { error };
    }
  }

  return {
    async visit(path, size, chunks) {
      if (path.startsWith("proxy/sumdb/") || isText(path)) return takeText(path, size, chunks);
      if (path.startsWith("proxy/") && path.endsWith(".zip")) return zips.take(path, size, chunks);
      if (path.startsWith("toolchains/")) {
        layers.set(path, await readOutcome(path, chunks));
      }
    },
    parts: async () => ({ texts, layers, zips: await zips.outcomes() }),
  };
}

function isText(path: string): boolean {
  return path === "kit.json" || path === "bundles.lock" || /^kit\/[^/]+\.tsv$/.test(path);
}
