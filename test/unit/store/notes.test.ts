import {
  chmodSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { openStore, type Store } from "../../../src/store/store.js";
import { scratchFolder } from "../../support/scratch.js";

const root = scratchFolder("notes");
let stores = 0;
const fresh = () => openStore(join(root, `${++stores}`));
const filesOf = ({ root: folder }: Store): string[] =>
  readdirSync(join(folder, "notes"))
    .toSorted()
    .map((name) => join(folder, "notes", name));
const bytes = fc.uint8Array({ maxLength: 200 }).map((data) => Buffer.from(data));

describe("a note", () => {
  test("is read back as it was written, whatever is in it, and the last one told counts", async () => {
    const store = await fresh();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(bytes, fc.constantFrom(Buffer.from(""), Buffer.from("\n\na\n"))),
        async (data) => {
          await store.setNote("a/b", data);
          expect(await store.note("a/b")).toEqual(data);
        },
      ),
    );
    expect(await store.note("a/c")).toBeUndefined();
    expect(await store.note("a")).toBeUndefined();
  });

  test("may bear a name that another one's begins with", async () => {
    const store = await fresh();
    await store.setNote("a", Buffer.from("1"));
    await store.setNote("a/b", Buffer.from("2"));
    await store.setNote("a.note", Buffer.from("3"));
    expect([await store.note("a"), await store.note("a/b"), await store.note("a.note")].map(String)).toEqual([
      "1",
      "2",
      "3",
    ]);
  });

  test("survives the store's being opened again, and is no object and no name of one", async () => {
    const store = await fresh();
    await store.setNote("a", Buffer.from("data"));
    const again = await openStore(store.root);
    expect(String(await again.note("a"))).toBe("data");
    expect(await again.ref("a")).toBeUndefined();
  });

  test.each(["../x", "/x", "a//b", "", "a\0b", "a\nb", "\u2028"])(
    "may be named %j: no name leads anywhere",
    async (name) => {
      const store = await fresh();
      await store.setNote(name, Buffer.from("x"));
      await store.setNote("y", Buffer.from("y"));
      expect(String(await (await openStore(store.root)).note(name))).toBe("x");
      expect(filesOf(store)).toHaveLength(1);
    },
  );

  test("of many at once, one whole one stays, and no waste", async () => {
    const store = await fresh();
    const texts = Array.from({ length: 20 }, (_, index) => `${index} `.repeat(1000));
    await Promise.all(texts.map((text) => store.setNote("a/b", Buffer.from(text))));
    expect(String(await store.note("a/b"))).toBe(texts.at(-1));
    expect(String(await (await openStore(store.root)).note("a/b"))).toBe(texts.at(-1));
    expect(filesOf(store)).toHaveLength(1);
  });

  test("of a process is found by those that begin later, and theirs counts more", async () => {
    const first = await fresh();
    const beside = await openStore(first.root);
    await Promise.all([first.setNote("a", Buffer.from("1")), beside.setNote("b", Buffer.from("1"))]);
    const later = await openStore(first.root);
    await later.setNote("a", Buffer.from("2"));
    await first.setNote("c", Buffer.from("1"));
    const last = await openStore(first.root);
    expect(await Promise.all(["a", "b", "c"].map(async (name) => String(await last.note(name))))).toEqual([
      "2",
      "1",
      "1",
    ]);
    expect(filesOf(first)).toHaveLength(3);
  });
});

/** A store that so many processes have written to: each a note of its own, and one that all have. */
async function writtenBy(count: number): Promise<Store> {
  const store = await fresh();
  for (let index = 0; index < count; index++) {
    const other = await openStore(store.root);
    await other.setNote(`${index}`, Buffer.from(`own ${index}`));
    await other.setNote("all", Buffer.from(`of ${index}`));
  }
  return store;
}

/** Nobody has written to these for two hours. */
function age(files: readonly string[]): void {
  const then = Date.now() / 1000 - 7200;
  for (const file of files) utimesSync(file, then, then);
}

const told = async (store: Store, ...names: string[]) =>
  Promise.all(names.map(async (name) => (await store.note(name))?.toString()));

