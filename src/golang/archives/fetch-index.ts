import type { Upstream } from "../../modules/upstream.js";
import { messageOf } from "../../support/errors.js";
import { indexPath, parseReleaseIndex, type ReleaseIndex } from "./release-index.js";

/** One place that has official archives. */
export interface ArchiveBase {
  /** Without a slash at its end. */
  readonly address: string;
  /** Asks this one alone. */
  readonly upstream: Pick<Upstream, "bytes">;
}

/** The index of all releases has 4 MB. Bytes. */
const maxIndex = 64 << 20;

/**
 * The index of the first base that has one: many mirrors have the archives only.
 * @param onPassedOver told why a base's index is of no use
 * @throws what the last one failed with
 */
export async function fetchIndex(
  bases: readonly ArchiveBase[],
  onPassedOver: (base: string, reason: string) => void,
): Promise<ReleaseIndex> {
  for (const [at, { address, upstream }] of bases.entries()) {
    try {
      const text = await upstream.bytes(indexPath, `the index of Go's releases at ${address}`, maxIndex);
      return parseReleaseIndex(text.toString("utf8"), `${address}/${indexPath}`);
    } catch (error) {
      if (at === bases.length - 1) throw error;
      onPassedOver(address, messageOf(error));
    }
  }
  return new Map();
}
