import type { HttpClient } from "./client/http.js";

/** How mirrors of which any will do are ordered: as they are written, or those that answer soonest first. */
export type MirrorPolicy = "order" | "fastest";

/** What asking one mirror showed. */
export interface Measured {
  readonly base: string;
  /** Until it answered; undefined when it did not, or not in time. */
  readonly ms: number | undefined;
}

export interface MeasureOptions {
  /** Asks one mirror for something small that each of them has an answer to; rejects where it does not work. */
  readonly ask: (base: string, signal: AbortSignal) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
  /** Longer than this nobody waits for an answer; milliseconds. */
  readonly limitMs?: number;
}

/** An answer that takes longer is no fast one, and a run should not wait for it. Milliseconds. */
const ordinaryLimit = 3000;

/**
 * Asks mirrors side by side how soon they answer. What one of them fails with is of no interest: it goes last, and
 * tells again once it is needed.
 * @returns in the order in which they were given
 * @throws the reason of `signal`, when the run ends meanwhile
 */
export async function measureMirrors(
  bases: readonly string[],
  { ask, now, signal, limitMs = ordinaryLimit }: MeasureOptions,
): Promise<Measured[]> {
  const limit = AbortSignal.timeout(limitMs);
  const ends = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  const measured = await Promise.all(
    bases.map(async (base): Promise<Measured> => {
      const started = now();
      const isThere = await ask(base, ends).then(
        () => true,
        () => false,
      );
      return { base, ms: isThere ? now() - started : undefined };
    }),
  );
  signal?.throwIfAborted();
  return measured;
}

/** The soonest first; equals, and those without an answer, stay as they were given. */
export function fastestFirst(measured: readonly Measured[]): Measured[] {
  const key = ({ ms }: Measured): number => ms ?? Number.POSITIVE_INFINITY;
  return measured.toSorted((a, b) => (key(a) === key(b) ? 0 : key(a) - key(b)));
}

/** One line for the log: `https://a.example (12 ms), https://b.example (no answer)`. */
export function orderText(measured: readonly Measured[]): string {
  return measured
    .map(({ base, ms }) => `${base} (${ms === undefined ? "no answer" : `${Math.round(ms)} ms`})`)
    .join(", ");
}

export interface MirrorOrderOptions extends MeasureOptions {
  readonly policy: MirrorPolicy;
  /** Told once what was measured, in the order that came of it. */
  readonly onMeasured: (measured: readonly Measured[]) => void;
}

/** Mirrors of which any will do, in the order in which they are to be asked. One alone is not measured. */
export async function mirrorOrder(
  bases: readonly string[],
  { policy, onMeasured, ...options }: MirrorOrderOptions,
): Promise<string[]> {
  if (policy === "order" || bases.length < 2) return [...bases];
  const measured = fastestFirst(await measureMirrors(bases, options));
  onMeasured(measured);
  return measured.map(({ base }) => base);
}

/**
 * Asks one address with HEAD, for `MeasureOptions.ask`: any status below 500 shows that somebody answers there, and so
 * does 501, with which servers refuse the method.
 * @throws where nobody answers, or only to say that something is broken
 */
export async function askForAnswer(http: HttpClient, url: string, signal: AbortSignal): Promise<void> {
  const answer = await http.request(url, { method: "HEAD", signal });
  answer.drop();
  if (answer.status >= 500 && answer.status !== 501) throw new Error(`HTTP status ${answer.status}`);
}
