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
/** Query strings often carry signed tokens; the path alone tells what was asked for. A quote ends an address. */
const query = /\?[^"']*/g;
/** The scheme's name and the secret go; a second pass over `***` takes nothing more. */
const authorization =
  /\b(authorization|proxy-authorization)["']?\s*[:=]\s*(?!["']?\*\*\*(?:[\s"',}]|$))["']?(?:(?:basic|bearer|digest|negotiate|token)\s+)?[^\s"']+/gi;
/** Control characters, and those that reorder or break a line for the eye. */
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Removes what must not be printed: credentials in addresses, query strings, authorization headers, and control
 * characters that could rewrite a terminal. Line feeds and tabs stay. A redacted text comes out unchanged, and the time
 * it takes grows with the length of the text only.
 */
export function redact(text: string): string {
  // Control characters first: one inside a secret would hide its end from the patterns.
  return text.replace(control, "\u{fffd}").replace(/\S+/g, redactWord).replace(authorization, "$1: ***");
}

function redactWord(word: string): string {
  const start = word.indexOf("://");
  if (start === -1) return word;
  const bare = withoutBrokenUserInfo(word.replace(userInfo, "://***@"));
  return bare.slice(0, start) + bare.slice(start).replace(query, "?***");
}

function withoutBrokenUserInfo(word: string): string {
  const end = word.lastIndexOf("@");
  const start = word.slice(0, Math.max(end, 0)).search(brokenUserInfo);
  return start === -1 ? word : `${word.slice(0, start)}://***${word.slice(end)}`;
}
