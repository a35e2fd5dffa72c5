/** Where something is in the manifest: keys of maps and indexes of lists, from the root. */
export type Path = readonly (string | number)[];

/** A mistake by its path; diagnostics.ts finds its place in the text, and there what was found. */
export interface Mistake {
  readonly path: Path;
  /** Whether the key itself is wrong or its value. What is not there is told at its parent either way. */
  readonly at: "key" | "value";
  /** Worded to follow "expected". */
  readonly expected: string;
  /** Worded to follow "found"; without it the value in the text is described. */
  readonly found?: string;
  readonly hint?: string;
  /** An earlier place that this one repeats. */
  readonly earlier?: Path;
}

/** A mistake by its place in the text. */
export interface Finding {
  /** Index in the text, in UTF-16 units. */
  readonly offset: number;
  readonly path: Path;
  readonly expected: string;
  readonly found: string;
  readonly hint?: string;
}

/** A finding without a hint. */
export function findingAt(offset: number, path: Path, expected: string, found: string): Finding {
  return { offset, path, expected, found };
}
