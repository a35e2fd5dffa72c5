import { describe, expect, test } from "@jest/globals";

import { formatLookup, formatRecord, parseLookup } from "../../../src/checksumdb/lookup.js";
import { addRecord, hashOf } from "./helpers.js";
import { createFakeChecksumDb } from "../../support/fake-checksumdb.js";

const record = { path: "example.com/M", version: "v1.2.3-rc.1", h1: hashOf("zip"), goModH1: hashOf("mod") };
const head = "the head\n";
const good = formatLookup(12, record, head);

test("the record's text is two lines of a go.sum", () => {
  expect(formatRecord(record)).toBe(
    `example.com/M v1.2.3-rc.1 ${record.h1}\nexample.com/M v1.2.3-rc.1/go.mod ${record.goModH1}\n`,
  );
});

test("an answer comes apart and together again byte for byte", () => {
  const db = createFakeChecksumDb("sum.example.com");
  const { path, version, h1, goModH1 } = addRecord(db, "example.com/Module", "v2.0.0+incompatible");
  const answer = db.respond("lookup/example.com/!module@v2.0.0+incompatible").body.toString();
  const parsed = parseLookup(answer, path, version);
  expect(parsed).toEqual({ id: 0, path, version, h1, goModH1, headNote: db.headAt(db.size) });
  expect(formatLookup(parsed.id, parsed, parsed.headNote)).toBe(answer);
});

test("another head goes with the same record", () => {
  expect(parseLookup(formatLookup(12, record, "another\n"), record.path, record.version)).toEqual({
    ...record,
    id: 12,
    headNote: "another\n",
  });
});

describe("AIRGO_SUMDB_RECORD for", () => {
  const [, zip = "", mod = ""] = good.split("\n");
  test.each([
    ["another version", good, "example.com/M", "v1.2.3"],
    ["another module", good, "example.com/m", record.version],
    [
      "a module whose name goes on",
      good.replaceAll("example.com/M", "example.com/M/v2"),
      record.path,
      record.version,
    ],
    ["a record without the go.mod line", `12\n${zip}\n\n${head}`, record.path, record.version],
    ["a record without the zip line", `12\n${mod}\n\n${head}`, record.path, record.version],
    ["lines in another order", `12\n${mod}\n${zip}\n\n${head}`, record.path, record.version],
    ["one line more", `12\n${zip}\n${mod}\n${zip}\n\n${head}`, record.path, record.version],
    ["another kind of hash", good.replaceAll("h1:", "h2:"), record.path, record.version],
    ["a hash that is cut short", good.replace(/=\n/, "\n"), record.path, record.version],
    ["something behind the hash", good.replace(/=\n/, "= x\n"), record.path, record.version],
  ])("%s", (_, answer, path, version) => {
    expect(() => parseLookup(answer, path, version)).toThrow(
      expect.objectContaining({ code: "AIRGO_SUMDB_RECORD" }),
    );
  });
});

test.each([
  ["nothing", ""],
  ["a page", "<html>\n\n</html>\n"],
  ["no number", good.slice(3)],
  ["a number with a zero in front", `0${good}`],
  ["a number that is not safe", `9007199254740993${good.slice(2)}`],
  ["a negative number", `-${good}`],
  ["no empty line", good.replace("\n\n", "\n")],
])("AIRGO_UPSTREAM_MALFORMED for %s", (_, answer) => {
  expect(() => parseLookup(answer, record.path, record.version)).toThrow(
    expect.objectContaining({ code: "AIRGO_UPSTREAM_MALFORMED", where: "example.com/M@v1.2.3-rc.1" }),
  );
});
