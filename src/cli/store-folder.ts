import { homedir } from "node:os";
import { join } from "node:path";

/** `$XDG_CACHE_HOME/airgo`, by the XDG base directory specification: only an absolute path counts. */
export function storeFolder(env: NodeJS.ProcessEnv): string {
  const cache = env["XDG_CACHE_HOME"];
  return join(cache?.startsWith("/") ? cache : join(homedir(), ".cache"), "airgo");
}
