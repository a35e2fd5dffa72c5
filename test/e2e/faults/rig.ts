import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "@jest/globals";

import { makeProject, standardKit, type AirgoResult, type TestProject } from "../../support/airgo.js";
import { makeAuthority } from "../../support/certificates.js";
import { standardWorld, startFakeUpstream, type FakeUpstream } from "../../support/fake-upstream.js";
import { expectError, expectWholeStore, filesBelow } from "../../support/proofs.js";
import type { FaultCase, FaultPlace } from "./fault-case.js";

/** Proves cases, each in a project, at an address and over a store of its own. */
export interface FaultRig {
  prove(one: FaultCase): Promise<void>;
  close(): Promise<void>;
}

/** What a run leaves of a project: its lock, and the archives of its kits by their digests. */
interface Made {
  readonly lock: string;
  readonly archives: Readonly<Record<string, string>>;
}

/** A lock and a kit of an older Go stand there already: a run that fails must leave both as they are. */
const olderKit = '  k:\n    go: ["1.89.x"]\n';

/** @param folder for certificates */
export async function createFaultRig(folder: string): Promise<FaultRig> {
  const upstream = await startFakeUpstream();
  standardWorld(upstream);
  const base = await makeProject(upstream);
  await base.manifest(olderKit);
  await expectDone(base, ["bundle"]);
  const undisturbed = await copyOf(base, upstream);
  await expectDone(undisturbed, ["bundle", "--update"]);
  const wanted = madeIn(undisturbed);
  let certificates = 0;

  async function openPlace({ tls }: FaultCase): Promise<FaultPlace & { readonly ca?: string }> {
    const sound = await upstream.door();
    if (tls === undefined) return { door: await upstream.door(), sound };
    const { file, server } = makeAuthority(folder, `ca${++certificates}`, tls.names);
    const door = await upstream.door({ tls: server });
    return { door, sound, ...(tls.isTrusted ? { ca: file } : {}) };
  }

  async function proveAt(one: FaultCase, place: FaultPlace & { readonly ca?: string }): Promise<void> {
    const project = await copyOf(base, upstream);
    const { door, ca } = place;
    const args = one.isLocked === true ? ["bundle"] : ["bundle", "--update"];
    if (one.isLocked === true)
      cpSync(join(undisturbed.folder, "bundles.lock"), join(project.folder, "bundles.lock"));
    const run = async (proxy: string, how: Pick<FaultCase, "through"> = {}): Promise<AirgoResult> => {
      await project.manifest(standardKit, `{ proxy: "${proxy}", sumdb: "${upstream.verifierKey}" }`);
      const env = { ...one.env, ...(ca === undefined ? {} : { NODE_EXTRA_CA_CERTS: ca }) };
      return project.airgo(args, { ...how, env });
    };
    const before = stateOf(project);
    one.set(place);
    try {
      const result = await run(one.proxy?.(place) ?? door.proxyUrl, one.through && { through: one.through });
      expectEnd(one, result);
      expect(door.faults.unmet()).toEqual([]);
      one.also?.holds(place);
      expectWholeStore(storeOf(project));
      if (one.exit !== 0) {
        expect(stateOf(project)).toEqual(before);
        await expectNextRun(run(place.sound.proxyUrl));
      }
      expect(madeIn(project)).toEqual(wanted);
    } finally {
      await project.close();
    }
  }

  return {
    async prove(one) {
      const place = await openPlace(one);
      try {
        await proveAt(one, place);
      } finally {
        await Promise.all([place.door.close(), place.sound.close()]);
      }
    },
    async close() {
      for (const project of [base, undisturbed]) await project.close();
      await upstream.close();
    },
  };
}

/** A project like that one, with its lock and its kits, and an empty store. */
async function copyOf(base: TestProject, upstream: FakeUpstream): Promise<TestProject> {
  const project = await makeProject(upstream);
  for (const name of ["bundles.lock", "kits", ".airgo"])
    cpSync(join(base.folder, name), join(project.folder, name), {
      recursive: true,
      verbatimSymlinks: true,
    });
  return project;
}

async function expectDone(project: TestProject, args: readonly string[]): Promise<void> {
  await expectNextRun(project.airgo(args));
}

async function expectNextRun(running: Promise<AirgoResult>): Promise<void> {
  const { code, stderr } = await running;
  expect(code === 0 ? "" : stderr).toBe("");
}

function expectEnd({ exit, code, says = [] }: FaultCase, result: AirgoResult): void {
  if (code !== undefined) return expectError(result, exit, code, ...says);
  expect(result.code === exit ? "" : result.stderr).toBe("");
  for (const text of says) expect(result.stderr).toContain(text);
}

function storeOf(project: TestProject): string {
  return join(project.folder, ".cache", "airgo");
}

function stateOf({ folder }: TestProject): { readonly lock: string; readonly kits: object } {
  return {
    lock: readFileSync(join(folder, "bundles.lock"), "utf8"),
    kits: filesBelow(join(folder, "kits")),
  };
}

function madeIn({ folder }: TestProject): Made {
  const kits = Object.entries(filesBelow(join(folder, "kits")));
  return {
    lock: readFileSync(join(folder, "bundles.lock"), "utf8"),
    archives: Object.fromEntries(kits.filter(([path]) => path.endsWith(".tar"))),
  };
}
