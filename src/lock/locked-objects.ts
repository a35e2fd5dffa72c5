import type { ObjectId } from "../store/store.js";
import type { Lock } from "./schema.js";

/** Everything that a lock names by digest: a build from it takes no other bytes. */
export function lockedObjects(lock: Lock): ObjectId[] {
  return [
    ...lock.toolchains.flatMap(({ file, zip }) => (zip === undefined ? [file] : [file, zip])),
    ...lock.modules.flatMap(({ mod, zip }) => (zip === undefined ? [mod] : [mod, zip])),
  ];
}
