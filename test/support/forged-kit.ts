import { createHash, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync, gzipSync } from "node:zlib";

import { extract, pack } from "tar-stream";

import { parseTreeHead } from "../../src/checksumdb/tree-head.js";
import { endOfTar, padding, tarHeader } from "../../src/golang/layers/tar-header.js";
import { entryTime } from "../../src/kit/archive-form.js";
import { entriesPath, kitId } from "../../src/kit/layout.js";
import { gosumdbOf, kitJson, kitTables, type GorootFacts, type LayerFacts } from "../../src/kit/metadata.js";
import { formatSums } from "../../src/kit/sums.js";
import type { Lock } from "../../src/lock/schema.js";
import { formatLock } from "../../src/lock/text.js";
import { sha256Hex } from "../../src/support/digest.js";

/*
 * What somebody can do who holds a signing key: any kit whatever, with every digest and signature made anew. Only the
 * log of the checksum database is out of reach.
 */

/** A kit as files in memory. */
export interface ForgedKit {
  readonly name: string;
  /** Of the kit itself, by path, SHA256SUMS apart. */
  readonly files: Map<string, Buffer>;
  /** Beside the archive, apart from the sums and what follows from the kit. */
  readonly papers: Map<string, Buffer>;
}

export interface ForgedFolder {
  readonly folder: string;
  readonly tar: string;
}

/** The key that forged kits are signed with; its public half is trusted. */
export const insider = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
export const insiderPem = insider.publicKey.export({ type: "spki", format: "pem" }).toString();

/** Reads a finished kit's folder. */
export async function readKit(folder: string): Promise<ForgedKit> {
  const tar = readdirSync(folder).find((name) => name.endsWith(".tar")) ?? "";
  const top = tar.slice(0, -4);
  const files = new Map<string, Buffer>();
  for (const [name, data] of await untar(readFileSync(join(folder, tar))))
    files.set(name.slice(top.length + 1), data.content);
  files.delete("SHA256SUMS");
  const papers = new Map(
    ["README.txt", "rehearsal.json", "rehearsal.txt"].map((name) => [name, readFileSync(join(folder, name))]),
  );
  return { name: top.slice(0, -13), files, papers };
}

/** A copy to alter. */
export function copyOf({ name, files, papers }: ForgedKit): ForgedKit {
  return { name, files: new Map(files), papers: new Map(papers) };
}

export interface WriteOptions {
  /** Alters the archive before it is summed. */
  readonly tar?: (bytes: Buffer) => Buffer;
  /** The order of the archive's entries, and their names below the top; else sorted. */
  readonly names?: readonly string[];
  readonly mode?: (path: string) => number;
  readonly key?: KeyObject;
  /** Adds SM3 lists, of the kit and of the folder; each may be altered. */
  readonly sm3?: { readonly contents?: (text: string) => string; readonly folder?: (text: string) => string };
}

/** Writes a kit's folder with sums and a signature that fit, whatever is in it. */
export async function writeKit(
  parent: string,
  kit: ForgedKit,
  options: WriteOptions = {},
): Promise<ForgedFolder> {
  const sums = formatSums([...kit.files].map(([path, data]) => ({ path, sha256: sha256Hex(data) })));
  const top = `${kit.name}-${kitId(sha256Hex(sums))}`;
  const all = new Map([...kit.files, ["SHA256SUMS", Buffer.from(sums)]]);
  const names = options.names ?? [...all.keys()].sort();
  const mode = options.mode ?? ((path) => (path === "install.sh" ? 0o755 : 0o644));
  const packer = pack();
  const packed = buffer(packer);
  for (const path of names)
    packer.entry(
      { name: `${top}/${path}`, mode: mode(path), mtime: entryTime },
      all.get(path) ?? Buffer.from("?"),
    );
  packer.finalize();
  const tar = (options.tar ?? ((bytes) => bytes))(await packed);

  rmSync(parent, { recursive: true, force: true });
  mkdirSync(parent, { recursive: true });
  const beside = new Map([...kit.papers, [`${top}.tar`, tar], ["contents.SHA256SUMS", Buffer.from(sums)]]);
  if (options.sm3 !== undefined) {
    const { contents = String, folder = String } = options.sm3;
    beside.set("contents.SM3SUMS", Buffer.from(contents(sm3Sums(all))));
    beside.set("SM3SUMS", Buffer.from(folder(sm3Sums(beside))));
  }
  for (const [path, data] of beside) writeFileSync(join(parent, path), data);
  sumAndSign(parent, [...beside.keys()], options.key);
  return { folder: parent, tar: join(parent, `${top}.tar`) };
}

function sm3Sums(files: ReadonlyMap<string, Buffer>): string {
  return formatSums(
    [...files].map(([path, data]) => ({ path, sha256: createHash("sm3").update(data).digest("hex") })),
  );
}

