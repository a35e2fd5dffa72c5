import { expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { filePath } from "../../../src/modules/module-files.js";
import { lookedUp, readRequest } from "../../../src/modules/proxy-request.js";

const element = fc.stringMatching(/^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,8}$/);
const modulePath = fc
  .tuple(fc.stringMatching(/^[a-z]{1,6}\.[a-z]{2,3}$/), fc.array(element, { maxLength: 3 }))
  .map(([host, rest]) => [host, ...rest].join("/"));
const version = fc
  .tuple(fc.nat(99), fc.nat(99), fc.constantFrom("", "-rc.1", "-RC1", "+incompatible", "-0.info", ".mod"))
  .map(([major, minor, rest]) => `v${major}.${minor}.0${rest}`);
const kind = fc.constantFrom("info" as const, "mod" as const, "zip" as const);

test.each([
  [
    "golang.org/x/net/@v/v0.30.0.mod",
    { kind: "mod", module: { path: "golang.org/x/net", version: "v0.30.0" } },
  ],
  [
    "example.com/!mod/@v/v1.0.0-!r!c1.zip",
    { kind: "zip", module: { path: "example.com/Mod", version: "v1.0.0-RC1" } },
  ],
  ["a.b/c/v2/@v/v2.0.0.info", { kind: "info", module: { path: "a.b/c/v2", version: "v2.0.0" } }],
  // Clients may encode more than they must.
  [
    "a.b/c/@v/v2.0.0%2Bincompatible.mod",
    { kind: "mod", module: { path: "a.b/c", version: "v2.0.0+incompatible" } },
  ],
  ["a.b/%7Ec/@v/v1.0.0.mod", { kind: "mod", module: { path: "a.b/~c", version: "v1.0.0" } }],
  ["a.b/!c/@v/list", { kind: "raw", path: "a.b/C", tail: "@v/list" }],
  ["a.b/c/@latest", { kind: "raw", path: "a.b/c", tail: "@latest" }],
  ["sumdb/sum.golang.org/supported", { kind: "database", name: "sum.golang.org", path: "supported" }],
  ["sumdb/sum.golang.org/latest", { kind: "database", name: "sum.golang.org", path: "latest" }],
  [
    "sumdb/sum.golang.org/lookup/a.b/!c@v1.0.0+incompatible",
    { kind: "database", name: "sum.golang.org", path: "lookup/a.b/!c@v1.0.0+incompatible" },
  ],
  // As the go command asks a proxy for it.
  [
    "sumdb/sum.golang.org/lookup/a.b/%21c@v1.0.0-%21r%21c1",
    { kind: "database", name: "sum.golang.org", path: "lookup/a.b/!c@v1.0.0-!r!c1" },
  ],
  [
    "sumdb/sum.golang.org/tile/8/0/x001/234.p/5",
    { kind: "database", name: "sum.golang.org", path: "tile/8/0/x001/234.p/5" },
  ],
])("%s is read", (below, request) => {
  expect(readRequest(below)).toEqual(request);
});

test.each([
  "",
  "/",
  "a.b/c",
  "a.b/c/@v/",
  "a.b/c/@v/v1.0.0",
  "a.b/c/@v/v1.0.0.ziphash",
  "a.b/c/@v/list/more",
  "a.b/c/@latest/more",
  "@v/list",
  "@latest",
  "/@v/list",
  // A branch or a commit: kits are made of versions.
  "a.b/c/@v/main.info",
  "a.b/c/@v/abcdef123456.mod",
  // Not escaped, or escaped wrongly.
  "a.b/C/@v/v1.0.0.mod",
  "a.b/c/@v/v1.0.0-RC1.mod",
  "a.b/!C/@v/v1.0.0.mod",
  "a.b/!!c/@v/v1.0.0.mod",
  "a.b/%zz/@v/list",
  // Out of the tree.
  "../a.b/@v/list",
  "a.b/../c/@v/v1.0.0.mod",
  "a.b/%2e%2e/c/@v/v1.0.0.mod",
  "a.b/c/@v/..%2f..%2fv1.0.0.mod",
  "a.b//c/@v/v1.0.0.mod",
  "sumdb/sum.golang.org",
  "sumdb/sum.golang.org/",
  "sumdb//latest",
  "sumdb/sum.golang.org/../../a.b/@v/list",
  "sumdb/sum.golang.org/lookup/../latest",
  "sumdb/sum.golang.org/lookup/a.b/../../latest",
  "sumdb/sum.golang.org/%2e%2e/latest",
  "sumdb/sum.golang.org/tile/8/0/../1",
  "sumdb/sum.golang.org/latest?x",
  "sumdb/sum.golang.org/latest#x",
])("%j is what no proxy has", (below) => {
  expect(readRequest(below)).toBeUndefined();
});

test("the path of each file of each version is read as that file", () => {
  fc.assert(
    fc.property(modulePath, version, kind, (path, version, kind) => {
      const module = { path, version };
      expect(readRequest(filePath(module, kind))).toEqual({ kind, module });
      const encoded = filePath(module, kind).replace(/[~+!]/g, (letter) => encodeURIComponent(letter));
      expect(readRequest(encoded)).toEqual({ kind, module });
    }),
  );
});

test("nothing that is asked makes it throw, and what it reads has one path only", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "@v",
      "@latest",
      "list",
      "sumdb",
      "sumdb/sum.example",
      "lookup",
      "..",
      ".",
      "%2e",
      "%2f",
      "%",
      "!a",
      "A",
      "v1.0.0.mod",
      "latest",
    ),
    fc.string({ maxLength: 6 }),
    element,
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece, { maxLength: 7 }).map((parts) => parts.join("/")),
      ),
      (below) => {
        const request = readRequest(below);
        if (request === undefined) return;
        expect(decodeURIComponent(below).split(/[/\\]/)).not.toContain("..");
        if ("module" in request)
          expect(filePath(request.module, request.kind)).toBe(decodeURIComponent(below));
      },
    ),
    { numRuns: 2000 },
  );
});

test.each([
  ["lookup/a.b/!c@v1.0.0+incompatible", { path: "a.b/C", version: "v1.0.0+incompatible" }],
  ["lookup/a.b/C@v1.0.0", undefined],
  ["lookup/a.b/c", undefined],
  ["lookup/a.b/c@main", undefined],
  ["lookup/a.b/c@v1.0.0@v1.0.0", undefined],
  ["latest", undefined],
  ["tile/8/0/001", undefined],
])("%s looks up %j", (databasePath, module) => {
  expect(lookedUp(databasePath)).toEqual(module);
});
