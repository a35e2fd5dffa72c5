import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import { findTool, testWhen } from "../support/tools.js";
import { removeWorkspace, run, shells, snapshot, type RunOptions } from "./harness.js";
import { TwoKits } from "./two-kits.js";

const two = new TwoKits();
const folder = join(two.workspace, "owned");
const host = two.hostAt("owned/prefix");
const home = join(two.workspace, "home-of-user");
/** What the first one found; all others must find the same. */
let expected: unknown;

beforeAll(() => two.prepare());
afterAll(() => two.remove());

interface User {
  readonly id: number;
  /** Words in front of the script. */
  readonly under: readonly string[];
}

const canSwitch = process.getuid?.() === 0 && findTool("setpriv") !== undefined;
const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
const users: Readonly<Record<string, User>> = canSwitch
  ? { root: { id: 0, under: [] }, "another user": { id: 65534, under: nobody } }
  : { "this user": { id: process.getuid?.() ?? 0, under: [] } };

/** Verifies, installs, verifies again, upgrades, downgrades; gives back all that can be seen of it. */
function life(user: User, shell: RunOptions["shell"]): unknown {
  for (const place of [folder, home]) {
    removeWorkspace(place);
    mkdirSync(place);
    if (canSwitch) run(["chown", `${user.id}:${user.id}`, place]);
  }
  const options = { under: user.under, env: { HOME: home }, ...(shell === undefined ? {} : { shell }) };
  const prefix = ["--prefix", host.prefix];
  const key = ["--key", two.kit.key];
  const ends = [
    host.script(two.kit, ["verify", ...prefix, ...key], options),
    host.script(two.kit, [...prefix, ...key], options),
    // From here on the key is trusted.
    host.script(two.next, ["verify", ...prefix], options),
    host.script(two.next, prefix, options),
    host.script(two.kit, prefix, options),
    host.script(two.kit, ["verify", ...prefix], options),
  ];
  const owners = run(["find", host.prefix, home, "!", "-user", String(user.id)]).stdout;
  return {
    ends: ends.map((end) => ({ ...end, stdout: end.stdout.replace(/^receipt: .*\n/m, "") })),
    files: snapshot(host.prefix),
    receipts: run(["find", home, "-name", "*.json"]).stdout.trim().split("\n").length,
    says: host.ask("go", "version"),
    owners,
    leavings: host.leavings(),
  };
}

describe("verify, install and upgrade are the same, told in the same words, for every user in every shell", () => {
  for (const [who, user] of Object.entries(users)) {
    for (const [name, shell] of Object.entries(shells)) {
      const needed = [shell[0], "openssl"].filter((tool) => findTool(tool) === undefined);
      testWhen(needed.length === 0, needed.join(" and "), `${who}, ${name}`, () => {
        const found = life(user, shell);
        expected ??= found;
        expect(found).toEqual(expected);
        expect(found).toMatchObject({
          ends: [0, 0, 0, 0, 16, 0].map((code) => ({ code })),
          says: expect.stringContaining("go1.99.3"),
          owners: "",
          leavings: [],
        });
      });
    }
  }
});
