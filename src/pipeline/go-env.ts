import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { ChecksumDbClient } from "../checksumdb/client.js";
import { toolchainModule, type GoSource, type Toolchain } from "../golang/go-source.js";
import { makeListingGoroot } from "../golang/listing-goroot.js";
import { chooseReleases } from "../golang/release-choice.js";
import { compareGoVersionTexts } from "../golang/version.js";
import type { Manifest } from "../manifest/schema.js";
import { parseGoProxy, type ProxyEntry } from "../modules/goproxy.js";
import { isAbsence } from "../support/absence.js";
import { removeTree } from "../support/trees.js";
import type { RunContext } from "./context.js";

export interface GoEnvTools {
  readonly context: RunContext;
  readonly archive: GoSource;
  readonly database: Pick<ChecksumDbClient, "lookup">;
}

/**
 * The module proxies that Go itself would ask: GOPROXY in the go.env of an official archive, for machines where nobody
 * says another one. It is the archive that the kits' ranges stand for, so that it is fetched once. Nothing of it runs
 * here; its tree has the `h1:` that the checksum database gave, whose proof comes later, before anything runs.
 */
export async function proxiesOfGoEnv(
  { context, archive, database }: GoEnvTools,
  manifest: Manifest,
): Promise<ProxyEntry[]> {
  const ranges = [...new Set(Object.values(manifest.kits).flatMap(({ go }) => go))];
  const h1Of = async (toolchain: Toolchain): Promise<string> => {
    const { path, version } = toolchainModule(toolchain);
    return (await database.lookup(path, version)).h1;
  };
  const isRecorded = (toolchain: Toolchain): Promise<boolean> =>
    h1Of(toolchain).then(
      () => true,
      (error: unknown) => {
        if (isAbsence(error)) return false;
        throw error;
      },
    );
  const { versions } = await chooseReleases(ranges, [context.arch], archive, isRecorded);
  const version = Object.values(versions).toSorted(compareGoVersionTexts).at(-1) ?? "";
  const toolchain = { version, arch: context.arch };
  const h1 = await h1Of(toolchain);
  const text = await goEnvOf(context, toolchain, h1, archive);
  const list = /^GOPROXY=(.*)$/m.exec(text)?.[1]?.trim() ?? "";
  const note = `no module proxy is configured: the one in the go.env of go${version} is asked, as go would`;
  context.emit({ type: "note", stage: "resolve", text: note });
  return parseGoProxy(list);
}

async function goEnvOf(
  context: RunContext,
  toolchain: Toolchain,
  h1: string,
  archive: GoSource,
): Promise<string> {
  const folder = await context.store.temporaryFolder();
  try {
    const bringZip = async () => (await archive.keep(toolchain, h1, {})).zip;
    await makeListingGoroot(context, { toolchain, h1, bringZip, folder });
    return await readFile(join(folder, "go.env"), "utf8");
  } finally {
    await removeTree(folder);
  }
}
