import { sortedBy } from "../support/order.js";

/** What was asked for on behalf of one module (or of the checksum database) in a run. */
export interface TrafficRow {
  /** `path@version`, or a name such as `checksum database`. */
  readonly subject: string;
  /** Files that the store had. */
  readonly hits: number;
  /** Files that were asked for upstream, each retry again. */
  readonly misses: number;
  /** Received. */
  readonly bytes: number;
  /** Spent on transfers, added up; several run at the same time. Milliseconds. */
  readonly ms: number;
}

/** Counts a run's use of the store and of upstreams. */
export interface Traffic {
  hit(subject: string): void;
  miss(subject: string, bytes: number, ms: number): void;
  /** All rows added up. */
  total(): Omit<TrafficRow, "subject">;
  /** The longest transfers first. */
  rows(): TrafficRow[];
}

export function createTraffic(): Traffic {
  const rows = new Map<string, { hits: number; misses: number; bytes: number; ms: number }>();
  const rowOf = (subject: string) => {
    const row = rows.get(subject) ?? { hits: 0, misses: 0, bytes: 0, ms: 0 };
    rows.set(subject, row);
    return row;
  };
  return {
    hit(subject) {
      rowOf(subject).hits++;
    },
    miss(subject, bytes, ms) {
      const row = rowOf(subject);
      row.misses++;
      row.bytes += bytes;
      row.ms += ms;
    },
    total() {
      const all = [...rows.values()];
      const sum = (of: (row: Omit<TrafficRow, "subject">) => number): number =>
        all.reduce((total, row) => total + of(row), 0);
      return {
        hits: sum((row) => row.hits),
        misses: sum((row) => row.misses),
        bytes: sum((row) => row.bytes),
        ms: Math.round(sum((row) => row.ms)),
      };
    },
    rows: () =>
      sortedBy(rows, ([subject]) => subject)
        .map(([subject, { hits, misses, bytes, ms }]) => ({
          subject,
          hits,
          misses,
          bytes,
          ms: Math.round(ms),
        }))
        .sort((a, b) => b.ms - a.ms),
  };
}
