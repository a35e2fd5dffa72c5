import { posix } from "node:path";

import type { Lock, LockedInput } from "../lock/schema.js";
import type { Closure } from "../modules/closure.js";
import type { ModuleInput } from "../modules/inputs.js";
import { sumFileOf } from "../modules/go-sum.js";
import { keyOf, type ModuleVersion } from "../modules/module-version.js";
import { withRequirement } from "../modules/with-requirement.js";
import { isUnobtainable } from "../support/absence.js";
import { AirgoError, isAirgoError } from "../support/errors.js";
import { askClosures, type AskingJob } from "./ask-closures.js";
import type { RunContext } from "./context.js";
import type { Database } from "./database.js";
import type { Sources } from "./sources.js";
import type { Vouching } from "./vouching.js";
import { whoRequires, type ForModule } from "./who-requires.js";
import type { BundleRequest, KitInputs } from "./wishes.js";

export interface InputsJob extends AskingJob {
  readonly update: BundleRequest["update"];
  /** By kit. */
  readonly wishes: ReadonlyMap<string, KitInputs>;
}

/** What tells which inputs are open. */
export interface InputsToAsk extends Pick<InputsJob, "update" | "wishes"> {
  readonly sources: { readonly database: Pick<Database, "notCovered"> };
}

/** What two kits call by the same name and carry in the same scope has one closure. */
export function inputKey({ name, scope }: Pick<ModuleInput, "name" | "scope">): string {
  return `${scope} ${name}`;
}

/**
 * The closure of every input of the wishes, by `inputKey`: from the old lock where none of its files has changed,
 * otherwise asked anew.
 */
export async function lockInputs(job: InputsJob, old: Lock | undefined): Promise<Map<string, LockedInput>> {
  const known = new Map<string, LockedInput>();
  const open = inputsToAsk(job, old, known);
  const closures = await askClosures(job, open);
  const locked = await Promise.all(closures.map((closure) => lockClosure(job, closure)));
  for (const input of locked) known.set(inputKey(input), input);
  return known;
}

/**
 * The inputs whose closure the old lock does not tell.
 * @param known gets those that it does
 */
export function inputsToAsk(
  { update, wishes, sources }: InputsToAsk,
  old: Lock | undefined,
  known: Map<string, LockedInput> = new Map(),
): ModuleInput[] {
  const open = new Map<string, ModuleInput>();
  // The answers depend on these files and on who is asked; `--update modules` asks again all the same.
  const before = old?.checksumDatabase.notCovered ?? [];
  const mayReuse = update !== "modules" && sameTexts(before, sources.database.notCovered);
  for (const [kit, { wish, inputs }] of wishes) {
    const lockedInputs = new Map((old?.kits[kit]?.inputs ?? []).map((input) => [inputKey(input), input]));
    for (const input of inputs) {
      const locked = lockedInputs.get(inputKey(input));
      const files = wish.inputs.find(({ name }) => name === input.name)?.files ?? {};
      const isReusable = mayReuse && locked !== undefined && sameFiles(locked.files, files);
      if (isReusable) known.set(inputKey(input), locked);
      else open.set(inputKey(input), input);
    }
  }
  return [...open.values()].filter((input) => !known.has(inputKey(input)));
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify([...a].sort()) === JSON.stringify([...b].sort());
}

function sameFiles(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}

async function lockClosure(job: InputsJob, closure: Closure): Promise<LockedInput> {
  const graph = [...closure.graph, ...(await stillThere(job, closure))];
  const carried = [...closure.modules, ...closure.listed, ...graph];
  const holder = { input: closure.input, modules: carried.map(keyOf) };
  await checkGoSum(
    closure,
    carried,
    job.vouching,
    whoRequires(job.sources.files, () => [holder]),
  );
  const { name, scope } = closure.input;
  return {
    name,
    scope,
    files: closure.files,
    modules: closure.modules.map(keyOf),
    listed: closure.listed.map(keyOf),
    graph: graph.map(keyOf),
  };
}

interface StillThereJob {
  readonly context: Pick<RunContext, "emit">;
  readonly sources: Pick<Sources, "files">;
  readonly vouching: Vouching;
}

/** Of what only a go.sum names, the versions that can still be had: it may keep lines that nothing needs any more. */
async function stillThere(
  { context, sources, vouching }: StillThereJob,
  closure: Closure,
): Promise<ModuleVersion[]> {
  const found = await Promise.all(
    closure.named.map(async (module) => {
      try {
        await Promise.all([vouching.goMod(module), sources.files.readMod(module)]);
        return [module];
      } catch (error) {
        if (!isUnobtainable(error))
          throw isAirgoError(error)
            ? withRequirement(error, [sumFileOf(closure.input.name), keyOf(module)])
            : error;
        const text = `${closure.input.name}: go.sum names ${keyOf(module)}, which is gone and which nothing needs; it is left out`;
        context.emit({ type: "note", stage: "resolve", text });
        return [];
      }
    }),
  );
  return found.flat();
}

/**
 * Holds an input's own go.sum against the checksum database (for a private version, against what its proxy serves and
 * the lock knows): where they disagree, somebody changed a module, and the engineer must know before a kit is made of
 * either.
 * @throws AIRGO_GOSUM_MISMATCH
 */
async function checkGoSum(
  closure: Closure,
  carried: readonly ModuleVersion[],
  vouching: Vouching,
  forModule: ForModule,
): Promise<void> {
  const keys = new Set(carried.map(keyOf));
  const whole = new Set(closure.modules.map(keyOf));
  // The zip of a private version is fetched only where it is carried.
  const lines = closure.goSum.filter(
    (line) =>
      keys.has(keyOf(line)) &&
      (line.kind === "mod" || whole.has(keyOf(line)) || !vouching.isPrivate(line.path)),
  );
  const expectations = await Promise.all(
    lines.map((line) =>
      forModule(line, async () =>
        line.kind === "zip" ? vouching.zip(line) : (await vouching.goMod(line)).goModH1,
      ),
    ),
  );
  for (const [i, line] of lines.entries()) {
    const expected = expectations[i];
    if (line.h1 === expected) continue;
    const other = vouching.isPrivate(line.path)
      ? "the private proxy (or bundles.lock)"
      : "the checksum database";
    const mismatch = new AirgoError("AIRGO_GOSUM_MISMATCH", {
      what: `go.sum and ${other} disagree on ${keyOf(line)}${line.kind === "mod" ? "/go.mod" : ""}`,
      where: sumFileOf(closure.input.name),
      expected: `${expected} (${other})`,
      found: `${line.h1} (${posix.basename(sumFileOf(closure.input.name))})`,
      hint: "find out who changed the module or the go.sum, or moved a private tag; `go mod verify` and a fresh go.sum help",
    });
    await forModule(line, () => Promise.reject(mismatch));
  }
}
