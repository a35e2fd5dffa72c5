import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import { findTool, testWhen } from "../support/tools.js";
import { removeWorkspace, run, shells, triesAll, type Finished, type RunOptions } from "./harness.js";
import { TwoKits } from "./two-kits.js";

/*
 * The operator's whole day, every verb once or more, by every user in every shell: from a bare host to one that is given back.
 */

const two = new TwoKits();
const folder = join(two.workspace, "owned");
const host = two.hostAt("owned/prefix");
const home = join(two.workspace, "home-of-user");
/** What the first one was told and what it had in the end; all others must be told the same, and have the same. */
const expected = new Map<string, unknown>();

beforeAll(() => two.prepare());
afterAll(() => two.remove());

const canSwitch = process.getuid?.() === 0 && findTool("setpriv") !== undefined;
const users: Readonly<Record<string, readonly string[]>> = canSwitch
  ? { root: [], "another user": ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] }
  : { "this user": [] };

interface Step {
  /** From a kit, or by what is kept on the host. */
  readonly by: "kit" | "next" | "host";
  readonly args: readonly string[];
  readonly code: number;
  /** What it must say. */
  readonly says: string;
}

const next = (): string[] => ["--kit", two.next.folder];
const day: readonly (() => Step)[] = [
  () => ({ by: "kit", args: ["help"], code: 0, says: "usage: sh install.sh" }),
  () => ({ by: "kit", args: ["doctor"], code: 0, says: "nothing stands in the way" }),
  () => ({ by: "kit", args: ["verify"], code: 0, says: ": verified" }),
  () => ({ by: "kit", args: ["plan"], code: 0, says: "nothing was changed" }),
  () => ({ by: "kit", args: ["status"], code: 2, says: "AIRGO_NOT_INSTALLED" }),
  () => ({ by: "kit", args: ["install"], code: 0, says: "as generation 1" }),
  () => ({ by: "host", args: ["status"], code: 0, says: "current: generation 1" }),
  () => ({ by: "host", args: ["env"], code: 0, says: "PATH" }),
  () => ({ by: "host", args: ["plan", ...next()], code: 0, says: "generation: 2" }),
  () => ({ by: "host", args: ["verify", ...next()], code: 0, says: ": verified" }),
  () => ({ by: "host", args: ["install", ...next()], code: 0, says: "as generation 2" }),
  () => ({ by: "kit", args: ["install"], code: 16, says: "AIRGO_DOWNGRADE" }),
  () => ({ by: "host", args: ["use", "1.98"], code: 0, says: "generation 3" }),
  () => ({ by: "host", args: ["list"], code: 0, says: "* 3" }),
  () => ({ by: "host", args: ["rollback"], code: 0, says: "generation 2 is current now" }),
  () => ({ by: "host", args: ["verify"], code: 0, says: "" }),
  () => ({ by: "host", args: ["watch"], code: 0, says: "" }),
  () => ({ by: "host", args: ["repair", "--from", two.next.folder], code: 0, says: "" }),
  () => ({ by: "host", args: ["doctor"], code: 0, says: "nothing stands in the way" }),
];
const evening: readonly (() => Step)[] = [
  () => ({ by: "host", args: ["uninstall"], code: 0, says: "kept: the keys and the log" }),
  () => ({ by: "kit", args: ["uninstall", "--all"], code: 0, says: "uninstalled" }),
];

const takesKey = new Set(["verify", "plan", "install"]);

function doStep({ by, args }: Step, under: readonly string[], shell: RunOptions["shell"]): Finished {
  const options = { under, env: { HOME: home }, ...(shell === undefined ? {} : { shell }) };
  if (by === "host") {
    const script = { ...two.kit, script: host.path("bin", "airgo-kit") };
    return host.script(script, args, options);
  }
  const kit = by === "kit" ? two.kit : two.next;
  const key = takesKey.has(args[0] ?? "") ? ["--key", kit.key] : [];
  const prefix = args[0] === "help" ? [] : ["--prefix", host.prefix];
  return host.script(kit, [...args, ...prefix, ...key], options);
}

/** Holds a step to what it must do, and gives back what it said. */
function tryStep(wanted: Step, under: readonly string[], shell: RunOptions["shell"]) {
  const what = `${wanted.by}: ${wanted.args[0]}`;
  const done = doStep(wanted, under, shell);
  expect({ what, code: done.code, text: done.stdout + done.stderr }).toEqual({
    what,
    code: wanted.code,
    text: expect.stringContaining(wanted.says),
  });
  return { what, code: done.code, stdout: withoutTimes(done.stdout), stderr: withoutTimes(done.stderr) };
}

/** A text without what differs from run to run, and with all the rest. */
function withoutTimes(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "TIME")
    .replace(/^receipt: .*$/gm, "receipt")
    .replace(/\d+ KiB (?:are )?free|^ok +(?:space|inodes|rights|machine|umask) .*$/gm, "ROOM")
    .replace(/ by (?:root|nobody)\b.*$/gm, " by WHO");
}

/** Of another user two very different shells are enough every time. */
const isTried = (who: string, name: string): boolean =>
  triesAll || who !== "another user" || ["dash", "busybox ash"].includes(name);

describe("every verb does the same, in the same words, in every shell", () => {
  for (const [who, under] of Object.entries(users)) {
    for (const [name, shell] of Object.entries(shells).filter(([shellName]) => isTried(who, shellName))) {
      const needed = [shell[0], "openssl"].filter((tool) => findTool(tool) === undefined);
      testWhen(needed.length === 0, needed.join(" and "), `${who}, ${name}`, () => {
        for (const place of [folder, home]) {
          removeWorkspace(place);
          mkdirSync(place);
          run(["chown", under.length > 0 ? "65534:65534" : String(process.getuid?.() ?? 0), place]);
        }
        const told = day.map((step) => tryStep(step(), under, shell));
        const uid = under.length > 0 ? "65534" : String(process.getuid?.() ?? 0);
        expect(run(["find", folder, home, "!", "-user", uid]).stdout).toBe("");
        const found = { told, files: host.snapshot() };
        if (!expected.has(who)) expected.set(who, found);
        expect(found).toEqual(expected.get(who));
        for (const step of evening) tryStep(step(), under, shell);
        expect(run(["find", folder]).stdout.trim()).toBe(folder);
        expect(host.leavings()).toEqual([]);
      });
    }
  }
});
