import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { golangOrgKey, verifyNote } from "../../../src/checksumdb/note.js";
import { isAirgoError } from "../../../src/support/errors.js";
import { createFakeChecksumDb } from "../../support/fake-checksumdb.js";
import { vectors } from "../../vectors/vectors.js";

const db = createFakeChecksumDb("sum.example.com", { seed: "a" });
db.growTo(3);
const good = db.headAt(db.size);
const text = good.slice(0, good.indexOf("\n\n") + 1);
const signature = good.slice(good.indexOf("\n\n") + 2);
const stranger = createFakeChecksumDb("other.example.com", { seed: "b" }).headAt(0);
const strangerLine = stranger.slice(stranger.indexOf("\n\n") + 2);

/** A head that the real database has signed. */
const realText = "go.sum database tree\n71769961\nO0jlIxwRb2vZYS1na726XLlaDCtCqKUVLld+AY32AGA=\n";
const realNote = `${realText}\n\u2014 sum.golang.org Az3grufbQia/eVmOpUINcw1UBa6rB6ikK2tQHD1unUUvIMEXtMyuoYzc+kL7vaGESkPcmXTD1s5Cu55o14FrOYfragA=\n`;

test("a note signed by the key gives its text", () => {
  expect(verifyNote(good, db.verifierKey)).toBe(text);
});

test("a key that was good before vouches for no other of its name, and a damaged one is never good", () => {
  const namesake = createFakeChecksumDb("sum.example.com", { seed: "c" });
  const [name, , data] = db.verifierKey.split("+");
  const damaged = `${name}+00000000+${data}`;
  for (const _ of [1, 2]) {
    expect(verifyNote(good, db.verifierKey)).toBe(text);
    for (const key of [namesake.verifierKey, damaged])
      expect(() => verifyNote(good, key)).toThrow(expect.objectContaining({ code: "AIRGO_SUMDB_SIGNATURE" }));
  }
});

test("an unknown signature beside the good one does no harm", () => {
  expect(verifyNote(`${text}\n${strangerLine}${signature}`, db.verifierKey)).toBe(text);
});

test("the built-in key verifies a head of the real database, and not one that was changed", () => {
  expect(verifyNote(realNote, golangOrgKey)).toBe(realText);
  expect(() => verifyNote(realNote.replace("71769961", "71769962"), golangOrgKey)).toThrow(
    expect.objectContaining({ code: "AIRGO_SUMDB_SIGNATURE" }),
  );
});

describe("AIRGO_SUMDB_SIGNATURE for", () => {
  const [name = "", hash = "", key = ""] = db.verifierKey.split("+", 3);
  const wrong = db.headAt(3, { wrongSignature: true });
  test.each([
    ["a signature that does not verify", wrong, db.verifierKey],
    ["a bad signature before a good one", `${wrong}${signature}`, db.verifierKey],
    ["another text", good.replace("\n3\n", "\n4\n"), db.verifierKey],
    ["a signature by somebody else", stranger, db.verifierKey],
    [
      "a signature by another key of that name",
      createFakeChecksumDb(db.name, { seed: "c" }).headAt(0),
      db.verifierKey,
    ],
    [
      "a signature that is cut short",
      `${text}\n\u2014 ${name} ${signature.slice(name.length + 3, -9)}\n`,
      db.verifierKey,
    ],
    ["a key whose hash does not fit", good, `${name}+00000000+${key}`],
    ["a key for another name", good, db.verifierKey.replace(name, "sum.example.org")],
    ["a key that is cut short", good, db.verifierKey.slice(0, -4)],
    [
      "a key of another algorithm",
      good,
      `${name}+${hash}+${Buffer.concat([Buffer.of(2), Buffer.alloc(32)]).toString("base64")}`,
    ],
    ["no key", good, ""],
  ])("%s", (_, note, verifierKey) => {
    expect(() => verifyNote(note, verifierKey)).toThrow(
      expect.objectContaining({ code: "AIRGO_SUMDB_SIGNATURE" }),
    );
  });
});

describe("AIRGO_UPSTREAM_MALFORMED for", () => {
  test.each([
    ["nothing", ""],
    ["a login page", "<!doctype html>\n<title>Sign in</title>\n\n<p>Welcome</p>\n"],
    ["no signatures", `${text}\n`],
    ["no empty line", good.replace("\n\n", "\n")],
    ["no line feed at the end", good.slice(0, -1)],
    ["a hyphen for the dash", good.replace("\u2014", "-")],
    ["a signature without a name", good.replace("sum.example.com ", "")],
    ["a plus in the name", good.replace("sum.example.com", "sum+example")],
    ["base64 without padding", good.replace(/=+\n$/, "\n")],
    ["characters after the base64", good.replace(/\n$/, " x\n")],
    ["a control character", good.replace("tree", "tr\u0008e")],
    ["more signatures than the go command reads", `${text}\n${strangerLine.repeat(100)}${signature}`],
  ])("%s", (_, note) => {
    expect(() => verifyNote(note, db.verifierKey)).toThrow(
      expect.objectContaining({ code: "AIRGO_UPSTREAM_MALFORMED" }),
    );
  });
});

test("no single changed character of the text or the signature passes", () => {
  const end = good.length - 1;
  fc.assert(
    fc.property(fc.nat(end), fc.integer({ min: 0x20, max: 0x7e }), (at, code) => {
      const changed = good.slice(0, at) + String.fromCharCode(code) + good.slice(at + 1);
      // The last base64 digit carries bits that no decoder looks at.
      fc.pre(changed !== good && !(at >= end - 3));
      expect(() => verifyNote(changed, db.verifierKey)).toThrow();
    }),
  );
});

/** Null for what is refused, as it should be. */
function opened(note: string, key: string): string | null {
  try {
    return verifyNote(note, key);
  } catch (error) {
    if (isAirgoError(error) && error.exitCode !== 1) return null;
    throw error;
  }
}

test.each(vectors("notes").notes)(
  "opens what golang.org/x/mod/sumdb/note opens: $name",
  ({ note, key, text }) => expect(opened(note, key)).toBe(text),
);

test("whatever is sent as a note is refused in our own words", () => {
  const part = fc.oneof(
    fc.constantFrom("\n", "\n\n", "\u2014 ", " ", "+", "=", text, signature, strangerLine, db.name),
    fc.string({ unit: "binary", maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(part), fc.array(part), (note, key) => {
      expect([null, text]).toContain(opened(note.join(""), db.verifierKey));
      expect(opened(good, key.join(""))).toBeNull();
    }),
  );
});
