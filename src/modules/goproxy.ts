import { errorCatalogue } from "../support/error-codes.js";
import { AirgoError, isAirgoError, messageOf } from "../support/errors.js";
import { isFileUrl, pathOfFileUrl } from "../support/file-url.js";
import { moduleGone, moduleNotFound, reachedDirect } from "./module-absence.js";

/** One entry of a GOPROXY list and the rule for going on to the next one (https://go.dev/ref/mod#goproxy-protocol). */
export interface ProxyEntry {
  /** A base address without a slash at its end, or Go's keywords. */
  readonly base: string;
  readonly kind: "proxy" | "direct" | "off";
  /** `,` after it: only "no such thing" (404, 410) leads on; `|`: any error does. */
  readonly next: "when-missing" | "when-failing" | "end";
}

const hint =
  'set GOPROXY to your module proxy (for example GOPROXY=https://proxy.corp.example), or `sources: { proxy: "…" }` in bundles.yaml';

/**
 * Reads a GOPROXY list.
 * @throws AIRGO_PROXY_UNSET when it is empty, AIRGO_PROXY_INVALID when an entry is no http(s) or file address
 */
export function parseGoProxy(list: string): ProxyEntry[] {
  const parts = list.split(/([,|])/).map((part) => part.trim());
  const texts = parts.filter((part, i) => i % 2 === 0 && part !== "");
  const entries: ProxyEntry[] = [];
  for (let i = 0; i < parts.length; i += 2) {
    const text = parts[i] as string;
    if (text === "") continue;
    const separator = parts[i + 1];
    const next = separator === "," ? "when-missing" : separator === "|" ? "when-failing" : "end";
    const entry = toEntry(text, next);
    if (entry === undefined || isRestOfSecret(text, entries)) throw refused(texts, entries.length);
    entries.push(entry);
    // Go reads nothing behind these two either.
    if (text === "direct" || text === "off") break;
  }
  if (entries.length === 0)
    throw new AirgoError("AIRGO_PROXY_UNSET", { what: "the module proxy list is empty", hint });
  return entries;
}

/** An entry, or undefined where the text is no address that can be used. */
function toEntry(text: string, next: ProxyEntry["next"]): ProxyEntry | undefined {
  if (text === "direct" || text === "off") return { base: text, kind: text, next: "end" };
  if (isFileUrl(text)) {
    const base = text.replace(/\/+$/, "");
    return pathOfFileUrl(base) === undefined ? undefined : { base, kind: "proxy", next };
  }
  // As Go reads it: an address without a scheme means https, and a single word is a keyword, never a host.
  const address = /[.:/]/.test(text) && !/:\/|^\//.test(text) ? `https://${text}` : text;
  // What is asked for is written behind the address, so nothing may follow its path. An @ in the path is most likely
  // that of `user:password@` behind a mistyped scheme or with a slash in the password.
  if (!/^https?:\/\/[^\s?#/]+(?:\/[^\s?#@]*)?$/i.test(address) || !URL.canParse(address)) return undefined;
  return { base: address.replace(/\/+$/, ""), kind: "proxy", next };
}

/**
 * True for `PW@host` behind `https://user:12`: a password with a separator in it. Both are addresses, but asking them
 * would show one half to a resolver and the other to a stranger. Who means two proxies writes a scheme.
 */
function isRestOfSecret(text: string, before: readonly ProxyEntry[]): boolean {
  return before.length > 0 && text.includes("@") && !text.includes("://");
}

/** The error for an entry of the list, which may hold a password in any form: see `tellable`. */
function refused(texts: readonly string[], index: number): AirgoError {
  const others = texts.filter((_, i) => i !== index);
  return new AirgoError("AIRGO_PROXY_INVALID", {
    what: "an entry of the module proxy list is not an address that airgo can use",
    where: tellable(texts[index] ?? "", others) ?? `entry ${index + 1} of the list`,
    expected:
      "https://…, http://… or file:///… without a query, `direct` or `off`; a password's , | / ? # as %2C %7C %2F %3F %23",
    hint,
  });
}

/**
 * As much of a refused entry as holds no secret: what follows its last `@`, without a query. Nothing when another piece
 * of the list has an `@` or a query: the list was perhaps cut within a password or a token, and this is a part of it.
 */
function tellable(text: string, others: readonly string[]): string | undefined {
  if (others.some((other) => /[@?#]/.test(other))) return undefined;
  const at = text.lastIndexOf("@");
  const shown = at === -1 ? text : `***${text.slice(at)}`;
  return shown.replace(/([?#]).*$/s, "$1***");
}

/** What an attempt gives for what the proxy had once and has no longer (410). */
export const gone = Symbol("gone");

/**
 * Asks the proxies of a list in turn, with Go's rules for going on.
 * @param subject what is asked for, named in errors, such as `golang.org/x/net@v0.30.0`
 * @param attempt asks one proxy: a value, `gone`, or undefined for "no such thing"; throws on any other failure
 * @param onPassedOver told of a proxy that failed where the list leads on all the same
 * @throws AIRGO_MODULE_GONE or AIRGO_MODULE_NOT_FOUND when no proxy has it, AIRGO_PROXY_DIRECT when the list then
 *   reaches `direct` or `off` and nobody said that it was there once, else the failure of the proxy that ended the search
 */
export async function askProxies<T>(
  entries: readonly ProxyEntry[],
  subject: string,
  attempt: (base: string) => Promise<T | typeof gone | undefined>,
  onPassedOver: (base: string, error: AirgoError) => void = () => {},
): Promise<T> {
  let failure: { readonly found: string; readonly cause: unknown } | undefined;
  const goneAt: string[] = [];
  for (const { base, kind, next } of entries) {
    if (kind !== "proxy") {
      // What was there once is in no repository either, as far as anybody can tell.
      if (goneAt.length > 0 && failure === undefined) break;
      throw reachedDirect(kind, entries.length === 1, subject, failure);
    }
    try {
      const value = await attempt(base);
      if (value === gone) goneAt.push(base);
      else if (value !== undefined) return value;
    } catch (error) {
      if (next !== "when-failing" || !isProxysFault(error)) throw error;
      failure = { found: messageOf(error), cause: error };
      onPassedOver(base, error);
    }
  }
  if (failure !== undefined) throw failure.cause;
  throw goneAt.length > 0 ? moduleGone(subject, goneAt) : moduleNotFound(subject, addressesOf(entries));
}

/** The proxies of a list. */
export function addressesOf(entries: readonly ProxyEntry[]): string[] {
  return entries.filter(({ kind }) => kind === "proxy").map(({ base }) => base);
}

/** An interrupted run or a full disk stays so whatever proxy is asked next. */
function isProxysFault(error: unknown): error is AirgoError {
  if (!isAirgoError(error)) return false;
  const { exit } = errorCatalogue[error.code];
  return exit === "network" || exit === "integrity";
}
