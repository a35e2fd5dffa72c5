import { homedir } from "node:os";
import { join } from "node:path";

/** A variable of the XDG base directory specification, and the folder below the home where it is not set. */
const bases = { XDG_CACHE_HOME: [".cache"], XDG_STATE_HOME: [".local", "state"] } as const;

/** airgo's own folder in a base directory: only an absolute path counts. */
export function xdgFolder(env: NodeJS.ProcessEnv, variable: keyof typeof bases): string {
  const base = env[variable];
  return join(base?.startsWith("/") ? base : join(homedir(), ...bases[variable]), "airgo");
}
