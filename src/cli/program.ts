import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the built program (`dist`), where this file lies in `cli/`. */
const programFolder = fileURLToPath(new URL("..", import.meta.url));

/** The assembled install.sh. */
export const installerFile = join(programFolder, "installer", "install.sh");

/** The script of the threads that inspect zips. */
export const hashWorkerFile = join(programFolder, "modules", "hash-worker.js");

/** The script of the threads that convert official archives of Go. */
export const convertWorkerFile = join(programFolder, "golang", "archives", "convert-worker.js");

/** The OpenPGP key that Google signs Go's archives with. */
export const googleKeyFile = join(programFolder, "golang", "archives", "google-linux.asc");

/** The version in package.json. */
export async function packageVersion(): Promise<string> {
  const text = await readFile(join(programFolder, "..", "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/**
 * SHA-256 over every file of the built program, and package.json with its version and those of its libraries: a kit
 * made by another airgo is made again.
 */
export async function programDigest(): Promise<string> {
  const entries = await readdir(programFolder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && /\.(js|sh|asc)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .concat(join(programFolder, "..", "package.json"))
    .sort();
  const contents = await Promise.all(files.map((file) => readFile(file)));
  const hash = createHash("sha256");
  for (const [i, content] of contents.entries()) {
    hash.update(`${files[i]?.slice(programFolder.length)}\0${content.byteLength}\0`).update(content);
  }
  return hash.digest("hex");
}
