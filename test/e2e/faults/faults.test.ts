import { afterAll, beforeAll, describe } from "@jest/globals";
import pLimit from "p-limit";

import { scratchFolder } from "../../support/scratch.js";
import { findTool, testIf } from "../../support/tools.js";
import type { FaultCase } from "./fault-case.js";
import { createFaultRig, type FaultRig } from "./rig.js";
import { faultGroups } from "./table.js";

/*
 * What goes wrong between airgo and its sources, one case after the other, each through the program itself. After every
 * case the lock, the kits and the store are either complete or as they were, and a run without the fault makes the very
 * bytes of an undisturbed one. docs/reliability.md holds the table of these cases.
 */

const certificates = scratchFolder("certificates");
/** Most of a run is waiting before it asks again. */
const atOnce = 4;

let rig: FaultRig;
const proofs = new Map<FaultCase, Promise<void>>();

beforeAll(async () => {
  rig = await createFaultRig(certificates);
  const limit = pLimit(atOnce);
  const cases = faultGroups.flatMap((group) => group.cases);
  for (const one of cases.filter(({ tools = [] }) => tools.every(findTool))) {
    const proof = limit(() => rig.prove(one));
    // Each is awaited by its own test, which may not have begun yet.
    proof.catch(() => undefined);
    proofs.set(one, proof);
  }
});
afterAll(async () => {
  await Promise.allSettled(proofs.values());
  await rig.close();
});

for (const { title, cases } of faultGroups) {
  describe(title, () => {
    for (const one of cases) testIf(one.tools ?? [], one.name, async () => proofs.get(one));
  });
}
