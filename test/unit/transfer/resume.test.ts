import { describe, expect, test } from "@jest/globals";

import { formatNote, isRest, noteOf, parseNote } from "../../../src/transfer/download/resume.js";

const date = "Sat, 21 Nov 2026 12:00:00 GMT";
const before = "Sat, 21 Nov 2026 11:59:59 GMT";

describe("the note of an answer", () => {
  test.each([
    ["a strong ETag", { etag: '"a-1"' }, '"a-1"'],
    ["a weak one", { etag: 'W/"a-1"' }, undefined],
    ["a weak one beside a date", { etag: 'W/"a-1"', date, "last-modified": before }, undefined],
    ["an ETag without quotes", { etag: "a-1" }, undefined],
    ["an ETag with what no header carries", { etag: '"ü"' }, undefined],
    ["a date of change that is older than the answer", { date, "last-modified": before }, before],
    ["a date of change that is not", { date, "last-modified": date }, undefined],
    ["a date of change alone", { "last-modified": before }, undefined],
    ["a date that is none", { date, "last-modified": "yesterday" }, undefined],
    ["nothing", {}, undefined],
  ])("with %s", (_what, headers, validator) => {
    const note = noteOf({ "content-length": "10", ...headers });
    expect(note).toEqual(validator === undefined ? undefined : { validator, bytes: 10 });
    if (note !== undefined) expect(parseNote(formatNote(note))).toEqual(note);
  });

  test.each([undefined, "0", "x", "1.5", "-1"])("is none for a size of %j", (size) => {
    expect(noteOf({ etag: '"a"', "content-length": size })).toBeUndefined();
  });
});

test.each([
  "",
  "{",
  "null",
  "[]",
  "{}",
  '{"validator":"\\"a\\"","bytes":"5"}',
  '{"validator":"\\"a\\"","bytes":0}',
  '{"validator":"a","bytes":5}',
  '{"validator":"W/\\"a\\"","bytes":5}',
  '{"validator":"\\"a\\"\\r\\nX: y","bytes":5}',
])("the text %j is no note", (text) => expect(parseNote(text)).toBeUndefined());

describe("206 from byte 4 of 10", () => {
  const note = { validator: '"a"', bytes: 10 };
  test.each<[string | undefined, boolean]>([
    ["bytes 4-9/10", true],
    ["bytes 3-9/10", false],
    ["bytes 5-9/10", false],
    ["bytes 4-8/10", false],
    ["bytes 4-10/11", false],
    ["bytes 4-9/11", false],
    ["bytes 4-9/*", false],
    ["bytes */10", false],
    ["items 4-9/10", false],
    ["bytes 4-9/10, bytes 4-9/10", false],
    ["", false],
    [undefined, false],
  ])("with Content-Range %j: %p", (range, expected) => {
    expect(isRest({ "content-range": range }, 4, note)).toBe(expected);
  });

  test.each<[string | undefined, boolean]>([
    ['"a"', true],
    [undefined, true],
    ['"b"', false],
    ['W/"a"', false],
  ])("with ETag %j: %p", (etag, expected) => {
    expect(isRest({ "content-range": "bytes 4-9/10", etag }, 4, note)).toBe(expected);
    // A date says nothing of ETags.
    expect(isRest({ "content-range": "bytes 4-9/10", etag }, 4, { ...note, validator: before })).toBe(true);
  });
});
