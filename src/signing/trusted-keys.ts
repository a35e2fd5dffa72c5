import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { AirgoError, messageOf } from "../support/errors.js";
import type { PublicKey } from "./public-key.js";
import { maxKeyFile, nameOfKeyFile, readPublicKey } from "./read-public-key.js";

/**
 * Reads the public keys that somebody trusts.
 * @param paths files, or folders of which every file that is named like a key is read
 * @returns each key once, called as its file
 * @throws AIRGO_KEY_UNREADABLE
 */
export async function readTrustedKeys(paths: readonly string[]): Promise<PublicKey[]> {
  const files = await findKeyFiles(paths);
  const keys = await Promise.all(files.map(readKeyFile));
  return [...new Map(keys.map((key) => [`${key.name} ${key.id}`, key])).values()];
}

/**
 * The files that hold keys: those named, and of folders every one that is named like a key.
 * @throws AIRGO_KEY_UNREADABLE when there is no such file, or none in a folder
 */
export async function findKeyFiles(paths: readonly string[]): Promise<string[]> {
  return (await Promise.all(paths.map(filesOf))).flat();
}

async function filesOf(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = [];
    // A pipe that lies there would be waited for; one that is named itself is meant.
    for (const name of (await readdir(path)).filter(isKeyFile).sort())
      if ((await stat(join(path, name))).isFile()) names.push(name);
    if (names.length === 0) throw new Error("the folder holds no file named .pem, .asc, .gpg or .pub");
    return names.map((name) => join(path, name));
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Whether a file of a folder is named like a key; a signature of a kit may be too, and is none. */
function isKeyFile(name: string): boolean {
  return /\.(pem|asc|gpg|pub)$/.test(name) && !/^(SHA256|SM3)SUMS\./.test(name);
}

/**
 * Reads one public key's file; a pipe will do.
 * @throws AIRGO_KEY_UNREADABLE
 */
export async function readKeyFile(file: string): Promise<PublicKey> {
  try {
    return await readPublicKey(await beginningOf(file), nameOfKeyFile(file));
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** So much of a file that one too large shows as such. */
async function beginningOf(file: string): Promise<Buffer> {
  const handle = await open(file, "r");
  try {
    const parts: Buffer[] = [];
    let size = 0;
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(64 << 10), 0, 64 << 10, null);
      parts.push(buffer.subarray(0, bytesRead));
      size += bytesRead;
      if (bytesRead === 0 || size > maxKeyFile) return Buffer.concat(parts);
    }
  } finally {
    await handle.close();
  }
}

function unreadable(where: string, cause: unknown): AirgoError {
  return new AirgoError("AIRGO_KEY_UNREADABLE", {
    what: "the public key cannot be used",
    where,
    expected: "a public key in PEM (P-256, RSA, Ed25519, SM2), of OpenPGP, of SSH or of minisign",
    found: messageOf(cause),
    hint: "give the file that the signer handed over",
  });
}
