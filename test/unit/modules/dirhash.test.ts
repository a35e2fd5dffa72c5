import { describe, expect, test } from "@jest/globals";

import { goModHash, h1ToHex, hash1, isH1 } from "../../../src/modules/dirhash.js";
import { sha256Hex } from "../../../src/support/digest.js";

/** What the checksum database has for the go.mod of every golang.org/toolchain version. */
const toolchainGoMod = "h1:8wlg68NqwW7eMnI1aABk/C2pDYXj8mrMY4TyRfiLeS0=";

describe("hash1", () => {
  test("is the hash of the sorted lines of sha256sum", () => {
    const names = ["b", "a/z", "B", "a", "\u{1f600}", "\u{ff5e}"];
    const files = names.map((name) => ({ name, sha256Hex: sha256Hex(name) }));
    // By bytes: capitals first, and U+FF5E before U+1F600, which UTF-16 units would turn round.
    const sorted = ["B", "a", "a/z", "b", "\u{ff5e}", "\u{1f600}"];
    const text = sorted.map((name) => `${sha256Hex(name)}  ${name}\n`).join("");
    expect(hash1(files)).toBe(`h1:${Buffer.from(sha256Hex(text), "hex").toString("base64")}`);
    expect(hash1(files.toReversed())).toBe(hash1(files));
  });

  test("of no files is the hash of nothing", () => {
    expect(hash1([])).toBe("h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  });

  test("refuses a name with a newline", () => {
    expect(() => hash1([{ name: "a\nb", sha256Hex: sha256Hex("") }])).toThrow(
      expect.objectContaining({ code: "AIRGO_ZIP_INVALID" }),
    );
  });
});

test("goModHash gives what the checksum database has for a go.mod", () => {
  expect(goModHash(Buffer.from("module golang.org/toolchain\n"))).toBe(toolchainGoMod);
});

describe("h1ToHex", () => {
  test("gives the same 32 bytes in hex", () => {
    expect(h1ToHex("h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")).toBe(sha256Hex(""));
  });

  test.each([
    "",
    "h1:",
    "h2:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "h1:47DEQpj8HBSa",
    `${toolchainGoMod}\n`,
  ])("%j is no h1", (text) => {
    expect(isH1(text)).toBe(false);
    expect(() => h1ToHex(text)).toThrow(expect.objectContaining({ code: "AIRGO_BUG" }));
  });

  test("a last digit with spare bits set is no h1: two texts would be one hash", () => {
    expect(isH1(toolchainGoMod)).toBe(true);
    expect(isH1(toolchainGoMod.replace("0=", "1="))).toBe(false);
  });
});
