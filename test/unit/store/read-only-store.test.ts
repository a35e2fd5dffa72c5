import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeEach, describe, expect, test } from "@jest/globals";

import { openStoreForReading, requireWritable } from "../../../src/store/read-only-store.js";
import { openStore, type ObjectId, type Store } from "../../../src/store/store.js";
import { sha256Hex } from "../../../src/support/digest.js";
import { scratchFolder } from "../../support/scratch.js";

const scratch = scratchFolder("reading");
let root: string;
let stores = 0;
let id: ObjectId;
let store: Store;

beforeEach(async () => {
  root = join(scratch, `${++stores}`);
  const filled = await openStore(root);
  id = await filled.put(Buffer.from("data"));
  await filled.setNote("n", Buffer.from("note"));
  await filled.setRef("r", id);
  // Of a process that is gone: opening the store for more than reading would sweep it.
  writeFileSync(join(root, "tmp", "1.1.1-0123456789abcdef"), "");
  store = await openStoreForReading(root);
});

/** Names, modes and times of everything in the store. */
function state(): unknown[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" }).map((name) => {
    const { mode, mtimeMs, size } = lstatSync(join(root, name));
    return { name, mode, mtimeMs, size };
  });
}

describe("a store that is only read", () => {
  test("gives what is there, and says of the rest that it is not", async () => {
    const before = state();
    expect(await store.has(id)).toBe(true);
    expect((await store.read(id)).toString()).toBe("data");
    expect((await store.readIfWhole(id))?.toString()).toBe("data");
    expect((await store.note("n"))?.toString()).toBe("note");
    expect(await store.ref("r")).toEqual(id);
    const absent = { sha256: sha256Hex("absent"), size: 6 };
    expect(await store.has(absent)).toBe(false);
    expect(await store.readIfWhole(absent)).toBeUndefined();
    expect(await store.note("absent")).toBeUndefined();
    expect(await store.ref("absent")).toBeUndefined();
    expect(state()).toEqual(before);
  });

  test("keeps new notes and names for this run alone", async () => {
    const before = state();
    await store.setNote("n", Buffer.from("new"));
    await store.setRef("s", id);
    expect((await store.note("n"))?.toString()).toBe("new");
    expect(await store.ref("s")).toEqual(id);
    expect(state()).toEqual(before);
    expect((await (await openStoreForReading(root)).note("n"))?.toString()).toBe("note");
  });

  test("does not join files of notes, however many they are", async () => {
    for (let i = 0; i < 40; i++) {
      const name = `${String(i + 10).padStart(12, "0")}-${String(i).padStart(16, "0")}.notes`;
      writeFileSync(join(root, "notes", name), "");
    }
    const before = state();
    expect((await store.note("n"))?.toString()).toBe("note");
    expect(state()).toEqual(before);
  });

  test("names a damaged object and leaves it where it is", async () => {
    const file = store.fileOf(id.sha256);
    chmodSync(file, 0o644);
    writeFileSync(file, "dota");
    const before = state();
    const damaged = {
      code: "AIRGO_STORE_DAMAGED",
      where: file,
      hint: expect.stringContaining("without --offline"),
    };
    await expect(store.read(id)).rejects.toMatchObject(damaged);
    await expect(store.readIfWhole(id)).rejects.toMatchObject(damaged);
    await expect(store.setAside(id.sha256)).rejects.toMatchObject(damaged);
    expect(state()).toEqual(before);
  });

  test("is written by nobody", async () => {
    const refused = { code: "AIRGO_OFFLINE" };
    await expect(store.put(Buffer.from("x"))).rejects.toMatchObject(refused);
    await expect(store.unfinished("https://example.com/x")).rejects.toMatchObject(refused);
    await expect(store.temporaryFolder()).rejects.toMatchObject(refused);
    await expect(store.adopt("x", id)).rejects.toMatchObject(refused);
    expect(() => store.temporaryFile()).toThrow(expect.objectContaining(refused));
  });

  test("may be missing: then it has nothing, and is not made", async () => {
    rmSync(root, { recursive: true });
    const none = await openStoreForReading(root);
    expect(await none.has(id)).toBe(false);
    expect(await none.note("n")).toBeUndefined();
    expect(readdirSync(scratch)).not.toContain(root.slice(scratch.length + 1));
  });

  test("is refused where others may write", async () => {
    chmodSync(root, 0o777);
    await expect(openStoreForReading(root)).rejects.toMatchObject({ code: "AIRGO_DISK", where: root });
  });
});

test("a store that can be written is told from one that has no folder for temporary files", async () => {
  await expect(requireWritable(root)).resolves.toBeUndefined();
  rmSync(join(root, "tmp"), { recursive: true });
  await expect(requireWritable(root)).rejects.toMatchObject({
    code: "AIRGO_DISK",
    where: join(root, "tmp"),
    hint: expect.stringContaining("--offline"),
  });
  mkdirSync(join(root, "tmp"));
});
