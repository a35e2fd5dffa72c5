import { spawnSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  chmodSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { openStore, whileThere, type Store } from "../../../src/store/store.js";
import { sha256Hex } from "../../../src/support/digest.js";
import { processIdentity } from "../../../src/support/process-identity.js";
import { built, startNode, unprivileged } from "../../support/node-script.js";
import { scratchFolder } from "../../support/scratch.js";
import { testIf } from "../../support/tools.js";

const root = scratchFolder("store");
let stores = 0;
function freshRoot(): string {
  return join(root, `${++stores}`);
}

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** What every store promises at any time: an object is what its name says, or it is not there. */
function expectSound(folder: string): void {
  for (const name of files(join(folder, "objects")))
    expect([name, sha256Hex(readFileSync(join(folder, "objects", name)))]).toEqual([
      name,
      name.split("/").at(-1),
    ]);
}

/** Overwrites an object's bytes, as a failing disk would. */
function damage(store: Store, sha256: string, data: string): void {
  chmodSync(store.fileOf(sha256), 0o644);
  writeFileSync(store.fileOf(sha256), data);
}

describe("objects", () => {
  test("are named by what they are, read-only, readable by all, and read back", async () => {
    const store = await openStore(freshRoot());
    const id = await store.put(Buffer.from("data"));
    expect(id).toEqual({ sha256: sha256Hex("data"), size: 4 });
    expect(await store.has(id)).toBe(true);
    expect((await store.read(id)).toString()).toBe("data");
    expect(statSync(store.fileOf(id.sha256)).mode & 0o777).toBe(0o444);
    expect(files(store.root)).toEqual([`objects/sha256/${id.sha256.slice(0, 2)}/${id.sha256}`]);
  });

  test("of another size, or none, are not there", async () => {
    const store = await openStore(freshRoot());
    const id = await store.put(Buffer.from("data"));
    expect(await store.has({ ...id, size: 5 })).toBe(false);
    expect(await store.has({ sha256: sha256Hex("other"), size: 5 })).toBe(false);
    mkdirSync(store.fileOf(sha256Hex("")), { recursive: true });
    expect(await store.has({ sha256: sha256Hex(""), size: 0 })).toBe(false);
  });

  test("that are there already are not written again", async () => {
    const store = await openStore(freshRoot());
    const id = await store.put(Buffer.from("data"));
    const before = statSync(store.fileOf(id.sha256));
    await store.put(Buffer.from("data"));
    expect(statSync(store.fileOf(id.sha256))).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
  });

  test("that are damaged are refused, set aside, and can be put again", async () => {
    const store = await openStore(freshRoot());
    const id = await store.put(Buffer.from("data"));
    damage(store, id.sha256, "dat4");
    await expect(store.read(id)).rejects.toMatchObject({
      code: "AIRGO_STORE_DAMAGED",
      expected: `sha256 ${id.sha256}`,
      found: `sha256 ${sha256Hex("dat4")}`,
    });
    expect(await store.has(id)).toBe(false);
    expect(files(join(store.root, "damaged"))).toHaveLength(1);
    await store.put(Buffer.from("data"));
    expect((await store.read(id)).toString()).toBe("data");
  });

  test("that are damaged are not taken for the sound bytes that are being put", async () => {
    const store = await openStore(freshRoot());
    const id = await store.put(Buffer.from("data"));
    damage(store, id.sha256, "dat4");
    await store.put(Buffer.from("data"));
    expect((await store.read(id)).toString()).toBe("data");
  });

  test("are set aside by two at once without a quarrel, and none that is not there", async () => {
    const store = await openStore(freshRoot());
    const { sha256 } = await store.put(Buffer.from("data"));
    await Promise.all([store.setAside(sha256), store.setAside(sha256), store.setAside(sha256Hex("none"))]);
    expect(files(join(store.root, "damaged"))).toHaveLength(1);
  });

  test("that go between two looks are named, with what to do; other failures stay as they are", async () => {
    const store = await openStore(freshRoot());
    const file = store.fileOf(sha256Hex("gone"));
    await expect(whileThere(file, () => readFile(file))).rejects.toMatchObject({
      code: "AIRGO_BUSY",
      where: file,
      hint: expect.stringContaining("fetched anew"),
    });
    await expect(whileThere(file, () => readFile(store.root))).rejects.toMatchObject({ code: "EISDIR" });
  });

  test("are adopted from a temporary file, which is gone then; a kit's link keeps its bytes when they come again", async () => {
    const store = await openStore(freshRoot());
    const temporary = store.temporaryFile();
    writeFileSync(temporary, "data", { mode: 0o600 });
    const id = { sha256: sha256Hex("data"), size: 4 };
    await store.adopt(temporary, id);
    expect(existsSync(temporary)).toBe(false);
    linkSync(store.fileOf(id.sha256), join(root, "linked"));
    writeFileSync(temporary, "data");
    await store.adopt(temporary, id);
    expect(statSync(join(root, "linked")).mode & 0o777).toBe(0o444);
    expect((await store.read(id)).toString()).toBe("data");
  });

  test("put many times at once by one process: one object, no waste", async () => {
    const store = await openStore(freshRoot());
    await Promise.all(Array.from({ length: 40 }, (_, index) => store.put(Buffer.from(`${index % 4}`))));
    expect(files(store.root)).toHaveLength(4);
    expectSound(store.root);
  });
});

describe("names", () => {
  test("point to objects, and the last one told counts", async () => {
    const store = await openStore(freshRoot());
    const [a, b] = [await store.put(Buffer.from("a")), await store.put(Buffer.from("b"))];
    await store.setRef("modules/example.com/!m/@v/v1.0.0.mod", a);
    await store.setRef("modules/example.com/!m/@v/v1.0.0.mod", { ...b, more: "x" } as typeof b);
    expect(await store.ref("modules/example.com/!m/@v/v1.0.0.mod")).toEqual(b);
    expect(await store.ref("modules/example.com/!m/@v")).toBeUndefined();
  });

  test("survive the store's being opened again", async () => {
    const folder = freshRoot();
    const id = await (await openStore(folder)).put(Buffer.from("a"));
    await (await openStore(folder)).setRef("n", id);
    expect(await (await openStore(folder)).ref("n")).toEqual(id);
  });

  const absent = [
    "",
    "{",
    "null",
    "[]",
    "1",
    '"x"',
    "{}",
    `{"sha256":"${"A".repeat(64)}","size":1}`,
    `{"sha256":"../../x","size":1}`,
  ];
  test.each([
    ...absent,
    `{"sha256":"${"a".repeat(64)}","size":"1"}`,
    `{"sha256":"${"a".repeat(64)}","size":1.5}`,
  ])("of text %j count as absent", async (text) => {
    const store = await openStore(freshRoot());
    await store.setRef("n", { sha256: "a".repeat(64), size: 1 });
    await store.setNote("refs/n", Buffer.from(text));
    expect(await store.ref("n")).toBeUndefined();
  });

  test("of any text give an object id of the right form or nothing", async () => {
    const store = await openStore(freshRoot());
    await store.setRef("n", { sha256: "a".repeat(64), size: 1 });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (text) => {
        await store.setNote("refs/n", Buffer.from(text));
        const id = await store.ref("n");
        if (id !== undefined)
          expect(id).toEqual({
            sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
            size: expect.any(Number),
          });
      }),
      { numRuns: 200 },
    );
  });
});

