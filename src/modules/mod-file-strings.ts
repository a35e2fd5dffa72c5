/**
 * The text that an argument of a directive stands for: of a quoted string its content, of a word the word itself.
 * Undefined where go refuses it: a word with a quote in it, or an escape that Go does not have.
 */
export function unquoted(argument: string): string | undefined {
  if (argument.startsWith('"')) return unescaped(argument.slice(1, -1));
  // The reference allows these, though the go command up to 1.26 refuses them.
  if (argument.startsWith("`")) return argument.slice(1, -1).replaceAll("\r", "");
  return /["'`]/.test(argument) ? undefined : argument;
}

/** A text as an argument of a directive: quoted where it would not be read as one word. */
export function quotedIfNeeded(text: string): string {
  const isWord = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+$/u.test(text) && !/["'`()[\]{},]|\/[/*]/.test(text);
  // JSON escapes no more than it must, and never in a way that Go does not know.
  return isWord ? text : JSON.stringify(text);
}

const escapes: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
};

/** What is not written as it is: Go's escapes (https://go.dev/ref/spec#String_literals), and a backslash of another kind. */
const escape =
  /\\(?:([abfnrtv\\"])|x([\da-fA-F]{2})|([0-3][0-7]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^]?))/g;

/** Undefined when an escape is wrong, or when the bytes are no UTF-8: `\xff` gives a byte, not a character. */
function unescaped(content: string): string | undefined {
  const parts: Buffer[] = [];
  let end = 0;
  for (const match of content.matchAll(escape)) {
    const [whole, letter, hex, octal, short, long, unknown] = match;
    if (unknown !== undefined) return undefined;
    parts.push(Buffer.from(content.slice(end, match.index)));
    end = match.index + whole.length;
    const point = short ?? long;
    if (letter !== undefined) parts.push(Buffer.from(escapes[letter] as string));
    else if (point === undefined)
      parts.push(Buffer.of(hex === undefined ? parseInt(octal ?? "", 8) : parseInt(hex, 16)));
    else if (isCharacter(parseInt(point, 16)))
      parts.push(Buffer.from(String.fromCodePoint(parseInt(point, 16))));
    else return undefined;
  }
  parts.push(Buffer.from(content.slice(end)));
  return decoded(Buffer.concat(parts));
}

function isCharacter(point: number): boolean {
  return point < 0xd800 || (point > 0xdfff && point <= 0x10ffff);
}

function decoded(bytes: Buffer): string | undefined {
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : undefined;
}
