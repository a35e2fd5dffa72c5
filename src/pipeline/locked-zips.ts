import type { Lock } from "../lock/schema.js";
import { keyOf, type ModuleVersion } from "../modules/module-version.js";
import type { ObjectId } from "../store/store.js";

/** The zips that a lock pins, for whoever wants one with the same content: all of a run share one download then. */
export interface LockedZips {
  ofModule(module: ModuleVersion, h1: string): ObjectId | undefined;
}

export function lockedZips(lock: Lock | undefined): LockedZips {
  const modules = new Map((lock?.modules ?? []).map((module) => [keyOf(module), module]));
  return {
    ofModule(module, h1) {
      const locked = modules.get(keyOf(module));
      return locked?.h1 === h1 ? locked.zip : undefined;
    },
  };
}
