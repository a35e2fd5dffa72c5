import { isAirgoError } from "../support/errors.js";
import type { RunProcess } from "../support/processes.js";

/** Where a run stands: what it asks a go on PATH with. */
export interface GoSurroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly run: RunProcess;
  readonly folder: string;
}

/**
 * Settings of Go as a go on PATH tells them: from the variables, else as `go env -w` stored them, else Go's default.
 * That go is asked for these settings only. Undefined when there is no go that can be asked.
 */
export async function settingsOfGo(
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
