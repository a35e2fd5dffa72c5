import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One process, as /proc had it. */
interface SeenProcess {
  readonly argv: readonly string[];
  /** The environment it was started with, as `NAME=value`. */
  readonly environment: readonly string[];
}

/** One run of a fake toolchain's go. */
export interface GoRun extends SeenProcess {
  /** The processes that it came from, nearest first; the last is airgo, of which no environment is told. */
  readonly above: readonly SeenProcess[];
}

/** Reads what the go of toolchains with that folder for `notes` wrote down. */
export function readGoRuns(folder: string): GoRun[] {
  return readdirSync(folder).map((name) => {
    const note = join(folder, name);
    const count = readdirSync(note).filter((file) => file.endsWith(".cmdline")).length;
    const processes = Array.from({ length: count }, (_, i): SeenProcess => {
      const words = (kind: string): string[] =>
        readFileSync(join(note, `${i + 1}.${kind}`), "utf8")
          .split("\0")
          .filter((word) => word !== "");
      return { argv: words("cmdline"), environment: i === count - 1 ? [] : words("environ") };
    });
    const [own, ...above] = processes;
    if (own === undefined) throw new Error(`${note} tells of no process`);
    return { ...own, above };
  });
}
