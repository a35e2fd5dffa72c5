import { readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import { type TinyKit } from "../support/tiny-kit.js";
import { findTool, testWhen } from "../support/tools.js";
import { run, triesAll } from "./harness.js";
import { TwoKits } from "./two-kits.js";

const two = new TwoKits();
beforeAll(() => two.prepare());
afterAll(() => two.remove());

const traceable =
  findTool("strace") !== undefined && run(["strace", "-qq", "-o", "/dev/null", "true"]).code === 0;

/** strace that does something to the system calls named, of this process alone and not of those that it starts. */
function inject(calls: string, what: string): string[] {
  return ["strace", "-qq", "-o", "/dev/null", "-e", `trace=${calls}`, "-e", `inject=${calls}:${what}`];
}

const forks = "/^(v?fork|clone3?)$";

/** How many processes the script's shell starts in a run that nothing disturbs; a call that is begun again counts once. */
function countForks(target: TinyKit): number {
  const log = join(two.workspace, "forks");
  expect(two.install(target, { under: ["strace", "-qq", "-o", log, "-e", `trace=${forks}`] }).code).toBe(0);
  return readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => /^(v?fork|clone3?)\(/.test(line) && !line.includes("ERESTART")).length;
}

describe("SIGKILL leaves the old or the new generation whole, and the next run converges", () => {
  for (const [name, before] of [
    ["a first installation", "nothing"],
    ["an upgrade", "kit"],
  ] as const) {
    testWhen(traceable, "strace", `${name}, killed where its shell starts a process`, () => {
      const [target, state] = before === "nothing" ? [two.kit, two.stateOfKit] : [two.next, two.stateOfNext];
      two.reset(before);
      const count = countForks(target);
      expect(count).toBeGreaterThan(100);
      // The first half reads and verifies only; from there on every few processes one run is killed.
      const step = Math.ceil(count / (triesAll ? 80 : 24));
      for (let at = Math.floor(count / 2); at <= count; at += step) {
        const what = `killed at process ${at} of ${count}`;
        two.reset(before);
        expect({
          what,
          code: two.install(target, { under: inject(forks, `signal=KILL:when=${at}`) }).code,
        }).toEqual({ what, code: null });
        two.expectWhole(what, before);
        two.expectConverges(what, target);
        expect({ what, state: two.host.snapshot() }).toEqual({ what, state });
      }
    });
  }
});
