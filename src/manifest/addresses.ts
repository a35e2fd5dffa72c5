import { createHash } from "node:crypto";

const url = "https?://[^\\s,|]+";

/**
 * GOPROXY's grammar: addresses, `direct` and `off`, between `,` or `|`; an address without a scheme means https
 * (golang.org/ref/mod#environment-variables). `env` stands for Go's own setting.
 */
const proxyElement = `(?:direct|off|${url}|file:///[^\\s,|]+|(?![^\\s,|]*:/)[^\\s,|:/.]+[.:][^\\s,|/]*(?:/[^\\s,|]*)?)`;
export const proxyPattern = new RegExp(`^(?:env|${proxyElement}(?:[,|]${proxyElement})*)$`);

/** GOSUMDB's grammar: a known name or a verifier key `name+hash+key`, and perhaps the address that serves it. */
export const sumdbPattern = new RegExp(
  `^(?:sum\\.golang\\.org|[^\\s+]+\\+[0-9a-f]{8}\\+[A-Za-z0-9+/]+=*)(?: ${url})?$`,
);

/** What to do about a text that is no proxy list, where its writer's intention is plain. */
export function proxyHint(text: string): string | undefined {
  if (/\s/.test(text.trim())) return "write the list without spaces";
  return text.trim() === "" ? 'leave the key out, or write "env" for Go\'s own setting' : undefined;
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
