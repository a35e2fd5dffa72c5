import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { FakeUpstream } from "./server.js";
import type { SumEntry } from "./project.js";

type World = Pick<FakeUpstream, "addModule">;

/*
 * Private modules, with public ones on both sides: app → bridge (public) → corp base v0.1.0; app → corp core → words
 * (public) and corp base v0.2.0; app → plain (public), which a private fork replaces. `hush` stands in every private
 * path, so that a request for one can be told by its text.
 */

const file = (name: string, text: string): Record<string, string> => ({ [name]: text });

/** Fills the private proxy. */
export function privateWorld(upstream: World): void {
  upstream.addModule({
    path: "git.corp.example/Hush/core",
    version: "v1.0.0",
    goMod:
      "module git.corp.example/Hush/core\n\ngo 1.21\n\nrequire (\n\texample.com/words v1.1.0\n\tgit.corp.example/hush/base v0.2.0\n)\n",
    files: file(
      "core.go",
      `// Package core speaks.
package core

import (
	"example.com/words"
	"git.corp.example/hush/base"
)

// Speak says something.
func Speak() string { return words.Hello() + base.End }
`,
    ),
  });
  for (const version of ["v0.1.0", "v0.2.0"]) {
    upstream.addModule({
      path: "git.corp.example/hush/base",
      version,
      goMod: "module git.corp.example/hush/base\n\ngo 1.21\n",
      files: file(
        "base.go",
        `// Package base is ${version}.\npackage base\n\n// End ends.\nconst End = "."\n`,
      ),
    });
  }
  upstream.addModule({
    path: "git.corp.example/hush/plain-fork",
    version: "v1.0.1",
    goMod: "module example.com/plain\n\ngo 1.21\n",
    files: file("plain.go", "// Package plain is forked.\npackage plain\n\n// Is it?\nconst Is = true\n"),
  });
}

/** Adds the public modules that have to do with the private ones. */
export function publicNeighbours(upstream: World): void {
  upstream.addModule({
    path: "example.com/bridge",
    version: "v1.0.0",
    goMod: "module example.com/bridge\n\ngo 1.21\n\nrequire git.corp.example/hush/base v0.1.0\n",
    files: file(
      "bridge.go",
      `// Package bridge leads to a private module.
package bridge

import "git.corp.example/hush/base"

// End ends.
const End = base.End
`,
    ),
  });
  upstream.addModule({
    path: "example.com/plain",
    version: "v1.0.0",
    goMod: "module example.com/plain\n\ngo 1.21\n",
    files: file("plain.go", "// Package plain is plain.\npackage plain\n\n// Is it?\nconst Is = false\n"),
  });
}

/** What a tidy go.sum of the project below names. */
export const privateSums: readonly SumEntry[] = [
  { path: "example.com/bridge", version: "v1.0.0" },
  { path: "example.com/words", version: "v1.1.0" },
  { path: "git.corp.example/Hush/core", version: "v1.0.0" },
  { path: "git.corp.example/hush/base", version: "v0.1.0", zip: false },
  { path: "git.corp.example/hush/base", version: "v0.2.0" },
  { path: "git.corp.example/hush/plain-fork", version: "v1.0.1" },
];

const projectFiles: Readonly<Record<string, string>> = {
  "go.mod": `module example.com/app

go 1.21

require (
	example.com/bridge v1.0.0
	example.com/plain v1.0.0
	git.corp.example/Hush/core v1.0.0
)

require (
	example.com/words v1.1.0 // indirect
	git.corp.example/hush/base v0.2.0 // indirect
)

replace example.com/plain => git.corp.example/hush/plain-fork v1.0.1
`,
  "main.go": `// Command app speaks.
package main

import (
	"fmt"

	"example.com/bridge"
	"example.com/plain"
	"git.corp.example/Hush/core"
)

func main() { fmt.Println(core.Speak(), bridge.End, plain.Is) }
`,
};

/** Writes a project of private and public modules into a folder, with a go.sum where its text is given. */
export async function writePrivateProject(dir: string, goSum?: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const [name, text] of Object.entries(projectFiles)) await writeFile(join(dir, name), text);
  if (goSum !== undefined) await writeFile(join(dir, "go.sum"), goSum);
}
