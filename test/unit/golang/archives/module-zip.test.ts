import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { describe, expect, test } from "@jest/globals";
import { pack } from "tar-stream";

import { writeModuleZip } from "../../../../src/golang/archives/module-zip.js";
import { scratchFolder } from "../../../support/scratch.js";

const folder = scratchFolder("module-zip");
let count = 0;

/** An archive with these files below go/, and what follows the tar's end. */
async function archiveOf(
  files: Readonly<Record<string, Buffer | string>>,
  rest = Buffer.alloc(0),
): Promise<string> {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) tar.entry({ name: `go/${name}` }, content);
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar) parts.push(part as Buffer);
  const file = join(folder, `${count++}.tar.gz`);
  writeFileSync(file, gzipSync(Buffer.concat([...parts, rest])));
  return file;
}

const limits = { fileBytes: 1000, totalBytes: 10_000, entries: 5 };
const convert = (archive: string, onRead: (bytes: number) => void = () => {}) =>
  writeModuleZip({ archive, prefix: "m@v1/", zipFile: `${archive}.zip` }, onRead, limits);
const invalid = expect.objectContaining({ code: "AIRGO_GO_ARCHIVE_INVALID" });

test("tells how much of the archive it has read", async () => {
  const archive = await archiveOf({ VERSION: "go1.27.3" });
  let bytes = 0;
  await convert(archive, (part) => (bytes += part));
  expect(bytes).toBeGreaterThan(0);
  expect(existsSync(`${archive}.zip`)).toBe(true);
});

describe("ends an archive that has too much", () => {
  test("in one file", async () => {
    await expect(convert(await archiveOf({ VERSION: Buffer.alloc(1001) }))).rejects.toEqual(invalid);
  });

  test("in all files", async () => {
    const files = Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`src/${n}`, Buffer.alloc(999)]));
    await expect(convert(await archiveOf({ ...files, "src/6": "" }))).rejects.toEqual(invalid);
  });

  test("behind its end, where no reader of tars looks", async () => {
    await expect(convert(await archiveOf({ VERSION: "x" }, Buffer.alloc(10_000)))).rejects.toEqual(invalid);
  });
});

test.each([
  ["what is no gzip", Buffer.from("<!doctype html>")],
  ["one that is cut off", gzipSync(Buffer.alloc(5000)).subarray(0, 20)],
  ["a gzip of no tar", gzipSync(Buffer.from("x".repeat(2000)))],
])("%s is refused by name", async (_, bytes) => {
  const archive = join(folder, `${count++}.tar.gz`);
  writeFileSync(archive, bytes);
  await expect(convert(archive)).rejects.toEqual(invalid);
});
