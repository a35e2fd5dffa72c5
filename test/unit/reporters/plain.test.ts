import { describe, expect, test } from "@jest/globals";

import { bytes, failed, finishFetch, finished, fakeRun, startFetch } from "./fakes.js";

describe("plain reporter", () => {
  test("tells stages, notes and warnings on stderr and the result on stdout", () => {
    const run = fakeRun();
    run.after(0, startFetch);
    run.after(0, { type: "note", stage: "fetch", text: "go1.27.4 is left out" });
    run.after(0, { type: "warning", stage: "fetch", text: "slow\nproxy" }, finishFetch, finished());
    run.end();
    expect(run.stderr.lines).toEqual([
      "starter: fetch started",
      "note (fetch): go1.27.4 is left out",
      "warning (fetch): slow proxy",
      "starter: fetch finished in 12.3 s",
    ]);
    expect(run.stdout.lines).toContain("starter: made kit 3f9c2a1b4d5e");
  });

  test("tells progress at each quarter", () => {
    const run = fakeRun();
    run.after(0, startFetch);
    for (let done = 0; done <= 100; done += 5) run.after(1000, bytes("go1.27.3", done * 1e6, 100e6));
    expect(run.stderr.lines.slice(1)).toEqual([
      "starter: fetch go1.27.3: 25.0 of 100 MB (25 %)",
      "starter: fetch go1.27.3: 50.0 of 100 MB (50 %)",
      "starter: fetch go1.27.3: 75.0 of 100 MB (75 %)",
      "starter: fetch go1.27.3: 100 of 100 MB (100 %)",
    ]);
  });

  test("gives a sign of life every 10 s, also without a total", () => {
    const run = fakeRun();
    run.after(0, startFetch);
    for (let second = 1; second <= 25; second += 1) run.after(1000, bytes("go1.27.3", second * 1000));
    expect(run.stderr.lines.slice(1)).toEqual([
      "starter: fetch go1.27.3: 10.0 kB",
      "starter: fetch go1.27.3: 20.0 kB",
    ]);
  });

  test("many small downloads do not flood the log", () => {
    const run = fakeRun();
    run.after(0, startFetch);
    for (let module = 0; module < 400; module += 1) {
      run.after(5, bytes(`m${module}`, 0, 10), bytes(`m${module}`, 5, 10), bytes(`m${module}`, 10, 10));
    }
    expect(run.stderr.lines.length).toBeLessThanOrEqual(3);
  });

  test("a clock that is set back does not silence the log", () => {
    const run = fakeRun();
    run.after(0, startFetch);
    run.after(-3_600_000, bytes("go1.27.3", 50, 100));
    expect(run.stderr.lines.at(-1)).toBe("starter: fetch go1.27.3: 50 of 100 B (50 %)");
  });

  test("ignores progress of a stage that is not running", () => {
    const run = fakeRun();
    run.after(0, startFetch, finishFetch);
    run.after(20_000, bytes("late", 5, 10));
    expect(run.stderr.lines).toHaveLength(2);
  });

  test("names the stage that a failure ended", () => {
    const run = fakeRun();
    run.after(0, startFetch);
    run.after(3200, failed({ kit: "starter" }));
    expect(run.stderr.lines.slice(1)).toEqual([
      "starter: fetch failed after 3.2 s",
      "error AIRGO_NETWORK: the proxy did not answer",
      "  kit        starter",
    ]);
    expect(run.stdout.text).toBe("");
  });
});
