import { provenanceJson } from "../kit/provenance.js";
import type { StagedKit } from "./assemble.js";
import type { RunContext } from "./context.js";
import { databaseOrigin, originNote } from "./origins.js";

/**
 * The text of a kit's provenance.json.
 * @param rehearsal how isolated it was
 */
export async function provenanceOf(context: RunContext, kit: StagedKit, rehearsal: string): Promise<string> {
  const { store, airgo, arch, nodeVersion } = context;
  const { lock } = kit;
  const fetched = [
    ...lock.toolchains.map(({ file }) => file.sha256),
    ...lock.modules.flatMap(({ mod, zip }) => (zip === undefined ? [mod.sha256] : [mod.sha256, zip.sha256])),
  ];
  const origins = new Map<string, string | undefined>();
  for (const sha256 of fetched) origins.set(sha256, await originNote(store, sha256));
  return provenanceJson({
    id: kit.id,
    facts: kit.facts,
    files: kit.files,
    airgoDigest: airgo.digest,
    node: nodeVersion,
    machine: `linux ${arch}`,
    rehearsal,
    originOf: (sha256) => origins.get(sha256),
    databaseAddress: await databaseOrigin(store, lock.checksumDatabase.name),
  });
}
