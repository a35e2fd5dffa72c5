/** `user:password@` in front of a host. The scheme and the host stay, because they are needed to act. */
const userInfo = /([a-z][a-z0-9+.-]*:\/\/)[^/?#\s@]*@/gi;
/** Query strings often carry signed tokens; the path alone tells what was asked for. */
const query = /([a-z][a-z0-9+.-]*:\/\/[^\s?#"']*)\?[^\s"']*/gi;
const authorization = /\b(authorization|proxy-authorization)\s*[:=]\s*\S+(\s+\S+)?/gi;
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/**
 * Removes what must not be printed: credentials in addresses, query strings, authorization headers, and control
 * characters that could rewrite a terminal. Line feeds and tabs stay.
 */
export function redact(text: string): string {
  return text
    .replace(userInfo, "$1***@")
    .replace(query, "$1?***")
    .replace(authorization, "$1: ***")
    .replace(control, "\u{fffd}");
}
