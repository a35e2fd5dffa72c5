import { isUnobtainable } from "../support/absence.js";
import { AirgoError, isAirgoError, reasonOf } from "../support/errors.js";
import type { Architecture, GoSource, GoSourceKind, Toolchain } from "./go-source.js";
import { chooseReleases, type ReleaseChoice } from "./release-choice.js";

export interface SourcesChoice {
  /** A further condition, such as being in the checksum database. */
  readonly acceptable: (toolchain: Toolchain) => Promise<boolean>;
  /** Told why a source does not do, where another one is asked. */
  readonly onPassedOver: (kind: GoSourceKind, reason: string) => void;
}

/**
 * Chooses from several sources, the first choice first: what one says that it does not have is chosen from the next one.
 * One that does not work ends it: the next one could have an older Go only, and an outage must not move a lock back.
 * @returns what was chosen from each source that anything was chosen from
 * @throws what a source failed with; AIRGO_GO_VERSION_UNKNOWN when all have answered and nothing fits
 */
export async function chooseFromSources(
  ranges: readonly string[],
  wanted: readonly Architecture[],
  sources: readonly GoSource[],
  options: SourcesChoice,
): Promise<Map<GoSourceKind, ReleaseChoice>> {
  const chosen = new Map<GoSourceKind, ReleaseChoice>();
  for (const range of ranges) {
    const { kind, versions, passedOver } = await chooseOne(range, wanted, sources, options);
    const before = chosen.get(kind);
    chosen.set(kind, {
      versions: { ...before?.versions, ...versions },
      passedOver: [...(before?.passedOver ?? []), ...passedOver],
    });
  }
  return chosen;
}

async function chooseOne(
  range: string,
  wanted: readonly Architecture[],
  sources: readonly GoSource[],
  { acceptable, onPassedOver }: SourcesChoice,
): Promise<ReleaseChoice & { readonly kind: GoSourceKind }> {
  const answers: AirgoError[] = [];
  for (const [at, source] of sources.entries()) {
    try {
      return { kind: source.kind, ...(await chooseReleases([range], wanted, source, acceptable)) };
    } catch (error) {
      if (!isAnswer(error)) throw behind(answers, error, range);
      answers.push(error);
      if (at < sources.length - 1) onPassedOver(source.kind, reasonOf(error));
    }
  }
  throw answers.find(isNothingFits) ?? answers[0];
}

/** True for what says that there is nothing here, and not that somebody does not work. */
function isAnswer(error: unknown): error is AirgoError {
  if (!isAirgoError(error)) return false;
  return (
    isNothingFits(error) ||
    isUnobtainable(error) ||
    ["AIRGO_PROXY_UNSET", "AIRGO_UPSTREAM_DENIED"].includes(error.code)
  );
}

function isNothingFits(error: AirgoError): boolean {
  return error.code === "AIRGO_GO_VERSION_UNKNOWN";
}

/** An outage of a source that was only asked because the ones before it have nothing: both are told. */
function behind(answers: readonly AirgoError[], outage: unknown, range: string): unknown {
  if (answers.length === 0 || !isAirgoError(outage)) return outage;
  return new AirgoError(outage.code, {
    what: `no source before this one has a Go that fits "${range}", and this one does not work: ${outage.message}`,
    ...(outage.where === undefined ? {} : { where: outage.where }),
    found: [...answers.map(reasonOf), reasonOf(outage)].join("\n"),
    hint: "correct the range; or see that this source can be reached, or leave it out of `sources.go`",
    cause: outage,
    again: outage.again,
  });
}
