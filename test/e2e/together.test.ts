import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";

import { makeProject, removeTree, type TestProject } from "../support/airgo.js";
import { standardWorld, startFakeUpstream, type FakeUpstream } from "../support/fake-upstream.js";

/*
 * Several runs at once over one empty store, as on a machine where nightly jobs and people share it.
 */

let upstream: FakeUpstream;
const toClose: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream();
  standardWorld(upstream);
});
afterEach(async () => {
  for (const close of toClose.splice(0)) await close();
});
afterAll(() => upstream.close());

/** Projects that are alike and share a cache. */
async function projectsSharing(count: number): Promise<{ projects: TestProject[]; cache: string }> {
  const cache = await realpath(await mkdtemp(join(tmpdir(), "airgo-shared-")));
  toClose.push(() => removeTree(cache));
  const projects = await Promise.all(Array.from({ length: count }, () => makeProject(upstream)));
  for (const project of projects) toClose.push(() => project.close());
  return { projects, cache };
}

/** Every object of a store is what its name says, and nothing half done is left. */
function expectWholeStore(store: string): void {
  const objects = readdirSync(join(store, "objects"), { recursive: true, withFileTypes: true }).filter(
    (one) => one.isFile(),
  );
  expect(objects.length).toBeGreaterThan(5);
  for (const { name, parentPath } of objects) {
    const digest = execFileSync("sha256sum", [join(parentPath, name)], { encoding: "utf8" });
    expect(digest.slice(0, 64)).toBe(name);
  }
  expect(readdirSync(join(store, "tmp"))).toEqual([]);
}

test.each([2, 8])(
  "%d runs at once from one empty store all make the same kit, and leave a whole store",
  async (count) => {
    const { projects, cache } = await projectsSharing(count);
    const env = { XDG_CACHE_HOME: cache };
    const results = await Promise.all(projects.map((project) => project.airgo(["bundle"], { env })));
    expect(results.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual(projects.map(() => 0));
    const ids = await Promise.all(projects.map(async (project) => (await project.kit()).split("/").at(-1)));
    expect(new Set(ids).size).toBe(1);
    expectWholeStore(join(cache, "airgo"));
    // What they left serves the next one without a question for anything that is fetched.
    const [next] = (await projectsSharing(1)).projects as [TestProject];
    upstream.requests.length = 0;
    expect((await next.airgo(["bundle"], { env })).code).toBe(0);
    const files = upstream.requests.filter(
      ({ method, path }) => method === "GET" && /\.(zip|mod|info)$/.test(path),
    );
    expect(files).toEqual([]);
  },
  300_000,
);
