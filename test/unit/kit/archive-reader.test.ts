import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";

import { describe, expect, test } from "@jest/globals";
import { pack, type Header } from "tar-stream";

import { readArchive } from "../../support/read-archive.js";
import { isAirgoError } from "../../../src/support/errors.js";
import { scratchFolder } from "../../support/scratch.js";
import { testIf } from "../../support/tools.js";

const root = scratchFolder("reader");
let names = 0;
function fileOf(bytes: Buffer): string {
  const file = join(root, `${++names}.tar`);
  writeFileSync(file, bytes);
  return file;
}

type Entry = Partial<Header> & { readonly data?: string };
const bodiless = ["symlink", "link", "directory", "character-device", "block-device", "fifo"];

/** An archive of entries as given, whatever they are. */
async function tar(...entries: readonly Entry[]): Promise<Buffer> {
  const packed = pack();
  for (const { data = "data", ...given } of entries) {
    const header = { name: "top/a", mode: 0o644, ...given };
    if (bodiless.includes(given.type ?? "")) packed.entry(header);
    else packed.entry(header, data);
  }
  packed.finalize();
  return buffer(packed);
}

const invalid = { code: "AIRGO_ARCHIVE_INVALID" };
async function reading(bytes: Buffer): Promise<unknown> {
  return readArchive(fileOf(bytes)).catch((error: unknown) => error);
}

test.each<[string, Partial<Header>]>([
  ["a symbolic link", { type: "symlink", linkname: "/etc/passwd" }],
  ["a hard link", { type: "link", linkname: "top/b" }],
  ["a folder", { type: "directory", name: "top/" }],
  ["a character device", { type: "character-device" }],
  ["a block device", { type: "block-device" }],
  ["a pipe", { type: "fifo" }],
  ["a contiguous file", { type: "contiguous-file" }],
  ["an absolute name", { name: "/etc/passwd" }],
  ["a name that leads out", { name: "../x" }],
  ["a name that leads out in its middle", { name: "top/../../x" }],
  ["a dot in its name", { name: "./top/a" }],
  ["an option for a name", { name: "-rf" }],
  ["a line feed in its name", { name: "top/a\nb" }],
  ["an escape in its name", { name: "top/\u001b[2J" }],
  ["a long name that leads out", { name: `top/${"x".repeat(200)}/../../../../x` }],
  ["set-user-id", { mode: 0o4755 }],
  ["set-group-id", { mode: 0o2755 }],
  ["the sticky bit", { mode: 0o1644 }],
  ["rights for all to write", { mode: 0o666 }],
  ["rights for its owner alone", { mode: 0o600 }],
  ["another owner", { uid: 1000 }],
  ["another group", { gid: 1000 }],
  ["an owner's name, which tar as root prefers to the number", { uname: "operator" }],
  ["a group's name", { gname: "wheel" }],
  ["another owner in an extended header", { pax: { uid: "1000" } }],
  ["another name for GNU tar alone", { pax: { "GNU.sparse.name": "../../x", "GNU.sparse.major": "1" } }],
  ["extended attributes", { pax: { "SCHILY.xattr.security.capability": "x" } }],
])("an entry with %s is refused", async (_what, header) => {
  expect(await reading(await tar(header))).toMatchObject(invalid);
  expect(await reading(await tar({}, { name: "top/b", ...header }))).toMatchObject(invalid);
});

test("an entry that stands there twice is refused, in its long form too", async () => {
  for (const name of ["top/a", `top/${"x".repeat(200)}`]) {
    expect(await reading(await tar({ name }, { name: "top/b" }, { name, data: "other" }))).toMatchObject({
      ...invalid,
      found: name,
    });
  }
});

test("names beyond a plain header are read", async () => {
  const name = `top/${"x".repeat(200)}`;
  expect([...(await readArchive(fileOf(await tar({ name })))).keys()]).toEqual([name]);
});

describe("an archive that is cut off or damaged", () => {
  test("anywhere is refused by name or gives other contents, and is never a bug of ours", async () => {
    const sound = await tar({ data: "x".repeat(700) }, { name: "top/b" }, { name: "top/empty", data: "" });
    const contents = JSON.stringify([...(await readArchive(fileOf(sound)))]);
    for (let at = 0; at < sound.length - 1024; at += 37) {
      const flipped = Buffer.from(sound);
      flipped[at] = (flipped[at] ?? 0) ^ 0x55;
      for (const bytes of [sound.subarray(0, at), flipped]) {
        const outcome = await reading(bytes);
        if (isAirgoError(outcome)) expect(outcome).toMatchObject(invalid);
        else expect(outcome).toBeInstanceOf(Map);
      }
    }
    const cut = await reading(sound.subarray(0, 700));
    expect(cut).toMatchObject({ ...invalid, message: expect.stringContaining("cut off") });
    expect(contents).toContain("top/empty");
  });

  test.each([
    ["text", Buffer.alloc(2048, "text ")],
    ["half a block", Buffer.alloc(100, 1)],
    ["a gzip file", Buffer.from([0x1f, 0x8b, ...Array<number>(1022).fill(0)])],
  ])("of %s is refused", async (_what, bytes) => {
    expect(await reading(bytes)).toMatchObject({
      ...invalid,
      where: expect.stringMatching(/\.tar$/),
    });
  });

  test("something behind the end of the archive is not passed over", async () => {
    const sound = await tar({});
    expect(await reading(Buffer.concat([sound, await tar({ name: "top/hidden" })]))).toMatchObject({
      size: 2,
    });
    expect(await reading(Buffer.concat([sound, Buffer.alloc(512, "x")]))).toMatchObject(invalid);
  });
});

testIf("tar", "GNU tar's own archive of folders and of an ordinary owner is refused", async () => {
  const folder = join(root, "tree");
  mkdirSync(join(folder, "top"), { recursive: true });
  writeFileSync(join(folder, "top", "a"), "a", { mode: 0o644 });
  for (const args of [
    ["top"],
    ["--owner=operator:7", "top/a"],
    ["--format=posix", "--owner=0", "--group=0", "--numeric-owner", "top/a"],
  ]) {
    const bytes = execFileSync("tar", ["-C", folder, "-cf", "-", ...args]);
    expect(await reading(bytes)).toMatchObject(invalid);
  }
  const plain = execFileSync("tar", [
    "-C",
    folder,
    "--format=ustar",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "-cf",
    "-",
    "top/a",
  ]);
  expect(await reading(plain)).toMatchObject({ size: 1 });
});

test("what cannot be read is the file system's matter", async () => {
  await expect(readArchive(join(root, "none"))).rejects.toMatchObject({ code: "ENOENT" });
  await expect(readArchive(root)).rejects.toMatchObject({ code: "AIRGO_DISK" });
});

test("an abort ends the reading with its reason", async () => {
  const file = fileOf(await tar({ data: "x".repeat(3 << 20) }));
  await expect(readArchive(file, AbortSignal.abort(new Error("stop")))).rejects.toThrow("stop");
  const controller = new AbortController();
  const running = readArchive(file, controller.signal);
  controller.abort(new Error("stop"));
  await expect(running).rejects.toThrow("stop");
});
