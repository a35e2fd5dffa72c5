import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { findTool, testWhen } from "../support/tools.js";
import { pathWith, removeWorkspace, run, shells, snapshot, toolsOf } from "./harness.js";
import { TwoKits } from "./two-kits.js";

/* What a caller's umask and environment change of an installation: nothing. Cron, systemd and sudo each have their own. */

const two = new TwoKits();
beforeAll(() => two.prepare());
afterAll(() => two.remove());

const isRoot = process.getuid?.() === 0;
const canSwitch = isRoot && findTool("setpriv") !== undefined;
const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
const withoutHome = ["env", "-u", "HOME"];

/** An empty folder of that user. */
function folderOf(name: string, user: number): string {
  const folder = join(two.workspace, name);
  removeWorkspace(folder);
  mkdirSync(folder);
  if (isRoot) run(["chown", `${user}:${user}`, folder]);
  return folder;
}

describe("the umask", () => {
  for (const [name, shell] of Object.entries(shells)) {
    const need = findTool(shell[0]) !== undefined;
    testWhen(
      need,
      shell[0],
      `of nobody's rights or of everybody's leaves the same modes everywhere: ${name}`,
      () => {
        const homes = ["000", "077"].map((umask) => {
          const home = folderOf("home-for-receipts", process.getuid?.() ?? 0);
          const under = ["sh", "-c", `umask ${umask}; exec "$@"`, "sh"];
          two.reset("nothing");
          expect(two.install(two.kit, { shell, under }).code).toBe(0);
          expect({ umask, state: two.host.snapshot() }).toEqual({ umask, state: two.stateOfKit });
          expect(two.install(two.next, { shell, under }).code).toBe(0);
          expect({ umask, state: two.host.snapshot() }).toEqual({ umask, state: two.stateOfNext });
          const verified = two.host.script(two.kit, ["verify", "--insecure-no-signature"], {
            shell,
            under,
            env: { HOME: home },
          });
          expect(verified.code).toBe(0);
          // A receipt is named by the time and tells it.
          return snapshot(home).replace(/\.\d{8}T\d{6}Z\.json (\d+) \w+$/m, " $1");
        });
        expect(new Set(homes).size).toBe(1);
      },
    );
  }
});

describe("without HOME", () => {
  testWhen(canSwitch, "root and setpriv", "a prefix is all that root and other users must give", () => {
    for (const [id, words] of [
      [0, []],
      [65534, nobody],
    ] as const) {
      const host = two.hostAt(`without-home-${id}/prefix`);
      folderOf(`without-home-${id}`, id);
      // The home that passwd names may hold settings of go, of which a user is told.
      const options = { under: [...withoutHome, ...words], env: { GOENV: "off" } };
      const args = ["--prefix", host.prefix, "--key", two.kit.key];
      expect({ id, ...host.script(two.kit, args, options) }).toMatchObject({ id, code: 0, stderr: "" });
      expect({ id, ...host.script(two.next, args, options) }).toMatchObject({ id, code: 0, stderr: "" });
      expect(host.ask("go", "version")).toContain("go1.99.3");
      expect(host.leavings()).toEqual([]);
    }
  });

  testWhen(canSwitch, "root and setpriv", "and without a prefix, it is said what is missing", () => {
    const path = pathWith(join(two.workspace, "no-getent"), [
      ...toolsOf(two.kit.script),
      "printf",
      "openssl",
    ]);
    const args = ["--key", two.kit.key];
    const shell = [findTool("dash") ?? "/bin/sh"] as const;
    const under = [findTool("env") ?? "env", "-u", "HOME", findTool("setpriv") ?? "", ...nobody.slice(1)];
    // Where no program knows the users, and where the user that is known has no home on the disk.
    const unknown = two.host.script(two.kit, args, { shell, under, env: { PATH: path } });
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("HOME is not set") });
    const homeless = two.host.script(two.kit, args, { under });
    expect(homeless).toMatchObject({
      code: 32,
      stderr: expect.stringMatching(/^ERROR AIRGO_(DISK|PREFIX)/m),
    });
    expect(readdirSync(two.host.tmp)).toEqual([]);
  });

  testWhen(
    canSwitch,
    "root and setpriv",
    "a verification is none the less one, and says that it leaves no receipt",
    () => {
      const done = two.host.script(two.kit, ["verify", "--key", two.kit.key], {
        under: [...withoutHome, ...nobody],
      });
      expect(done).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/^WARNING: no receipt could be left/),
      });
      expect(done.stdout).toContain(": verified");
    },
  );
});

describe("the environment", () => {
  test("may be empty but for PATH", () => {
    two.reset("nothing");
    const under = ["env", "-i", `PATH=${process.env["PATH"]}`];
    expect(two.install(two.kit, { under }).code).toBe(0);
    expect(two.host.snapshot()).toBe(two.stateOfKit);
  });

  test("receipts go below HOME unless XDG_STATE_HOME is a whole path", () => {
    for (const [state, place] of [
      [undefined, "home/.local/state"],
      ["", "home/.local/state"],
      ["relative/state", "home/.local/state"],
      ["ABSOLUTE", "state"],
    ] as const) {
      const folder = folderOf("receipts", process.getuid?.() ?? 0);
      mkdirSync(join(folder, "home"));
      const env = {
        HOME: join(folder, "home"),
        ...(state === undefined ? {} : { XDG_STATE_HOME: state.replace("ABSOLUTE", join(folder, "state")) }),
      };
      const done = two.host.script(two.kit, ["verify", "--insecure-no-signature"], { env, cwd: folder });
      expect({ state, code: done.code }).toEqual({ state, code: 0 });
      expect({ state, there: readdirSync(join(folder, place, "airgo/receipts")).length }).toEqual({
        state,
        there: 1,
      });
      expect(existsSync(join(folder, "relative"))).toBe(false);
    }
  });
});
