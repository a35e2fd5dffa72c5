import { describe, expect, test } from "@jest/globals";

import { gorootFiles, gorootMode, releaseTime } from "../../../../src/golang/layers/goroot-files.js";
import type { ZipEntry } from "../../../../src/modules/zip-content.js";

const prefix = "golang.org/toolchain@v0.0.1-go1.99.1.linux-amd64/";
const entry = (name: string): ZipEntry => ({
  name,
  size: 0,
  compressedSize: 0,
  crc32: 0,
  method: 0,
  dataOffset: 0,
  sha256: "",
});
const pathsOf = (...names: string[]): string[] => gorootFiles(names.map(entry)).map(({ path }) => path);

describe("gorootFiles", () => {
  test("strips the prefix, gives go.mod its name back, sorts by bytes", () => {
    expect(
      pathsOf(`${prefix}src/_go.mod`, `${prefix}_go.mod`, `${prefix}a_go.mod`, `${prefix}VERSION`),
    ).toEqual(["VERSION", "a_go.mod", "go.mod", "src/go.mod"]);
  });

  test.each([
    ["an empty zip", []],
    ["another module", ["example.com/m@v1.0.0/a"]],
    ["two toolchains", [`${prefix}a`, "golang.org/toolchain@v0.0.1-go1.99.1.linux-arm64/a"]],
    ["a way out", [`${prefix}../a`]],
    ["an absolute path", [`${prefix}/etc/passwd`]],
    ["a folder's entry", [`${prefix}src/`]],
    ["a newline", [`${prefix}a\nb`]],
    ["a go.mod of its own name", [`${prefix}src/_go.mod`, `${prefix}src/go.mod`]],
  ])("refuses %s", (_, names) => {
    expect(() => pathsOf(...names)).toThrow(expect.objectContaining({ code: "AIRGO_ZIP_INVALID" }));
  });
});

test.each([
  ["bin/go", 0o755],
  ["bin/sub/x", 0o755],
  ["pkg/tool/linux_amd64/asm", 0o755],
  ["pkg/include/textflag.h", 0o644],
  ["src/make.bash", 0o755],
  ["src/a.sh", 0o755],
  ["src/a.pl", 0o755],
  ["src/make.rc", 0o755],
  ["src/make.bat", 0o644],
  ["lib/wasm/go_js_wasm_exec", 0o755],
  ["go_a_b_exec", 0o755],
  ["go__b_exec", 0o644],
  ["src/ago_a_b_exec", 0o644],
  ["src/go_a_exec", 0o644],
  ["src/go_a_b_exec/x", 0o644],
  ["src/bin/go", 0o644],
  ["src/sh", 0o644],
])("the mode of %s", (path, mode) => expect(gorootMode(path)).toBe(mode));

test.each([
  ["go1.27.3\ntime 2026-10-19T22:20:36Z\n", 1_792_448_436],
  ["go1.27.3\ntime 2026-10-20T00:20:36+02:00\n", 1_792_448_436],
  ["go1.27.3\n", 0],
  ["go1.27.3\ntime yesterday\n", 0],
  ["go1.27.3\ntime 2026-10-19T22:20:36\n", 0],
  ["go1.27.3\ntime 1960-01-01T00:00:00Z\n", 0],
  ["go1.27.3\ntime 9999-01-01T00:00:00Z\n", 0],
  ["", 0],
])("the release time in %j", (text, seconds) => expect(releaseTime(text)).toBe(seconds));
