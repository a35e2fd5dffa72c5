import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { sha256Hex } from "../support/digest.js";
import { readIfThere } from "../support/files.js";
import { relocateGoWork } from "./go-work-file.js";
import type { ModuleInput, WorkspaceInput } from "./inputs.js";
import type { ModuleVersion } from "./module-version.js";

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
 * Copies what go reads of an input into an empty folder.
 * @param sums whether the go.sum (or go.work.sum) comes along, where there is one
 */
export async function privateCopy(
  input: ModuleInput,
  copy: string,
  sums: "with-sums" | "without-sums" = "with-sums",
): Promise<PrivateCopy> {
  await mkdir(copy, { recursive: true });
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
    ...(await copyFile(join(input.folder, "go.mod"), modFile, "go.mod")),
    ...(sums === "with-sums" ? await copyFile(join(input.folder, "go.sum"), sumFile, "go.sum") : {}),
  };
  return { folder: input.folder, flags, env, modFile, sumFile, digests };
}

/** No flag gives a workspace another file; GOWORK does, and then its relative paths must lead to the user's folders. */
async function workspaceCopy(
  { folder }: WorkspaceInput,
  copy: string,
  sums: "with-sums" | "without-sums",
): Promise<PrivateCopy> {
  const modFile = join(copy, "go.work");
  const sumFile = join(copy, "go.work.sum");
  const work = await readIfThere(join(folder, "go.work"));
  const digests: Record<string, string> = {};
  if (work !== undefined) {
    await writeFile(modFile, relocateGoWork(work.toString("utf8"), folder));
    digests["go.work"] = sha256Hex(work);
  }
  if (sums === "with-sums")
    Object.assign(digests, await copyFile(join(folder, "go.work.sum"), sumFile, "go.work.sum"));
  // In a workspace go accepts no -mod=mod, and adds to go.work.sum what it needs all the same.
  const env = { GOWORK: modFile, GOFLAGS: "-mod=readonly -modcacherw" };
  return { folder, flags: [], env, modFile, sumFile, digests };
}

/** @returns the digest under `name`; nothing when the file is not there */
async function copyFile(from: string, to: string, name: string): Promise<Record<string, string>> {
  const data = await readIfThere(from);
  if (data === undefined) return {};
  await writeFile(to, data);
  return { [name]: sha256Hex(data) };
}

/** A main module that requires one module and nothing else: that module's own `replace` lines do not apply, as for its users. */
function emptyMainModule(module: ModuleVersion): string {
  return `module airgo.invalid/main\n\ngo 1.21\n\nrequire ${module.path} ${module.version}\n`;
}
