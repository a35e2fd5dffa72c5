import type { Upstream } from "../../modules/upstream.js";
import { isFileUrl } from "../../support/file-url.js";
import { isAbsence } from "../../support/absence.js";
import { AirgoError, reasonOf } from "../../support/errors.js";
import { parseReleaseIndex, type ReleaseIndex } from "./release-index.js";

/** One place that has official archives. */
export interface ArchiveBase {
  /** Without a slash at its end. */
  readonly address: string;
  /** Asks this one alone. */
  readonly upstream: Pick<Upstream, "index">;
}

/** The index of all releases has some MB. Bytes. */
const maxIndex = 16 << 20;

/**
 * The index of the first base that has one: many mirrors have the archives only. It says which releases there are, so a
 * mirror that is behind belongs behind one that is not.
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
      const index = parseReleaseIndex(text.toString("utf8"), `${address}/${below}`);
      if (index.size > 0 || at === bases.length - 1) return index;
      onPassedOver(address, "its index names no archive for linux");
    } catch (error) {
      if (at === bases.length - 1)
        throw isAbsence(error) ? noIndex(`${address}/${indexBelow(address)}`, error) : error;
      onPassedOver(address, reasonOf(error));
    }
  }
  return new Map();
}

function noIndex(where: string, cause: unknown): AirgoError {
  return new AirgoError("AIRGO_UPSTREAM_MISSING", {
    what: "there is no index of Go's releases",
    where,
    hint: "see the address in `sources.go`, and whether the folder is mounted; a mirror without the index needs one in the list that has it",
    cause,
  });
}

/** All releases, old ones and betas too, as JSON (https://go.dev/dl/?mode=json&include=all); a folder has a file of it. */
function indexBelow(address: string): string {
  return isFileUrl(address) ? "index.json" : "?mode=json&include=all";
}
