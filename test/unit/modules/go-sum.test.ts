import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { parseGoSum } from "../../../src/modules/go-sum.js";
import { vectors } from "../../vectors/vectors.js";

const h1 = `h1:${Buffer.alloc(32, 1).toString("base64")}`;
const path = "example.com/m";

describe("parseGoSum", () => {
  test.each([
    ["nothing", "", []],
    ["a zip", `${path} v1.0.0 ${h1}\n`, [{ path, version: "v1.0.0", kind: "zip", h1 }]],
    ["a go.mod", `${path} v1.0.0/go.mod ${h1}\n`, [{ path, version: "v1.0.0", kind: "mod", h1 }]],
    [
      "odd white space, no last line feed",
      `\n\n  ${path}\tv1.0.0  ${h1}\r\n${path} v1.1.0 ${h1}`,
      [
        { path, version: "v1.0.0", kind: "zip", h1 },
        { path, version: "v1.1.0", kind: "zip", h1 },
      ],
    ],
    ["another hash", `${path} v1.0.0 h2:abc=\n`, []],
    ["too few fields, too many", `${path} v1.0.0\n${path} v1.0.0 ${h1} x\n`, []],
    // The hash of no bytes at all, which an early version of Go wrote by mistake; Go drops such lines.
    [
      "the hash of an empty go.mod",
      `${path} v1.0.0/go.mod h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=\n`,
      [],
    ],
  ])("reads %s", (_, text, expected) => expect(parseGoSum(text)).toEqual(expected));

  test("reads what it would write", () => {
    const version = fc.stringMatching(/^v[0-9]\.[0-9]{1,3}\.[0-9](-[a-z0-9.]{1,5})?$/);
    const hash = fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((bytes) => Buffer.from(bytes).toString("base64"));
    const line = fc.record({
      path: fc.stringMatching(/^[a-z]{1,5}\.example\/[A-Za-z0-9._~-]{1,9}$/),
      version,
      kind: fc.constantFrom("zip" as const, "mod" as const),
      h1: hash.map((text) => `h1:${text}`),
    });
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = lines.map(
          (one) => `${one.path} ${one.version}${one.kind === "mod" ? "/go.mod" : ""} ${one.h1}\n`,
        );
        expect(parseGoSum(text.join(""))).toEqual(lines);
      }),
    );
  });

  test("no text makes it throw, and what it reads is in the text", () => {
    const part = fc.oneof(
      fc.constantFrom(" ", "\n", "\r\n", "\t", "/go.mod", "v1.0.0", path, h1, "h1:", "h2:abc="),
      fc.string({ unit: "binary", maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const text = parts.join("");
        for (const line of parseGoSum(text)) {
          for (const word of [line.path, line.version, line.h1]) expect(text).toContain(word);
          expect(`${line.path}${line.version}${line.h1}`).not.toMatch(/\s/);
        }
      }),
    );
  });

  const { modules, files } = vectors("go-sum");
  const expected = modules.flatMap(({ h1, goModH1, ...module }) => [
    { ...module, kind: "zip", h1 },
    { ...module, kind: "mod", h1: goModH1 },
  ]);

  test.each(files.filter(({ works }) => works))(
    "reads what go reads, where go goes on working by it: $name",
    ({ text }) => expect(parseGoSum(text)).toEqual(expect.arrayContaining(expected)),
  );

  test("reads of a file that go has written these lines and no others", () => {
    const written = files.find(({ name }) => name === "as written")?.text ?? "";
    const lines = parseGoSum(written);
    expect(
      lines
        .map((one) => `${one.path} ${one.version}${one.kind === "mod" ? "/go.mod" : ""} ${one.h1}\n`)
        .join(""),
    ).toBe(written);
  });

  test("reads no hash where go finds none of a kind that it knows", () => {
    const other = files.find(({ name }) => name === "hashes of another kind only");
    expect(other?.works).toBe(false);
    expect(parseGoSum(other?.text ?? h1)).toEqual([]);
  });
});
