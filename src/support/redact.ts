/**
 * `user:password@` in front of a host, up to the last `@` of the authority. The scheme and the host stay, because they
 * are needed to act. A scheme has few letters: an unlimited one would take quadratic time on long words.
 */
const userInfo = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^/?#\s]*@/gi;
/** Query strings often carry signed tokens; the path alone tells what was asked for. */
const query = /\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s?#"']*)\?[^\s"']*/gi;
/** The scheme's name and the secret go; a second pass over `***` takes nothing more. */
const authorization = /\b(authorization|proxy-authorization)\s*[:=]\s*(?!\*\*\*)(?:(?:basic|bearer|digest|negotiate|token)\s+)?\S+/gi;
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/**
 * Removes what must not be printed: credentials in addresses, query strings, authorization headers, and control
 * characters that could rewrite a terminal. Line feeds and tabs stay. A redacted text comes out unchanged.
 */
export function redact(text: string): string {
  return text
    .replace(userInfo, "$1***@")
    .replace(query, "$1?***")
    .replace(authorization, "$1: ***")
    .replace(control, "\u{fffd}");
}
