import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { ChecksumDbClient } from "../checksumdb/client.js";
import { createRecordBook } from "../checksumdb/record-book.js";
import { toolchainModule, type GoSource, type LockedFiles, type Toolchain } from "../golang/go-source.js";
import { makeListingGoroot } from "../golang/listing-goroot.js";
import { chooseReleases } from "../golang/release-choice.js";
import { compareGoVersionTexts } from "../golang/version.js";
import type { Lock } from "../lock/schema.js";
import type { Manifest } from "../manifest/schema.js";
import { parseGoProxy, type ProxyEntry } from "../modules/goproxy.js";
import { removeTree } from "../support/trees.js";
import type { RunContext } from "./context.js";
import { proveRecords } from "./prove-records.js";
import { isRecorded } from "./recorded.js";

export interface GoEnvTools {
  readonly context: RunContext;
  readonly archive: GoSource;
  readonly databaseClient: ChecksumDbClient;
  readonly lock: Lock | undefined;
}

/** A Go whose go.env is read; nothing of it runs here. */
interface ProvenGo {
  readonly toolchain: Toolchain;
  /** Of its tree. */
  readonly h1: string;
  readonly locked?: LockedFiles;
}

/**
 * The module proxies that Go itself would ask: GOPROXY in the go.env of an official archive, for machines where nobody
 * says another one. It is an archive of the lock, else the one that the kits' ranges stand for: it is needed anyway.
 */
export async function proxiesOfGoEnv(tools: GoEnvTools, manifest: Manifest): Promise<ProxyEntry[]> {
  const go = lockedGo(tools) ?? (await chosenGo(tools, manifest));
  const text = await goEnvOf(tools, go);
  const list = /^GOPROXY=(.*)$/m.exec(text)?.[1]?.trim() ?? "";
  const note = `no module proxy is configured: the one in the go.env of go${go.toolchain.version} is asked, as go would`;
  tools.context.emit({ type: "note", stage: "resolve", text: note });
  return parseGoProxy(list);
}

/** One for this machine, if there is one: it is the same file in all. */
function lockedGo({ context, lock }: GoEnvTools): ProvenGo | undefined {
  const archives = lock?.toolchains.filter(({ source }) => source === "archive") ?? [];
  const found = archives.find(({ arch }) => arch === context.arch) ?? archives[0];
  if (found === undefined) return undefined;
  const { version, arch, h1, file, zip } = found;
  return { toolchain: { version, arch }, h1, locked: { file, zip } };
}

/** Proven to be in the checksum database first: whoever could slip in another archive would else name the proxy. */
async function chosenGo(
  { context, archive, databaseClient }: GoEnvTools,
  manifest: Manifest,
): Promise<ProvenGo> {
  const book = createRecordBook(databaseClient, []);
  const ranges = [...new Set(Object.values(manifest.kits).flatMap(({ go }) => go))];
  const { versions } = await chooseReleases(ranges, [context.arch], archive, (one) => isRecorded(book, one));
  const version = Object.values(versions).toSorted(compareGoVersionTexts).at(-1) ?? "";
  const toolchain = { version, arch: context.arch };
  await proveRecords({ databaseClient }, undefined, book, [toolchainModule(toolchain)]);
  return { toolchain, h1: (await book.of(toolchainModule(toolchain))).h1 };
}

async function goEnvOf(
  { context, archive }: GoEnvTools,
  { toolchain, h1, locked }: ProvenGo,
): Promise<string> {
  const folder = await context.store.temporaryFolder();
  try {
    const bringZip = async () => (await archive.keep(toolchain, h1, { locked })).zip;
    await makeListingGoroot(context, { toolchain, h1, bringZip, folder });
    return await readFile(join(folder, "go.env"), "utf8");
  } finally {
    await removeTree(folder);
  }
}
