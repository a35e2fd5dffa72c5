import { describe, expect, test } from "@jest/globals";
import { extract, type Header } from "tar-stream";

import { endOfTar, padding, tarHeader } from "../../../../src/golang/layers/tar-header.js";

async function read(tar: Buffer): Promise<Header[]> {
  const reader = extract();
  reader.end(tar);
  const found: Header[] = [];
  for await (const entry of reader) {
    found.push(entry.header);
    entry.resume();
  }
  return found;
}

const folder = (length: number): string => "d".repeat(length);

describe("tarHeader", () => {
  test("holds mode, size and time, and nobody's name", async () => {
    const header = tarHeader({ path: "bin/go", mode: 0o755, size: 0, mtime: 1_792_448_436 });
    expect(header.length).toBe(512);
    const [found] = await read(Buffer.concat([header, endOfTar]));
    expect(found).toMatchObject({
      name: "bin/go",
      mode: 0o755,
      uid: 0,
      gid: 0,
      size: 0,
      type: "file",
      uname: "",
      gname: "",
    });
    expect(found?.mtime).toEqual(new Date("2026-10-19T22:20:36Z"));
  });

  test.each([
    ["100 bytes", folder(100)],
    ["100 bytes with a slash", `${folder(49)}/${folder(50)}`],
    ["101 bytes", `a/${folder(99)}`],
    ["101 bytes, the rest exactly 100", `${folder(0)}a/${folder(99)}`],
    ["102 bytes, the rest exactly 100", `a/${folder(100)}`],
    ["255 bytes", `${folder(154)}/${folder(100)}`],
    ["256 bytes, the most there is", `${folder(155)}/${folder(100)}`],
    ["255 bytes in many parts", `${"part/".repeat(50)}12345`],
    ["letters beyond ASCII", `${"\u{e9}".repeat(60)}/\u{4e2d}`],
  ])("a path of %s", async (_, path) => {
    const [found] = await read(
      Buffer.concat([tarHeader({ path, mode: 0o644, size: 0, mtime: 0 }), endOfTar]),
    );
    expect(found?.name).toBe(path);
  });

  test.each([
    ["101 bytes without a slash", folder(101)],
    ["a last part of 101 bytes", `a/${folder(101)}`],
    ["folders of 156 bytes", `${folder(156)}/${folder(99)}`],
    ["257 bytes", `${folder(156)}/${folder(100)}`],
  ])("refuses %s", (_, path) => {
    expect(() => tarHeader({ path, mode: 0o644, size: 0, mtime: 0 })).toThrow(
      expect.objectContaining({ code: "AIRGO_ZIP_INVALID", where: path }),
    );
  });
});

test.each([
  [0, 0],
  [1, 511],
  [511, 1],
  [512, 0],
  [513, 511],
])("a content of %d bytes is followed by %d zeros", (size, zeros) => {
  expect(padding(size)).toEqual(new Uint8Array(zeros));
});
