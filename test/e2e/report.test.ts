import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "@jest/globals";

import { makeProject, type TestProject } from "../support/airgo.js";

interface Report {
  readonly kits: readonly { readonly kit: string; readonly outcome: string; readonly code?: string }[];
  readonly stages: readonly { readonly stage: string }[];
  readonly fetched: {
    readonly total: { readonly hits: number; readonly misses: number; readonly bytes: number };
    readonly modules: readonly { readonly subject: string; readonly hits: number; readonly misses: number }[];
  };
}

let project: TestProject;

beforeAll(async () => {
  project = await makeProject();
});
afterAll(() => project.close());

async function bundle(...args: readonly string[]) {
  project.upstream.requests.length = 0;
  const result = await project.airgo(["bundle", "--plain", "--report", "out/report.json", ...args]);
  const report = JSON.parse(await readFile(join(project.folder, "out", "report.json"), "utf8")) as Report;
  return { result, report, requests: project.upstream.requests.length };
}

test("--report tells what a run did and fetched, module by module, and the log names what took the longest", async () => {
  const first = await bundle();
  expect(first.result.code).toBe(0);
  expect(first.result.stderr).toMatch(/^fetched \d+ files, .* from the store\); longest: .+ \(.+, .+\)/m);
  expect(first.report.kits).toEqual([{ kit: "k", outcome: "made", id: expect.any(String) }]);
  expect(first.report.stages.map(({ stage }) => stage)).toEqual([
    "resolve",
    "fetch",
    "assemble",
    "rehearse",
    "pack",
    "seal",
  ]);
  // HEAD requests ask whether a toolchain is there: nothing is fetched by them.
  const gets = project.upstream.requests.filter(({ method }) => method !== "HEAD").length;
  expect(first.report.fetched.total.misses).toBe(gets);
  const modules = first.report.fetched.modules.map(({ subject }) => subject);
  expect(modules).toContain("checksum database");
  expect(modules.some((subject) => subject.startsWith("golang.org/toolchain@"))).toBe(true);

  const second = await bundle("--update", "modules");
  expect(second.report.kits).toMatchObject([{ kit: "k", outcome: "unchanged" }]);
  const zips = second.report.fetched.modules.filter(({ subject }) =>
    subject.startsWith("golang.org/toolchain@"),
  );
  expect(zips.map(({ misses }) => misses)).toEqual(zips.map(() => 0));
});

test("a run that fails leaves its report too", async () => {
  const { result, report } = await bundle("nosuchkit");
  expect(result.code).toBe(2);
  expect(report.kits).toEqual([{ outcome: "failed", code: "AIRGO_USAGE" }]);
});