describe("temporary files", () => {
  test("are private, and each is another", async () => {
    const store = await openStore(freshRoot());
    expect(store.temporaryFile()).not.toBe(store.temporaryFile());
    const folder = await store.temporaryFolder();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(dirname(folder)).toBe(dirname(store.temporaryFile()));
  });

  test("of dead processes are swept at the next opening, those of running ones and foreign ones stay", async () => {
    const store = await openStore(freshRoot());
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    const tmp = dirname(store.temporaryFile());
    for (const name of [
      `${pid}-dead`,
      `${pid}.77-dead`,
      `${process.pid}.1-before`,
      `${processIdentity()}-mine`,
      `${process.ppid}-other`,
      "what-is-this",
    ]) {
      writeFileSync(join(tmp, name), "");
    }
    mkdirSync(join(tmp, `${pid}-folder`, "below"), { recursive: true });
    writeFileSync(join(tmp, `${pid}-folder`, "below", "file"), "");
    await openStore(store.root);
    expect(readdirSync(tmp).sort()).toEqual(
      [`${processIdentity()}-mine`, `${process.ppid}-other`, "what-is-this"].sort(),
    );
  });

  testIf(
    unprivileged.tools,
    "a dead process's read-only folders are swept as well, and none of them keeps the store closed",
    async () => {
      const folder = freshRoot();
      const { pid } = spawnSync(process.execPath, ["-e", ""]);
      const script = startNode(
        `import { openStore } from ${built("store/store.js")};
       import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
       const [root, dead] = process.argv.slice(1);
       await openStore(root);
       mkdirSync(root + "/tmp/" + dead + "/goroot/src", { recursive: true });
       writeFileSync(root + "/tmp/" + dead + "/goroot/src/file", "");
       chmodSync(root + "/tmp/" + dead + "/goroot/src", 0o555);
       chmodSync(root + "/tmp/" + dead + "/goroot", 0o555);
       await openStore(root);
       console.log(readdirSync(root + "/tmp").length);`,
        { args: [folder, `${pid}-x`], under: unprivileged.command },
      );
      expect(await script.ended).toMatchObject({ stderr: "", stdout: "0\n" });
    },
  );
});

