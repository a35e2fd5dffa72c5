import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "@jest/globals";

import {
  asDiskError,
  createFile,
  fileSize,
  linkOrCopy,
  makeFolder,
  readTextIfThere,
  writeFileAtomic,
} from "../../../src/support/files.js";
import { removeTree } from "../../../src/support/trees.js";
import { built, startNode, unprivileged } from "../../support/node-script.js";
import { scratchFolder } from "../../support/scratch.js";
import { testIf } from "../../support/tools.js";

const root = scratchFolder("files");
let folders = 0;
function fresh(): string {
  const folder = join(root, `${++folders}`);
  mkdirSync(folder);
  return folder;
}
const disk = { code: "AIRGO_DISK" };

describe("writeFileAtomic", () => {
  test("makes folders, replaces whole, sets the mode whatever the umask, leaves nothing else", async () => {
    const folder = fresh();
    const file = join(folder, "a", "b");
    await writeFileAtomic(file, "one");
    const before = process.umask(0o077);
    try {
      await writeFileAtomic(file, Buffer.from("two"), 0o755);
    } finally {
      process.umask(before);
    }
    expect(readFileSync(file, "utf8")).toBe("two");
    expect(statSync(file).mode & 0o777).toBe(0o755);
    expect(readdirSync(join(folder, "a"))).toEqual(["b"]);
  });

  test("never writes through a hard link: the other name keeps the old bytes", async () => {
    const folder = fresh();
    writeFileSync(join(folder, "a"), "old");
    linkSync(join(folder, "a"), join(folder, "b"));
    await writeFileAtomic(join(folder, "b"), "new");
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("old");
  });

  test("of many at once, one whole text stays", async () => {
    const folder = fresh();
    const texts = Array.from({ length: 20 }, (_, index) => `${index}\n`.repeat(1000));
    await Promise.all(texts.map((text) => writeFileAtomic(join(folder, "f"), text)));
    expect(texts).toContain(readFileSync(join(folder, "f"), "utf8"));
    expect(readdirSync(folder)).toEqual(["f"]);
  });

  test.each<[string, (folder: string) => string]>([
    [
      "a file where a folder should be",
      (folder) => (writeFileSync(join(folder, "x"), ""), join(folder, "x", "y")),
    ],
    [
      "a file two folders up",
      (folder) => (writeFileSync(join(folder, "x"), ""), join(folder, "x", "y", "z")),
    ],
    [
      "a folder of that name",
      (folder) => (mkdirSync(join(folder, "d", "e"), { recursive: true }), join(folder, "d")),
    ],
    ["a name that is too long", (folder) => join(folder, "n".repeat(300))],
    ["links in a circle", (folder) => (symlinkSync("l", join(folder, "l")), join(folder, "l", "f"))],
  ])("%s is the machine's fault, not a bug", async (_what, place) => {
    const folder = fresh();
    const file = place(folder);
    const before = readdirSync(folder, { recursive: true });
    await expect(writeFileAtomic(file, "x")).rejects.toMatchObject(disk);
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
  });
});

describe("createFile", () => {
  test("of many at once, one makes it and the others say so", async () => {
    const file = join(fresh(), "f");
    const made = await Promise.all(Array.from({ length: 20 }, (_, index) => createFile(file, `${index}`)));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(readFileSync(file, "utf8")).toBe(`${made.indexOf(true)}`);
    expect(readdirSync(join(file, ".."))).toEqual(["f"]);
  });

  test("leaves what is there, also a dangling link", async () => {
    const folder = fresh();
    symlinkSync(join(folder, "nowhere"), join(folder, "l"));
    expect(await createFile(join(folder, "l"), "x")).toBe(false);
    expect(readdirSync(folder)).toEqual(["l"]);
  });
});

test("makeFolder tells a file in the way from a bug", async () => {
  const folder = fresh();
  writeFileSync(join(folder, "x"), "");
  await makeFolder(join(folder, "a", "b"));
  await makeFolder(join(folder, "a", "b"));
  await expect(makeFolder(join(folder, "x"))).rejects.toMatchObject(disk);
});

describe("linkOrCopy", () => {
  test("links on one file system", async () => {
    const folder = fresh();
    writeFileSync(join(folder, "a"), "data");
    await linkOrCopy(join(folder, "a"), join(folder, "sub", "b"));
    expect(statSync(join(folder, "sub", "b")).ino).toBe(statSync(join(folder, "a")).ino);
  });

  test("does not replace what is there", async () => {
    const folder = fresh();
    writeFileSync(join(folder, "a"), "data");
    writeFileSync(join(folder, "b"), "other");
    await expect(linkOrCopy(join(folder, "a"), join(folder, "b"))).rejects.toMatchObject({ code: "EEXIST" });
  });

  const tiny = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=64k tmpfs "$0" && exec "$@"'];
  testIf(
    ["unshare", "mount"],
    "copies to another file system, and on a full one leaves nothing",
    async () => {
      const folder = fresh();
      mkdirSync(join(folder, "mount"));
      writeFileSync(join(folder, "small"), "data");
      writeFileSync(join(folder, "big"), Buffer.alloc(256 << 10, 1));
      const script = startNode(
        `import { linkOrCopy, writeFileAtomic } from ${built("support/files.js")};
       import { readdirSync, readFileSync } from "node:fs";
       const [from, to] = process.argv.slice(1);
       await linkOrCopy(from + "/small", to + "/small");
       const codes = [];
       await linkOrCopy(from + "/big", to + "/big").catch((error) => codes.push(error.code));
       await writeFileAtomic(to + "/big", readFileSync(from + "/big")).catch((error) => codes.push(error.code));
       console.log(JSON.stringify({ codes, left: readdirSync(to), small: readFileSync(to + "/small", "utf8") }));`,
        { args: [folder, join(folder, "mount")], under: [...tiny, join(folder, "mount")] },
      );
      const { stdout, stderr } = await script.ended;
      expect({ stderr, said: JSON.parse(stdout || "null") as unknown }).toEqual({
        stderr: "",
        said: { codes: ["AIRGO_DISK", "AIRGO_DISK"], left: ["small"], small: "data" },
      });
    },
  );
});

