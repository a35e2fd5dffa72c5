import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { compareVersions } from "./names.js";
import type { FakeUpstream } from "./server.js";

/** A module version of a go.sum; `zip: false` leaves only the line of its go.mod. */
export interface SumEntry {
  readonly path: string;
  readonly version: string;
  readonly zip?: boolean;
}

/** The text of a go.sum that names these module versions, in the order that Go writes. */
export function goSumFor(upstream: Pick<FakeUpstream, "hashes">, entries: readonly SumEntry[]): string {
  const sorted = entries.toSorted(
    (a, b) =>
      Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)) || compareVersions(a.version, b.version),
  );
  const lines = sorted.flatMap(({ path, version, zip = true }) => {
    const { h1, goModH1 } = upstream.hashes(path, version);
    return [...(zip ? [`${path} ${version} ${h1}\n`] : []), `${path} ${version}/go.mod ${goModH1}\n`];
  });
  return lines.join("");
}

/**
 * What a tidy go.sum of the project names. example.com/unused is not there: Go prunes it from the graph that it reads,
 * though `go list -m all` names it.
 */
export const projectSums: readonly SumEntry[] = [
  { path: "example.com/Upper", version: "v1.1.0-RC1" },
  { path: "example.com/check", version: "v1.0.0" },
  { path: "example.com/deepcheck", version: "v0.1.0" },
  { path: "example.com/greet", version: "v1.2.0" },
  { path: "example.com/greet/v2", version: "v2.0.1" },
  { path: "example.com/hello", version: "v1.0.0" },
  { path: "example.com/legacy", version: "v2.0.0+incompatible" },
  { path: "example.com/untagged", version: "v0.0.0-20240102030405-abcdef123456" },
  { path: "example.com/words", version: "v1.0.0", zip: false },
  { path: "example.com/words", version: "v1.1.0" },
];

const files: Readonly<Record<string, string>> = {
  "go.mod": `module example.com/app

go 1.21

require (
	example.com/check v1.0.0
	example.com/hello v1.0.0
	example.com/legacy v2.0.0+incompatible
	example.com/untagged v0.0.0-20240102030405-abcdef123456
)

require (
	example.com/Upper v1.1.0-RC1 // indirect
	example.com/greet v1.2.0 // indirect
	example.com/greet/v2 v2.0.1 // indirect
	example.com/words v1.1.0 // indirect
)
`,
  "main.go": `// Command app greets.
package main

import (
	"fmt"

	"example.com/hello"
	"example.com/legacy"
	"example.com/untagged"
)

func main() { fmt.Println(greeting()) }

func greeting() string { return fmt.Sprint(hello.To("world"), " ", legacy.Year+untagged.Tags) }
`,
  "main_test.go": `package main

import (
	"testing"

	"example.com/check"
)

func TestGreeting(t *testing.T) { check.Equal(t, greeting(), "Hello, world 2012") }
`,
};

/**
 * Writes a project that uses every module of the standard world into a folder, which is made. It is tidy.
 * @param upstream when given, a complete go.sum is written too
 */
export async function writeProject(dir: string, upstream?: Pick<FakeUpstream, "hashes">): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  if (upstream !== undefined) await writeFile(join(dir, "go.sum"), goSumFor(upstream, projectSums));
}
