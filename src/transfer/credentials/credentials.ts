import { isUtf8 } from "node:buffer";
import { open } from "node:fs/promises";
import { join, resolve } from "node:path";

import { AirgoError, messageOf } from "../../support/errors.js";
import { parseNetrc } from "./netrc.js";

/** Where credentials may be. */
export interface CredentialPlaces {
  readonly env: NodeJS.ProcessEnv;
  /** Paths of `file:` are relative to it: the manifest's. */
  readonly folder: string;
}

/** What is sent to one proxy. Nothing of it may be shown. */
export interface Credentials {
  /** The value of the header `Authorization`. */
  readonly authorization: string;
}

/** What may be in a variable or a file, worded to follow "expected". */
const form = "user:password, Bearer TOKEN, Basic BASE64, or a token alone, on one line";

/** Control characters, and what else no eye sees: they come from a slip, and could end a header. */
const invisible = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\u{feff}]/u;
/** What is no credentials, but would be read as user:password. */
const otherThings = /^(?:https?:\/\/|(?:proxy-)?authorization:)/i;

/** The header for credentials as people write them; undefined for a text of another form. */
export function authorizationOf(text: string): string | undefined {
  if (invisible.test(text) || otherThings.test(text) || /^(?:bearer|basic)$/i.test(text)) return undefined;
  if (/^(?:bearer +[!-~]+|basic +[A-Za-z0-9+/]+=*)$/i.test(text)) return text;
  if (/^(?:[^\s:]+:|[^\s:]*:\S|[^\s:]*:\S.*\S)$/.test(text)) return basic(text);
  return /^[!-9;-~]+$/.test(text) ? `Bearer ${text}` : undefined;
}

function basic(pair: string): string {
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

/**
 * Reads the credentials for a proxy.
 * @param reference `netrc`, `env:NAME` or `file:PATH`
 * @param proxy its address; a netrc file names it by host and port as they are written there
 * @throws AIRGO_CREDENTIALS, without anything of what was read
 */
export async function readCredentials(
  reference: string,
  proxy: string,
  { env, folder }: CredentialPlaces,
): Promise<Credentials> {
  if (reference === "netrc") return fromNetrc(netrcFile(env), hostOf(proxy));
  const place = reference.slice(reference.indexOf(":") + 1);
  if (reference.startsWith("env:")) {
    const value = env[place];
    if (value === undefined) throw unusable(proxy, `the variable ${place}`, "it is not set");
    return fromText(value, proxy, `the variable ${place}`);
  }
  const file = resolve(folder, place);
  const { text, mode } = await readText(file, proxy);
  if ((mode & 0o077) !== 0) {
    throw new AirgoError("AIRGO_CREDENTIALS", {
      what: `the credentials for ${hostOf(proxy)} are readable by others`,
      where: file,
      expected: "mode 0600",
      found: `mode 0${(mode & 0o777).toString(8)}`,
      hint: `chmod 600 '${file}' (and think about who may have read it)`,
    });
  }
  return fromText(text, proxy, file);
}

function fromText(text: string, proxy: string, where: string): Credentials {
  const line = text.replace(/\r?\n$/, "");
  if (line === "") throw unusable(proxy, where, "nothing");
  const authorization = authorizationOf(line);
  if (authorization === undefined) throw unusable(proxy, where, "a text of another form, which is not shown");
  return { authorization };
}

/** As the go command finds it. */
function netrcFile({ NETRC, HOME }: NodeJS.ProcessEnv): string {
  if (NETRC !== undefined && NETRC !== "") return NETRC;
  if (HOME !== undefined && HOME !== "") return join(HOME, ".netrc");
  throw new AirgoError("AIRGO_CREDENTIALS", {
    what: "there is no telling where the netrc file is",
    expected: "the variable NETRC or HOME",
    found: "neither is set",
  });
}

async function fromNetrc(file: string, host: string): Promise<Credentials> {
  const { text } = await readText(file, `https://${host}`);
  const entry = parseNetrc(text).find(({ machine }) => machine === host);
  const pair = entry === undefined ? undefined : `${entry.login}:${entry.password}`;
  if (pair !== undefined && !invisible.test(pair)) return { authorization: basic(pair) };
  throw new AirgoError("AIRGO_CREDENTIALS", {
    what: `there are no credentials for ${host} in the netrc file`,
    where: file,
    expected: `machine ${host} login NAME password PASSWORD`,
    found: pair === undefined ? "no such machine with a login and a password" : "one with control characters",
  });
}

/** Text and mode of one and the same file, whatever is renamed meanwhile. */
async function readText(file: string, proxy: string): Promise<{ text: string; mode: number }> {
  const { bytes, mode } = await readBytes(file).catch((cause: unknown) => {
    throw unusable(proxy, file, messageOf(cause), cause);
  });
  if (!isUtf8(bytes)) throw unusable(proxy, file, "bytes that are no UTF-8 text");
  return { text: bytes.toString(), mode };
}

async function readBytes(file: string): Promise<{ bytes: Buffer; mode: number }> {
  const handle = await open(file, "r");
  try {
    return { bytes: await handle.readFile(), mode: (await handle.stat()).mode };
  } finally {
    await handle.close();
  }
}

function hostOf(proxy: string): string {
  return /^https?:\/\/([^/]*)/i.exec(proxy)?.[1] ?? "";
}

function unusable(proxy: string, where: string, found: string, cause?: unknown): AirgoError {
  return new AirgoError("AIRGO_CREDENTIALS", {
    what: `the credentials for ${hostOf(proxy)} cannot be used`,
    where,
    expected: form,
    found,
    hint: "see `auth` in bundles.yaml, and set what it names where this command runs: airgo never asks for it",
    ...(cause === undefined ? {} : { cause }),
  });
}
