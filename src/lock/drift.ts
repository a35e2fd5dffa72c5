import type { Scope } from "../modules/scope.js";
import type { Lock, LockedKit } from "./schema.js";

/** What the manifest and the files beside it say of a kit now, in the lock's terms. */
export interface KitWish {
  readonly go: readonly string[];
  readonly arch: readonly string[];
  readonly inputs: readonly InputWish[];
}

export interface InputWish {
  readonly name: string;
  readonly scope: Scope;
  /** SHA-256 of each file that its closure depends on. */
  readonly files: Readonly<Record<string, string>>;
}

/** One difference between what is wished and what is locked. */
export interface Drift {
  /** What it concerns: a choice of Go moves `go` only. */
  readonly about: "go" | "modules" | "database";
  /** One sentence. */
  readonly text: string;
}

/** Says how a kit's wish differs from the lock; nothing means that the lock is current for the kit. */
export function driftOf(kitName: string, wish: KitWish, lock: Lock): Drift[] {
  // A kit may bear a name that every object has something under, such as `constructor`.
  const locked = Object.hasOwn(lock.kits, kitName) ? lock.kits[kitName] : undefined;
  if (locked === undefined) return [{ about: "modules", text: `kit ${kitName} is not in the lock` }];
  const of = (about: Drift["about"], texts: readonly string[]): Drift[] =>
    texts.map((text) => ({ about, text: `kit ${kitName}: ${text}` }));
  return [...of("go", goDrift(wish, locked)), ...of("modules", inputDrift(wish, locked))];
}

/** Says whether the lock is of another checksum database, or of one that covers other modules. */
export function databaseDrift(
  lock: Lock,
  database: { readonly name: string; readonly key: string; readonly notCovered: readonly string[] },
): Drift[] {
  const { name, key, notCovered } = lock.checksumDatabase;
  const texts: string[] = [];
  if (name !== database.name || key !== database.key)
    texts.push(`the checksum database is now ${titleOf(database.key)}, was ${titleOf(key)}`);
  if (listOf(notCovered) !== listOf(database.notCovered))
    texts.push(
      `private modules are now ${listOf(database.notCovered) || "none"}, were ${listOf(notCovered) || "none"}`,
    );
  return texts.map((text) => ({ about: "database", text }));
}

/** A verifier key without the key itself: its hash tells apart two databases of one name. */
function titleOf(verifier: string): string {
  return verifier.slice(0, verifier.lastIndexOf("+"));
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
