import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { goLinesOf, requireGoLines, tooNewLines, type GoLine } from "../../../src/golang/go-lines.js";
import { parseGoMod } from "../../../src/modules/go-mod-file.js";
import { isAirgoError } from "../../../src/support/errors.js";
import { findRealGo, type RealGo } from "../../support/fake-upstream.js";
import { scratchFolder } from "../../support/scratch.js";
import { testWhen } from "../../support/tools.js";

const go = (text: string, file = "go.mod", line = 3): GoLine => ({ file, line, verb: "go", text });
const toolchain = (text: string, file = "go.mod", line = 5): GoLine => ({
  file,
  line,
  verb: "toolchain",
  text,
});
const isTooNew = (line: GoLine, versions: readonly string[]): boolean =>
  tooNewLines([line], versions).length > 0;

describe("a go line", () => {
  test.each([
    ["1.27.3", ["1.27.3"]],
    ["1.27.3", ["1.27.4"]],
    ["1.27.3", ["1.26.9", "1.28.0"]],
    ["1.27.3", ["1.28rc1"]],
    ["1.9", ["1.27.3"]],
    ["1.27.9", ["1.27.10"]],
    // A language version goes before everything that implements it.
    ["1.27", ["1.27rc1"]],
    ["1.27", ["1.27.0"]],
    ["1.27rc1", ["1.27rc1"]],
    ["1.27rc1", ["1.27.0"]],
    ["1.20", ["1.20"]],
    // Nothing that go takes for a version: go itself says so.
    ["1.27.3rc1", ["1.26.0"]],
    ["1.99x", ["1.26.0"]],
  ])("%s is met by %j", (text, versions) => expect(isTooNew(go(text), versions)).toBe(false));

  test.each([
    ["1.27.3", ["1.27.2"]],
    ["1.27.0", ["1.27rc2"]],
    ["1.27rc2", ["1.27rc1"]],
    ["1.27rc1", ["1.27beta2"]],
    ["1.27", ["1.26.9"]],
    ["1.27.10", ["1.27.9"]],
    ["1.28", ["1.27.3", "1.26.9"]],
    ["2.0", ["1.27.3"]],
    ["1.27.3", []],
  ])("%s is too new for %j", (text, versions) => expect(isTooNew(go(text), versions)).toBe(true));
});

describe("a toolchain line", () => {
  test.each([
    ["default", "1.9"],
    ["go1.27.3", "1.27.3"],
    ["go1.27.3-corp", "1.27.3"],
    ["go1.27.3-go1.99.0", "1.27.3"],
    ["go1.27", "1.27rc1"],
    ["go1", "1.26.9"],
    ["go1.x", "1.26.9"],
    ["go1.99.0/x", "1.26.9"],
    ["go1.99.0-a\\b", "1.26.9"],
  ])("%s is met by %s", (text, version) => expect(isTooNew(toolchain(text), [version])).toBe(false));

  test.each([
    ["go1.27.4", "1.27.3"],
    ["go1.27.4-corp", "1.27.3"],
    ["go1.28rc1", "1.27.3"],
    ["go1.28", "1.27.3"],
  ])("%s is too new for %s", (text, version) => expect(isTooNew(toolchain(text), [version])).toBe(true));
});

const version = fc
  .tuple(
    fc.integer({ min: 19, max: 23 }),
    fc.constantFrom("", "beta1", "rc1", "rc2", ".0", ".1", ".2", ".10"),
  )
  .map(([minor, rest]) => `1.${minor}${rest}`);

test("a kit's own versions are never too old, and its newest decides for all", () => {
  fc.assert(
    fc.property(fc.array(version, { minLength: 1 }), fc.array(version), (versions, texts) => {
      expect(
        tooNewLines(
          versions.map((text) => go(text)),
          versions,
        ),
      ).toEqual([]);
      const lines = texts.flatMap((text) => [go(text), toolchain(`go${text}-corp`)]);
      const one = tooNewLines(lines, versions);
      expect(one.every((line) => versions.every((have) => isTooNew(line, [have])))).toBe(true);
      expect(tooNewLines(lines, versions.toReversed())).toEqual(one);
      expect(tooNewLines(lines, [...versions, "1.99.0"])).toEqual([]);
    }),
  );
});

const realGo = findRealGo();
const folder = scratchFolder("go-lines");

