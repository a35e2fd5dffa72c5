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
export function checkModules({ files, parts }: KitContents, lock: Lock, where: string): CheckedModules {
  const tree = treeOf(lock);
  const findings = createFindings();
  const known = new Set<string>();
  /** The digest of a file that must be there. */
  const digestOf = (below: string): string | undefined => {
    const path = `proxy/${below}`;
    known.add(path);
    const found = files.get(path);
    if (found === undefined)
      findings.add("AIRGO_ARCHIVE_INVALID", path, "the lock needs it, and it is not there");
    return found;
  };
  const byZip = new Map(lock.modules.map((module) => [filePath(module, "zip"), module]));
  for (const [below, id] of tree.zips) {
    const found = digestOf(below);
    if (found !== undefined)
      findZip(`proxy/${below}`, byZip.get(below)?.h1, id.sha256, found, parts.zips, findings);
  }
  for (const [below, module] of tree.mods) {
    const found = digestOf(below);
    if (found !== undefined) findMod(`proxy/${below}`, module, found, findings);
  }
  for (const [below, text] of tree.texts) {
    const found = digestOf(below);
    if (found !== undefined && found !== sha256Hex(text))
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

function findZip(
  path: string,
  h1: string | undefined,
  lockedSha256: string,
  sha256: string,
  outcomes: ReadonlyMap<string, ZipOutcome>,
  findings: Findings,
): void {
  const outcome = outcomes.get(path);
  if (outcome === undefined) findings.add("AIRGO_ARCHIVE_INVALID", path, "it was not looked into");
  else if ("error" in outcome) findings.addError(outcome.error, path);
  else if (outcome.h1 !== h1)
    findings.add(
      "AIRGO_CHECKSUM_MISMATCH",
      path,
      `expected ${h1 ?? "an h1"} by its record, found ${outcome.h1}`,
    );
  else if (sha256 !== lockedSha256)
    findings.add(
      "AIRGO_CHECKSUM_MISMATCH",
      path,
      `expected sha256 ${lockedSha256} by bundles.lock, found ${sha256}`,
    );
}

/** The `h1:` of a go.mod is made of its SHA-256, so that its bytes need not be at hand. */
function findMod(path: string, { goModH1, mod }: LockedModule, sha256: string, findings: Findings): void {
  const found = hash1([{ name: "go.mod", sha256Hex: sha256 }]);
  if (found !== goModH1)
    findings.add("AIRGO_CHECKSUM_MISMATCH", path, `expected ${goModH1} by its record, found ${found}`);
  else if (sha256 !== mod.sha256)
    findings.add(
      "AIRGO_CHECKSUM_MISMATCH",
      path,
      `expected sha256 ${mod.sha256} by bundles.lock, found ${sha256}`,
    );
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
