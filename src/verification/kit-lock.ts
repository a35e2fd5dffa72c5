import { lockPartOf } from "../lock/draft.js";
import type { Lock } from "../lock/schema.js";
import { formatLock, parseLock } from "../lock/text.js";
import { parseGoVersion } from "../golang/version.js";
import { filePath } from "../modules/module-files.js";
import { asKitError, kitError } from "./findings.js";

/** Lists of a lock that are gone through more than once; far above any real one. */
const atMost = {
  toolchains: 1000,
  modules: 100_000,
  earlier: 10_000,
  notCovered: 200,
  arch: 10,
  go: 1000,
  inputs: 10_000,
};
/** Of a pattern, which every private module's path is held against. */
const longestPattern = 500;

/**
 * Reads the lock in a kit: the part that makes this kit and nothing else, in the one text that airgo writes.
 * @throws AIRGO_ARCHIVE_INVALID
 */
export function readKitLock(text: string, name: string): Lock {
  checkLengths(text);
  const lock = parsed(text);
  checkNames(lock);
  const kits = Object.keys(lock.kits);
  if (kits.length !== 1 || kits[0] !== name)
    throw kitError("AIRGO_ARCHIVE_INVALID", "the lock in the kit is of another kit", "bundles.lock", {
      expected: name,
      found: kits.join(", "),
    });
  if (formatLock(lockPartOf(lock, name)) === text) return lock;
  throw kitError(
    "AIRGO_ARCHIVE_INVALID",
    "the lock in the kit is not the part that makes it, as airgo writes it",
    "bundles.lock",
  );
}

function parsed(text: string): Lock {
  try {
    return parseLock(text, "bundles.lock");
  } catch (error) {
    throw asKitError(error);
  }
}

/** Paths are made of versions and module paths, and lines of tables of all the others. */
function checkNames(lock: Lock): void {
  const kits = Object.values(lock.kits);
  const { name, notCovered } = lock.checksumDatabase;
  const inputs = kits.flatMap((kit) => kit.inputs.map((input) => input.name));
  const odd = [
    ...[name, ...notCovered, ...inputs].filter((text) => /[\u0000-\u001f\u007f]/.test(text)),
    ...lock.toolchains
      .map(({ version }) => version)
      .filter((version) => parseGoVersion(version) === undefined),
  ];
  try {
    for (const module of lock.modules) filePath(module, "mod");
  } catch (error) {
    throw asKitError(error);
  }
  if (odd.length === 0) return;
  throw kitError("AIRGO_ARCHIVE_INVALID", "the lock in the kit has a name that none has", "bundles.lock", {
    found: JSON.stringify(odd[0]),
  });
}

/** Before anything compares each of one list with each of another. */
function checkLengths(text: string): void {
  const lock = asRecord(json(text));
  const database = asRecord(lock["checksumDatabase"]);
  const kits = Object.values(asRecord(lock["kits"])).map(asRecord);
  const lengths: (readonly [keyof typeof atMost, unknown])[] = [
    ["toolchains", lock["toolchains"]],
    ["modules", lock["modules"]],
    ["earlier", database["earlier"]],
    ["notCovered", database["notCovered"]],
    ...kits.flatMap((kit) => [
      ["arch", kit["arch"]] as const,
      ["inputs", kit["inputs"]] as const,
      ["go", Object.keys(asRecord(kit["go"]))] as const,
    ]),
  ];
  const patterns = database["notCovered"];
  if (Array.isArray(patterns) && patterns.some((one) => String(one).length > longestPattern))
    throw kitError(
      "AIRGO_ARCHIVE_INVALID",
      "the lock in the kit has a pattern that is too long",
      "bundles.lock",
    );
  for (const [what, list] of lengths)
    if (Array.isArray(list) && list.length > atMost[what])
      throw kitError(
        "AIRGO_ARCHIVE_INVALID",
        `the lock in the kit has a list that is too long, ${what}`,
        "bundles.lock",
        {
          expected: `at most ${atMost[what]}`,
          found: `${list.length}`,
        },
      );
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // parseLock says it better.
    return undefined;
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
