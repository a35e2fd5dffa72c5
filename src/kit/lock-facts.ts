import type { ModuleRecord } from "../checksumdb/record-book.js";
import { parseTreeHead, type TreeHead } from "../checksumdb/tree-head.js";
import { toolchainModule } from "../golang/go-source.js";
import type { Lock } from "../lock/schema.js";

/** The signed head of a lock, its signature verified again. */
export function lockedHead(lock: Pick<Lock, "checksumDatabase">): TreeHead {
  return parseTreeHead(lock.checksumDatabase.head, lock.checksumDatabase.key);
}

/**
 * Every record of the checksum database that a lock relies on: of its toolchains and of its modules, but for private
 * ones.
 */
export function recordsOf(lock: Pick<Lock, "toolchains" | "modules">): ModuleRecord[] {
  const toolchains = lock.toolchains.map((one) => ({ ...one, ...toolchainModule(one) }));
  return [...toolchains, ...lock.modules].flatMap(({ path, version, h1, goModH1, record }) =>
    h1 === undefined || record === undefined ? [] : [{ path, version, h1, goModH1, id: record }],
  );
}
