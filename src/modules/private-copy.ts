import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { sha256Hex } from "../support/digest.js";
import { relocateGoWork } from "./go-work-file.js";
import type { FileInput, ModuleInput, WorkspaceInput } from "./inputs.js";
import { readMainFiles } from "./main-files.js";
import type { ModuleVersion } from "./module-version.js";
import { hasInput, readInput } from "./read-input.js";

/** Copies of an input's go.mod and go.sum that go may write to: nothing of the user's ever is. */
export interface PrivateCopy {
  /** Where go runs: the user's own folder where there is one, so that local `replace` paths and packages hold. */
  readonly folder: string;
  /** What go is told of the copy. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<"GOWORK" | "GOFLAGS", string>>;
  /** The copied go.mod or go.work. */
  readonly modFile: string;
  /** The go.sum or go.work.sum beside it; go may make it. */
  readonly sumFile: string;
  /** SHA-256 of the bytes that were copied, by name. */
  readonly digests: Readonly<Record<string, string>>;
}

/**
 * Copies what go reads of an input into an empty folder, and makes sure that go may read the rest where it is.
 * @param sums whether the go.sum (or go.work.sum) comes along, where there is one
 * @throws as readInput, of every file that go would read
 */
export async function privateCopy(
  input: ModuleInput,
  copy: string,
  sums: "with-sums" | "without-sums" = "with-sums",
): Promise<PrivateCopy> {
  await mkdir(copy, { recursive: true });
  if (input.kind !== "version") await checkReadInPlace(input);
  if (input.kind === "workspace") return workspaceCopy(input, copy, sums);
  const modFile = join(copy, "go.mod");
  const sumFile = join(copy, "go.sum");
  const flags = [`-modfile=${modFile}`];
  // What go.mod lacks is worked out, as online; a vendor folder is passed over, it lists too little.
  const env = { GOWORK: "off", GOFLAGS: "-mod=mod -modcacherw" };
  if (input.kind === "version") {
    await writeFile(modFile, emptyMainModule(input.module));
    return { folder: copy, flags: [], env, modFile, sumFile, digests: {} };
  }
  const digests = {
    ...(await copyFile(input, "go.mod", modFile)),
    ...(sums === "with-sums" ? await copyFile(input, "go.sum", sumFile) : {}),
  };
  return { folder: input.folder, flags, env, modFile, sumFile, digests };
}

/** Of the members of a workspace, and of folders that `replace` names, there is no copy: go reads these files itself. */
async function checkReadInPlace(input: FileInput | WorkspaceInput): Promise<void> {
  const { folder, project } = input;
  const { replace } = await readMainFiles(input);
  const goMods = replace.flatMap((line) => (line.folder === undefined ? [] : join(line.folder, "go.mod")));
  const members = input.kind === "workspace" ? input.members : [];
  const goSums = members.map((member) => join(folder, member, "go.sum"));
  await Promise.all([...goMods, ...goSums].map((file) => hasInput(file, project)));
}

/** No flag gives a workspace another file; GOWORK does, and then its relative paths must lead to the user's folders. */
async function workspaceCopy(
  input: WorkspaceInput,
  copy: string,
  sums: "with-sums" | "without-sums",
): Promise<PrivateCopy> {
  const { folder, project } = input;
  const modFile = join(copy, "go.work");
  const sumFile = join(copy, "go.work.sum");
  const work = await readInput(join(folder, "go.work"), project);
  const digests: Record<string, string> = {};
  if (work !== undefined) {
    await writeFile(modFile, relocateGoWork(work.toString("utf8"), folder));
    digests["go.work"] = sha256Hex(work);
  }
  if (sums === "with-sums") Object.assign(digests, await copyFile(input, "go.work.sum", sumFile));
  // In a workspace go accepts no -mod=mod, and adds to go.work.sum what it needs all the same.
  const env = { GOWORK: modFile, GOFLAGS: "-mod=readonly -modcacherw" };
  return { folder, flags: [], env, modFile, sumFile, digests };
}

/** @returns the digest under `name`; nothing when the file is not there */
async function copyFile(
  { folder, project }: FileInput | WorkspaceInput,
  name: string,
  to: string,
): Promise<Record<string, string>> {
  const data = await readInput(join(folder, name), project);
  if (data === undefined) return {};
  await writeFile(to, data);
  return { [name]: sha256Hex(data) };
}

/** A main module that requires one module and nothing else: that module's own `replace` lines do not apply, as for its users. */
function emptyMainModule(module: ModuleVersion): string {
  return `module airgo.invalid/main\n\ngo 1.21\n\nrequire ${module.path} ${module.version}\n`;
}
