import { AirgoError } from "../support/errors.js";
import { nameOf, type Architecture, type GoSource, type Toolchain } from "./go-source.js";
import { candidates, compareGoVersionTexts, lineOf } from "./version.js";

export interface ReleaseChoice {
  /** The version that each range of the manifest stands for. */
  readonly versions: Readonly<Record<string, string>>;
  /** Newer versions that were passed over, each with its reason: worth telling. */
  readonly passedOver: readonly string[];
}

/**
 * Chooses for each range the newest version that the source really serves for every wanted architecture. A version
 * that is listed for one architecture before the other is passed over, and so is one that answers 403. `stable` is
 * the newest line that has a version which counts: a line is not stable while its first release is only on its way.
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
  const passedOver = new Set<string>();
  const verdicts = new Map<string, Promise<string | undefined>>();

  /** What speaks against a version, found out once. */
  function reasonAgainst(version: string): Promise<string | undefined> {
    const verdict = verdicts.get(version) ?? judge(version);
    verdicts.set(version, verdict);
    return verdict;
  }

  async function judge(version: string): Promise<string | undefined> {
    const unlisted = wanted.filter((arch) => listed.get(version)?.has(arch) !== true);
    if (unlisted.length > 0)
      return `go${version} is not listed for linux-${unlisted.join(" and linux-")} yet`;
    const toolchains = wanted.map((arch) => ({ version, arch }));
    const served = await Promise.all(
      toolchains.map(async (one) => (await source.has(one)) && (await acceptable(one))),
    );
    const missing = toolchains.filter((_, i) => served[i] !== true);
    return missing.length === 0
      ? undefined
      : `${missing.map(nameOf).join(" and ")} is listed but not served yet`;
  }

  /** The newest version of a range that nothing speaks against; the reasons against newer ones go to `reasons`. */
  async function newest(
    range: string,
    available: readonly string[],
    reasons: string[],
  ): Promise<string | undefined> {
    const fitting = candidates(range, available);
    for (const version of fitting) {
      if (reasons.length >= mostCandidates) return undefined;
      const reason = await reasonAgainst(version);
      if (reason === undefined) return version;
      reasons.push(reason);
    }
    if (range !== "stable" || fitting.length === 0) return undefined;
    return newest(range, linesBefore(fitting[0] as string, available), reasons);
  }

  const isForAll = (version: string): boolean =>
    wanted.every((arch) => listed.get(version)?.has(arch) === true);
  const all = [...listed.keys()].filter((version) => candidates(version, [version]).length > 0);
  for (const range of ranges) {
    const reasons: string[] = [];
    const stable = range === "oldstable" ? await newest("stable", all, reasons) : undefined;
    const version =
      range !== "oldstable"
        ? await newest(range, all, reasons)
        : stable && (await newest("stable", linesBefore(stable, all), reasons));
    if (version === undefined) throw nothingFits(range, wanted, reasons, all.filter(isForAll));
    versions[range] = version;
    for (const reason of reasons) passedOver.add(reason);
  }
  return { versions, passedOver: [...passedOver] };
}

/** Newer versions that are looked at before a range counts as not served: each costs requests, and nobody lists more. */
const mostCandidates = 20;

/** What is available of the lines older than that of `version`. */
function linesBefore(version: string, available: readonly string[]): string[] {
  const line = lineOf(version);
  return available.filter((other) => lineOf(other) !== line && compareGoVersionTexts(other, version) < 0);
}

function nothingFits(
  range: string,
  wanted: readonly string[],
  reasons: readonly string[],
  listed: readonly string[],
): AirgoError {
  const newest = candidates("stable", listed)[0];
  return new AirgoError("AIRGO_GO_VERSION_UNKNOWN", {
    what: `no Go version fits "${range}" on linux ${wanted.join(" and ")}`,
    where: `go: "${range}"`,
    expected: newest === undefined ? "a version that the source lists" : `for example "${newest}"`,
    found: reasons.length === 0 ? "nothing listed in that range" : reasons.slice(0, 3).join("; "),
    hint: "write another range in the manifest; or see that the module proxy serves golang.org/toolchain, or that `sources.go` names a source that has it",
  });
}
