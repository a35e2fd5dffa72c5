/**
 * Exit codes, the same table on both sides (see docs/errors.md). One failure is one bit, so that a run over
 * several kits can OR them and a nightly job can tell the classes apart.
 */
export const exitCodes = {
  done: 0,
  bug: 1,
  usage: 2,
  network: 4,
  integrity: 8,
  policy: 16,
  machine: 32,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitClass = Exclude<keyof typeof exitCodes, "done">;
