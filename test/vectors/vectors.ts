import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

const folder = join("test", "vectors");

/** What is asked, and the answer; null where the real thing refuses. */
type Answers = readonly (readonly [asked: string, answer: string | null])[];

/** What the files of this folder hold; README.md says who made them. */
interface Vectors {
  readonly escapes: {
    readonly paths: Answers;
    readonly versions: Answers;
    readonly escapedPaths: Answers;
    readonly escapedVersions: Answers;
  };
  readonly order: {
    /** Oldest first; equal ones in one list. */
    readonly modules: readonly (readonly string[])[];
    readonly go: readonly (readonly string[])[];
    readonly goRefused: readonly (readonly string[])[];
  };
  readonly "go-sum": {
    readonly modules: readonly Readonly<Record<"path" | "version" | "h1" | "goModH1", string>>[];
    readonly files: readonly { readonly name: string; readonly text: string; readonly works: boolean }[];
  };
  readonly notes: {
    readonly notes: readonly {
      readonly name: string;
      readonly note: string;
      readonly key: string;
      readonly text: string | null;
    }[];
  };
  readonly tree: {
    readonly paths: readonly (readonly [level: number, index: number, width: number, path: string])[];
    readonly reads: readonly {
      readonly size: number;
      readonly id: number;
      readonly tiles: readonly string[];
    }[];
    /** Of trees of the records that the fake checksum database fills itself up with. */
    readonly roots: readonly (readonly [size: number, root: string])[];
  };
  readonly "sumdb/records": {
    readonly records: readonly {
      readonly path: string;
      readonly version: string;
      readonly id: number;
      readonly hash: string;
      /** The size and root of the head that came with the lookup. */
      readonly earlier: number;
      readonly earlierRoot: string;
    }[];
  };
}

/** Reads one of the JSON files. */
export function vectors<K extends keyof Vectors>(name: K): Vectors[K] {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as Vectors[K];
}

/** The files of the real checksum database, by path. */
export function realDatabase(): Map<string, Buffer> {
  const root = join(folder, "sumdb");
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return [relative(root, file).replaceAll(sep, "/"), readFileSync(file)];
    }),
  );
}
