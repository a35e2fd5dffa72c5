import { createChecksumDbClient } from "../checksumdb/client.js";
import { createToolchainModuleSource } from "../golang/toolchain-module.js";
import type { Manifest } from "../manifest/schema.js";
import { createModuleFiles } from "../modules/create-module-files.js";
import { matchesPrefixPatterns } from "../modules/private-patterns.js";
import type { Upstream } from "../modules/upstream.js";
import { AirgoError } from "../support/errors.js";
import type { RunContext } from "./context.js";
import { databaseOf } from "./database.js";
import { openGoSources } from "./go-sources.js";
import type { Sources } from "./sources.js";
import { tileCache } from "./tile-cache.js";

/**
 * The sources of a run with --offline: the store alone. Whatever would be asked of anybody else is an error instead, so
 * no setting of Go's is looked up, no client is made, and no credentials are read.
 */
export async function storeAsSource(context: RunContext, manifest: Manifest): Promise<Sources> {
  const { store, hashPool, traffic } = context;
  const patterns = manifest.sources.private.flatMap(({ match }) => match);
  const isPrivate = (path: string): boolean => matchesPrefixPatterns(patterns, path);
  const nobody = nobodyAt(store.root);
  const files = createModuleFiles({ store, upstreamOf: () => nobody, hashPool, isPrivate, traffic });
  const database = databaseOf(manifest.sources);
  const databaseAnswer = async (path: string): Promise<never> => {
    throw missing(`${path} of the checksum database`, database.name, store.root);
  };
  return {
    files,
    go: await openGoSources(context, manifest.sources, {
      module: createToolchainModuleSource(files, nobody),
      upstreamOf: () => nobody,
    }),
    database,
    databaseClient: createChecksumDbClient({
      name: database.name,
      verifierKey: database.key,
      fetchPath: databaseAnswer,
      tileCache: tileCache(context, database.name),
    }),
    databaseAnswer,
    isPrivate,
    close: async () => undefined,
  };
}

/** Nobody who could be asked. */
function nobodyAt(root: string): Upstream {
  const bytes = async (below: string, subject: string): Promise<never> => {
    throw missing(below, subject, root);
  };
  return { bytes, index: bytes, has: bytes, file: async ({ below, subject }) => bytes(below, subject) };
}

function missing(what: string, where: string, root: string): AirgoError {
  return new AirgoError("AIRGO_OFFLINE", {
    what: `the store has no ${what}, and --offline forbids fetching it`,
    where,
    expected: `it in the store ${root}`,
    found: "nothing",
    hint: "run without --offline where there is a network: that fills the store, unless its kit stands already (remove it then); XDG_CACHE_HOME says where the store lies",
  });
}
