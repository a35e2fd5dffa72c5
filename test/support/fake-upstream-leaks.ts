import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { lstat, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";

import { fromBufferPromise } from "yauzl";

/** A secret that nothing else has in it, with characters that a URL, base64 and a shell treat specially. */
export function makeSecret(): string {
  return `k${randomBytes(15).toString("base64url")}+/=%~$x`;
}

/** Every form in which a secret could be written: as it is, percent-encoded, in hex, and within any base64. */
export function formsOf(secret: string): string[] {
  const inBase64 = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]).toString("base64");
    // The first and the last characters depend on what stands beside the secret.
    const certain = text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + secret.length) * 8) / 6));
    return [certain, certain.replaceAll("+", "-").replaceAll("/", "_")];
  });
  const hex = Buffer.from(secret).toString("hex");
  return [...new Set([secret, encodeURI(secret), encodeURIComponent(secret), hex, ...inBase64])];
}

/**
 * The files below a folder that hold one of the texts, in their names or bytes, also packed: in gzip, zip and tar.
 * @param except names of files, relative to the folder, that are not looked at
 */
export async function filesWith(
  folder: string,
  texts: readonly string[],
  except: readonly string[] = [],
): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const name = relative(folder, file);
    if (except.includes(name)) continue;
    if (texts.some((text) => name.includes(text))) found.push(`the name of ${name}`);
    if (!(await lstat(file)).isFile()) continue;
    for (const part of await partsOf(await readFile(file)))
      if (texts.some((text) => part.includes(text))) found.push(name);
    if (name.endsWith(".tar"))
      found.push(...(await inArchive(file, texts)).map((inner) => `${name}: ${inner}`));
  }
  return found;
}

/** A file's bytes, and those that are packed in it. */
async function partsOf(data: Buffer): Promise<Buffer[]> {
  if (data.length > 2 && data.readUInt16BE(0) === 0x1f8b) return [data, gunzipSync(data)];
  if (!data.subarray(0, 4).equals(Buffer.from("PK\u0003\u0004"))) return [data];
  const zip = await fromBufferPromise(data);
  const parts = [data];
  for await (const entry of zip.eachEntry()) parts.push(await buffer(await zip.openReadStreamPromise(entry)));
  return parts;
}

async function inArchive(file: string, texts: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "airgo-unpacked-"));
  try {
    execFileSync("tar", ["-xf", file, "-C", folder]);
    return await filesWith(folder, texts);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
