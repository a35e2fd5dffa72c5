import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";

import { AirgoError, hasSystemCode, isAirgoError, messageOf } from "../support/errors.js";

/** Bytes. `go env -w` writes some lines. */
const mostSettings = 1 << 20;

/**
 * What `go env -w` stored, by name, read from the file that Go reads. Undefined where Go would find none.
 * @param folder what a relative path starts from, as it does for a go that runs there
 * @throws AIRGO_DISK for one that cannot be read. Go passes over it; here that could let a private name out.
 */
export async function settingsInFile(
  env: NodeJS.ProcessEnv,
  folder: string,
): Promise<ReadonlyMap<string, string> | undefined> {
  const path = goEnvPath(env);
  const text = path === undefined ? undefined : await readSettings(resolve(folder, path));
  return text === undefined ? undefined : parseGoEnv(text);
}

/** Where Go looks (`go help environment`): GOENV, else below the user's folder of settings, as os.UserConfigDir has it. */
function goEnvPath({ GOENV, XDG_CONFIG_HOME, HOME }: NodeJS.ProcessEnv): string | undefined {
  if (GOENV) return GOENV === "off" ? undefined : GOENV;
  if (XDG_CONFIG_HOME)
    // Go takes a relative one for a mistake, and reads no file.
    return isAbsolute(XDG_CONFIG_HOME) ? join(XDG_CONFIG_HOME, "go/env") : undefined;
  return HOME ? join(HOME, ".config/go/env") : undefined;
}

/** As cmd/go reads it: NAME=VALUE, quotes are part of a value, the last of a name counts, and no other line does. */
function parseGoEnv(text: string): ReadonlyMap<string, string> {
  const pairs = text.split("\n").flatMap((line): [string, string][] => {
    const [, name, value] = /^([A-Z][^=]*)=(.*)$/s.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value]];
  });
  return new Map(pairs);
}

async function readSettings(file: string): Promise<string | undefined> {
  // What people name to have no settings, beside `off`.
  if (file === "/dev/null") return "";
  let handle: FileHandle | undefined;
  try {
    // Links are followed, as Go does. O_NONBLOCK: opening a named pipe would wait for a writer, for ever.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    await checkKindAndSize(handle, file);
    return await handle.readFile("utf8");
  } catch (error) {
    if (hasSystemCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw isAirgoError(error) ? error : unreadable(file, messageOf(error), error);
  } finally {
    await handle?.close();
  }
}

async function checkKindAndSize(handle: FileHandle, file: string): Promise<void> {
  const found = await handle.stat();
  if (!found.isFile()) throw unreadable(file, found.isDirectory() ? "a folder" : "a named pipe or a device");
  if (found.size > mostSettings) throw unreadable(file, `${found.size} bytes`);
}

/** Never with anything of what is in the file: GOPROXY may have credentials. */
function unreadable(file: string, found: string, cause?: unknown): AirgoError {
  return new AirgoError("AIRGO_DISK", {
    what: "the file with the settings of `go env -w` cannot be read: what it calls private is not known",
    where: file,
    expected: `a regular file of at most ${mostSettings >> 20} MiB that the user who runs airgo may read`,
    found,
    hint: "correct its rights or move it away, or let the variable GOENV name another file; GOENV=off stands for no settings",
    cause,
  });
}
