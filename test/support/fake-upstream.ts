export type { Fault, FaultEffect, Faults } from "./fake-upstream/faults.js";
export { makeArchiveKey } from "./fake-upstream/downloads.js";
export { hashOfGoMod, hashOfZip } from "./fake-upstream/hashes.js";
export { readGoRuns, type GoRun } from "./fake-upstream/go-runs.js";
export {
  privateSums,
  privateWorld,
  publicNeighbours,
  writePrivateProject,
} from "./fake-upstream/private-world.js";
export { goSumFor, projectSums, writeProject, type SumEntry } from "./fake-upstream/project.js";
export { findRealGo, type RealGo } from "./fake-upstream/real-go.js";
export {
  startFakeUpstream,
  type Door,
  type FakeUpstream,
  type FakeUpstreamOptions,
  type SeenRequest,
} from "./fake-upstream/server.js";
export { halfReleasedGoVersion, standardGoVersions, standardWorld } from "./fake-upstream/standard-world.js";
export {
  forgeRecord,
  spoilSignatures,
  swapRecord,
  tamperTiles,
  withoutSumdb,
} from "./fake-upstream/sumdb-faults.js";
export type { FakeToolchain } from "./fake-upstream/toolchain.js";
export type { FakeModule, ModuleHashes } from "./fake-upstream/world.js";
