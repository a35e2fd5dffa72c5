import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "@jest/globals";

import { diskSpaceOf } from "../../../src/support/disk-space.js";
import { built, startNode } from "../../support/node-script.js";
import { scratchFolder } from "../../support/scratch.js";
import { testIf } from "../../support/tools.js";

const root = scratchFolder("disk-space");

test("of a folder that is not there yet is that of the one that it will be in", async () => {
  const { device, bytes } = await diskSpaceOf(join(root, "a", "b", "c"));
  expect(device).toBe(statSync(root).dev);
  expect(bytes).toBeGreaterThan(0);
});

test("behind a file is the machine's matter", async () => {
  writeFileSync(join(root, "file"), "");
  await expect(diskSpaceOf(join(root, "file", "below"))).rejects.toMatchObject({ code: "AIRGO_DISK" });
});

testIf(["unshare", "mount"], "is what a small file system has left, in bytes and in files", async () => {
  const small = join(root, "small");
  mkdirSync(small);
  const script = startNode(
    `import { writeFileSync } from "node:fs";
     import { diskSpaceOf } from ${built("support/disk-space.js")};
     const [folder] = process.argv.slice(1);
     const before = await diskSpaceOf(folder);
     writeFileSync(folder + "/x", Buffer.alloc(40960));
     const after = await diskSpaceOf(folder + "/new");
     console.log(before.bytes, before.bytes - after.bytes, before.files - after.files);`,
    {
      args: [small],
      under: [
        "unshare",
        "-rm",
        "sh",
        "-c",
        'mount -t tmpfs -o size=1m,nr_inodes=40 tmpfs "$0" && exec "$@"',
        small,
      ],
    },
  );
  expect(await script.ended).toMatchObject({ stderr: "", stdout: "1048576 40960 1\n" });
});