/** Whether the machine's Go, with no other beside it, is content with these lines. */
function isContent(lines: string, { go }: RealGo): boolean {
  mkdirSync(join(folder, ".config/go/telemetry"), { recursive: true });
  writeFileSync(join(folder, ".config/go/telemetry/mode"), "off");
  writeFileSync(join(folder, "go.mod"), `module example.com/m\n${lines}\n`);
  const env = { PATH: dirname(go), HOME: folder, GOTOOLCHAIN: "path", GOENV: "off", GOWORK: "off" };
  return spawnSync(go, ["env", "GOVERSION"], { cwd: folder, env }).status === 0;
}

const release = /^go(1\.(\d+)\.(\d+))$/m.exec(
  realGo === undefined ? "" : readFileSync(join(realGo.goroot, "VERSION"), "utf8"),
);

testWhen(release !== null, "a release of Go on PATH", "go itself judges lines the same", () => {
  const real = realGo as RealGo;
  const [, own = "", minor = "", patch = ""] = release ?? [];
  const versions = [
    own,
    `1.${minor}`,
    `1.${minor}rc1`,
    `1.${minor}.${Number(patch) + 1}`,
    `1.${Number(minor) + 1}`,
    `1.${Number(minor) + 1}rc1`,
    `1.${Number(minor) - 1}.99`,
  ];
  const toolchains = versions.flatMap((text) => [`go${text}`, `go${text}-corp`]);
  for (const text of versions) {
    expect([text, !isContent(`go ${text}`, real)]).toEqual([text, isTooNew(go(text), [own])]);
  }
  for (const text of ["default", "go1", ...toolchains]) {
    expect([text, !isContent(`go 1.21\ntoolchain ${text}`, real)]).toEqual([
      text,
      isTooNew(toolchain(text), [own]),
    ]);
  }
});

test("a file's lines are found where they stand", () => {
  const file = parseGoMod("module m\n\ngo 1.27\n// why\ntoolchain go1.27.3 // why\n");
  expect(goLinesOf("a/go.mod", file)).toEqual([
    go("1.27", "a/go.mod", 3),
    toolchain("go1.27.3", "a/go.mod", 5),
  ]);
  expect(goLinesOf("a/go.mod", parseGoMod("module m\n"))).toEqual([]);
});

function failure(lines: readonly GoLine[], versions: readonly string[]): unknown {
  try {
    requireGoLines([{ kit: "starter", lines, versions }]);
  } catch (error) {
    if (!isAirgoError(error)) throw error;
    const { code, exitCode, message, where, expected, found, hint } = error;
    return { code, exitCode, message, where, expected, found, hint };
  }
  return undefined;
}

describe("AIRGO_GO_LINE_TOO_NEW", () => {
  test("is not thrown when every line is met", () => {
    expect(failure([go("1.27"), toolchain("default")], ["1.27.3"])).toBeUndefined();
    expect(failure([], ["1.27.3"])).toBeUndefined();
  });

  test("says where, what would do, what is there and what to write", () => {
    expect(failure([go("1.27"), go("1.28.1", "a/go.mod")], ["1.26.9", "1.27.3"])).toEqual({
      code: "AIRGO_GO_LINE_TOO_NEW",
      exitCode: 2,
      message: "a line asks for a newer Go than kit starter has",
      where: "a/go.mod:3: go 1.28.1",
      expected: "Go 1.28.1 or newer in the kit",
      found: "1.27.3, 1.26.9",
      hint: 'add "1.28.x" to go: of kit starter, or lower the line',
    });
  });

  test("lists every line at once, and asks for the newest of all", () => {
    const lines = [
      go("1.28.1", "a/go.mod"),
      toolchain("go1.29.0-corp", "go.work"),
      go("1.28", "b/go.mod", 1),
    ];
    expect(failure(lines, ["1.27.3"])).toMatchObject({
      message: "3 lines ask for a newer Go than kit starter has",
      where: "a/go.mod:3: go 1.28.1\ngo.work:5: toolchain go1.29.0-corp\nb/go.mod:1: go 1.28",
      expected: "Go 1.29.0 or newer in the kit",
      hint: 'add "1.29.x" to go: of kit starter, or lower the lines',
    });
  });

  test("asks for an exact version where no release is wanted", () => {
    expect(failure([go("1.28rc2")], ["1.27.3"])).toMatchObject({
      expected: "Go 1.28rc2 or newer in the kit",
      hint: 'add "1.28rc2" to go: of kit starter, or lower the line',
    });
  });

  test("says to move the lock where the kit has an older version of that line", () => {
    expect(failure([go("1.27.4")], ["1.27.3", "1.26.9"])).toMatchObject({
      hint: 'run with --update go when "1.27.x" is in go: of kit starter, else write it there, or lower the line',
    });
  });
});
