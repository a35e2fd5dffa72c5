import { AirgoError } from "../support/errors.js";
import type { RunProcess } from "../support/processes.js";
import { settingsOfGo } from "./go-setting.js";
import { parseGoProxy, type ProxyEntry } from "./goproxy.js";

/**
 * The module proxies to use: what the manifest says, else (for `env`) Go's own setting, in Go's order: the variable
 * GOPROXY, then `go env GOPROXY` of a go on PATH, which is asked for this setting only, then what `go env -w` stored.
 * @throws AIRGO_PROXY_UNSET when nobody says one, AIRGO_PROXY_INVALID, AIRGO_DISK
 */
export async function proxySetting(
  fromManifest: string,
  env: NodeJS.ProcessEnv,
  run: RunProcess,
  folder: string,
): Promise<ProxyEntry[]> {
  if (fromManifest !== "env") return parseGoProxy(fromManifest);
  const list = env["GOPROXY"] || (await settingsOfGo(["GOPROXY"], { env, run, folder }))?.[0];
  if (list !== undefined && list !== "") return parseGoProxy(list);
  throw new AirgoError("AIRGO_PROXY_UNSET", {
    what: "no module proxy is configured",
    where: "GOPROXY",
    expected:
      "the variable GOPROXY, a go on PATH to ask, what `go env -w` stored, or `sources: { proxy: … }` in the manifest",
    found: "none of them",
    hint: "set GOPROXY to the address of your module proxy, for example GOPROXY=https://goproxy.corp.example",
  });
}
