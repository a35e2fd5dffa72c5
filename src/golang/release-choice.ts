import { AirgoError } from "../support/errors.js";
import { nameOf, type Architecture, type GoSource, type Toolchain } from "./go-source.js";
import { candidates } from "./version.js";

export interface ReleaseChoice {
  /** The version that each range of the manifest stands for. */
  readonly versions: Readonly<Record<string, string>>;
  /** Newer versions that were passed over, each with its reason: worth telling. */
  readonly passedOver: readonly string[];
}

/**
 * Chooses for each range the newest version that the source really serves for every wanted architecture. A version
 * that is listed for one architecture before the other is passed over, and so is one that answers 403.
 * @param acceptable a further condition, such as being in the checksum database
 * @throws AIRGO_GO_VERSION_UNKNOWN when nothing is left for a range
 */
export async function chooseReleases(
  ranges: readonly string[],
  wanted: readonly Architecture[],
  source: GoSource,
  acceptable: (toolchain: Toolchain) => Promise<boolean>,
): Promise<ReleaseChoice> {
  const listed = await source.versions();
  const versions: Record<string, string> = {};
  const passedOver: string[] = [];

  async function reasonAgainst(version: string): Promise<string | undefined> {
    const unlisted = wanted.filter((arch) => listed.get(version)?.has(arch) !== true);
    if (unlisted.length > 0) return `go${version} is not listed for linux-${unlisted.join(" and linux-")} yet`;
    const toolchains = wanted.map((arch) => ({ version, arch }));
    const served = await Promise.all(toolchains.map(async (one) => (await source.has(one)) && (await acceptable(one))));
    const missing = toolchains.filter((_, i) => served[i] !== true);
    return missing.length === 0 ? undefined : `${missing.map(nameOf).join(" and ")} is listed but not served yet`;
  }

  for (const range of ranges) {
    const reasons: string[] = [];
    for (const version of candidates(range, [...listed.keys()])) {
      const reason = await reasonAgainst(version);
      if (reason === undefined) {
        versions[range] = version;
        break;
      }
      reasons.push(reason);
    }
    if (versions[range] === undefined) throw nothingFits(range, wanted, reasons, [...listed.keys()]);
    passedOver.push(...reasons);
  }
  return { versions, passedOver: [...new Set(passedOver)] };
}

function nothingFits(range: string, wanted: readonly string[], reasons: readonly string[], listed: readonly string[]): AirgoError {
  const newest = candidates("stable", listed)[0];
  return new AirgoError("AIRGO_GO_VERSION_UNKNOWN", {
    what: `no Go version fits "${range}" on linux ${wanted.join(" and ")}`,
    where: `go: "${range}"`,
    expected: newest === undefined ? "a version that the source lists" : `for example "${newest}"`,
    found: reasons.length === 0 ? "nothing listed in that range" : reasons.slice(0, 3).join("; "),
    hint: "write another range in the manifest, or check that the module proxy serves golang.org/toolchain",
  });
}
