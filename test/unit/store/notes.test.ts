import { chmodSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { openStore } from "../../../src/store/store.js";
import { scratchFolder } from "../../support/scratch.js";

const root = scratchFolder("notes");
let stores = 0;
const fresh = () => openStore(join(root, `${++stores}`));
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

  test.each(["../x", "a/../../x", "/x", "a//b", "", ".", "a/.", "a\0b"])(
    "named %j is refused: nothing outside its folder is read or written",
    async (name) => {
      const store = await fresh();
      for (const action of [() => store.note(name), () => store.setNote(name, Buffer.from("x"))])
        await expect((async () => action())()).rejects.toMatchObject({ code: "AIRGO_BUG" });
    },
  );

  test("of many at once, one whole one stays, and no waste", async () => {
    const store = await fresh();
    const texts = Array.from({ length: 20 }, (_, index) => `${index} `.repeat(1000));
    await Promise.all(texts.map((text) => store.setNote("a/b", Buffer.from(text))));
    expect(texts).toContain(String(await store.note("a/b")));
    expect(readdirSync(join(store.root, "notes", "a"))).toEqual(["b.note"]);
  });
});

describe("a note that is not as it was written counts as absent", () => {
  const whole = Buffer.from(`{"Version":"v1.0.0"}`);

  async function written() {
    const store = await fresh();
    await store.setNote("a", whole);
    return { store, file: join(store.root, "notes", "a.note") };
  }

  test("cut anywhere, as a power loss leaves it", async () => {
    const { store, file } = await written();
    for (let length = readFileSync(file).length - 1; length >= 0; length--) {
      truncateSync(file, length);
      expect([length, await store.note("a")]).toEqual([length, undefined]);
    }
  });

  test("with any one byte changed, or something behind it", async () => {
    const { store, file } = await written();
    const good = readFileSync(file);
    for (const at of good.keys()) {
      const bad = Buffer.from(good);
      bad.writeUInt8(bad.readUInt8(at) ^ 0x20, at);
      writeFileSync(file, bad);
      expect([at, await store.note("a")]).toEqual([at, undefined]);
    }
    writeFileSync(file, Buffer.concat([good, Buffer.from("\n")]));
    expect(await store.note("a")).toBeUndefined();
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
  await expect(store.setNote("a", Buffer.from("x"))).rejects.toMatchObject({ code: "AIRGO_DISK" });
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
