import { readdirSync, readFileSync } from "node:fs";

import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";

import { run } from "./harness.js";
import { TwoKits } from "./two-kits.js";

const two = new TwoKits();
jest.setTimeout(600_000);
beforeAll(() => two.prepare());
afterAll(() => two.remove());

/** All below the prefix but the generations, whose number may grow; and where `current` leads in them. */
function stateBesidesGenerations(): string {
  const lines = two.host.snapshot().split("\n");
  return lines.filter((line) => !/^(generations\/|current )/.test(line)).join("\n");
}

/** The processes of this machine in whose environment or working folder the workspace is. */
function processesHere(): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readFileSync(`/proc/${pid}/environ`, "latin1").includes(`TMPDIR=${two.workspace}`)
      );
    } catch {
      // It has ended, or is another user's.
      return false;
    }
  });
}

test("a hundred changes between two kits leave no stray file, no process, and nothing that grows but generations", () => {
  two.reset("kit");
  const states = new Map<string, string>();
  for (let turn = 1; turn <= 100; turn++) {
    const target = turn % 2 === 1 ? two.next : two.kit;
    const done = two.host.script(target, [
      "--prefix",
      two.host.prefix,
      "--insecure-no-signature",
      "--allow-downgrade",
    ]);
    expect({ turn, code: done.code }).toEqual({ turn, code: 0 });
    expect({ turn, leavings: two.host.leavings() }).toEqual({ turn, leavings: [] });
    // After both were installed once, each of the two states is always the same.
    const state = stateBesidesGenerations();
    if (turn > 2) expect({ turn, same: states.get(target.id) === state }).toEqual({ turn, same: true });
    states.set(target.id, state);
  }
  expect(processesHere()).toEqual([]);
  expect(two.host.ask("go", "version")).toContain("go1.99.2");
  // What the current generation is made of is what it was made of at first.
  const facts = (host: typeof two.host): string =>
    run(["sh", "-c", 'cd "$1/current" && sha256sum bin/* && readlink go', "sh", host.prefix]).stdout;
  const last = facts(two.host);
  two.reset("kit");
  expect(last).toBe(facts(two.host));
});
