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

/** Go's escapes of one character (https://go.dev/ref/spec#String_literals), with the byte that each gives. */
const letters: ReadonlyMap<string, number> = new Map([
  ["a", 0x07],
  ["b", 0x08],
  ["f", 0x0c],
  ["n", 0x0a],
  ["r", 0x0d],
  ["t", 0x09],
  ["v", 0x0b],
  ["\\", 0x5c],
  ['"', 0x22],
]);

/** Those of several, behind the backslash: `x` and octal ones give a byte, `u` and `U` a character. */
const numbers = /x([\da-fA-F]{2})|([0-3][0-7]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})/y;

/**
 * Undefined when an escape is wrong, or when the bytes are no UTF-8: `\xff` gives a byte, not a character. All goes
 * into one buffer: a text of escapes alone must not take long.
 */
function unescaped(content: string): string | undefined {
  // No escape gives more bytes than it is written with.
  const bytes = Buffer.alloc(Buffer.byteLength(content));
  let length = 0;
  for (let at = 0; at < content.length;) {
    const backslash = content.indexOf("\\", at);
    const plain = content.slice(at, backslash === -1 ? undefined : backslash);
    if (plain !== "") length += bytes.write(plain, length);
    if (backslash === -1) break;
    const escape = escapeAt(content, backslash + 1);
    if (escape === undefined) return undefined;
    if (typeof escape.value === "number") bytes[length++] = escape.value;
    else length += bytes.write(escape.value, length);
    at = escape.end;
  }
  return decoded(bytes.subarray(0, length));
}

interface Escape {
  /** A byte, or a character. */
  readonly value: number | string;
  readonly end: number;
}

/** @param at behind the backslash */
function escapeAt(content: string, at: number): Escape | undefined {
  const letter = letters.get(content.charAt(at));
  if (letter !== undefined) return { value: letter, end: at + 1 };
  numbers.lastIndex = at;
  const [whole, hex, octal, short, long] = numbers.exec(content) ?? [];
  if (whole === undefined) return undefined;
  const end = at + whole.length;
  if (hex !== undefined) return { value: parseInt(hex, 16), end };
  if (octal !== undefined) return { value: parseInt(octal, 8), end };
  const point = parseInt(short ?? long ?? "", 16);
  return isCharacter(point) ? { value: String.fromCodePoint(point), end } : undefined;
}

function isCharacter(point: number): boolean {
  return point < 0xd800 || (point > 0xdfff && point <= 0x10ffff);
}

function decoded(bytes: Buffer): string | undefined {
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : undefined;
}
