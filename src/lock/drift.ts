import type { Lock, LockedKit } from "./schema.js";

/** What the manifest and the files beside it say of a kit now, in the lock's terms. */
export interface KitWish {
  readonly go: readonly string[];
  readonly arch: readonly string[];
  readonly inputs: readonly InputWish[];
}

export interface InputWish {
  readonly name: string;
  readonly scope: "all";
  /** SHA-256 of each file that its closure depends on. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Says how a kit's wish differs from the lock, one sentence per difference; none means that the lock is current for
 * the kit.
 */
export function driftOf(
  kitName: string,
  wish: KitWish,
  lock: Lock,
  database: { name: string; key: string },
): string[] {
  // A kit may bear a name that every object has something under, such as `constructor`.
  const locked = Object.hasOwn(lock.kits, kitName) ? lock.kits[kitName] : undefined;
  if (locked === undefined) return [`kit ${kitName} is not in the lock`];
  const differences = [...goDrift(wish, locked), ...inputDrift(wish, locked)].map(
    (text) => `kit ${kitName}: ${text}`,
  );
  if (lock.checksumDatabase.name !== database.name || lock.checksumDatabase.key !== database.key) {
    differences.push(`the checksum database is now ${database.name}, was ${lock.checksumDatabase.name}`);
  }
  return differences;
}

function goDrift(wish: KitWish, locked: LockedKit): string[] {
  const differences: string[] = [];
  const ranges = listOf(wish.go);
  const lockedRanges = listOf(Object.keys(locked.go));
  if (ranges !== lockedRanges) differences.push(`go is now ${ranges}, was ${lockedRanges}`);
  const arches = listOf(wish.arch);
  const lockedArches = listOf(locked.arch);
  if (arches !== lockedArches) differences.push(`arch is now ${arches}, was ${lockedArches}`);
  return differences;
}

/** Neither order nor repetition makes a difference. */
function listOf(words: readonly string[]): string {
  return [...new Set(words)].sort().join(", ");
}

function inputDrift(wish: KitWish, locked: LockedKit): string[] {
  const before = new Map(locked.inputs.map((input) => [input.name, input]));
  const now = new Set(wish.inputs.map((input) => input.name));
  const differences = [...before.keys()]
    .filter((name) => !now.has(name))
    .map((name) => `${name} is no longer listed`);
  for (const input of wish.inputs) {
    const known = before.get(input.name);
    if (known === undefined) differences.push(`${input.name} is new`);
    else
      differences.push(
        ...fileDrift(input, known.files),
        ...(known.scope === input.scope ? [] : [`${input.name} has another scope`]),
      );
  }
  return differences;
}

function fileDrift(input: InputWish, before: Readonly<Record<string, string>>): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(input.files)])].sort();
  return names
    .filter((name) => before[name] !== input.files[name])
    .map((name) => `${input.name}: ${name} ${describe(before[name], input.files[name])}`);
}

function describe(before: string | undefined, now: string | undefined): string {
  if (before === undefined) return "is new";
  return now === undefined ? "is gone" : "has changed";
}
