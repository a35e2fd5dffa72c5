import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, expect, test } from "@jest/globals";

import { fetchToFile } from "../../../src/transfer/download/download-file.js";
import { createHttpClient } from "../../../src/transfer/client/http.js";
import { sha256Hex } from "../../../src/support/digest.js";
import { serve } from "../../support/loopback.js";
import { scratchFolder } from "../../support/scratch.js";

const folder = scratchFolder("pieces");
const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const mebi = 1 << 20;

test.each([
  [0, 16_384],
  [1, 16_384],
  [mebi - 1, 16_384],
  [mebi, 16_384],
  [mebi + 1, 16_384],
  [3 * mebi + 5, 1_000],
  [3 * mebi, 2 * mebi],
])("a body of %i bytes in parts of %i is written whole and counted as it comes", async (size, part) => {
  const body = randomBytes(size);
  const server = await serve((_request, response) => {
    response.writeHead(200, { "content-length": size });
    for (let at = 0; at < size; at += part) response.write(body.subarray(at, at + part));
    response.end();
  });
  const http = createHttpClient("airgo/test", {});
  open.push(http, server);
  const file = join(folder, `${size}`);
  let counted = 0;
  const got = await fetchToFile(http, server.url, file, {
    maxBytes: 4 * mebi,
    onBytes(bytes, whole) {
      counted += bytes;
      expect(whole).toBe(size);
    },
  });
  expect(got).toEqual({ sha256: sha256Hex(body), size });
  expect(readFileSync(file).equals(body)).toBe(true);
  expect(counted).toBe(size);
});
