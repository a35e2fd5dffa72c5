/** The stages of a bundle run, in order. */
export const stages = ["resolve", "fetch", "assemble", "rehearse", "pack", "seal"] as const;
export type Stage = (typeof stages)[number];

/**
 * What a run tells of itself while it goes. Rooms and stages emit, reporters (cli/reporters) print: no stage knows
 * whether a person, a log or a program listens. Times are in milliseconds, sizes in bytes.
 */
export type RunEvent =
  /** `kit` is the kit, or for a stage that several share, all of them with `, ` between. */
  | { readonly type: "stage-started"; readonly kit: string; readonly stage: Stage }
  | { readonly type: "stage-finished"; readonly kit: string; readonly stage: Stage; readonly ms: number }
  /** Work of a known amount; sent often. `total` is undefined while it is not known. */
  | {
      readonly type: "progress";
      readonly stage: Stage;
      readonly label: string;
      readonly unit: "bytes" | "items";
      readonly done: number;
      readonly total: number | undefined;
    }
  /** Once a run has fetched something: how much, and what took the longest. */
  | {
      readonly type: "traffic";
      /** Files that the store had, and files asked for upstream. */
      readonly hits: number;
      readonly misses: number;
      /** Received. */
      readonly bytes: number;
      /** The longest transfers first, a few. */
      readonly slowest: readonly { readonly subject: string; readonly bytes: number; readonly ms: number }[];
    }
  /** One fact worth a line, such as "go1.27.4 is left out: linux-arm64 is not there yet (403)". */
  | { readonly type: "note"; readonly stage: Stage; readonly text: string }
  | { readonly type: "warning"; readonly stage: Stage; readonly text: string }
  | {
      readonly type: "kit-unchanged";
      readonly kit: string;
      readonly id: string;
      readonly folder: string;
      readonly ms: number;
    }
  | {
      readonly type: "kit-finished";
      readonly kit: string;
      readonly id: string;
      readonly folder: string;
      readonly archive: string;
      readonly bytes: number;
      readonly sha256: string;
      readonly downloadedBytes: number;
      readonly stages: readonly { readonly stage: Stage; readonly ms: number }[];
      /** Who signed: the key by the one text that names it everywhere, and the file with its public half. */
      readonly signers: readonly { readonly name: string; readonly key: string; readonly file: string }[];
      /** What the next steps call the first signer's public key, once it has been handed over. */
      readonly keyFile: string;
      /** Commands that the operator runs next, one per line, ready to paste. */
      readonly nextSteps: readonly string[];
    }
  | {
      readonly type: "failed";
      readonly kit: string | undefined;
      readonly code: string;
      readonly exitCode: number;
      readonly what: string;
      readonly where: string | undefined;
      readonly expected: string | undefined;
      readonly found: string | undefined;
      readonly hint: string | undefined;
      readonly causes: readonly string[];
    };

export type Emit = (event: RunEvent) => void;
