import type { RecordBook } from "../checksumdb/record-book.js";
import type { Toolchain } from "../golang/go-source.js";
import type { Lock, LockedInput } from "../lock/schema.js";
import type { Closure } from "../modules/closure.js";
import type { ModuleInput } from "../modules/inputs.js";
import { keyOf, type ModuleVersion } from "../modules/module-version.js";
import { AirgoError, isAirgoError } from "../support/errors.js";
import { askClosures } from "./ask-closures.js";
import type { MovingJob } from "./move-lock.js";

/**
 * The closure of every input of the wishes, by the input's name: from the old lock where none of its files has
 * changed, otherwise asked anew.
 * @param toolchain the Go to ask, already proven
 */
export async function lockInputs(
  job: MovingJob,
  old: Lock | undefined,
  book: RecordBook,
  toolchain: Toolchain,
): Promise<Map<string, LockedInput>> {
  const known = new Map<string, LockedInput>();
  const open = new Map<string, ModuleInput>();
  for (const [kit, { wish, inputs }] of job.wishes) {
    const before = new Map((old?.kits[kit]?.inputs ?? []).map((input) => [input.name, input]));
    for (const input of inputs) {
      const locked = before.get(input.name);
      const files = wish.inputs.find(({ name }) => name === input.name)?.files ?? {};
      // The answer depends on these files alone; `--update modules` asks again all the same.
      const isReusable =
        job.update !== "modules" && locked?.scope === input.scope && sameFiles(locked.files, files);
      if (isReusable) known.set(input.name, locked);
      else open.set(input.name, input);
    }
  }
  const asked = [...open.values()].filter(({ name }) => !known.has(name));
  const closures = await askClosures({ ...job, book, toolchain }, asked);
  const locked = await Promise.all(closures.map((closure) => lockClosure(job, book, closure)));
  for (const input of locked) known.set(input.name, input);
  return known;
}

function sameFiles(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}

async function lockClosure(job: MovingJob, book: RecordBook, closure: Closure): Promise<LockedInput> {
  const graph = [...closure.graph, ...(await stillThere(job, book, closure))];
  await checkGoSum(closure, [...closure.modules, ...graph], book);
  const { name, scope } = closure.input;
  return { name, scope, files: closure.files, modules: closure.modules.map(keyOf), graph: graph.map(keyOf) };
}

/** Of what only a go.sum names, the versions that can still be had: it may keep lines that nothing needs any more. */
async function stillThere(
  { context, sources }: MovingJob,
  book: RecordBook,
  closure: Closure,
): Promise<ModuleVersion[]> {
  const found = await Promise.all(
    closure.named.map(async (module) => {
      try {
        await Promise.all([book.of(module), sources.files.readMod(module)]);
        return [module];
      } catch (error) {
        const isGone =
          isAirgoError(error) && ["AIRGO_UPSTREAM_MISSING", "AIRGO_PROXY_DIRECT"].includes(error.code);
        if (!isGone) throw error;
        const text = `${closure.input.name}: go.sum names ${keyOf(module)}, which is gone and which nothing needs; it is left out`;
        context.emit({ type: "note", stage: "resolve", text });
        return [];
      }
    }),
  );
  return found.flat();
}

/**
 * Holds an input's own go.sum against the checksum database: where they disagree, somebody changed a module, and the
 * engineer must know before a kit is made of either.
 * @throws AIRGO_CHECKSUM_MISMATCH
 */
async function checkGoSum(
  closure: Closure,
  carried: readonly ModuleVersion[],
  book: RecordBook,
): Promise<void> {
  const keys = new Set(carried.map(keyOf));
  const lines = closure.goSum.filter((line) => keys.has(keyOf(line)));
  const records = await Promise.all(lines.map((line) => book.of(line)));
  for (const [i, line] of lines.entries()) {
    const record = records[i];
    const expected = line.kind === "zip" ? record?.h1 : record?.goModH1;
    if (line.h1 === expected) continue;
    throw new AirgoError("AIRGO_CHECKSUM_MISMATCH", {
      what: `go.sum and the checksum database disagree on ${keyOf(line)}${line.kind === "mod" ? "/go.mod" : ""}`,
      where: closure.input.name.replace(/go\.mod$/, "go.sum"),
      expected: `${expected} (checksum database)`,
      found: `${line.h1} (go.sum)`,
      hint: "find out who changed the module or the go.sum; `go mod verify` and a fresh go.sum help",
    });
  }
}
