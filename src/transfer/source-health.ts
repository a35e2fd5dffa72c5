import { AirgoError, isAirgoError, messageOf, reasonOf } from "../support/errors.js";

/** Told when a source is not asked any more, with the reason. */
export type OnSetAside = (base: string, reason: string) => void;

export interface SourceHealth {
  /**
   * Asks a source, unless it was set aside.
   * @throws what `ask` throws; AIRGO_NETWORK for one that was set aside
   */
  through<T>(base: string, ask: () => Promise<T>): Promise<T>;
}

/** So many requests in a row, each tried several times, that a source could not answer. */
const mostFailures = 3;

/**
 * Remembers for a run which of several sources do not work, by their base addresses. One that failed three times in a
 * row is not asked any more: else every file of a large graph would wait for its tries, one after the other. The next
 * one is asked then, where there is a next one, or the failure told at once.
 */
export function createSourceHealth(onSetAside: OnSetAside): SourceHealth {
  const failures = new Map<string, number>();
  const setAside = new Map<string, AirgoError>();

  function failed(base: string, error: unknown): void {
    const count = (failures.get(base) ?? 0) + 1;
    failures.set(base, count);
    if (count < mostFailures || setAside.has(base)) return;
    setAside.set(base, asideError(base, error));
    onSetAside(base, reasonOf(error));
  }

  return {
    async through(base, ask) {
      const aside = setAside.get(base);
      if (aside !== undefined) throw aside;
      try {
        const answer = await ask();
        failures.delete(base);
        return answer;
      } catch (error) {
        if (isOutage(error)) failed(base, error);
        throw error;
      }
    },
  };
}

/** The server could not answer. What it refuses, and wrong bytes of one module, say nothing of the others. */
function isOutage(error: unknown): boolean {
  return (
    isAirgoError(error) && ["AIRGO_NETWORK", "AIRGO_UPSTREAM_STATUS", "AIRGO_WEB_PAGE"].includes(error.code)
  );
}

function asideError(base: string, cause: unknown): AirgoError {
  return new AirgoError("AIRGO_NETWORK", {
    what: `a source is not asked any more, since it failed ${mostFailures} times in a row: ${messageOf(cause)}`,
    where: base,
    hint: "see whether it works, or name another one behind it; in a GOPROXY list, with | between them",
    cause,
  });
}
