import { createHash } from "node:crypto";

import { isFileUrl, pathOfFileUrl } from "../support/file-url.js";
import { privateProxyPattern } from "./private-sources.js";
import { closest } from "./suggest.js";

const url = "https?://[^\\s,|]+";

/** What a proxy list is, worded to follow "expected". */
export const proxyForm = '"env", or a list of https://, http:// and file:/// addresses, "direct" and "off"';

const pathRest = "[^\\s,|?#]";
const fileUrl = `file://(?:localhost)?/+[^\\s,|?#/]${pathRest}*`;

/**
 * The part of GOPROXY's grammar that this version can fetch from: http(s) addresses without a query, folders as
 * file:///path, `direct` and `off`, between `,` or `|`; an address without a scheme means https (golang.org/ref/mod#environment-variables).
 * `env` stands for Go's own setting. isProxyList also reads the addresses.
 */
const proxyElement = `(?:direct|off|https?://${pathRest}+|${fileUrl}|(?![^\\s,|]*:/)[^\\s,|:/.?#]+[.:][^\\s,|/?#]*(?:/${pathRest}*)?)`;
export const proxyPattern = new RegExp(`^(?:env|${proxyElement}(?:[,|]${proxyElement})*)$`);

/** A source of Go: the toolchain module, or the address of a folder of official archives, without credentials. */
export const archiveBasePattern = new RegExp(`^(?:module|${privateProxyPattern.source.slice(1, -1)})$`);

/** GOSUMDB's grammar: a known name or a verifier key `name+hash+key`, and perhaps the address that serves it. */
export const sumdbPattern = new RegExp(
  `^(?:sum\\.golang\\.org|[^\\s+]+\\+[0-9a-f]{8}\\+[A-Za-z0-9+/]+=*)(?: ${url})?$`,
);

const proxyKeywords = ["direct", "off"];
/** Named one by one: a hint repeats them, and what stands before `:/` may else be a piece of a password. */
const otherScheme = /^(s?ftp|ssh|git|s3):\//i;

/** True for a proxy list whose every address can be fetched from, as far as a text can tell. */
export function isProxyList(text: string): boolean {
  if (!proxyPattern.test(text)) return false;
  if (text === "env") return true;
  const entries = proxyEntries(text);
  return !isCutPassword(entries) && entries.every((entry) => proxyKeywords.includes(entry) || isUrl(entry));
}

/** What to do about a text that is no proxy list, where its writer's intention is plain. */
export function proxyHint(text: string): string | undefined {
  if (text.trim() === "") return 'leave the key out, or write "env" for Go\'s own setting';
  const entries = proxyEntries(text);
  const other = entries.flatMap((entry) => otherScheme.exec(entry)?.[1]?.toLowerCase() ?? [])[0];
  if (other !== undefined) return `this version of airgo cannot fetch from ${other}: addresses`;
  if (/\s/.test(text.trim())) return "write the list without spaces";
  if (entries.includes("")) return "an entry of the list is empty";
  if (entries.includes("env")) return '"env" stands alone: it is Go\'s own list';
  if (entries.some((entry) => /^file:|^\//i.test(entry) && !isFolder(entry))) {
    return "a folder is written as file:///path, percent-encoded, and without a host";
  }
  if (entries.some((entry) => entry.includes(":/") && !/^(?:https?:\/\/|file:\/\/\/)/.test(entry))) {
    return "an address begins with https://, http:// or file:///";
  }
  if (isCutPassword(entries)) {
    return "write https:// before each address; write , and | in a password as %2C and %7C";
  }
  if (/[?#]/.test(text)) {
    return "what is asked for is written behind an address: leave out ? and # and what follows";
  }
  const keywords = entries.length === 1 ? ["env", ...proxyKeywords] : proxyKeywords;
  const words = entries.filter((entry) => /^[a-z]+$/i.test(entry) && !proxyKeywords.includes(entry));
  const near = words.map((word) => closest(word, keywords)).find((keyword) => keyword !== undefined);
  if (near !== undefined) return `did you mean "${near}"?`;
  return proxyPattern.test(text) ? "an address in it cannot be read: see its host and port" : undefined;
}

function proxyEntries(list: string): string[] {
  return list.split(/[,|]/).map((entry) => entry.trim());
}

/** True for `https://user:12,PW@host`, which is a password with a separator in it, not two addresses. */
function isCutPassword([, ...later]: readonly string[]): boolean {
  return later.some((entry) => entry.includes("@") && !/^(?:https?|file):\/\//.test(entry));
}

/** True for a folder's address that can be used. */
function isFolder(entry: string): boolean {
  return new RegExp(`^${fileUrl}$`).test(entry) && pathOfFileUrl(entry) !== undefined;
}

function isUrl(entry: string): boolean {
  if (isFileUrl(entry)) return isFolder(entry);
  return URL.canParse(/^https?:\/\//.test(entry) ? entry : `https://${entry}`);
}

/** What to do about a text that is no source of Go, where its writer's intention is plain. */
export function archiveBaseHint(text: string): string | undefined {
  if (text.includes("@")) return "leave credentials out: archives are fetched without any";
  if (text.includes("://")) return "the address of a folder, without ? and # and spaces";
  if (/^go\.dev(\/|$)/.test(text)) return `write it with https:// in front`;
  const near = closest(text, ["module"]);
  return near === undefined ? undefined : `did you mean "${near}"?`;
}

/** What to do about a text that names no checksum database. */
export function sumdbHint(text: string): string | undefined {
  if (text !== "off") return undefined;
  return "a kit is always checked against a checksum database; leave the key out for the default";
}

/**
 * True when the hash inside a verifier key is that of its name and key: a key with one wrong character is then told
 * here, at its place, and not as a bad signature later (golang.org/x/mod/sumdb/note). True too for a known name.
 */
export function isSumdbKeySound(sumdb: string): boolean {
  const verifier = sumdb.split(" ", 1)[0] ?? "";
  const [, name, hash, base64] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(verifier) ?? [];
  if (name === undefined || hash === undefined || base64 === undefined) return true;
  const key = Buffer.from(base64, "base64");
  const ed25519 = key.length === 33 && key[0] === 1 && key.toString("base64") === base64;
  const sum = createHash("sha256").update(`${name}\n`).update(key).digest("hex");
  return ed25519 && sum.startsWith(hash);
}