describe("reading", () => {
  test("what is not there is undefined, also below a file", async () => {
    const folder = fresh();
    writeFileSync(join(folder, "f"), "text");
    expect(await readTextIfThere(join(folder, "f"))).toBe("text");
    expect(await fileSize(join(folder, "f"))).toBe(4);
    for (const name of ["none", "f/below"]) {
      expect(await readTextIfThere(join(folder, name))).toBeUndefined();
      expect(await fileSize(join(folder, name))).toBeUndefined();
    }
  });

  test("a folder has no size, and its text is the machine's matter", async () => {
    expect(await fileSize(root)).toBeUndefined();
    await expect(readTextIfThere(root)).rejects.toMatchObject({ ...disk, where: root });
  });
});

test("only what the machine is to blame for becomes AIRGO_DISK", () => {
  const full = Object.assign(new Error("ENOSPC: no space"), { code: "ENOSPC" });
  expect(asDiskError(full, "/x")).toMatchObject({ ...disk, where: "/x", cause: full });
  for (const other of [new Error("x"), Object.assign(new Error("x"), { code: "ENOENT" }), "text"]) {
    expect(asDiskError(other, "/x")).toBe(other);
  }
});

describe("removeTree", () => {
  test("removes nothing behind a link, and is content with what is not there", async () => {
    const folder = fresh();
    mkdirSync(join(folder, "kept", "in"), { recursive: true, mode: 0o755 });
    mkdirSync(join(folder, "gone"));
    symlinkSync("../kept", join(folder, "gone", "link"));
    await removeTree(join(folder, "gone"));
    await removeTree(join(folder, "gone"));
    expect(new Set(readdirSync(folder, { recursive: true, encoding: "utf8" }))).toEqual(
      new Set(["kept", "kept/in"]),
    );
  });

  test.each(["gone", "gone/"])(
    "of a link (%j) takes the link only: no right behind it changes",
    async (name) => {
      const folder = fresh();
      mkdirSync(join(folder, "kept", "in"), { recursive: true });
      for (const [kept, mode] of [
        ["kept/in", 0o500],
        ["kept", 0o2710],
      ] as const)
        chmodSync(join(folder, kept), mode);
      symlinkSync("kept", join(folder, "gone"));
      await removeTree(`${folder}/${name}`);
      expect(readdirSync(folder)).toEqual(["kept"]);
      expect(statSync(join(folder, "kept")).mode & 0o7777).toBe(0o2710);
      expect(statSync(join(folder, "kept", "in")).mode & 0o7777).toBe(0o500);
    },
  );

  test("takes a file too", async () => {
    const folder = fresh();
    writeFileSync(join(folder, "f"), "");
    await removeTree(join(folder, "f"));
    expect(readdirSync(folder)).toEqual([]);
  });

  testIf(unprivileged.tools, "opens nothing to others, even where the removal fails halfway", async () => {
    const folder = fresh();
    const script = startNode(
      `import { removeTree } from ${built("support/trees.js")};
       import { chmodSync, mkdirSync, statSync } from "node:fs";
       const top = process.argv[1] + "/x";
       mkdirSync(top + "/private/below", { recursive: true });
       chmodSync(top + "/private", 0o500);
       chmodSync(top, 0o700);
       chmodSync(process.argv[1], 0o500);
       const code = await removeTree(top).catch((error) => error.code);
       chmodSync(process.argv[1], 0o700);
       console.log(code, (statSync(top).mode & 0o7777).toString(8));`,
      { args: [folder], under: unprivileged.command },
    );
    expect(await script.ended).toMatchObject({ stderr: "", stdout: "EACCES 700\n" });
  });

  testIf(unprivileged.tools, "without root's privileges, read-only and closed folders go too", async () => {
    const folder = fresh();
    const script = startNode(
      `import { removeTree } from ${built("support/trees.js")};
       import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
       const top = process.argv[1] + "/x";
       mkdirSync(top + "/read-only/below", { recursive: true });
       writeFileSync(top + "/read-only/below/file", "");
       mkdirSync(top + "/closed/below", { recursive: true });
       for (const [name, mode] of [["read-only/below", 0o555], ["read-only", 0o555], ["closed", 0], [".", 0o555]]) chmodSync(top + "/" + name, mode);
       try { rmSync(top, { recursive: true }); console.log("no need"); } catch (error) { console.log(error.code); }
       await removeTree(top);`,
      { args: [folder], under: unprivileged.command },
    );
    expect(await script.ended).toMatchObject({ stderr: "", stdout: "EACCES\n" });
    expect(readdirSync(folder)).toEqual([]);
  });
});
