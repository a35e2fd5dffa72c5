import {
  appendFileSync,
  chmodSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { noteRecord } from "../../../src/store/notes/note-records.js";
import { openStore, type Store } from "../../../src/store/store.js";
import { AirgoError } from "../../../src/support/errors.js";
import { lookInto } from "../../../src/store/upkeep/stored-notes.js";
import { verifyStore } from "../../../src/store/upkeep/verify.js";
import { sha256Hex } from "../../../src/support/digest.js";
import { scratchFolder } from "../../support/scratch.js";

const root = scratchFolder("verify");
let stores = 0;
const fresh = () => openStore(join(root, `${++stores}`));
const verify = (store: Store) => verifyStore(store, () => undefined);

function noteFile(store: Store): string {
  const [name = ""] = readdirSync(join(store.root, "notes"));
  return join(store.root, "notes", name);
}

test("a whole store is whole, and looking at it is no use of an object", async () => {
  const store = await fresh();
  const id = await store.put(Buffer.from("data"));
  await store.put(Buffer.from(""));
  await store.setNote("n", Buffer.from("note"));
  const file = store.fileOf(id.sha256);
  utimesSync(file, 1_000_000_000, 1_000_000_000);
  const told: number[][] = [];
  const found = await verifyStore(store, (...numbers) => told.push(numbers));
  expect(found).toEqual({
    objects: 2,
    objectBytes: 4,
    notes: 1,
    noteBytes: statSync(noteFile(store)).size,
    damagedObjects: [],
    damagedNotes: [],
    stays: false,
  });
  expect(told.at(-1)).toEqual([4, 4]);
  expect(statSync(file).atimeMs).toBe(1_000_000_000_000);
});

test("an object that is damaged, or cut off, is set aside and named; the others stay", async () => {
  const store = await fresh();
  const [sound, changed, short] = await Promise.all(
    ["sound", "changed", "short"].map((text) => store.put(Buffer.from(text))),
  );
  for (const [id, text] of [
    [changed, "chAnged"],
    [short, "sho"],
  ] as const) {
    chmodSync(store.fileOf(id?.sha256 ?? ""), 0o644);
    writeFileSync(store.fileOf(id?.sha256 ?? ""), text);
  }
  const { damagedObjects } = await verify(store);
  expect(damagedObjects).toHaveLength(2);
  expect(damagedObjects).toContainEqual({ sha256: changed?.sha256, found: sha256Hex("chAnged") });
  expect(damagedObjects).toContainEqual({ sha256: short?.sha256, found: sha256Hex("sho") });
  expect(readdirSync(join(store.root, "damaged"))).toHaveLength(2);
  expect(sound && (await store.has(sound))).toBe(true);
  expect((await verify(store)).damagedObjects).toEqual([]);
});

async function unwritable(): Promise<never> {
  throw new AirgoError("AIRGO_DISK", { what: "EROFS: read-only file system" });
}

test("where the store cannot be written, what is damaged is named all the same, and stays", async () => {
  const store = await fresh();
  const id = await store.put(Buffer.from("sound"));
  chmodSync(store.fileOf(id.sha256), 0o644);
  writeFileSync(store.fileOf(id.sha256), "other");
  expect(await verify({ ...store, setAside: unwritable })).toMatchObject({
    damagedObjects: [{ sha256: id.sha256, found: sha256Hex("other") }],
    stays: true,
  });
});

test("a damaged note is named; the sound ones around it stay, and the process that wrote them goes on", async () => {
  const store = await fresh();
  for (const name of ["a", "b", "c"]) await store.setNote(name, Buffer.from(`text of ${name}`));
  const file = noteFile(store);
  writeFileSync(file, readFileSync(file, "utf8").replace("text of b", "text of X"));
  expect((await verify(store)).damagedNotes).toEqual(["b"]);
  await store.setNote("d", Buffer.from("new"));
  const again = await openStore(store.root);
  expect((await Promise.all(["a", "b", "c", "d"].map((name) => again.note(name)))).map(String)).toEqual([
    "text of a",
    "undefined",
    "text of c",
    "new",
  ]);
  expect((await verify(store)).damagedNotes).toEqual([]);
});

test("what a killed run left at the end is no damage; what makes no sense is, and is left out", async () => {
  const store = await fresh();
  await store.setNote("a", Buffer.from("text"));
  const file = noteFile(store);
  appendFileSync(file, noteRecord("b", Buffer.from("cut off"), sha256Hex("")).subarray(0, -3));
  expect((await verify(store)).damagedNotes).toEqual([]);
  appendFileSync(file, "not\nnotes\nnor what follows them");
  expect((await verify(store)).damagedNotes).toEqual(["b", expect.stringContaining("from some place on")]);
  expect(await verify(store)).toMatchObject({ notes: 1, damagedNotes: [] });
  expect(String(await (await openStore(store.root)).note("a"))).toBe("text");
});

test("wherever the writing of notes is cut off, the rest is unfinished and nothing is damaged", () => {
  const names = fc.string({ unit: "grapheme" });
  fc.assert(
    fc.property(names, fc.uint8Array({ maxLength: 50 }), fc.nat(), (name, bytes, cut) => {
      const data = Buffer.from(bytes);
      const record = noteRecord(
        name,
        data,
        sha256Hex(Buffer.concat([Buffer.from(`${JSON.stringify(name)}\n`), data])),
      );
      const length = cut % (record.length + 1);
      const { whole, damaged, end } = lookInto(record.subarray(0, length));
      expect(damaged).toEqual([]);
      expect(whole).toEqual(length === record.length ? [name] : []);
      expect(end).toBe(length === 0 || length === record.length ? "whole" : "unfinished");
    }),
  );
});
