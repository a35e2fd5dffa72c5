/**
 * `user:password@` in front of a host, up to the last `@` of the authority. The host stays, because it is needed to
 * act. The scheme is not looked at: colour codes and other words may stick to it.
 */
const userInfo = /:\/\/[^/?#\s]*@/g;
/**
 * The start of such where the password holds `/`, `?` or `#` as they are. No address allows that, but people write it:
 * what follows the first colon is then no port number. A closing bracket is that of an IPv6 address.
 */
const brokenUserInfo = /:\/\/[^/?#@:[\]"']*:(?!\d{1,5}(?:[/?#,|]|$)|[,|]|$)/;
/**
 * The colon of `user:password@` without a scheme; behind that of a scheme stands a slash, behind a label a quote.
 * An IPv6 address is taken whole, because its colons are none.
 */
const looseColon = /\[[\da-f:.]{2,45}\](?=[:/?#,|*]|$)|:(?![/'])/gi;
/** The same where a slash may follow later: what then follows the colon is no port. */
const looseColonNoPort = /\[[\da-f:.]{2,45}\](?=[:/?#,|*]|$)|:(?![/']|\d{1,5}(?:[/?#,|]|$))/gi;
const notInUser = new Set("/=,|;'`()[]{}<>\u{fffd}");
/** An `@` before a host. Before a version or a digest it is that of a module or an image, before a slash Go's `@v/`. */
const version = String.raw`v?\d+\.\d+\.\d+(?![\d.])|v\d+(?:\.\d+)?(?![\w.-])|latest(?![\w.-])|sha256:|v\/`;
const plainAt = new RegExp(`@(?!${version})`, "g");
/** The same before what can be nothing but a host: it has dots, or a port. */
const hostAt = new RegExp(
  String.raw`@(?!${version})(?=[\w-]{1,63}\.[\w-]|[\w.-]{1,253}:\d|localhost\b|\[)`,
  "g",
);
/** Query strings often carry signed tokens; the path alone tells what was asked for. A quote ends an address. */
const query = /\?[^"']*/g;
/** The scheme's name and the secret go; a second pass over `***` takes nothing more. */
const authorization =
  /\b(authorization|proxy-authorization)["']?\s*[:=]\s*(?!["']?\*\*\*(?:[\s"',}]|$))["']?(?:(?:basic|bearer|digest|negotiate|token)\s+)?[^\s"']+/gi;
/** Control characters, and those that reorder or break a line for the eye. */
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** Secrets that this process uses, in every form in which they may come back; the longest first. */
let hidden: readonly string[] = [];
/** Shorter ones would be found in ordinary words. */
const shortestHidden = 4;

/**
 * Makes every later `redact` mask the secret in the value of a header `Authorization`: a server may repeat in its
 * answers what was sent to it.
 */
export function hideAuthorization(value: string): void {
  const [scheme = "", encoded = ""] = value.split(/ +/, 2);
  const password = /^basic$/i.test(scheme)
    ? Buffer.from(encoded, "base64")
        .toString()
        .replace(/^[^:]*:/, "")
    : encoded;
  const forms = [encoded, password, encodeURIComponent(password)];
  const all = new Set([...hidden, ...forms.filter((form) => form.length >= shortestHidden)]);
  hidden = [...all].sort((a, b) => b.length - a.length);
}

/**
 * Removes what must not be printed: secrets that are known, credentials in addresses, query strings, authorization headers, and control
 * characters that could rewrite a terminal. Line feeds and tabs stay. A redacted text comes out unchanged, and the time
 * it takes grows with the length of the text only.
 */
export function redact(text: string): string {
  // Control characters first: one inside a secret would hide its end from the patterns.
  const clean = hidden.reduce(
    (rest, secret) => rest.replaceAll(secret, "***"),
    text.replace(control, "\u{fffd}"),
  );
  return clean.replace(/\S+/g, redactWord).replace(authorization, "$1: ***");
}

function redactWord(word: string): string {
  const known = word.includes("://") ? withoutBrokenUserInfo(word.replace(userInfo, "://***@")) : word;
  // What is left of a word may be the start of an address again, such as `://(***@`.
  const bare = known.includes("@") ? withoutLooseUserInfo(known).replace(userInfo, "://***@") : known;
  const start = bare.search(/:\/\/|\*\*\*@/);
  return start === -1 ? bare : bare.slice(0, start) + bare.slice(start).replace(query, "?***");
}

function withoutBrokenUserInfo(word: string): string {
  const end = word.lastIndexOf("@");
  const start = word.slice(0, Math.max(end, 0)).search(brokenUserInfo);
  return start === -1 ? word : `${word.slice(0, start)}://***${word.slice(end)}`;
}

/**
 * Masks `user:password@` without a scheme, or behind a misspelt one (`https;//`, `https:/`, `//`). Quotes end it, since
 * `"key":"module@version"` is none.
 */
function withoutLooseUserInfo(word: string): string {
  return word
    .split('"')
    .map((part) => {
      const bare = part
        .split("/")
        .map((piece) => masked(piece, looseColon, plainAt))
        .join("/");
      // A password may hold a slash, but so does `host:8080/module@branch`: then only a full host name tells.
      return masked(bare, looseColonNoPort, hostAt);
    })
    .join('"');
}

/** Masks from the user's name, which ends at the first such colon, to the last such `@`. */
function masked(text: string, colon: RegExp, at: RegExp): string {
  const end = [...text.matchAll(at)].at(-1)?.index;
  const middle = [...text.matchAll(colon)].find(([found]) => found === ":")?.index;
  if (end === undefined || middle === undefined || end < middle) return text;
  let start = middle;
  while (start > 0 && !notInUser.has(text[start - 1] as string)) start--;
  return `${text.slice(0, start)}***${text.slice(end)}`;
}
