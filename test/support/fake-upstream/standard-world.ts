import type { FakeUpstream } from "./server.js";

/** The Go releases of the standard world that both architectures have, newest first. */
export const standardGoVersions = ["1.90.1", "1.90.0", "1.89.3"] as const;

/** A release that is listed for amd64 alone, and answers 403 for arm64, as has been seen of the real mirror. */
export const halfReleasedGoVersion = "1.90.2";

/**
 * Fills a fake upstream with a small world that has one of each: toolchains of two lines and a half-released one; a
 * module with an upper-case path and version, an +incompatible one, a pseudo-version, a /v2; a dependency of a test
 * and one of a dependency's test; one that is required but never imported; a lower version that is not selected, but
 * whose go.mod belongs to the graph; and a newer version (hello v1.1.0) than the project asks for.
 */
export function standardWorld(upstream: FakeUpstream): void {
  addToolchains(upstream);
  addHello(upstream);
  addGreet(upstream);
  addOddOnes(upstream);
  addTestOnlyOnes(upstream);
}

function addToolchains(upstream: FakeUpstream): void {
  for (const version of standardGoVersions) {
    upstream.addToolchain({ version, arch: "amd64" });
    upstream.addToolchain({ version, arch: "arm64" });
  }
  upstream.addToolchain({ version: halfReleasedGoVersion, arch: "amd64" });
  upstream.addToolchain({ version: halfReleasedGoVersion, arch: "arm64", listed: false, forbidden: true });
}

function addHello(upstream: FakeUpstream): void {
  const goMod = `module example.com/hello

go 1.21

require (
	example.com/Upper v1.1.0-RC1
	example.com/deepcheck v0.1.0
	example.com/greet v1.2.0
	example.com/unused v0.3.0
	example.com/words v1.1.0
)
`;
  const files = {
    "hello.go": `// Package hello greets by name.
package hello

import (
	"example.com/Upper"
	"example.com/greet"
	"example.com/words"
)

// To greets one name.
func To(name string) string { return upper.First(words.Hello()) + greet.Separator() + name }
`,
    "hello_test.go": `package hello

import (
	"testing"

	"example.com/deepcheck"
)

func TestTo(t *testing.T) { deepcheck.Equal(t, To("you"), "Hello, you") }
`,
  };
  upstream.addModule({ path: "example.com/hello", version: "v1.0.0", goMod, files });
  upstream.addModule({ path: "example.com/hello", version: "v1.1.0", goMod, files });
}

/** greet is from before graph pruning (go 1.17), so the go.mod of everything it requires belongs to the graph. */
function addGreet(upstream: FakeUpstream): void {
  upstream.addModule({
    path: "example.com/greet",
    version: "v1.2.0",
    goMod:
      "module example.com/greet\n\ngo 1.16\n\nrequire (\n\texample.com/greet/v2 v2.0.1\n\texample.com/words v1.0.0\n)\n",
    files: {
      "greet.go": `// Package greet separates words.
package greet

import (
	greet2 "example.com/greet/v2"
	"example.com/words"
)

// Separator stands between a greeting and a name.
func Separator() string { return words.Comma() + greet2.Space }
`,
    },
  });
  upstream.addModule({
    path: "example.com/greet/v2",
    version: "v2.0.1",
    goMod: "module example.com/greet/v2\n\ngo 1.21\n",
    files: {
      "greet.go":
        '// Package greet has a space.\npackage greet\n\n// Space is one space.\nconst Space = " "\n',
    },
  });
  for (const version of ["v1.0.0", "v1.1.0"]) {
    upstream.addModule({
      path: "example.com/words",
      version,
      goMod: "module example.com/words\n\ngo 1.21\n",
      files: {
        "words.go": `// Package words is example.com/words ${version}.
package words

// Hello is a greeting.
func Hello() string { return "hello" }

// Comma is a comma.
func Comma() string { return "," }
`,
      },
    });
  }
}

function addOddOnes(upstream: FakeUpstream): void {
  upstream.addModule({
    path: "example.com/Upper",
    version: "v1.1.0-RC1",
    goMod: "module example.com/Upper\n\ngo 1.21\n",
    files: {
      "upper.go": `// Package upper has to do with upper case.
package upper

import "strings"

// First makes the first letter upper-case.
func First(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
`,
    },
  });
  upstream.addModule({
    path: "example.com/legacy",
    version: "v2.0.0+incompatible",
    files: {
      "legacy.go":
        "// Package legacy has no go.mod.\npackage legacy\n\n// Year is long ago.\nconst Year = 2012\n",
    },
  });
  upstream.addModule({
    path: "example.com/untagged",
    version: "v0.0.0-20240102030405-abcdef123456",
    time: "2024-01-02T03:04:05Z",
    goMod: "module example.com/untagged\n",
    files: {
      "untagged.go":
        "// Package untagged has no release.\npackage untagged\n\n// Tags is their number.\nconst Tags = 0\n",
    },
  });
}

function addTestOnlyOnes(upstream: FakeUpstream): void {
  for (const [name, version] of [
    ["check", "v1.0.0"],
    ["deepcheck", "v0.1.0"],
  ] as const) {
    upstream.addModule({
      path: `example.com/${name}`,
      version,
      goMod: `module example.com/${name}\n\ngo 1.21\n`,
      files: {
        [`${name}.go`]: `// Package ${name} helps tests.
package ${name}

import "testing"

// Equal fails the test unless both are equal.
func Equal(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
}
`,
      },
    });
  }
  upstream.addModule({
    path: "example.com/unused",
    version: "v0.3.0",
    goMod: "module example.com/unused\n\ngo 1.21\n",
    files: { "unused.go": "// Package unused is imported by nobody.\npackage unused\n" },
  });
}
