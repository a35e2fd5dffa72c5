import { expect, test } from "@jest/globals";

import { createRunReport } from "../../../src/cli/reporters/report-file.js";

const traffic = { rows: [], total: { hits: 0, misses: 0, bytes: 0, ms: 0 } };

test("a report has each kit's outcome, the stages and what was fetched, in the order in which it happened", () => {
  const report = createRunReport();
  report.note({ type: "stage-started", kit: "a", stage: "fetch" });
  report.note({ type: "stage-finished", kit: "a", stage: "fetch", ms: 12.4 });
  report.note({ type: "kit-unchanged", kit: "b", id: "0123456789ab", folder: "/k", ms: 3 });
  report.note({
    type: "failed",
    kit: "a",
    code: "AIRGO_NETWORK",
    exitCode: 4,
    what: "no answer",
    where: undefined,
    expected: undefined,
    found: undefined,
    hint: undefined,
    causes: [],
  });
  const rows = [{ subject: "example.com/m@v1.0.0", hits: 1, misses: 2, bytes: 30, ms: 40 }];
  const total = { hits: 1, misses: 2, bytes: 30, ms: 40 };
  expect(JSON.parse(report.text({ airgo: "1.2.3", rows, total }))).toEqual({
    airgo: "1.2.3",
    kits: [
      { kit: "b", outcome: "unchanged", id: "0123456789ab" },
      { kit: "a", outcome: "failed", code: "AIRGO_NETWORK" },
    ],
    stages: [{ kit: "a", stage: "fetch", ms: 12 }],
    fetched: { total, modules: rows },
  });
});

test("a report holds no secret, whatever an address brought into it", () => {
  const report = createRunReport();
  report.note({ type: "stage-finished", kit: "https://user:hunter2@host/", stage: "fetch", ms: 1 });
  expect(report.text({ airgo: "1", ...traffic })).not.toContain("hunter2");
});
