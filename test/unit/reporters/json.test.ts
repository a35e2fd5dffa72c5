import { describe, expect, test } from "@jest/globals";

import { bytes, failed, fakeRun, finished } from "./fakes.js";

describe("json reporter", () => {
  test("writes one event per line on stdout only, with the time first", () => {
    const run = fakeRun({ mode: "json" });
    run.after(0, finished({ nextSteps: ["a\nb"] }));
    run.after(1500, failed());
    run.end();
    expect(run.stderr.text).toBe("");
    expect(run.stdout.lines).toHaveLength(2);
    const [first = "", second = ""] = run.stdout.lines;
    expect(JSON.parse(first)).toEqual({
      time: "2026-11-20T03:04:05.006Z",
      ...finished({ nextSteps: ["a\nb"] }),
    });
    expect(second).toMatch(/^\{"time":"2026-11-20T03:04:06\.506Z","type":"failed",/);
  });

  test("redacts every string, also nested ones", () => {
    const run = fakeRun({ mode: "json" });
    const secret = "https://me:hunter2@proxy/x?token=hunter2";
    run.after(0, finished({ folder: secret, nextSteps: [secret] }), failed({ causes: [secret] }));
    expect(run.stdout.text).not.toContain("hunter2");
    expect(run.stdout.text.match(/https:\/\/\*\*\*@proxy\/x\?\*\*\*/g)).toHaveLength(3);
  });

  test("an unknown total is left out; separators and direction marks of Unicode are taken out", () => {
    const run = fakeRun({ mode: "json" });
    run.after(0, bytes("a\u2028b\u202ec", 5));
    expect(run.stdout.text).not.toMatch(/total|[\u2028\u202e]/);
    expect(JSON.parse(run.stdout.text)).toMatchObject({ label: "a\ufffdb\ufffdc", done: 5 });
  });
});
