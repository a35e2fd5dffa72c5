import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "@jest/globals";

import type { ModuleInput } from "../../../src/modules/inputs.js";
import { checkGoLines } from "../../../src/pipeline/check-go-lines.js";
import type { KitInputs } from "../../../src/pipeline/wishes.js";
import { scratchFolder } from "../../support/scratch.js";

const root = scratchFolder("go-lines");

function fileInput(name: string, text?: string): ModuleInput {
  const folder = join(root, name, "..");
  mkdirSync(folder, { recursive: true });
  if (text !== undefined) writeFileSync(join(root, name), text);
  return name.endsWith("go.work")
    ? { kind: "workspace", name, scope: "all", folder, project: root, members: [] }
    : { kind: "file", name, scope: "all", folder, project: root };
}
const version: ModuleInput = {
  kind: "version",
  name: "a.b/c@v1.0.0",
  scope: "all",
  module: { path: "a.b/c", version: "v1.0.0" },
};

/** Checks kits, each with its Go versions and inputs. */
function check(kits: Record<string, { go: Record<string, string>; inputs: ModuleInput[] }>): Promise<void> {
  const choice = new Map(Object.entries(kits).map(([name, { go }]) => [name, go]));
  const wishes = new Map<string, KitInputs>(
    Object.entries(kits).map(([name, { inputs }]) => [
      name,
      { wish: { go: [], arch: [], inputs: [] }, inputs },
    ]),
  );
  return checkGoLines(choice, wishes);
}

test("lines that one of the kit's versions is new enough for pass, and so does what has none", async () => {
  const inputs = [
    fileInput("fine/go.mod", "module m\n\ngo 1.27.0\n\ntoolchain go1.27.3\n"),
    fileInput("fine/go.work", "go 1.26\n"),
    fileInput("bare/go.mod", "module m\n"),
    fileInput("gone/go.mod"),
    version,
  ];
  await check({ starter: { go: { "1.26.x": "1.26.9", "1.27.x": "1.27.3" }, inputs } });
});

test("all lines that are too new are told, of go.mod and of go.work, with their places", async () => {
  const inputs = [
    fileInput("new/go.mod", "module m\n\ngo 1.28\n"),
    fileInput("new/go.work", "go 1.27\n\ntoolchain go1.28.1\n"),
    fileInput("old/go.mod", "module m\n\ngo 1.20\n"),
  ];
  await expect(check({ starter: { go: { "1.27.x": "1.27.3" }, inputs } })).rejects.toMatchObject({
    code: "AIRGO_GO_LINE_TOO_NEW",
    where: "new/go.mod:3: go 1.28\nnew/go.work:3: toolchain go1.28.1",
    message: expect.stringContaining("kit starter"),
  });
});

test("each kit is held to its own versions", async () => {
  const inputs = [fileInput("kits/go.mod", "module m\n\ngo 1.27\n")];
  const newer = { go: { "1.27.x": "1.27.3" }, inputs };
  const older = { go: { "1.26.x": "1.26.9" }, inputs };
  await check({ newer });
  await expect(check({ newer, older })).rejects.toMatchObject({
    message: expect.stringContaining("kit older"),
  });
});

test("the lines of all kits are told at once, each with its kit", async () => {
  const [one, two] = [
    fileInput("one/go.mod", "go 1.28\n"),
    fileInput("two/go.mod", "go 1.27\ntoolchain go1.29.0\n"),
  ];
  const kits = {
    fine: { go: { "1.30.x": "1.30.0" }, inputs: [one, two] },
    older: { go: { "1.26.x": "1.26.9" }, inputs: [one, two] },
    newer: { go: { "1.27.x": "1.27.3" }, inputs: [one] },
  };
  await expect(check(kits)).rejects.toMatchObject({
    code: "AIRGO_GO_LINE_TOO_NEW",
    message:
      "2 kits have no Go that is new enough:\n  3 lines ask for a newer Go than kit older has\n  a line asks for a newer Go than kit newer has",
    where:
      "kit older: one/go.mod:1: go 1.28\nkit older: two/go.mod:1: go 1.27\nkit older: two/go.mod:2: toolchain go1.29.0\nkit newer: one/go.mod:1: go 1.28",
    expected: "kit older: Go 1.29.0 or newer in the kit\nkit newer: Go 1.28 or newer in the kit",
    found: "kit older: 1.26.9\nkit newer: 1.27.3",
    hint: 'kit older: add "1.29.x" to go: of kit older, or lower the lines\nkit newer: add "1.28.x" to go: of kit newer, or lower the line',
  });
});
