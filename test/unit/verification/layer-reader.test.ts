import { gzipSync } from "node:zlib";

import { describe, expect, test } from "@jest/globals";

import { endOfTar, padding, tarHeader } from "../../../src/golang/layers/tar-header.js";
import { isAirgoError } from "../../../src/support/errors.js";
import { readLayer } from "../../../src/verification/layer-reader.js";

interface File {
  readonly path: string;
  readonly text: string;
  readonly mode?: number;
  readonly mtime?: number;
}

const plain: readonly File[] = [
  { path: "VERSION", text: "go1.90.0\n" },
  { path: "bin/go", text: "x".repeat(3000), mode: 0o755 },
  { path: "src/-dash/empty.go", text: "" },
];

function tar(files: readonly File[]): Buffer {
  const blocks = files.flatMap(({ path, text, mode = 0o644, mtime = 1000 }) => [
    tarHeader({ path, mode, size: text.length, mtime }),
    Buffer.from(text),
    padding(text.length),
  ]);
  return Buffer.concat([...blocks, endOfTar]);
}

async function* pieces(data: Buffer, size = 700): AsyncGenerator<Buffer> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

async function reading(data: Buffer, limits?: Parameters<typeof readLayer>[2]): Promise<unknown> {
  return readLayer(pieces(data), "toolchains/layer.tar.gz", limits).catch((error: unknown) => error);
}

const refused = { code: "AIRGO_ARCHIVE_INVALID", where: "toolchains/layer.tar.gz" };

test("a layer's files are read with their modes and digests, from one gzip member or from many", async () => {
  const bytes = tar(plain);
  const many = Buffer.concat(
    [bytes.subarray(0, 512), bytes.subarray(512, 1000), bytes.subarray(1000)].map((part) => gzipSync(part)),
  );
  for (const data of [gzipSync(bytes), many]) {
    const files = await readLayer(pieces(data), "layer");
    expect(files.map(({ path, mode, size }) => [path, mode, size])).toEqual([
      ["VERSION", 0o644, 9],
      ["bin/go", 0o755, 3000],
      ["src/-dash/empty.go", 0o644, 0],
    ]);
  }
});

describe("refused is", () => {
  test.each<[string, readonly File[]]>([
    ["a name that leads out", [{ path: "../x", text: "" }]],
    ["a name that leads out in its middle", [{ path: "a/../../x", text: "" }]],
    ["an absolute name", [{ path: "/x", text: "" }]],
    ["an option for a name", [{ path: "-x", text: "" }]],
    ["an empty part", [{ path: "a//x", text: "" }]],
    ["a space in a name", [{ path: "a x", text: "" }]],
    ["a letter that not all tools know", [{ path: "ä", text: "" }]],
    ["another mode", [{ path: "x", text: "", mode: 0o600 }]],
    ["set-user-id", [{ path: "x", text: "", mode: 0o4755 }]],
    [
      "a name twice",
      [
        { path: "x", text: "a" },
        { path: "x", text: "b" },
      ],
    ],
    [
      "another order",
      [
        { path: "b", text: "" },
        { path: "a", text: "" },
      ],
    ],
    [
      "two times",
      [
        { path: "a", text: "" },
        { path: "b", text: "", mtime: 2000 },
      ],
    ],
  ])("%s", async (_what, files) => {
    expect(await reading(gzipSync(tar(files)))).toMatchObject(refused);
  });

  test("what is cut off anywhere, damaged anywhere, or has something behind its end", async () => {
    const packed = gzipSync(tar(plain));
    for (let at = 0; at < packed.length; at += 7)
      expect(await reading(packed.subarray(0, at))).toMatchObject(refused);
    for (let at = 10; at < packed.length; at += 5) {
      const damaged = Buffer.from(packed);
      damaged[at] = (damaged[at] ?? 0) ^ 0x20;
      const outcome = await reading(damaged);
      expect(isAirgoError(outcome) ? outcome : "read").toMatchObject(refused);
    }
    for (const rest of ["x", Buffer.alloc(600), gzipSync("more"), gzipSync(Buffer.alloc(512))])
      expect(await reading(Buffer.concat([packed, Buffer.from(rest)]))).toMatchObject(refused);
  });

  test("every bit of the tar that no reader looks at", async () => {
    const bytes = tar(plain);
    for (const at of [
      8,
      99,
      107,
      115,
      123,
      147,
      155,
      157,
      256,
      262,
      264,
      270,
      300,
      335,
      340,
      400,
      511,
      512 + 300,
      bytes.length - 600,
      bytes.length - 1,
    ]) {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect([at, await reading(gzipSync(altered))]).toMatchObject([at, refused]);
    }
  });

  test("what unpacks to more than any layer, before it fills anything", async () => {
    const bomb = gzipSync(Buffer.alloc(32 << 20));
    expect(bomb.length).toBeLessThan(64 << 10);
    expect(await reading(bomb, { layer: 1 << 20, layerFiles: 10 })).toMatchObject(refused);
    const large = gzipSync(tar([{ path: "x", text: "x".repeat(2 << 20) }]));
    expect(await reading(large, { layer: 1 << 20, layerFiles: 10 })).toMatchObject({
      ...refused,
      message: expect.stringContaining("unpacks to more than 1048576 bytes"),
    });
    expect(await reading(gzipSync(tar(plain)), { layer: 1 << 20, layerFiles: 2 })).toMatchObject(refused);
  });
});
