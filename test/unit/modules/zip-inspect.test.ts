import { crc32, deflateRawSync } from "node:zlib";

import { describe, expect, test } from "@jest/globals";

import { hash1 } from "../../../src/modules/dirhash.js";
import { readEntry } from "../../../src/modules/zip-content.js";
import { goZipLimits, inspectZip, type ZipFacts } from "../../../src/modules/zip-inspect.js";
import { sha256Hex } from "../../../src/support/digest.js";
import { makeZip, type ZipEntry } from "../../support/make-zip.js";
import { askGo, isGoThere } from "./go-oracle.js";

const prefix = "example.com/m@v1.0.0/";
const testWithGo = isGoThere() ? test : test.skip;
const named = (...names: string[]): ZipEntry[] =>
  names.map((name) => ({ name: prefix + name, data: `of ${name}\n` }));
const nameOf = (bytes: number): string => prefix + "a".repeat(bytes - prefix.length);
const inspect = (zip: Buffer, keepEntries = false): Promise<ZipFacts> =>
  inspectZip(zip, { prefix, keepEntries });
const invalid = (what: string): unknown =>
  expect.objectContaining({
    code: expect.stringMatching(/^AIRGO_ZIP_(INVALID|UNSAFE|TOO_LARGE)$/),
    message: expect.stringContaining(what),
  });

const plain: ZipEntry[] = [
  ...named("go.mod", "a b.go", "\u{e9}/\u{4e2d}.txt"),
  { name: `${prefix}empty`, data: "" },
  { name: `${prefix}stored`, data: "stored\n", store: true },
  { name: `${prefix}program.sh`, data: "#!/bin/sh\n".repeat(500), mode: 0o755 },
];
const withFolders: ZipEntry[] = [
  { name: prefix, data: "" },
  { name: `${prefix}x/`, data: "" },
  ...named("x/y"),
];

describe("what it finds", () => {
  test("is the h1 over all contents, with sizes and the place of each stream", async () => {
    const zip = makeZip(plain);
    const facts = await inspect(zip, true);
    expect(facts.h1).toBe(hash1(plain.map(({ name, data }) => ({ name, sha256Hex: sha256Hex(data) }))));
    expect(facts.files).toBe(plain.length);
    expect(facts.unpackedBytes).toBe(plain.reduce((sum, { data }) => sum + Buffer.byteLength(data), 0));
    expect(
      facts.entries?.map((entry) => ({ name: entry.name, data: readEntry(zip, entry).toString() })),
    ).toEqual(plain.map(({ name, data }) => ({ name, data })));
    expect(facts.entries?.map(({ method }) => method)).toEqual([8, 8, 8, 8, 0, 8]);
  });

  test("has no entries unless they are asked for", async () => {
    expect(await inspect(makeZip(plain))).not.toHaveProperty("entries");
  });

  test("does not depend on order or on packing", async () => {
    const turned = plain.toReversed().map((entry) => ({ ...entry, store: entry.store !== true }));
    expect((await inspect(makeZip(turned))).h1).toBe((await inspect(makeZip(plain))).h1);
  });

  test("a folder's entry is hashed as an empty file, but is none", async () => {
    const facts = await inspect(makeZip(withFolders));
    expect(facts.h1).toBe(hash1(withFolders.map(({ name, data }) => ({ name, sha256Hex: sha256Hex(data) }))));
    expect(facts.files).toBe(1);
  });

  test("a stream's own length is told, without what pads it", async () => {
    const data = "padded ".repeat(20);
    const zip = makeZip([
      { name: `${prefix}a`, data: Buffer.concat([deflateRawSync(data), Buffer.from("more")]), store: true },
    ]);
    for (const at of directoryHeaders(zip)) {
      zip.writeUInt16LE(8, at + 10);
      zip.writeUInt32LE(crc32(data), at + 16);
      zip.writeUInt32LE(data.length, at + 24);
    }
    const [entry] = (await inspect(zip, true)).entries ?? [];
    expect(entry?.compressedSize).toBe(deflateRawSync(data).length);
  });

  test("readEntry notices a zip that has changed since", async () => {
    const zip = makeZip([{ name: `${prefix}a`, data: "stored", store: true }]);
    const [entry] = (await inspect(zip, true)).entries ?? [];
    if (entry === undefined) throw new Error("no entry");
    expect(() => readEntry(zip, { ...entry, sha256: sha256Hex("other") })).toThrow(invalid("has changed"));
    zip[entry.dataOffset] = 0;
    expect(() => readEntry(zip, entry)).toThrow(invalid("CRC-32"));
  });
});