describe("several processes", () => {
  test("that put the same and different things at once share one sound store", async () => {
    const folder = freshRoot();
    const source = `
      import { openStore } from ${built("store/store.js")};
      const store = await openStore(process.argv[1]);
      console.log("ready");
      await new Promise((go) => process.stdin.once("data", go));
      process.stdin.destroy();
      await Promise.all(Array.from({ length: 60 }, async (_, index) => {
        const id = await store.put(Buffer.alloc(50_000, "object " + index % 20));
        await store.setRef("names/" + index % 7, id);
        await store.read(id);
      }));`;
    const putters = Array.from({ length: 4 }, () => startNode(source, { args: [folder] }));
    await Promise.all(putters.map((putter) => putter.printed("ready")));
    for (const putter of putters) putter.child.stdin?.write("go");
    for (const putter of putters) expect(await putter.ended).toMatchObject({ code: 0, stderr: "" });
    expectSound(folder);
    expect(files(join(folder, "objects"))).toHaveLength(20);
    const store = await openStore(folder);
    const names = Array.from({ length: 7 }, (_, index) => store.ref(`names/${index}`));
    for (const id of await Promise.all(names))
      expect(id).toEqual({ sha256: expect.any(String), size: 50_000 });
    expect(files(join(folder, "tmp"))).toEqual([]);
  });

  test("one that is killed in the middle leaves no half object; its waste goes at the next opening", async () => {
    const folder = freshRoot();
    const source = `
      import { openStore } from ${built("store/store.js")};
      const store = await openStore(process.argv[1]);
      for (let index = 0; ; index++) {
        await Promise.all([0, 1, 2, 3].map(async (lane) => {
          const id = await store.put(Buffer.alloc(300_000, index + " of " + lane));
          await store.setRef("names/" + lane, id);
        }));
        if (index === 2) console.log("busy");
      }`;
    for (let round = 0; round < 4; round++) {
      const putter = startNode(source, { args: [folder] });
      await putter.printed("busy");
      putter.child.kill("SIGKILL");
      expect(await putter.ended).toMatchObject({ signal: "SIGKILL" });
      expectSound(folder);
    }
    const store = await openStore(folder);
    expect(files(join(folder, "tmp"))).toEqual([]);
    for (const lane of [0, 1, 2, 3]) {
      const id = await store.ref(`names/${lane}`);
      expect(id !== undefined && (await store.has(id))).toBe(true);
    }
  });
});

