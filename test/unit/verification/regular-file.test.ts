import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "@jest/globals";

import { readPieces, readSmall } from "../../../src/verification/regular-file.js";
import { scratchFolder } from "../../support/scratch.js";
import { testIf } from "../../support/tools.js";

const root = scratchFolder("regular-file");
const refused = { code: "AIRGO_ARCHIVE_INVALID" };

test("a file within its limit is read, a larger one is refused, whatever it says of its size", async () => {
  writeFileSync(join(root, "file"), "12345");
  expect((await readSmall(join(root, "file"), 5)).toString()).toBe("12345");
  await expect(readSmall(join(root, "file"), 4)).rejects.toMatchObject({
    ...refused,
    expected: "at most 4 bytes",
  });
  // Endless, and of size 0 by its inode.
  await expect(readSmall("/dev/zero", 10)).rejects.toMatchObject(refused);
  await expect(readSmall("/proc/self/maps", 10)).rejects.toMatchObject(refused);
});

test("a link, a folder and what is not there are refused by name", async () => {
  symlinkSync("file", join(root, "link"));
  mkdirSync(join(root, "folder"));
  for (const name of ["link", "folder", "none"])
    await expect(readSmall(join(root, name), 10)).rejects.toMatchObject({
      ...refused,
      where: join(root, name),
    });
});

testIf("mkfifo", "a pipe holds nobody up", async () => {
  execFileSync("mkfifo", [join(root, "pipe")]);
  await expect(readSmall(join(root, "pipe"), 10)).rejects.toMatchObject(refused);
});

test("reading ends with an abort", async () => {
  writeFileSync(join(root, "large"), Buffer.alloc(4 << 20));
  const controller = new AbortController();
  const reading = async (): Promise<void> => {
    for await (const _ of readPieces(join(root, "large"), controller.signal))
      controller.abort(new Error("stop"));
  };
  await expect(reading()).rejects.toThrow("stop");
});
