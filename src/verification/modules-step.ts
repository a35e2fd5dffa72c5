import { proxyTree } from "../kit/proxy-tree.js";
import { carriedBy } from "../lock/draft.js";
import type { Lock, LockedModule } from "../lock/schema.js";
import { hash1 } from "../modules/dirhash.js";
import { parseInfo } from "../modules/info.js";
import { keyOf } from "../modules/module-version.js";
import { filePath } from "../modules/module-files.js";
import { sha256Hex } from "../support/digest.js";
import type { KitContents } from "./contents-step.js";
import { asKitError, createFindings, type Findings } from "./findings.js";
import type { ZipOutcome } from "./zip-room.js";

/** What the modules of the kit were found to be. */
export interface CheckedModules {
  readonly zips: number;
  readonly mods: number;
  readonly infos: number;
  /** Versions that are in no checksum database: the lock alone speaks for them. */
  readonly private: readonly string[];
}

/**
 * Step 6: every zip and go.mod has the `h1:` of its record in the log (a private one: of the lock), and the proxy tree
 * holds what the lock says and nothing else.
 * @throws AIRGO_CHECKSUM_MISMATCH, AIRGO_ZIP_INVALID and the like, AIRGO_ARCHIVE_INVALID
 */
export function checkModules(
  { files, sizes, parts }: KitContents,
  lock: Lock,
  where: string,
): CheckedModules {
  const tree = treeOf(lock);
  const findings = createFindings();
  const known = new Set<string>();
  /** A file that must be there. */
  const objectAt = (below: string): LockedModule["mod"] | undefined => {
    const path = `proxy/${below}`;
    known.add(path);
    const sha256 = files.get(path);
    if (sha256 !== undefined) return { sha256, size: sizes.get(path) ?? 0 };
    findings.add("AIRGO_ARCHIVE_INVALID", path, "the lock needs it, and it is not there");
    return undefined;
  };
  const byZip = new Map(lock.modules.map((module) => [filePath(module, "zip"), module]));
  for (const [below, locked] of tree.zips) {
    const path = `proxy/${below}`;
    const found = objectAt(below);
    if (found === undefined) continue;
    const h1 = byZip.get(below)?.h1;
    if (isRecorded(path, h1, parts.zips.get(path), findings)) findOther(path, locked, found, findings);
  }
  for (const [below, { goModH1, mod }] of tree.mods) {
    const path = `proxy/${below}`;
    const found = objectAt(below);
    if (found === undefined) continue;
    // It is made of the file's SHA-256, so that its bytes need not be at hand.
    const h1 = hash1([{ name: "go.mod", sha256Hex: found.sha256 }]);
    if (isRecorded(path, goModH1, { h1 }, findings)) findOther(path, mod, found, findings);
  }
  for (const [below, text] of tree.texts) {
    const found = objectAt(below);
    if (found !== undefined && found.sha256 !== sha256Hex(text))
      findings.add(
        "AIRGO_CHECKSUM_MISMATCH",
        `proxy/${below}`,
        `it does not say what follows from bundles.lock, ${JSON.stringify(text)}`,
      );
  }
  findBadTimes(lock, findings);
  for (const path of files.keys())
    if (path.startsWith("proxy/") && !path.startsWith("proxy/sumdb/") && !known.has(path))
      findings.add("AIRGO_ARCHIVE_INVALID", path, "nothing in bundles.lock accounts for it");
  findings.throwIfAny("the kit's modules are not those that the log speaks for", where);
  return {
    zips: tree.zips.size,
    mods: tree.mods.size,
    infos: [...tree.texts.keys()].filter((path) => path.endsWith(".info")).length,
    private: lock.modules.filter(({ record }) => record === undefined).map(keyOf),
  };
}

function treeOf(lock: Lock): ReturnType<typeof proxyTree> {
  try {
    return proxyTree(lock.modules, carriedBy(Object.values(lock.kits).flatMap((kit) => kit.inputs)));
  } catch (error) {
    // A path or version of the lock that no module has.
    throw asKitError(error);
  }
}

/** True for a file with the `h1:` of its record; else a finding says what is wrong. */
function isRecorded(
  path: string,
  h1: string | undefined,
  outcome: ZipOutcome | undefined,
  findings: Findings,
): boolean {
  if (outcome === undefined) findings.add("AIRGO_ARCHIVE_INVALID", path, "it was not looked into");
  else if ("error" in outcome) findings.addError(outcome.error, path);
  else if (outcome.h1 !== h1)
    findings.add(
      "AIRGO_CHECKSUM_MISMATCH",
      path,
      `expected ${h1 ?? "an h1"} by its record, found ${outcome.h1}`,
    );
  else return true;
  return false;
}

/** Adds a finding for a file that is not the very one that the lock names. */
function findOther(
  path: string,
  locked: LockedModule["mod"],
  found: LockedModule["mod"],
  findings: Findings,
): void {
  if (locked.sha256 !== found.sha256 || locked.size !== found.size)
    findings.add(
      "AIRGO_CHECKSUM_MISMATCH",
      path,
      `expected ${titleOf(locked)} by bundles.lock, found ${titleOf(found)}`,
    );
}

function titleOf({ sha256, size }: LockedModule["mod"]): string {
  return `sha256 ${sha256} of ${size} bytes`;
}

/** Go refuses an .info whose time it cannot read. */
function findBadTimes(lock: Lock, findings: Findings): void {
  for (const module of lock.modules) {
    const path = `proxy/${filePath(module, "info")}`;
    try {
      const info = JSON.stringify({ Version: module.version, Time: module.time });
      if (module.time !== undefined) parseInfo(Buffer.from(info), module.version, path);
    } catch (error) {
      findings.addError(error, path);
    }
  }
}