const mounted = (mount: string): string[] => ["unshare", "-rm", "sh", "-c", `${mount} && exec "$@"`];

describe("a disk that refuses", () => {
  /** Puts, names and adopts until it fails; tells how, and what is left. */
  const source = `
    import { openStore } from ${built("store/store.js")};
    import { createHash } from "node:crypto";
    import { readdirSync, readFileSync } from "node:fs";
    const [root] = process.argv.slice(1);
    const errors = [];
    const note = (error) => errors.push(error.code);
    const store = await openStore(root).catch(note);
    if (typeof store === "object") {
      const small = await store.put(Buffer.from("small")).catch(note);
      await store.put(Buffer.alloc(1 << 20)).catch(note);
      if (small.sha256) console.log((await store.read(small)).toString());
    }
    const left = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const wrong = left.filter((entry) => createHash("sha256").update(readFileSync(entry.parentPath + "/" + entry.name)).digest("hex") !== entry.name);
    console.log(JSON.stringify({ errors, left: left.length, wrong: wrong.length }));`;

  testIf(["unshare", "mount"], "a full one: AIRGO_DISK, and nothing half written", async () => {
    const folder = freshRoot();
    mkdirSync(folder);
    const script = startNode(source, {
      args: [folder],
      under: [...mounted('mount -t tmpfs -o size=256k,mode=755 tmpfs "$0"'), folder],
    });
    expect(await script.ended).toMatchObject({
      stderr: "",
      stdout: 'small\n{"errors":["AIRGO_DISK"],"left":1,"wrong":0}\n',
    });
  });

  const readOnly = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"';
  testIf(["unshare", "mount"], "a read-only one, empty or with a store on it: AIRGO_DISK", async () => {
    const folder = freshRoot();
    mkdirSync(folder);
    const empty = startNode(source, { args: [folder], under: [...mounted(readOnly), folder] });
    expect(await empty.ended).toMatchObject({
      stderr: "",
      stdout: '{"errors":["AIRGO_DISK"],"left":0,"wrong":0}\n',
    });
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    const store = await openStore(folder);
    await store.put(Buffer.from("small"));
    writeFileSync(join(folder, "tmp", `${pid}-waste`), "");
    const standing = startNode(source, { args: [folder], under: [...mounted(readOnly), folder] });
    expect(await standing.ended).toMatchObject({
      stderr: "",
      stdout: 'small\n{"errors":["AIRGO_DISK"],"left":2,"wrong":1}\n',
    });
  });

  testIf(unprivileged.tools, "one without rights: AIRGO_DISK, for writing and for reading", async () => {
    const folder = freshRoot();
    const script = startNode(
      `import { openStore } from ${built("store/store.js")};
       import { chmodSync, readdirSync } from "node:fs";
       const [root] = process.argv.slice(1);
       const store = await openStore(root);
       const id = await store.put(Buffer.from("data"));
       await store.setRef("n", id);
       const codes = [];
       const note = (error) => codes.push(error.code);
       chmodSync(store.fileOf(id.sha256), 0);
       await store.read(id).catch(note);
       for (const name of readdirSync(root + "/notes")) chmodSync(root + "/notes/" + name, 0);
       await store.ref("n").catch(note);
       chmodSync(root + "/tmp", 0o500);
       await store.put(Buffer.from("more")).catch(note);
       chmodSync(root + "/tmp", 0);
       await openStore(root).catch(note);
       chmodSync(root + "/tmp", 0o700);
       console.log(codes.join());`,
      { args: [folder], under: unprivileged.command },
    );
    expect(await script.ended).toMatchObject({
      stderr: "",
      stdout: `${Array(4).fill("AIRGO_DISK").join()}\n`,
    });
  });

  test("a file where the store should be: AIRGO_DISK", async () => {
    const folder = freshRoot();
    writeFileSync(folder, "");
    await expect(openStore(folder)).rejects.toMatchObject({ code: "AIRGO_DISK" });
    await expect(openStore(join(folder, "below"))).rejects.toMatchObject({ code: "AIRGO_DISK" });
  });
});
