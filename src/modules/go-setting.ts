import { isAirgoError } from "../support/errors.js";
import type { RunProcess } from "../support/processes.js";
import { settingsInFile } from "./go-env-file.js";

/** Where a run stands: what it asks a go on PATH with. */
export interface GoSurroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly run: RunProcess;
  readonly folder: string;
}

/**
 * Settings of Go: from the variables, else as `go env -w` stored them, else Go's default. A go on PATH tells them, and
 * is asked for these settings only. Where none answers, airgo reads the file that go would read, and knows no defaults.
 * @returns a value for each name, empty for what nobody says; undefined when there is neither a go nor a file to ask:
 *   then the variables are all there is
 * @throws AIRGO_DISK for such a file that cannot be read
 */
export async function settingsOfGo(
  names: readonly string[],
  surroundings: GoSurroundings,
): Promise<string[] | undefined> {
  return (await toldByGo(names, surroundings)) ?? (await toldByFile(names, surroundings));
}

/** A variable that is set and not empty goes before the file, name by name. */
async function toldByFile(
  names: readonly string[],
  { env, folder }: GoSurroundings,
): Promise<string[] | undefined> {
  const written = await settingsInFile(env, folder);
  if (written === undefined) return undefined;
  return names.map((name) => (env[name] || (written.get(name) ?? "")).trim());
}

/** Undefined when there is no go that can be asked. */
async function toldByGo(
  names: readonly string[],
  { env, run, folder }: GoSurroundings,
): Promise<string[] | undefined> {
  // Nothing but what decides these settings is passed on; GOTOOLCHAIN=local keeps that go from fetching another one.
  const deciding = ["PATH", "HOME", "XDG_CONFIG_HOME", "GOENV", ...names];
  const passed = deciding.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  try {
    const result = await run(["go", "env", ...names], {
      cwd: folder,
      env: { ...Object.fromEntries(passed), GOTOOLCHAIN: "local", GOWORK: "off" },
    });
    if (result.code !== 0) return undefined;
    const lines = result.stdout.split("\n");
    return names.map((_, index) => (lines[index] ?? "").trim());
  } catch (error) {
    if (isAirgoError(error) && error.code === "AIRGO_PLATFORM") return undefined;
    throw error;
  }
}
