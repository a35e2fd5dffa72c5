import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { findRealGo } from "./fake-upstream.js";

/** A small Go program that asks Go's own code: its copy of golang.org/x/mod, and files taken from GOROOT. */
export interface GoProgram {
  /** Package main; it reads questions as JSON and writes answers so. */
  readonly main: string;
  /** Files below GOROOT/src that become part of package main. */
  readonly taken?: readonly string[];
}

/** Runs a program over the machine's Go and gives its answer. Undefined when the machine has no Go. */
export function askGoProgram({ main, taken = [] }: GoProgram, questions: unknown): unknown {
  const realGo = findRealGo();
  if (realGo === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "airgo-go-program-"));
  try {
    const mod = join(folder, "mod");
    // Else go may leave a process behind that still writes there.
    mkdirSync(join(folder, ".config/go/telemetry"), { recursive: true });
    writeFileSync(join(folder, ".config/go/telemetry/mode"), "off");
    mkdirSync(mod);
    for (const name of ["semver", "module", "internal/lazyregexp"]) {
      const from = join(realGo.goroot, "src/cmd/vendor/golang.org/x/mod", name);
      cpSync(from, join(mod, name), { recursive: true });
    }
    for (const [index, file] of taken.entries()) {
      const text = readFileSync(join(realGo.goroot, "src", file), "utf8");
      writeFileSync(join(folder, `taken${index}.go`), text.replace(/^package \w+$/m, "package main"));
    }
    const [, line = "1.22"] = /go(1\.\d+)/.exec(readFileSync(join(realGo.goroot, "VERSION"), "utf8")) ?? [];
    writeFileSync(join(mod, "go.mod"), `module golang.org/x/mod\n\ngo ${line}\n`);
    writeFileSync(
      join(folder, "go.mod"),
      `module rules\n\ngo ${line}\n\nrequire golang.org/x/mod v0.0.0\n\nreplace golang.org/x/mod => ./mod\n`,
    );
    writeFileSync(join(folder, "main.go"), main);
    const run = spawnSync(realGo.go, ["run", "."], {
      cwd: folder,
      env: {
        PATH: process.env["PATH"],
        HOME: folder,
        GOCACHE: realGo.gocache,
        GOENV: "off",
        GOPROXY: "off",
        GOTOOLCHAIN: "local",
        GOWORK: "off",
        GOFLAGS: "-mod=mod",
        CGO_ENABLED: "0",
      },
      input: JSON.stringify(questions),
      encoding: "utf8",
      maxBuffer: 1 << 26,
    });
    if (run.status !== 0) throw new Error(`go run failed: ${run.stderr}`);
    return JSON.parse(run.stdout) as unknown;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
