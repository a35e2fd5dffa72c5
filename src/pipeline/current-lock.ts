import { databaseDrift, driftOf, type Drift } from "../lock/drift.js";
import type { Lock } from "../lock/schema.js";
import { AirgoError } from "../support/errors.js";
import type { Database } from "./database.js";
import type { BundleRequest, KitInputs } from "./wishes.js";

/**
 * Decides whether the lock holds for these wishes.
 * @returns the lock to build with, or undefined when it is to be moved
 * @throws AIRGO_LOCK_DRIFT when it does not hold and was not told to move, AIRGO_LOCK_MISSING when --frozen forbids a first one
 */
export function currentLock(
  request: Pick<BundleRequest, "lock" | "update" | "frozen">,
  wishes: ReadonlyMap<string, KitInputs>,
  database: Database,
  lockFile: string,
): Lock | undefined {
  const { lock, update, frozen } = request;
  if (lock === undefined) {
    if (!frozen) return undefined;
    throw new AirgoError("AIRGO_LOCK_MISSING", {
      what: "there is no lock, and it must not be written here: --frozen, --offline, or CI is set",
      where: lockFile,
      hint: "run `airgo bundle` where you work and commit bundles.lock, or allow it here with --no-frozen and without --offline",
    });
  }
  if (update === "all" || update === "modules") return undefined;
  const drift = [...wishes].flatMap(([name, { wish }]) => driftOf(name, wish, lock));
  drift.push(...databaseDrift(lock, database));
  // A new choice of Go leaves the modules alone: where those have changed, that has to be said.
  const unexpected = update === "go" ? drift.filter(({ about }) => about !== "go") : drift;
  if (unexpected.length > 0) throw drifted(unexpected, lockFile);
  return update === "go" ? undefined : lock;
}

function drifted(drift: readonly Drift[], lockFile: string): AirgoError {
  return new AirgoError("AIRGO_LOCK_DRIFT", {
    what: `the lock no longer fits:\n${drift.map(({ text }) => `  ${text}`).join("\n")}`,
    where: lockFile,
    hint: "run `airgo bundle --update` and commit bundles.lock, or take the change back",
  });
}
