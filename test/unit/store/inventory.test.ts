import {
  existsSync,
  linkSync,
  readFileSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "@jest/globals";

import { takeInventory } from "../../../src/store/upkeep/inventory.js";
import { lastUse } from "../../../src/store/upkeep/stored-objects.js";
import { removeLeftovers, removeObjects } from "../../../src/store/upkeep/prune.js";
import { openStore } from "../../../src/store/store.js";
import { sha256Hex } from "../../../src/support/digest.js";
import { processIdentity } from "../../../src/support/process-identity.js";
import { scratchFolder } from "../../support/scratch.js";

const root = scratchFolder("inventory");
let stores = 0;
const fresh = () => openStore(join(root, `${++stores}`));
const now = Date.now();

/** Everything below a folder with size and time of change, to see that nothing changed. */
function stateOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => `${name} ${statSync(join(folder, name)).size} ${statSync(join(folder, name)).mtimeMs}`);
}

/** Makes a file with an age, in milliseconds. */
function write(path: string, text: string, age = 0): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  utimesSync(path, (now - age) / 1000, (now - age) / 1000);
}

describe("what a store holds", () => {
  test("is told with the names of objects; of two notes of one name the later one counts; nothing changes", async () => {
    const store = await fresh();
    const one = await store.put(Buffer.from("one"));
    const two = await store.put(Buffer.from("twofold"));
    await store.setRef("zips/1", two);
    await store.setRef("zips/1", one);
    await store.setRef("goroots/1/VERSION", one);
    await store.setNote("mods/m", Buffer.from("module m\n"));
    const before = stateOf(store.root);
    const inventory = await takeInventory(store.root, now);
    expect(stateOf(store.root)).toEqual(before);
    const named = inventory?.objects.map(({ sha256, size, names }) => ({ sha256, size, names }));
    expect(named).toHaveLength(2);
    expect(named).toContainEqual({ ...one, names: ["zips/1", "goroots/1/VERSION"] });
    expect(named).toContainEqual({ ...two, names: [] });
    const [file = ""] = readdirSync(join(store.root, "notes"));
    expect(inventory?.notes).toEqual({
      count: 3,
      files: 1,
      bytes: statSync(join(store.root, "notes", file)).size,
    });
    expect(inventory?.leftovers).toEqual([]);
  });

  test("leaves out what bears no object's name, and follows no link", async () => {
    const store = await fresh();
    const sha256 = sha256Hex("x");
    write(join(store.root, "objects", "sha256", "zz", sha256), "x");
    write(join(store.root, "objects", "sha256", sha256.slice(0, 2), "short"), "x");
    symlinkSync("/etc/passwd", join(store.root, "objects", "sha256", sha256.slice(0, 2), sha256));
    expect((await takeInventory(store.root, now))?.objects).toEqual([]);
  });

  test("is undefined where there is none, and none is made", async () => {
    expect(await takeInventory(join(root, "none"), now)).toBeUndefined();
    expect(existsSync(join(root, "none"))).toBe(false);
  });
});

describe("leftovers", () => {
  test("are waste but for what somebody may be writing", async () => {
    const store = await fresh();
    await store.setNote("n", Buffer.from("note"));
    const path = (...parts: string[]): string => join(store.root, ...parts);
    write(path("damaged", "d"), "12");
    write(path("tmp", "0.1-ff"), "123");
    write(path("tmp", `${processIdentity()}-ff`), "1234");
    write(path("tmp", "unknown"), "12345");
    write(path("partial", "new", "bytes"), "12");
    write(path("partial", "old", "bytes"), "123");
    const longAgo = now / 1000 - 8 * 86_400;
    utimesSync(path("partial", "old"), longAgo, longAgo);
    write(path("notes", "mods", "m"), "123456");
    write(path("notes", ".tmp-1-ab"), "1", 2 * 3_600_000);
    write(path("notes", ".tmp-2-ab"), "1");
    write(path("refs", "zips", "1"), "1234567");
    const leftovers = (await takeInventory(store.root, now))?.leftovers ?? [];
    expect(
      leftovers.map(({ path, ...rest }) => ({ path: path.slice(store.root.length + 1), ...rest })),
    ).toEqual([
      { path: "damaged/d", bytes: 2, kind: "damaged", isWaste: true },
      { path: "tmp/0.1-ff", bytes: 3, kind: "temporary", isWaste: true },
      { path: `tmp/${processIdentity()}-ff`, bytes: 4, kind: "temporary", isWaste: false },
      { path: "tmp/unknown", bytes: 5, kind: "temporary", isWaste: false },
      { path: "partial/new", bytes: 2, kind: "temporary", isWaste: false },
      { path: "partial/old", bytes: 3, kind: "temporary", isWaste: true },
      { path: "notes/.tmp-1-ab", bytes: 1, kind: "temporary", isWaste: true },
      { path: "notes/.tmp-2-ab", bytes: 1, kind: "temporary", isWaste: false },
      { path: "notes/mods", bytes: 6, kind: "earlier", isWaste: true },
      { path: "refs", bytes: 7, kind: "earlier", isWaste: true },
    ]);
    await removeLeftovers(leftovers.filter(({ isWaste }) => isWaste));
    const left = (await takeInventory(store.root, now))?.leftovers ?? [];
    expect(left).toEqual(leftovers.filter(({ isWaste }) => !isWaste));
    expect(String(await store.note("n"))).toBe("note");
  });

  test("that are links are removed themselves", async () => {
    const store = await fresh();
    write(join(root, "precious", "file"), "1");
    mkdirSync(join(store.root, "damaged"));
    symlinkSync(join(root, "precious"), join(store.root, "damaged", "link"));
    const leftovers = (await takeInventory(store.root, now))?.leftovers ?? [];
    await removeLeftovers(leftovers);
    expect(existsSync(join(root, "precious", "file"))).toBe(true);
    expect(readdirSync(join(store.root, "damaged"))).toEqual([]);
  });
});

describe("removing objects", () => {
  test("spares one that was used since it was listed, and one that is gone is no failure", async () => {
    const store = await fresh();
    const ids = await Promise.all(["a", "b", "c"].map((text) => store.put(Buffer.from(text))));
    for (const { sha256 } of ids) utimesSync(store.fileOf(sha256), 1_000_000_000, 1_000_000_000);
    const listed = (await takeInventory(store.root, now))?.objects ?? [];
    const [used, gone, other] = listed;
    utimesSync(used?.file ?? "", 1_000_000_001, 1_000_000_000);
    await removeObjects(listed.filter((object) => object === gone));
    expect(await removeObjects(listed)).toEqual([other]);
    expect((await takeInventory(store.root, now))?.objects.map(({ sha256 }) => sha256)).toEqual([
      used?.sha256,
    ]);
  });

  test("leaves the bytes to whoever has them linked, and they can be put again", async () => {
    const store = await fresh();
    const id = await store.put(Buffer.from("data"));
    linkSync(store.fileOf(id.sha256), join(root, "linked"));
    await removeObjects((await takeInventory(store.root, now))?.objects ?? []);
    expect(readFileSync(join(root, "linked"), "utf8")).toBe("data");
    expect(await store.has(id)).toBe(false);
    expect(await store.readIfWhole(id)).toBeUndefined();
    expect(await store.put(Buffer.from("data"))).toEqual(id);
  });
});

test("an object is of use when it is written and when it is read", () => {
  expect(lastUse({ atimeMs: 1, mtimeMs: 2 })).toBe(2);
  expect(lastUse({ atimeMs: 3, mtimeMs: 2 })).toBe(3);
});
