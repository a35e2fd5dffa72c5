import { generateKeyPairSync, createHash, sign } from "node:crypto";

import { expect, test } from "@jest/globals";

import { parseTreeHead, sizeIn } from "../../../src/checksumdb/tree-head.js";
import { databaseWith } from "./helpers.js";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const keyData = Buffer.concat([
  Buffer.of(1),
  publicKey.export({ format: "der", type: "spki" }).subarray(-32),
]);
const keyHash = createHash("sha256").update("s.example\n").update(keyData).digest().subarray(0, 4);
const verifierKey = `s.example+${keyHash.toString("hex")}+${keyData.toString("base64")}`;

function signed(text: string): string {
  const signature = Buffer.concat([keyHash, sign(null, Buffer.from(text), privateKey)]);
  return `${text}\n\u2014 s.example ${signature.toString("base64")}\n`;
}

const root = Buffer.alloc(32, 7);
const base64 = root.toString("base64");

test("a signed head gives its size and root, and keeps the note", () => {
  const { db } = databaseWith(5, []);
  const note = db.headAt(db.size);
  expect(parseTreeHead(note, db.verifierKey)).toEqual({ size: 5, root: expect.any(Buffer), note });
});

test.each([
  ["an empty tree", `go.sum database tree\n0\n${base64}\n`, 0],
  ["a size beyond 32 bits", `go.sum database tree\n8589934593\n${base64}\n`, 8_589_934_593],
  ["the largest safe size", `go.sum database tree\n9007199254740991\n${base64}\n`, Number.MAX_SAFE_INTEGER],
  ["lines that later versions add", `go.sum database tree\n7\n${base64}\nmore\n`, 7],
])("%s", (_, text, size) => {
  const note = signed(text);
  expect(parseTreeHead(note, verifierKey)).toEqual({ size, root, note });
});

test.each([
  [signed(`go.sum database tree\n7\n${base64}\n`), 7],
  ["go.sum database tree\n9007199254740991\n", Number.MAX_SAFE_INTEGER],
  ["go.sum database tree\n07\n", NaN],
  ["go.sum database tree\n", NaN],
  ["another tree\n7\n", NaN],
  ["", NaN],
])("%j states a size of %d, whoever signed it", (note, size) => {
  expect(sizeIn(note)).toBe(size);
});

test.each([
  ["another kind of tree", `go.sum database tree v2\n7\n${base64}\n`],
  ["a size that is not safe", `go.sum database tree\n9007199254740992\n${base64}\n`],
  ["a negative size", `go.sum database tree\n-1\n${base64}\n`],
  ["a size with a zero in front", `go.sum database tree\n07\n${base64}\n`],
  ["a hash that is too short", `go.sum database tree\n7\n${Buffer.alloc(31).toString("base64")}\n`],
  ["no hash", "go.sum database tree\n7\n"],
])("%s is refused, though it is signed", (_, text) => {
  expect(() => parseTreeHead(signed(text), verifierKey)).toThrow(
    expect.objectContaining({ code: "AIRGO_UPSTREAM_MALFORMED" }),
  );
});
