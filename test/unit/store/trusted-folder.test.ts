import { chmodSync, chownSync, mkdirSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "@jest/globals";

import { openStore } from "../../../src/store/store.js";
import { built, startNode } from "../../support/node-script.js";
import { scratchFolder } from "../../support/scratch.js";
import { testWhen } from "../../support/tools.js";

const scratch = scratchFolder("trusted");
let folders = 0;
function folderOf(mode: number): string {
  const folder = join(scratch, `${++folders}`);
  mkdirSync(folder);
  chmodSync(folder, mode);
  return folder;
}
const isRoot = process.getuid?.() === 0;

describe("a store", () => {
  test.each([0o777, 0o1777, 0o775, 0o757, 0o702])(
    "in which others can write (mode %d) is refused, and nothing is made in it",
    async (mode) => {
      const folder = folderOf(mode);
      await expect(openStore(folder)).rejects.toMatchObject({
        code: "AIRGO_DISK",
        where: folder,
        found: `owner uid ${process.getuid?.()}, mode ${mode.toString(8).padStart(4, "0")}`,
        hint: expect.stringMatching(/chmod -R go-w.*XDG_CACHE_HOME/),
      });
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  test("behind a link is judged by its folder", async () => {
    const link = join(scratch, "link");
    symlinkSync(folderOf(0o777), link);
    await expect(openStore(link)).rejects.toMatchObject({ code: "AIRGO_DISK" });
    symlinkSync(folderOf(0o755), `${link}-fine`);
    expect(await openStore(`${link}-fine`)).toMatchObject({ root: `${link}-fine` });
  });

  test.each([0o755, 0o700, 0o750, 0o2755])(
    "in which only its owner can write (mode %d) is fine",
    async (mode) => {
      await expect(openStore(folderOf(mode))).resolves.toBeDefined();
    },
  );

  testWhen(
    isRoot,
    "root",
    "of another user is refused, also for root, and also when nobody else can write",
    async () => {
      const folder = folderOf(0o755);
      chownSync(folder, 12_345, 12_345);
      await expect(openStore(folder)).rejects.toMatchObject({
        code: "AIRGO_DISK",
        found: "owner uid 12345, mode 0755",
        hint: expect.stringContaining("XDG_CACHE_HOME"),
      });
    },
  );

  testWhen(isRoot, "root", "of root is fine for anybody who may use it", async () => {
    const folder = folderOf(0o755);
    mkdirSync(join(folder, "tmp"));
    const store = await openStore(folder);
    const { sha256 } = await store.put(Buffer.from("data"));
    chmodSync(scratch, 0o755);
    // Its rights end before the store is opened, not before the program is read.
    const script = startNode(
      `import { openStore } from ${built("store/store.js")};
       process.setuid(12345);
       const store = await openStore(process.argv[1]);
       console.log((await store.read({ sha256: process.argv[2], size: 4 })).toString());`,
      { args: [folder, sha256] },
    );
    expect(await script.ended).toMatchObject({ stderr: "", stdout: "data\n" });
  });

  test("is made so that only its owner can write, whatever the umask", async () => {
    const folder = join(scratch, "made", "store");
    const script = startNode(
      `import { openStore } from ${built("store/store.js")};
       process.umask(0);
       const store = await openStore(process.argv[1]);
       await store.setRef("a/b", await store.put(Buffer.from("data")));
       await store.setAside((await store.put(Buffer.from("other"))).sha256);
       await openStore(process.argv[1]);`,
      { args: [folder] },
    );
    expect(await script.ended).toMatchObject({ code: 0, stderr: "" });
    const made = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
    const writable = [folder, ...made].filter((name) => (statSync(name).mode & 0o022) !== 0);
    expect(writable).toEqual([]);
    expect(made.length).toBeGreaterThan(7);
  });

  test("is made more private where the umask says so", async () => {
    const folder = join(scratch, "private");
    const script = startNode(
      `import { openStore } from ${built("store/store.js")};
       process.umask(0o077);
       await openStore(process.argv[1]);`,
      { args: [folder] },
    );
    expect(await script.ended).toMatchObject({ code: 0, stderr: "" });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });
});
