import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { beforeEach, describe, expect, jest, test } from "@jest/globals";

import type { LockedInput } from "../../../src/lock/schema.js";
import { parseGoMod } from "../../../src/modules/go-mod-file.js";
import type { FileInput, ModuleInput } from "../../../src/modules/inputs.js";
import { keyOf, type ModuleVersion } from "../../../src/modules/module-version.js";
import { explained, withRequirement } from "../../../src/modules/with-requirement.js";
import { holdersIn, whoRequires } from "../../../src/pipeline/who-requires.js";
import type { ErrorCode } from "../../../src/support/error-codes.js";
import { AirgoError } from "../../../src/support/errors.js";
import { scratchFolder } from "../../support/scratch.js";

const root = scratchFolder("errors-requirement");
const deep = { path: "a.x/deep", version: "v1.0.0" };
const lib = { path: "a.x/lib", version: "v1.0.0" };
const goMods: Readonly<Record<string, string>> = {
  "a.x/lib@v1.0.0": "module a.x/lib\nrequire a.x/deep v1.0.0\n",
  "a.x/fork@v1.5.0": "module a.x/lib\nrequire a.x/deep v1.0.0\n",
};
const readGoMod = async (module: ModuleVersion) => {
  const text = goMods[keyOf(module)];
  return text === undefined ? undefined : parseGoMod(text);
};
const error = (code: ErrorCode = "AIRGO_MODULE_GONE"): AirgoError =>
  new AirgoError(code, { what: "it is gone", where: "a.x/deep@v1.0.0" });

let folder: string;
let number = 0;
const write = async (name: string, text: string): Promise<void> => {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
};
const fileInput = (): FileInput => ({
  kind: "file",
  name: "api/go.mod",
  scope: "all",
  folder: join(folder, "api"),
  project: folder,
});

beforeEach(async () => {
  folder = join(root, String(++number));
  await write("api/go.mod", "module a.x/api\nrequire a.x/lib v1.0.0\n");
});

describe("withRequirement", () => {
  test("adds who requires it, and keeps everything else", () => {
    const details = { what: "w", expected: "e", found: "f", hint: "h", cause: new Error("c") };
    const before = new AirgoError("AIRGO_ZIP_UNSAFE", { ...details, where: "p" });
    expect(withRequirement(before, ["go.mod", "a.x/a@v1.0.0", "a.x/b@v1.0.0"])).toMatchObject({
      code: "AIRGO_ZIP_UNSAFE",
      message: "w",
      where: "p\nrequired by go.mod → a.x/a@v1.0.0 → a.x/b@v1.0.0",
      expected: "e",
      found: "f",
      hint: "h",
      cause: details.cause,
    });
    expect(before.where).toBe("p");
  });

  test("stands alone where the error says no place", () => {
    const told = withRequirement(new AirgoError("AIRGO_NETWORK", { what: "w" }), ["go.mod"]);
    expect(told).toMatchObject({ where: "required by go.mod", found: undefined });
    expect(told).not.toHaveProperty("cause");
  });
});

const where = async (input: ModuleInput): Promise<string> =>
  String(((await explained(error(), deep, input, readGoMod)) as AirgoError).where);

describe("explained", () => {
  test("follows a go.mod", async () => {
    expect(await where(fileInput())).toContain("by api/go.mod → a.x/lib@v1.0.0 → a.x/deep@v1.0.0");
  });

  test("follows its replace lines, to versions and to folders beside it", async () => {
    await write("api/go.mod", "module a.x/api\nrequire a.x/lib v1.0.0\nreplace a.x/lib => a.x/fork v1.5.0\n");
    expect(await where(fileInput())).toContain(
      "a.x/lib@v1.0.0 (replaced by a.x/fork@v1.5.0) → a.x/deep@v1.0.0",
    );
    await write("api/go.mod", "module a.x/api\nrequire a.x/lib v9.0.0\nreplace a.x/lib => ../lib\n");
    await write("lib/go.mod", goMods["a.x/lib@v1.0.0"] ?? "");
    expect(await where(fileInput())).toContain("a.x/lib@v9.0.0 (replaced by ../lib) → a.x/deep@v1.0.0");
  });

  test("follows the members of a workspace, and its own replace lines before theirs", async () => {
    await write("api/go.mod", "module a.x/api\nrequire a.x/lib v1.0.0\nreplace a.x/lib => ./nowhere\n");
    await write("job/go.mod", "module a.x/job\nrequire a.x/other v1.0.0\n");
    await write("go.work", "use (\n\t./api\n\t./job\n)\nreplace a.x/lib => a.x/fork v1.5.0\n");
    const members = ["api", "job"];
    expect(
      await where({ kind: "workspace", name: "go.work", scope: "all", folder, members, project: folder }),
    ).toContain("by api/go.mod → a.x/lib@v1.0.0 (replaced by a.x/fork@v1.5.0) → a.x/deep@v1.0.0");
  });

  test("begins at the manifest for a version that it names", async () => {
    const name = "a.x/lib@v1.0.0";
    expect(await where({ kind: "version", name, scope: "all", module: lib })).toContain(
      "by the manifest → a.x/lib@v1.0.0 → a.x/deep@v1.0.0",
    );
  });

  test("names the input at least, when no chain is found or the files cannot be read", async () => {
    await write("api/go.mod", "module a.x/api\n");
    expect(await where(fileInput())).toBe("a.x/deep@v1.0.0\nrequired by api/go.mod");
    expect(await where({ ...fileInput(), folder: join(folder, "api", "go.mod") })).toBe(
      "a.x/deep@v1.0.0\nrequired by api/go.mod",
    );
    const broken = explained(error(), deep, fileInput(), () => Promise.reject(new Error("broken")));
    expect(await broken).toMatchObject({ code: "AIRGO_MODULE_GONE" });
  });

  test.each<ErrorCode>([
    "AIRGO_INTERRUPTED",
    "AIRGO_DISK",
    "AIRGO_BUG",
    "AIRGO_INPUT_INVALID",
    "AIRGO_PROXY_UNSET",
  ])("leaves %s as it is: no module is at fault", async (code) => {
    const failure = error(code);
    expect(await explained(failure, deep, fileInput(), readGoMod)).toBe(failure);
  });

  test("leaves what is no error of airgo's as it is", async () => {
    const bug = new TypeError("x");
    expect(await explained(bug, deep, fileInput(), readGoMod)).toBe(bug);
  });
});

