import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { createReporter, type ReporterMode } from "../../../src/cli/reporters/create-reporter.js";
import { fakeRun, FakeStream, samples, startFetch } from "./fakes.js";

const kinds: readonly (readonly [name: string, mode: ReporterMode, isTTY: boolean])[] = [
  ["terminal", "auto", true],
  ["plain", "plain", false],
  ["json", "json", false],
];

function reporting(mode: ReporterMode, isTTY: boolean, env: Record<string, string> = {}) {
  return fakeRun({ mode, env, stdout: new FakeStream(isTTY, 80), stderr: new FakeStream(isTTY, 80) });
}

describe.each(kinds)("the %s reporter", (_name, mode, isTTY) => {
  test.each(Object.entries(samples))("tells %s", (type, sample) => {
    const run = reporting(mode, isTTY);
    // Progress is told of a running stage only, and in a log only once it has gone on for a while.
    if (type === "progress") run.after(0, startFetch);
    const before = run.stdout.text + run.stderr.text;
    run.after(20_000, sample("something"));
    expect((run.stdout.text + run.stderr.text).slice(before.length)).toMatch(/something|fetch/);
    run.end();
  });

  test("lets no control character of an event through", () => {
    const nasty = fc.string({
      unit: fc.oneof(
        fc.constantFrom(
          "\u001b",
          "\r",
          "\n",
          "\t",
          "\b",
          "\u009b",
          "\u202e",
          "\u2028",
          "\u0000",
          "]0;",
          "[2J",
        ),
        fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
      ),
    });
    fc.assert(
      fc.property(nasty, (text) => {
        const run = reporting(mode, isTTY);
        run.after(0, startFetch);
        for (const sample of Object.values(samples)) run.after(20_000, startFetch, sample(text));
        run.end();
        const own = /\u001b\[(?:K|\d+m)|\r(?=\u001b\[K)|\n/g;
        expect((run.stdout.text + run.stderr.text).replace(own, "")).not.toMatch(/[\p{Cc}\u202e\u2028]/u);
        if (mode === "json") for (const line of run.stdout.lines) JSON.parse(line);
      }),
    );
  });
});

describe("createReporter", () => {
  test.each([
    ["a terminal", true, {}, true],
    ["a terminal with CI=false", true, { CI: "false" }, true],
    ["a pipe", false, {}, false],
    ["a terminal in CI", true, { CI: "true" }, false],
    ["a dumb terminal", true, { TERM: "dumb" }, false],
  ])("auto on %s", (_where, isTTY, env, live) => {
    const run = reporting("auto", isTTY, env);
    run.after(0, startFetch);
    expect(run.stderr.text.startsWith("\r\u001b[K")).toBe(live);
    run.end();
  });

  test("plain is plain on a terminal too, without any colour", () => {
    const run = reporting("plain", true);
    for (const sample of Object.values(samples)) run.after(20_000, startFetch, sample("text"));
    expect(run.stdout.text + run.stderr.text).not.toMatch(/[\u001b\r]/);
  });

  test("has a timer of its own that ends with it, and fits the process's streams", () => {
    const { stdout, stderr } = process;
    for (const streams of [
      { stdout, stderr },
      { stdout: new FakeStream(true), stderr: new FakeStream(true) },
    ]) {
      createReporter({ mode: "auto", ...streams, env: {}, now: Date.now }).end();
    }
  });
});
