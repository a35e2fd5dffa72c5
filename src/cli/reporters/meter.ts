interface Sample {
  readonly at: number;
  readonly done: number;
}

/** The last seconds of one counter: enough to tell its rate now, where an average would still speak of the start. */
export type Meter = readonly Sample[];

const windowMs = 5000;
const spacingMs = 200;
const shortestMs = 500;

/** The meter with one more reading. A counter or clock that goes back (a retry, a clock set anew) starts it afresh. */
export function measured(meter: Meter, at: number, done: number): Meter {
  const last = meter.at(-1);
  if (last === undefined || done < last.done || at < last.at) return [{ at, done }];
  const previous = meter.at(-2);
  const spaced = previous !== undefined && at - previous.at < spacingMs ? meter.slice(0, -1) : meter;
  const start = spaced.findLastIndex((sample) => sample.at <= at - windowMs);
  return [...spaced.slice(Math.max(0, start)), { at, done }];
}

/** Units per second, or undefined while too little time has passed to tell. Falls while nothing arrives. */
export function ratePerSecond(meter: Meter, at: number): number | undefined {
  const first = meter[0];
  const last = meter.at(-1);
  if (first === undefined || last === undefined || at - first.at < shortestMs) return undefined;
  return ((last.done - first.done) * 1000) / (at - first.at);
}