describe("many files of notes", () => {
  test("become one, with everything that was in them", async () => {
    const store = await writtenBy(18);
    age(filesOf(store).slice(0, 17));
    expect(await told(store, "0", "17", "all")).toEqual(["own 0", "own 17", "of 17"]);
    expect(filesOf(store)).toHaveLength(2);
    expect(await told(await openStore(store.root), "0", "17", "all")).toEqual(["own 0", "own 17", "of 17"]);
  });

  test("become one without what was damaged in them: it does not come back as whole", async () => {
    const store = await writtenBy(18);
    const file = filesOf(store)[3] ?? "";
    writeFileSync(file, readFileSync(file, "latin1").replace("own 3", "OWN 3"), "latin1");
    age(filesOf(store).slice(0, 17));
    for (const one of [store, await openStore(store.root)])
      expect(await told(one, "3", "4")).toEqual([undefined, "own 4"]);
  });

  test("stay as they are while others may write to them, and what is newer still counts more", async () => {
    const store = await writtenBy(20);
    expect(await told(store, "all")).toEqual(["of 19"]);
    age(filesOf(store).slice(0, 16));
    expect(await told(await openStore(store.root), "all")).toEqual(["of 19"]);
    expect(filesOf(store)).toHaveLength(20);
    age(filesOf(store).slice(0, 17));
    expect(await told(await openStore(store.root), "all", "0", "19")).toEqual(["of 19", "own 0", "own 19"]);
    expect(filesOf(store)).toHaveLength(4);
  });

  test("may become one while another process reads and writes", async () => {
    const store = await writtenBy(17);
    const reading = await openStore(store.root);
    expect(await told(reading, "0")).toEqual(["own 0"]);
    await store.setNote("late", Buffer.from("late"));
    age(filesOf(store));
    const joining = await openStore(store.root);
    await (await openStore(store.root)).setNote("new", Buffer.from("new"));
    expect(await told(joining, "5", "late")).toEqual(["own 5", "late"]);
    expect(filesOf(store)).toHaveLength(2);
    expect(await told(reading, "5")).toEqual(["own 5"]);
    expect(await told(reading, "late", "none")).toEqual(["late", undefined]);
    await store.setNote("later", Buffer.from("later"));
    expect(await told(store, "later", "late")).toEqual(["later", "late"]);
    expect(await told(await openStore(store.root), "later", "late")).toEqual(["later", "late"]);
  });
});

describe("a note that is not as it was written counts as absent", () => {
  const whole = Buffer.from(`{"Version":"v1.0.0"}`);

  async function written() {
    const store = await fresh();
    await store.setNote("a", whole);
    return { store, file: filesOf(store)[0] ?? "" };
  }

  test("cut anywhere, as a power loss leaves it", async () => {
    const { store, file } = await written();
    for (let length = readFileSync(file).length - 1; length >= 0; length--) {
      truncateSync(file, length);
      expect([length, await store.note("a")]).toEqual([length, undefined]);
      expect([length, await (await openStore(store.root)).note("a")]).toEqual([length, undefined]);
    }
  });

  test("with any one byte changed; what a kill left behind it does no harm", async () => {
    const { store, file } = await written();
    const good = readFileSync(file);
    for (const at of good.keys()) {
      const bad = Buffer.from(good);
      bad.writeUInt8(bad.readUInt8(at) ^ 0x20, at);
      writeFileSync(file, bad);
      const found = await (await openStore(store.root)).note("a");
      // A blank for a line's end, or the other way round, is the same JSON.
      if (found !== undefined) expect(found).toEqual(whole);
      if (at > good.indexOf("\n"))
        expect([at, found, await store.note("a")]).toEqual([at, undefined, undefined]);
    }
    writeFileSync(file, Buffer.concat([good, Buffer.from("\nwhat a kill left")]));
    expect(await (await openStore(store.root)).note("a")).toEqual(whole);
    writeFileSync(file, good);
    expect(await store.note("a")).toEqual(whole);
  });

  test("of any other bytes", async () => {
    const { store, file } = await written();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          bytes,
          fc.string().map((text) => Buffer.from(text)),
        ),
        async (data) => {
          writeFileSync(file, data);
          expect(await store.note("a")).toBeUndefined();
          expect(await (await openStore(store.root)).note("a")).toBeUndefined();
        },
      ),
    );
  });

  test("and is written anew over what is there", async () => {
    const { store, file } = await written();
    truncateSync(file, 3);
    await store.setNote("a", whole);
    expect(await store.note("a")).toEqual(whole);
  });
});

test("a file where a folder of notes should be is the machine's matter, by name", async () => {
  const store = await fresh();
  writeFileSync(join(store.root, "notes"), "in the way");
  expect(await store.note("a")).toBeUndefined();
  const all = await Promise.allSettled(["a", "b"].map((name) => store.setNote(name, Buffer.from("x"))));
  for (const one of all) expect(one).toMatchObject({ status: "rejected", reason: { code: "AIRGO_DISK" } });
  renameSync(join(store.root, "notes"), join(store.root, "moved"));
  await store.setNote("a", Buffer.from("x"));
  expect(String(await (await openStore(store.root)).note("a"))).toBe("x");
});

describe("an object for a caller who can get it anew", () => {
  test("is given when it is whole", async () => {
    const store = await fresh();
    const id = await store.put(Buffer.from("data"));
    expect(String(await store.readIfWhole(id))).toBe("data");
  });

  test.each<[string, string]>([
    ["other bytes", "DATA"],
    ["another size", "dat"],
  ])("is absent with %s", async (_, other) => {
    const store = await fresh();
    const id = await store.put(Buffer.from("data"));
    chmodSync(store.fileOf(id.sha256), 0o644);
    writeFileSync(store.fileOf(id.sha256), other);
    expect(await store.readIfWhole(id)).toBeUndefined();
    await store.put(Buffer.from("data"));
    expect(String(await store.readIfWhole(id))).toBe("data");
  });

  test("is absent when it is not there", async () => {
    expect(await (await fresh()).readIfWhole({ sha256: "0".repeat(64), size: 4 })).toBeUndefined();
  });
});
