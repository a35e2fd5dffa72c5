import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "@jest/globals";

import { makeProject, type TestProject } from "../support/airgo.js";
import { sha256Hex } from "../../src/support/digest.js";

/*
 * SIGKILL at moments spread over a whole run, each followed by a run that finishes and makes the same bytes. A moment is
 * an event that the run tells: no clock decides. AIRGO_KILLS names another number of moments.
 */
const moments = Number(process.env["AIRGO_KILLS"] ?? 10);

let project: TestProject;
/** Of an undisturbed run: its events, and the SHA-256 of what it made. */
let events: number;
let undisturbed: string;

beforeAll(async () => {
  project = await makeProject();
  const result = await project.airgo(["bundle", "--json"]);
  expect(result.code).toBe(0);
  events = result.events.length;
  undisturbed = await archiveDigest();
});
afterAll(() => project.close());

async function archiveDigest(): Promise<string> {
  const kit = await project.kit();
  return sha256Hex(await readFile(join(kit, `k-${kit.split("/").at(-1)}.tar`)));
}

/** As before the first run; airgo's development key stays, since no kit's bytes hang on it. */
async function forget(): Promise<void> {
  for (const name of [".cache", "kits", "bundles.lock", join(".airgo", "built.json")])
    await rm(join(project.folder, name), { recursive: true, force: true });
}

test.each(Array.from({ length: moments }, (_, index) => [index + 1]))(
  "killed at moment %d of them, the next run finishes with the same bytes",
  async (moment) => {
    await forget();
    const last = Math.max(1, Math.floor((events * moment) / (moments + 1)));
    let told = 0;
    const killed = await project.airgo(["bundle", "--json"], {
      onEvent: (_, child) => {
        if (++told === last) child.kill("SIGKILL");
      },
    });
    // The last events of a run may be told at once: then it ended by itself.
    expect([-1, 0]).toContain(killed.code);
    const next = await project.airgo(["bundle"]);
    expect(next.code === 0 ? "" : next.stderr).toBe("");
    expect(await archiveDigest()).toBe(undisturbed);
  },
);