/** Makes SHA256SUMS and its signature anew for a folder. */
export function sumAndSign(
  folder: string,
  names: readonly string[],
  key: KeyObject = insider.privateKey,
): void {
  const document = formatSums(
    names.map((path) => ({ path, sha256: sha256Hex(readFileSync(join(folder, path))) })),
  );
  signDocument(folder, document, key);
}

/** Writes a SHA256SUMS of any text with a signature over it. */
export function signDocument(folder: string, document: string, key: KeyObject = insider.privateKey): void {
  writeFileSync(join(folder, "SHA256SUMS"), document);
  writeFileSync(join(folder, "SHA256SUMS.dev.sig"), sign("sha256", Buffer.from(document), key));
  const pem = createPublicKey(key).export({ type: "spki", format: "pem" });
  writeFileSync(join(folder, "dev.pub.pem"), pem);
}

/** The lock of a kit. */
export function lockOf({ files }: ForgedKit): Lock {
  return JSON.parse(files.get("bundles.lock")?.toString("utf8") ?? "") as Lock;
}

/** Puts another lock into a kit, with all tables made anew from it and from the layers as they are. */
export async function retell(kit: ForgedKit, lock: Lock = lockOf(kit)): Promise<void> {
  const facts = { goroots: [] as GorootFacts[], layers: [] as LayerFacts[] };
  const bytes = new Map<string, { files: number; unpackedBytes: number }>();
  for (const [path, data] of kit.files) {
    const [, version = "", title = ""] =
      /^toolchains\/go(.+?)\.(common|linux-\w+)\.tar\.gz$/.exec(path) ?? [];
    if (title === "") continue;
    const layer = title.replace("linux-", "");
    const entries = await untar(gunzipSync(data));
    const rows = [...entries].map(
      ([name, { content, mode }]) => `0${mode.toString(8)}\t${sha256Hex(content)}\t${name}\n`,
    );
    kit.files.set(entriesPath(version, layer), Buffer.from(rows.join("")));
    const unpackedBytes = [...entries.values()].reduce((sum, { content }) => sum + content.length, 0);
    bytes.set(`${version} ${layer}`, { files: entries.size, unpackedBytes });
    facts.layers.push({
      version,
      layer,
      path,
      sha256: sha256Hex(data),
      size: data.length,
      files: entries.size,
      unpackedBytes,
    });
  }
  for (const toolchain of lock.toolchains) {
    const parts = ["common", toolchain.arch].map((layer) => bytes.get(`${toolchain.version} ${layer}`));
    const sum = (what: "files" | "unpackedBytes"): number =>
      parts.reduce((all, part) => all + (part?.[what] ?? 0), 0);
    facts.goroots.push({ toolchain, files: sum("files"), unpackedBytes: sum("unpackedBytes") });
  }
  const head = headOf(lock);
  const airgoVersion = /^airgo\t(.*)$/m.exec(kit.files.get("kit/kit.tsv")?.toString("utf8") ?? "")?.[1] ?? "";
  const told = {
    ...facts,
    name: kit.name,
    airgoVersion,
    lock,
    treeHead: head,
    expires: /^expires\t(.*)$/m.exec(kit.files.get("kit/kit.tsv")?.toString("utf8") ?? "")?.[1],
    gosumdb: gosumdbOf(lock.checksumDatabase),
    privatePatterns: lock.checksumDatabase.notCovered,
  };
  for (const [path, text] of kitTables(told)) kit.files.set(path, Buffer.from(text));
  kit.files.set("kit.json", Buffer.from(kitJson(told)));
  kit.files.set("bundles.lock", Buffer.from(formatLock(lock)));
}

/** What the lock's head says, whoever has signed it. */
function headOf(lock: Lock): { size: number; root: string } {
  try {
    const { size, root } = parseTreeHead(lock.checksumDatabase.head, lock.checksumDatabase.key);
    return { size, root: root.toString("base64") };
  } catch {
    const [, size = "", root = ""] = lock.checksumDatabase.head.split("\n");
    return { size: Number(size), root };
  }
}

/** Rewrites one layer; its tables are told anew by `retell`. */
export async function rewriteLayer(
  kit: ForgedKit,
  path: string,
  change: (files: Map<string, { content: Buffer; mode: number }>) => void,
): Promise<void> {
  const files = await untar(gunzipSync(kit.files.get(path) ?? Buffer.alloc(0)));
  change(files);
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  const blocks = sorted.flatMap(([name, { content, mode }]) => [
    tarHeader({ path: name, mode, size: content.length, mtime: 0 }),
    content,
    padding(content.length),
  ]);
  kit.files.set(path, gzipSync(Buffer.concat([...blocks, endOfTar])));
}

async function untar(bytes: Buffer): Promise<Map<string, { content: Buffer; mode: number }>> {
  const parser = extract();
  parser.end(bytes);
  const files = new Map<string, { content: Buffer; mode: number }>();
  for await (const entry of parser) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files.set(entry.header.name, { content: Buffer.concat(chunks), mode: entry.header.mode });
  }
  return files;
}
