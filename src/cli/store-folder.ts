import { xdgFolder } from "./xdg-folder.js";

/** Where the store is: `$XDG_CACHE_HOME/airgo`. */
export function storeFolder(env: NodeJS.ProcessEnv): string {
  return xdgFolder(env, "XDG_CACHE_HOME");
}
