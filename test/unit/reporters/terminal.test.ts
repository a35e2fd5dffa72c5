import { describe, expect, test } from "@jest/globals";

import { bytes, failed, fakeRun, FakeStream, finishFetch, finished, startFetch } from "./fakes.js";
import { Screen } from "./screen.js";

function onScreen({
  columns = 80,
  env = { NO_COLOR: "1" },
}: { columns?: number; env?: Record<string, string> } = {}) {
  const screen = new Screen();
  const stdout = new FakeStream(true, columns, screen.feed);
  const stderr = new FakeStream(true, columns, screen.feed);
  return { ...fakeRun({ mode: "auto", stdout, stderr, env }), screen };
}

describe("terminal reporter", () => {
  test("shows amount, rate and time left of the running stage", () => {
    const run = onScreen();
    run.after(0, startFetch);
    expect(run.screen.rows).toEqual(["fetch"]);
    for (let done = 0; done <= 40; done += 10)
      run.after(1000, bytes("go1.27.3 linux-amd64", done * 1e6, 100e6));
    expect(run.screen.rows).toEqual([
      "fetch     [####......]  40.0 of 100 MB  10.0 MB/s  6 s left  go1.27.3 …ux-amd64",
    ]);
  });

  test("works without a total", () => {
    const run = onScreen();
    run.after(0, startFetch, bytes("index", 0));
    run.after(5000, bytes("index", 5e6));
    expect(run.screen.rows).toEqual(["fetch     5.00 MB  1.00 MB/s  index"]);
  });

  test("notes, warnings and finished stages stay above the live line", () => {
    const run = onScreen();
    run.after(0, startFetch, bytes("modules", 1, 4));
    run.after(
      10,
      { type: "note", stage: "fetch", text: "one" },
      { type: "warning", stage: "fetch", text: "two" },
    );
    expect(run.screen.rows).toEqual([
      "note (fetch): one",
      "warning (fetch): two",
      "fetch     [##........]  1 of 4 B  modules",
    ]);
    run.after(10, finishFetch, { type: "stage-started", kit: "starter", stage: "pack" });
    expect(run.screen.rows.slice(2)).toEqual(["✓ fetch     12.3 s", "pack"]);
  });

  test("the result is the last on the screen, and nothing of the live line is left", () => {
    const run = onScreen();
    run.after(0, startFetch, bytes("modules", 1, 4), finishFetch, finished({ nextSteps: ["last command"] }));
    run.end();
    run.end();
    expect(run.screen.rows.slice(0, 3)).toEqual(["✓ fetch     12.3 s", "", "starter: made kit 3f9c2a1b4d5e"]);
    expect(run.screen.rows.slice(-2)).toEqual(["  last command", ""]);
    expect(run.stdout.text).toContain("last command");
    expect(run.stdout.text).not.toContain("\r");
    expect(run.ticks.size).toBe(0);
  });

  test("end in the middle of a stage erases the live line; what comes later still stays", () => {
    const run = onScreen();
    run.after(0, startFetch, bytes("modules", 1, 4));
    run.end();
    expect(run.screen.rows).toEqual([""]);
    run.after(500, bytes("modules", 2, 4), failed({ code: "AIRGO_INTERRUPTED", what: "interrupted" }));
    expect(run.screen.rows).toEqual(["✗ fetch     500 ms", "error AIRGO_INTERRUPTED: interrupted", ""]);
  });

  test("draws at most every 100 ms, and the timer catches up", () => {
    const run = onScreen();
    run.after(0, startFetch);
    const before = run.stderr.writes.length;
    for (let done = 1; done <= 99; done += 1) run.after(1, bytes("modules", done, 100));
    expect(run.stderr.writes.length).toBe(before);
    run.wait(250);
    expect(run.screen.rows[0]).toContain("99 of 100 B");
    const drawn = run.stderr.writes.length;
    run.after(-10_000, bytes("modules", 100, 100));
    expect(run.stderr.writes.length).toBe(drawn + 1);
  });

  test("a silent stage shows its time", () => {
    const run = onScreen();
    run.after(0, startFetch);
    run.wait(12_000);
    expect(run.screen.rows).toEqual(["fetch     12.0 s"]);
  });

  test("parallel counters do not flicker: one stays until it is complete or silent", () => {
    const run = onScreen();
    run.after(0, startFetch);
    run.after(200, bytes("aaa", 1, 10), bytes("bbb", 1, 10));
    run.after(200, bytes("bbb", 2, 10));
    expect(run.screen.rows[0]).toMatch(/aaa$/);
    run.after(200, bytes("aaa", 10, 10), bytes("bbb", 3, 10));
    run.wait(200);
    expect(run.screen.rows[0]).toMatch(/3 of 10 B.*bbb$/);
    run.after(2500, bytes("ccc", 1, 10));
    expect(run.screen.rows[0]).toMatch(/ccc$/);
  });

  test("a kit that turns out unchanged takes its running stage away", () => {
    const run = onScreen();
    run.after(0, { type: "stage-started", kit: "starter", stage: "resolve" });
    run.after(9, { type: "kit-unchanged", kit: "starter", id: "3f9c", folder: "kits/x", ms: 200 });
    expect(run.screen.rows).toEqual(["starter: unchanged (id 3f9c, folder kits/x) in 0.2 s", ""]);
  });

  test.each([1, 2, 10, 20, 30, 40, 50, 60, 70, 80, 120])("the live line fits into %p columns", (columns) => {
    const run = onScreen({ columns });
    run.after(0, startFetch);
    for (let at = 0; at < 20; at += 1)
      run.after(500, bytes("golang.org/x/漢字漢字漢字/text", at * 1e6, 20e6));
    expect(run.screen.widest).toBeLessThan(Math.max(2, columns));
    expect(run.screen.rows).toHaveLength(1);
  });

  test("asks for the width at every draw, and takes 80 when it is unknown or 0", () => {
    const run = onScreen({ columns: 120 });
    const label = "x".repeat(200);
    run.after(0, startFetch, bytes(label, 1, 10));
    for (const [columns, width] of [
      [120, 119],
      [40, 39],
      [0, 79],
      [undefined, 79],
    ] as const) {
      run.stderr.columns = columns;
      run.after(1000, bytes(label, 1, 10));
      expect(run.screen.rows[0]).toHaveLength(width);
    }
  });

  test("colours marks and headings unless NO_COLOR is set", () => {
    const colourful = onScreen({ env: { NO_COLOR: "" } });
    colourful.after(
      0,
      startFetch,
      { type: "warning", stage: "fetch", text: "w" },
      finishFetch,
      failed(),
      finished(),
    );
    expect(colourful.stderr.text).toContain("\u001b[32m✓\u001b[0m fetch");
    expect(colourful.stderr.text).toContain("\u001b[33mwarning (fetch): w\u001b[0m\n");
    expect(colourful.stderr.text).toContain(
      "\u001b[31merror AIRGO_NETWORK: the proxy did not answer\u001b[0m\n",
    );
    expect(colourful.stdout.text).not.toContain("\u001b");
    const grey = onScreen();
    grey.after(0, startFetch, { type: "warning", stage: "fetch", text: "w" }, finishFetch, failed());
    expect(grey.stderr.text.replaceAll("\u001b[K", "")).not.toContain("\u001b");
  });
});
