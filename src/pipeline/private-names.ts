import { golangOrgKey } from "../checksumdb/note.js";
import type { Manifest } from "../manifest/schema.js";
import { matchingPattern, privacySettings, type PrivacySetting } from "../modules/privacy-settings.js";
import type { Upstream } from "../modules/upstream.js";
import { AirgoError } from "../support/errors.js";
import type { RunContext } from "./context.js";
import { databaseOf } from "./database.js";
import { memo } from "./memo.js";

/** Keeps in what the engineer's own settings of Go call private, for modules that no private source covers. */
export interface PrivateNames {
  /** @throws AIRGO_PRIVATE_SOURCE_MISSING for a module that no proxy of `sources.proxy` may be asked for */
  checkProxies(modulePath: string): Promise<void>;
  /** @throws AIRGO_PRIVATE_SOURCE_MISSING for a module that the checksum database may not be asked for */
  checkDatabase(modulePath: string): Promise<void>;
}

/**
 * The guard over a run. What the manifest names itself was chosen for this project and goes before an engineer's
 * settings: GONOPROXY counts where the proxies are the engineer's too, and GONOSUMDB there and wherever the checksum
 * database is Go's public one. The settings are looked up when something is first checked.
 */
export function privateNames(
  { env, run, paths }: Pick<RunContext, "env" | "run" | "paths">,
  sources: Manifest["sources"],
): PrivateNames {
  const settings = memo(() => privacySettings({ env, run, folder: paths.folder }));
  const isEnv = sources.proxy === "env";
  const isPublicDatabase = databaseOf(sources).key === golangOrgKey;
  const checkProxies = async (path: string): Promise<void> => {
    if (isEnv) check((await settings()).noProxy, path, "the module proxies");
  };
  return {
    checkProxies,
    async checkDatabase(path) {
      // Lookups start early: without its files a record is of no use, and the name would be out for nothing.
      await checkProxies(path);
      if (isEnv || isPublicDatabase) check((await settings()).noDatabase, path, "the checksum database");
    },
  };
}

function check(setting: PrivacySetting, path: string, whom: string): void {
  const pattern = matchingPattern(setting, path);
  if (pattern === undefined) return;
  const { variable } = setting;
  throw new AirgoError("AIRGO_PRIVATE_SOURCE_MISSING", {
    what: `${path} is private by ${variable}, and no private source covers it: ${whom} cannot be asked for it`,
    where: path,
    expected: "an entry of `sources.private` that matches it",
    found: `the pattern ${pattern} of ${variable}`,
    hint: `add a \`sources.private\` entry for it to bundles.yaml, with the proxy that serves it (docs/private-modules.md); if it is public, narrow ${variable}`,
  });
}

/** The same upstream for one module, whose every question is checked before it is asked. */
export function checkedUpstream(upstream: Upstream, check: () => Promise<void>): Upstream {
  return {
    async bytes(...asked) {
      await check();
      return upstream.bytes(...asked);
    },
    async index(...asked) {
      await check();
      return upstream.index(...asked);
    },
    async file(request) {
      await check();
      return upstream.file(request);
    },
    async has(below, subject) {
      await check();
      return upstream.has(below, subject);
    },
  };
}
