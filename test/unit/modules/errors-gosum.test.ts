import { join } from "node:path";

import { expect, test } from "@jest/globals";

import { createGoCommand } from "../../../src/golang/go-command.js";
import { scratchFolder } from "../../support/scratch.js";

const root = scratchFolder("errors-gosum");
const [served, known] = [1, 2].map((byte) => `h1:${Buffer.alloc(32, byte).toString("base64")}`);
const security = "\n\nSECURITY ERROR\nThis download does NOT match an earlier download.\n";

/** What becomes of go's words. */
async function refused(stderr: string, name = "api/go.mod"): Promise<unknown> {
  const go = createGoCommand({
    listingGoroot: root,
    wholeGoroot: async () => root,
    workFolder: join(root, "work"),
    database: { gosumdb: "off", gonosumdb: "" },
    run: async () => ({ code: 1, stdout: "", stderr, stdoutBytes: Buffer.of() }),
  });
  const copy = {
    folder: "/src/api",
    flags: [],
    env: { GOWORK: "off", GOFLAGS: "" },
    modFile: "/copy/go.mod",
    sumFile: "/copy/go.sum",
    digests: {},
  };
  return go.listModules({ name, copy, proxyUrl: "http://127.0.0.1:1/x" }).catch((error: unknown) => error);
}

test.each([
  [
    "a zip beside go.sum",
    `verifying a.x/m@v1.0.0: checksum mismatch\n\tdownloaded: ${served}\n\tgo.sum:     ${known}${security}`,
    "api/go.mod",
    "AIRGO_GOSUM_MISMATCH",
    "a.x/m@v1.0.0",
    "api/go.sum",
    "(go.sum)",
  ],
  [
    "a go.mod beside go.sum, behind another line",
    `go: finding a.x/m\ngo: a.x/b@v1.0.0 requires\n\ta.x/m@v1.0.0: verifying a.x/m@v1.0.0/go.mod: checksum mismatch\n\tdownloaded: ${served}\n\tgo.sum:     ${known}${security}`,
    "api/go.mod",
    "AIRGO_GOSUM_MISMATCH",
    "a.x/m@v1.0.0/go.mod",
    "api/go.sum",
    "(go.sum)",
  ],
  [
    "the sums of a workspace",
    `verifying a.x/m@v1.0.0: checksum mismatch\n\tdownloaded: ${served}\n\tgo.work.sum:     ${known}${security}`,
    "go.work",
    "AIRGO_GOSUM_MISMATCH",
    "a.x/m@v1.0.0",
    "go.work.sum",
    "(go.work.sum)",
  ],
  [
    "a zip beside the checksum database",
    `a.x/m@v1.0.0: verifying module: checksum mismatch\n\tdownloaded: ${served}\n\tsum.golang.org: ${known}${security}`,
    "api/go.mod",
    "AIRGO_CHECKSUM_MISMATCH",
    "a.x/m@v1.0.0",
    "api/go.mod",
    "(sum.golang.org)",
  ],
  [
    "a go.mod beside the checksum database",
    `a.x/m@v1.0.0: verifying go.mod: checksum mismatch\n\tdownloaded: ${served}\n\tsum.golang.org: ${known}${security}`,
    "api/go.mod",
    "AIRGO_CHECKSUM_MISMATCH",
    "a.x/m@v1.0.0/go.mod",
    "api/go.mod",
    "(sum.golang.org)",
  ],
])("%s: go's words become a named mismatch", async (_, words, name, code, subject, where, by) => {
  expect(await refused(words, name)).toMatchObject({
    code,
    message: expect.stringMatching(new RegExp(`disagree on ${subject.replaceAll(".", "\\.")}$`)),
    where,
    expected: `${known} ${by}`,
    found: `${served} (the module proxy)`,
  });
});

test("what go downloads before it refuses does not hide why it does", async () => {
  const downloads = Array.from({ length: 2000 }, (_, index) => `go: downloading a.x/m${index} v1.0.0\n`).join(
    "",
  );
  const words = `verifying a.x/m@v1.0.0: checksum mismatch\n\tdownloaded: ${served}\n\tgo.sum:     ${known}${security}`;
  expect(await refused(downloads + words)).toMatchObject({
    code: "AIRGO_GOSUM_MISMATCH",
    expected: `${known} (go.sum)`,
  });
});

test("a mismatch in words of another form is still one, and they are told", async () => {
  expect(await refused("the sum of a.x/m is wrong\nSECURITY ERROR\n")).toMatchObject({
    code: "AIRGO_GOSUM_MISMATCH",
    message: expect.stringContaining("the sum of a.x/m is wrong"),
    where: "api/go.sum",
  });
});
