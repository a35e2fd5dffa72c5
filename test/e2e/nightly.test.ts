import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "@jest/globals";

import { makeProject, type TestProject } from "../support/airgo.js";

/** What a run every night costs while nothing in the world changes. */
let project: TestProject;

beforeAll(async () => {
  project = await makeProject();
  expect((await project.airgo(["bundle"])).code).toBe(0);
});
afterAll(() => project.close());

const lock = (): Promise<string> => readFile(join(project.folder, "bundles.lock"), "utf8");

test("--update gets indexes alone, is told that they are what they were, and changes nothing", async () => {
  const before = { lock: await lock(), kit: await project.kit() };
  project.upstream.requests.length = 0;
  const result = await project.airgo(["bundle", "--update", "--json"]);
  expect(result.code).toBe(0);
  expect(result.events.at(-1)).toMatchObject({ type: "kit-unchanged" });
  expect({ lock: await lock(), kit: await project.kit() }).toEqual(before);
  const { requests } = project.upstream;
  // HEAD asks whether a proxy has what it lists, and brings nothing.
  const got = requests.filter(({ method }) => method === "GET").map(({ path, status }) => ({ path, status }));
  expect(got).toEqual([{ path: expect.stringMatching(/toolchain\/@v\/list$/), status: 304 }]);
  expect(requests.filter(({ method }) => method === "HEAD").length).toBe(requests.length - 1);
});

test("a release that the list then has is found at once", async () => {
  for (const arch of ["amd64", "arm64"] as const) project.upstream.addToolchain({ version: "1.90.7", arch });
  const result = await project.airgo(["bundle", "--update"]);
  expect(result.code).toBe(0);
  expect(await lock()).toContain("1.90.7");
});
