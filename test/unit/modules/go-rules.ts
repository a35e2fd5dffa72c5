import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { findRealGo } from "../../support/fake-upstream.js";

/** What Go's own code says; one answer for each question, in their order. */
export interface GoRules {
  /** semver.Compare, then by text, as semver.Sort does: -1, 0 or 1. */
  readonly moduleOrder: number[];
  /** go/version.Compare; null where one of both is no version. */
  readonly goOrder: (number | null)[];
  /** module.EscapePath; null where Go refuses the path. */
  readonly escapedPaths: (string | null)[];
  /** module.UnescapePath. */
  readonly unescapedPaths: (string | null)[];
  /** module.EscapeVersion. */
  readonly escapedVersions: (string | null)[];
}

export interface GoQuestions {
  readonly moduleOrder: [string, string][];
  readonly goOrder: [string, string][];
  readonly paths: string[];
  readonly escapedPaths: string[];
  readonly versions: string[];
}

const program = `package main

import (
	"cmp"
	"encoding/json"
	goversion "go/version"
	"os"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

func each(texts []string, rule func(string) (string, error)) []*string {
	answers := make([]*string, len(texts))
	for i, text := range texts {
		if answer, err := rule(text); err == nil {
			answers[i] = &answer
		}
	}
	return answers
}

func main() {
	var q struct {
		ModuleOrder, GoOrder          [][2]string
		Paths, EscapedPaths, Versions []string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&q); err != nil {
		panic(err)
	}
	moduleOrder := []int{}
	for _, pair := range q.ModuleOrder {
		moduleOrder = append(moduleOrder, cmp.Or(semver.Compare(pair[0], pair[1]), strings.Compare(pair[0], pair[1])))
	}
	goOrder := []*int{}
	for _, pair := range q.GoOrder {
		var order *int
		if goversion.IsValid("go"+pair[0]) && goversion.IsValid("go"+pair[1]) {
			compared := goversion.Compare("go"+pair[0], "go"+pair[1])
			order = &compared
		}
		goOrder = append(goOrder, order)
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"moduleOrder":     moduleOrder,
		"goOrder":         goOrder,
		"escapedPaths":    each(q.Paths, module.EscapePath),
		"unescapedPaths":  each(q.EscapedPaths, module.UnescapePath),
		"escapedVersions": each(q.Versions, module.EscapeVersion),
	})
}
`;

/**
 * Asks the rules of the machine's Go: a small program over its own copy of golang.org/x/mod.
 * Undefined when the machine has no Go.
 */
export function askGoRules(questions: GoQuestions): GoRules | undefined {
  const realGo = findRealGo();
  if (realGo === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "airgo-go-rules-"));
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
    writeFileSync(join(mod, "go.mod"), "module golang.org/x/mod\n\ngo 1.22\n");
    writeFileSync(
      join(folder, "go.mod"),
      "module rules\n\ngo 1.22\n\nrequire golang.org/x/mod v0.0.0\n\nreplace golang.org/x/mod => ./mod\n",
    );
    writeFileSync(join(folder, "main.go"), program);
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
    return JSON.parse(run.stdout) as GoRules;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