describe("beside the real go command", () => {
  testWithGo.each([
    ["plain files", plain],
    ["folders", withFolders],
    ["no files", []],
  ])("%s: the same h1 (needs go)", async (_, entries) => {
    const zip = makeZip(entries);
    expect(askGo(zip)).toMatchObject({ sum: (await inspect(zip)).h1 });
  });

  const refused: [string, string[]][] = [
    ["the same name twice", ["a", "a"]],
    ["names that differ in case only", ["a/b.go", "a/B.go"]],
    ["folders that differ in case only", ["a/b.go", "A/c.go"]],
    ["names that fold together", ["k", "\u{212a}"]],
    ["a file that is a folder too", ["a", "a/b"]],
    ["a part of two dots", ["a/../b"]],
    ["a way out", ["../b"]],
    ["an empty part", ["a//b"]],
    ["a backslash", ["a\\b"]],
    ["a colon", ["c:b"]],
    ["a newline", ["a\nb"]],
    ["a device's name", ["aux.go"]],
    ["a go.mod below the root", ["a/go.mod"]],
    ["a go.mod in capitals", ["GO.MOD"]],
    ["a folder with two dots", ["a/../"]],
  ];
  test.each(refused)("%s is refused", async (_, names) => {
    await expect(inspect(makeZip(named(...names)))).rejects.toEqual(invalid(""));
  });
  testWithGo.each(refused)("%s is refused by Go too (needs go)", (_, names) => {
    expect(askGo(makeZip(named(...names)))).toHaveProperty("error");
  });
});

