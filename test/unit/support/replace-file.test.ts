import { linkSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "@jest/globals";

import { inFolder, replaceFile } from "../../../src/support/files.js";
import { scratchFolder } from "../../support/scratch.js";

const root = scratchFolder("replace");
let made = 0;
function fresh(): string {
  const folder = join(root, `${++made}`);
  mkdirSync(folder);
  return folder;
}

describe("replaceFile", () => {
  test("makes folders where they are missing, replaces whole, leaves nothing else", async () => {
    const folder = fresh();
    const file = join(folder, "a", "b", "c");
    await replaceFile(file, "one", 0o700);
    await replaceFile(file, Buffer.from("two"), 0o755);
    expect(readFileSync(file, "utf8")).toBe("two");
    expect(readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()).toEqual(["a", "a/b", "a/b/c"]);
    // A folder that is there keeps its rights.
    expect(statSync(join(folder, "a", "b")).mode & 0o777).toBe(0o700);
  });

  test("never writes through a hard link: the other name keeps the old bytes", async () => {
    const folder = fresh();
    writeFileSync(join(folder, "old"), "old");
    linkSync(join(folder, "old"), join(folder, "new"));
    await replaceFile(join(folder, "new"), "new", 0o755);
    expect(readFileSync(join(folder, "old"), "utf8")).toBe("old");
    expect(readFileSync(join(folder, "new"), "utf8")).toBe("new");
  });

  test("of many at once, one whole text stays", async () => {
    const folder = fresh();
    const texts = Array.from({ length: 20 }, (_, index) => `${index} `.repeat(5000));
    await Promise.all(texts.map((text) => replaceFile(join(folder, "x", "y"), text, 0o755)));
    expect(texts).toContain(readFileSync(join(folder, "x", "y"), "utf8"));
    expect(readdirSync(join(folder, "x"))).toEqual(["y"]);
  });

  test.each<[string, (folder: string) => string]>([
    ["a folder stands in its place", (folder) => folder],
    ["a file stands where a folder should be", (folder) => join(folder, "file", "x")],
  ])("%s: AIRGO_DISK, and nothing is left behind", async (_, place) => {
    const folder = join(fresh(), "in");
    mkdirSync(folder);
    writeFileSync(join(folder, "file"), "stays");
    const file = place(folder);
    await expect(replaceFile(file, "x", 0o755)).rejects.toMatchObject({ code: "AIRGO_DISK", where: file });
    expect(readdirSync(join(folder, ".."), { recursive: true, encoding: "utf8" }).sort()).toEqual([
      "in",
      "in/file",
    ]);
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("stays");
  });
});

describe("inFolder", () => {
  test("tries once where the folder is there", async () => {
    let tries = 0;
    expect(await inFolder(fresh(), 0o755, async () => ++tries)).toBe(1);
  });

  test("makes the folder where the first try finds that it is missing, and tries again", async () => {
    const folder = join(fresh(), "a", "b");
    let tries = 0;
    await inFolder(folder, 0o755, async () => {
      tries++;
      writeFileSync(join(folder, "x"), "x");
    });
    expect(tries).toBe(2);
    expect(readdirSync(folder)).toEqual(["x"]);
  });

  test("what is missing for another reason is told after the second try", async () => {
    const folder = fresh();
    let tries = 0;
    const read = async (): Promise<Buffer> => {
      tries++;
      return readFileSync(join(folder, "none"));
    };
    await expect(inFolder(folder, 0o755, read)).rejects.toMatchObject({ code: "ENOENT" });
    expect(tries).toBe(2);
  });

  test("any other failure is told at once, and makes no folder", async () => {
    const folder = join(fresh(), "none");
    const failure = Object.assign(new Error("full"), { code: "ENOSPC" });
    let tries = 0;
    const fail = (): Promise<never> => {
      tries++;
      return Promise.reject(failure);
    };
    await expect(inFolder(folder, 0o755, fail)).rejects.toBe(failure);
    expect(tries).toBe(1);
    expect(readdirSync(join(folder, ".."))).toEqual([]);
  });
});
