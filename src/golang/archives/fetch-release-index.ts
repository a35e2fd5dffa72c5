import type { Upstream } from "../../modules/upstream.js";
import { isFileUrl } from "../../support/file-url.js";
import { messageOf } from "../../support/errors.js";
import { parseReleaseIndex, type ReleaseIndex } from "./release-index.js";

/** One place that has official archives. */
export interface ArchiveBase {
  /** Without a slash at its end. */
  readonly address: string;
  /** Asks this one alone. */
  readonly upstream: Pick<Upstream, "index">;
}

/** The index of all releases has some MB. Bytes. */
const maxIndex = 64 << 20;

/**
 * The index of the first base that has one: many mirrors have the archives only.
 * @param onPassedOver told why a base's index is of no use
 * @throws what the last one failed with
 */
export async function fetchReleaseIndex(
  bases: readonly ArchiveBase[],
  onPassedOver: (base: string, reason: string) => void,
): Promise<ReleaseIndex> {
  for (const [at, { address, upstream }] of bases.entries()) {
    try {
      const below = indexBelow(address);
      const text = await upstream.index(below, `the index of Go's releases at ${address}`, maxIndex);
      return parseReleaseIndex(text.toString("utf8"), `${address}/${below}`);
    } catch (error) {
      if (at === bases.length - 1) throw error;
      onPassedOver(address, messageOf(error));
    }
  }
  return new Map();
}

/** All releases, old ones and betas too, as JSON (https://go.dev/dl/?mode=json&include=all); a folder has a file of it. */
function indexBelow(address: string): string {
  return isFileUrl(address) ? "index.json" : "?mode=json&include=all";
}