describe("what it refuses", () => {
  test.each(["other.com/m@v1.0.0/a", "/etc/passwd", "example.com/m@v1.0.0", "a", ""])(
    "the name %j",
    async (name) => {
      await expect(inspect(makeZip([{ name, data: "" }]))).rejects.toEqual(
        invalid("not below the module's own folder"),
      );
    },
  );

  test("a folder with content", async () => {
    const zip = makeZip([{ name: `${prefix}a/`, data: "x" }]);
    await expect(inspect(zip)).rejects.toEqual(invalid("a folder's entry has content"));
  });

  test.each<[string, (zip: Buffer, at: number) => void, string]>([
    ["encryption", (zip, at) => zip.writeUInt16LE(0x0809, at + 8), "encrypted"],
    ["another method", (zip, at) => zip.writeUInt16LE(12, at + 10), "not supported"],
    ["a wrong CRC-32", (zip, at) => zip.writeUInt32LE(1, at + 16), "CRC-32"],
    ["a size too small", (zip, at) => zip.writeUInt32LE(3, at + 24), "cannot be unpacked"],
    ["a size too large", (zip, at) => zip.writeUInt32LE(20_000, at + 24), "declared size"],
    [
      "a size that no bytes could hold",
      (zip, at) => zip.writeUInt32LE(400 << 20, at + 24),
      "more than its bytes can hold",
    ],
    ["more than 500 MiB", (zip, at) => zip.writeUInt32LE(501 << 20, at + 24), "unpacks to too much"],
    ["a cut stream", (zip, at) => zip.writeUInt32LE(20, at + 20), "cannot be unpacked"],
    ["data beyond the end", (zip, at) => zip.writeUInt32LE(1 << 20, at + 20), "beyond the end"],
    ["a name that is not UTF-8", (zip, at) => zip.writeUInt8(0xff, at + 46), "not UTF-8"],
    ["no local header", (zip, at) => zip.writeUInt32LE(1, at + 42), "no header in front of its data"],
  ])("%s", async (_, damage, what) => {
    const zip = makeZip([{ name: `${prefix}a`, data: "some text ".repeat(1000) }]);
    for (const at of directoryHeaders(zip)) damage(zip, at);
    await expect(inspect(zip)).rejects.toEqual(invalid(what));
  });

  test("more entries than the directory says", async () => {
    const zip = makeZip(named("a", "b"));
    zip.writeUInt16LE(1, zip.length - 12);
    await expect(inspect(zip)).rejects.toEqual(invalid("more entries than it says"));
  });

  test("a bomb, without unpacking it", async () => {
    const zip = makeZip(
      Array.from({ length: 60 }, (_, index) => ({ name: `${prefix}${index}`, data: Buffer.alloc(1 << 20) })),
    );
    for (const at of directoryHeaders(zip)) zip.writeUInt32LE(10 << 20, at + 24);
    await expect(inspect(zip)).rejects.toEqual(invalid("unpacks to too much"));
  });

  test("a name of 32,000 parts", async () => {
    const zip = makeZip([{ name: `${prefix}${"a/".repeat(32_000)}b`, data: "" }]);
    await expect(inspect(zip)).rejects.toEqual(invalid("name has too many bytes"));
  });

  test("a name longer than a path can be; one byte less is fine", async () => {
    await expect(inspect(makeZip([{ name: nameOf(4097), data: "" }]))).rejects.toEqual(
      invalid("too many bytes"),
    );
    expect(await inspect(makeZip([{ name: nameOf(4096), data: "" }]))).toMatchObject({ files: 1 });
  });

  test("more entries than the limit", async () => {
    const options = { prefix, keepEntries: false };
    const zip = makeZip(named("a", "b", "c"));
    await expect(inspectZip(zip, { ...options, limits: { entries: 2 } })).rejects.toEqual(
      invalid("too many entries"),
    );
    expect(await inspectZip(zip, { ...options, limits: { entries: 3 } })).toMatchObject({ files: 3 });
    expect(goZipLimits.entries).toBe(200_000);
  });

  test("sizes over a limit that is given", async () => {
    const zip = makeZip([...named("go.mod"), { name: `${prefix}a`, data: "x".repeat(100) }]);
    const within = { prefix, keepEntries: false };
    await expect(inspectZip(zip, { ...within, limits: { zipBytes: 10 } })).rejects.toEqual(
      invalid("zip is too large"),
    );
    await expect(inspectZip(zip, { ...within, limits: { unpackedBytes: 100 } })).rejects.toEqual(
      invalid("too much"),
    );
    await expect(inspectZip(zip, { ...within, limits: { rootFileBytes: 9 } })).rejects.toEqual(
      invalid("too large for Go"),
    );
  });

  test.each([
    ["nothing", Buffer.alloc(0)],
    ["text", Buffer.from("<html>not a zip, but long enough to hold an end record</html>")],
    ["bytes before the zip", Buffer.concat([Buffer.from("#!/bin/sh\n"), makeZip(plain)])],
    ["bytes after the zip", Buffer.concat([makeZip(plain), Buffer.from("\n")])],
  ])("%s", async (_, bytes) => {
    await expect(inspect(bytes)).rejects.toEqual(invalid("not a readable zip"));
  });
});

/** Where the directory's headers begin. */
function directoryHeaders(zip: Buffer): number[] {
  const signature = Buffer.from("PK\u{1}\u{2}", "latin1");
  const found: number[] = [];
  for (let at = zip.indexOf(signature); at !== -1; at = zip.indexOf(signature, at + 4)) found.push(at);
  return found;
}
