import { AirgoError, isAirgoError } from "../support/errors.js";
import type { RunProcess } from "../support/processes.js";
import { parseGoProxy, type ProxyEntry } from "./goproxy.js";

/**
 * The module proxies to use: what the manifest says, else (for `env`) Go's own setting, in Go's order: the variable
 * GOPROXY, then `go env GOPROXY` of a go on PATH. That go is asked for this setting only.
 * @throws AIRGO_PROXY_UNSET when nobody says one, AIRGO_PROXY_INVALID
 */
export async function proxySetting(
  fromManifest: string,
  env: NodeJS.ProcessEnv,
  run: RunProcess,
  folder: string,
): Promise<ProxyEntry[]> {
  if (fromManifest !== "env") return parseGoProxy(fromManifest);
  const list = env["GOPROXY"] || (await askGo(env, run, folder));
  if (list !== undefined && list !== "") return parseGoProxy(list);
  throw new AirgoError("AIRGO_PROXY_UNSET", {
    what: "no module proxy is configured",
    where: "GOPROXY",
    expected: "the variable GOPROXY, a go on PATH to ask, or `sources: { proxy: … }` in the manifest",
    found: "none of them",
    hint: "set GOPROXY to the address of your module proxy, for example GOPROXY=https://goproxy.corp.example",
  });
}

async function askGo(env: NodeJS.ProcessEnv, run: RunProcess, folder: string): Promise<string | undefined> {
  // Nothing but what decides this setting is passed on; GOTOOLCHAIN=local keeps that go from fetching another one.
  const names = ["PATH", "HOME", "XDG_CONFIG_HOME", "GOENV"];
  const passed = names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  try {
    const result = await run(["go", "env", "GOPROXY"], {
      cwd: folder,
      env: { ...Object.fromEntries(passed), GOTOOLCHAIN: "local", GOWORK: "off" },
    });
    return result.code === 0 ? result.stdout.trim() : undefined;
  } catch (error) {
    if (isAirgoError(error) && error.code === "AIRGO_PLATFORM") return undefined;
    throw error;
  }
}