const holding = (): { input: ModuleInput; modules: string[] } => ({
  input: fileInput(),
  modules: [keyOf(deep), keyOf(lib)],
});

describe("whoRequires", () => {
  const readMod = jest.fn(async (module: ModuleVersion) => Buffer.from(goMods[keyOf(module)] ?? ""));
  const fail = (failure: unknown, holders = [holding()]): Promise<unknown> =>
    whoRequires({ readMod }, () => holders)(deep, () => Promise.reject(failure)).catch(
      (thrown: unknown) => thrown,
    );
  beforeEach(() => void readMod.mockClear());

  test("costs nothing while all goes well", async () => {
    const holders = jest.fn(() => [holding()]);
    expect(await whoRequires({ readMod }, holders)(deep, async () => "done")).toBe("done");
    expect(holders).not.toHaveBeenCalled();
    expect(readMod).not.toHaveBeenCalled();
  });

  test("names the input that holds the module, through what its closure has read", async () => {
    const other = { input: { ...fileInput(), name: "other/go.mod" }, modules: [keyOf(lib)] };
    expect(await fail(error(), [other, holding()])).toMatchObject({
      where: "a.x/deep@v1.0.0\nrequired by api/go.mod → a.x/lib@v1.0.0 → a.x/deep@v1.0.0",
    });
    const failure = error();
    expect(await fail(failure, [other])).toBe(failure);
  });

  test.each<ErrorCode>(["AIRGO_NETWORK", "AIRGO_UPSTREAM_STATUS"])(
    "asks a server that broke down (%s) for nothing more",
    async (code) => {
      expect(await fail(error(code))).toMatchObject({
        code,
        where: expect.stringMatching(/required by api\/go\.mod$/),
      });
      expect(readMod).not.toHaveBeenCalled();
    },
  );

  test("gives up reading once a server breaks down, but not over what is merely gone", async () => {
    const requires = Array.from({ length: 40 }, (_, i) => `require a.x/m${i} v1.0.0\n`).join("");
    await write("api/go.mod", `module a.x/api\n${requires}require a.x/zlib v1.0.0\n`);
    const modules = [
      ...Array.from({ length: 40 }, (_, i) => `a.x/m${i}@v1.0.0`),
      "a.x/zlib@v1.0.0",
      keyOf(deep),
    ];
    const found = async (code: ErrorCode): Promise<string> => {
      readMod.mockImplementation(async ({ path }) => {
        if (path !== "a.x/zlib") throw error(code);
        return Buffer.from("require a.x/deep v1.0.0\n");
      });
      return String(((await fail(error(), [{ input: fileInput(), modules }])) as AirgoError).where);
    };
    expect(await found("AIRGO_NETWORK")).toMatch(/required by api\/go\.mod$/);
    expect(readMod.mock.calls.length).toBeLessThan(20);
    expect(await found("AIRGO_MODULE_GONE")).toContain("a.x/zlib@v1.0.0 → a.x/deep@v1.0.0");
  });
});

const locked = (change: Partial<LockedInput> = {}): LockedInput => ({
  name: "api/go.mod",
  scope: "all",
  files: {},
  modules: ["a.x/a@v1.0.0"],
  listed: ["a.x/b@v1.0.0"],
  graph: ["a.x/c@v1.0.0"],
  ...change,
});

test("holdersIn gives the inputs of a run with what the lock says that they hold", () => {
  const input = fileInput();
  const wishes = new Map([["k", { wish: { go: [], arch: [], inputs: [] }, inputs: [input] }]]);
  expect(
    holdersIn(wishes, { k: { inputs: [locked({ scope: "build" }), locked()] }, other: { inputs: [] } }),
  ).toEqual([{ input, modules: ["a.x/a@v1.0.0", "a.x/b@v1.0.0", "a.x/c@v1.0.0"] }]);
  expect(holdersIn(wishes, {})).toEqual([]);
});
