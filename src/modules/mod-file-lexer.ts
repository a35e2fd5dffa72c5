/** A word, a quoted string or a bracket, as it is written. */
export interface Token {
  readonly text: string;
  /** Where it is in the file, in UTF-16 units: from `start` up to, not including, `end`. */
  readonly start: number;
  readonly end: number;
}

/** One directive of a go.mod or go.work file: a line of its own, or a line within a block. */
export interface Directive {
  /** The first word of the line, or of the block that the line is in. */
  readonly verb: string;
  readonly args: readonly Token[];
  /** From 1. */
  readonly line: number;
  readonly inBlock: boolean;
}

/** Which directives the lines of a block are; `verb` is undefined for a block that means nothing to go. */
interface Block {
  readonly verb: string | undefined;
}

/**
 * Takes a go.mod or go.work file apart (https://go.dev/ref/mod#go-mod-file-lexical). Lines that go cannot read are
 * passed over: go reads the same file and says what is wrong with it. The time it takes grows with the length only.
 */
export function directivesIn(text: string): Directive[] {
  const directives: Directive[] = [];
  let block: Block | undefined;
  let start = 0;
  for (const [index, content] of text.split("\n").entries()) {
    const tokens = scanLine(content, start);
    start += content.length + 1;
    const [first, ...rest] = tokens;
    if (first === undefined) continue;
    const line = index + 1;
    if (block === undefined) {
      const opened = openedBy(tokens);
      if (opened === "none") directives.push({ verb: first.text, args: rest, line, inBlock: false });
      else if (opened !== "empty") block = opened;
    } else if (first.text === ")") block = undefined;
    else if (block.verb !== undefined)
      directives.push({ verb: block.verb, args: tokens, line, inBlock: true });
  }
  return directives;
}

/** A block begins where a line ends in `(`; `verb ()` is one without lines. Brackets elsewhere are plain arguments. */
function openedBy(tokens: readonly Token[]): Block | "empty" | "none" {
  const [beforeLast, last] = [tokens.at(-2)?.text, tokens.at(-1)?.text];
  if (tokens.length > 2 && beforeLast === "(" && last === ")") return "empty";
  if (tokens.length < 2 || last !== "(") return "none";
  return { verb: tokens.length === 2 ? beforeLast : undefined };
}

/**
 * The tokens before a remark; none of a line that go cannot read.
 * @param offset where the line starts in the file
 */
function scanLine(line: string, offset: number): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; ;) {
    while (at < line.length && " \t\r".includes(line.charAt(at))) at++;
    if (at === line.length || line.startsWith("//", at)) return tokens;
    const end = endOfToken(line, at);
    if (end === undefined) return [];
    tokens.push({ text: line.slice(at, end), start: offset + at, end: offset + end });
    at = end;
  }
}

const brackets = "()[]{},";

/** Undefined when no token of go's begins here. */
function endOfToken(line: string, at: number): number | undefined {
  const first = line.charAt(at);
  if (brackets.includes(first)) return at + 1;
  return first === '"' || first === "`" ? endOfString(line, at) : endOfWord(line, at);
}

/** A backslash takes the next character with it in "…", and is a plain character in `…`. */
function endOfString(line: string, start: number): number | undefined {
  const quote = line.charAt(start);
  for (let at = start + 1; at < line.length; at++) {
    if (line.charAt(at) === quote) return at + 1;
    if (quote === '"' && line.charAt(at) === "\\") at++;
  }
  return undefined;
}

function endOfWord(line: string, start: number): number | undefined {
  let at = start;
  while (at < line.length && !line.startsWith("//", at)) {
    const character = String.fromCodePoint(line.codePointAt(at) as number);
    if (line.startsWith("/*", at)) return undefined;
    if (brackets.includes(character) || !printable.test(character)) break;
    at += character.length;
  }
  return at === start ? undefined : at;
}

/** What Go's unicode.IsPrint takes, except for the space. */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u;
