/**
 * True when one of the globs matches a prefix of the module's path that ends between two of its elements, as Go decides
 * for GOPRIVATE (golang.org/x/mod/module.MatchPrefixPatterns). Empty and malformed globs match nothing.
 */
export function matchesPrefixPatterns(patterns: readonly string[], modulePath: string): boolean {
  const elements = modulePath.split("/");
  return patterns.some((pattern) => {
    const glob = pattern.replace(/\/$/, "");
    const count = glob.split("/").length;
    return glob !== "" && elements.length >= count && matchesGlob(glob, elements.slice(0, count).join("/"));
  });
}

/** Decides on one character. */
type Test = (character: string) => boolean;

/** What stands between two stars of a glob. */
interface Piece {
  readonly afterStar: boolean;
  readonly tests: readonly Test[];
}

/**
 * Go's path.Match. Each piece is taken at its first place and never tried at a later one, as there: so a class, which
 * may match a slash though a star may not, decides alike.
 */
function matchesGlob(glob: string, name: string): boolean {
  const pieces = piecesOf(glob);
  if (pieces === undefined) return false;
  const characters = Array.from(name);
  let at: number | undefined = 0;
  for (const [index, piece] of pieces.entries()) {
    at = endOf(piece, characters, at, index === pieces.length - 1);
    if (at === undefined) return false;
  }
  return true;
}

/** Where a piece ends that is looked for from `from` on; the last one has to end with the name. */
function endOf(
  { afterStar, tests }: Piece,
  characters: readonly string[],
  from: number,
  isLast: boolean,
): number | undefined {
  for (let start = from; start <= characters.length; start++) {
    const end = start + tests.length;
    const passes = tests.every((test, offset) => passesAt(test, characters[start + offset]));
    if (passes && (!isLast || end === characters.length)) return end;
    if (!afterStar || characters[start] === "/") return undefined;
  }
  return undefined;
}

function passesAt(test: Test, character: string | undefined): boolean {
  return character !== undefined && test(character);
}

/** The glob's pieces; undefined when it is malformed. */
function piecesOf(glob: string): Piece[] | undefined {
  const pieces: { afterStar: boolean; tests: Test[] }[] = [{ afterStar: false, tests: [] }];
  for (let rest = glob; rest !== "";) {
    const [term] = termPattern.exec(rest) ?? [];
    if (term === undefined) return undefined;
    if (term.startsWith("*")) pieces.push({ afterStar: true, tests: [] });
    else pieces.at(-1)?.tests.push(testOf(term));
    rest = rest.slice(term.length);
  }
  return pieces;
}

const inClass = "(?:\\\\.|[^\\\\\\]-])";
const range = `${inClass}(?:-${inClass})?`;
/** Stars, a class, an escaped or a plain character. A caret that opens a class always negates it. */
const termPattern = new RegExp(`^(?:\\*+|\\[(?!\\^[\\]-])\\^?(?:${range})+\\]|\\\\.|[^\\\\[])`, "su");

function testOf(term: string): Test {
  if (term === "?") return (character) => character !== "/";
  if (term.length > 1 && term.startsWith("[")) return classTest(term.slice(1, -1));
  const plain = term.replace(/^\\/, "");
  return (character) => character === plain;
}

function classTest(content: string): Test {
  const isNegated = content.startsWith("^");
  const ranges = [...content.slice(isNegated ? 1 : 0).matchAll(new RegExp(range, "gsu"))].map(([text]) => {
    const ends = (text.match(new RegExp(inClass, "gsu")) ?? []).map((end) =>
      codeOf(end.replace(/^\\(?=.)/su, "")),
    );
    return { low: ends[0] ?? 0, high: ends.at(-1) ?? 0 };
  });
  return (character) => {
    const code = codeOf(character);
    return ranges.some(({ low, high }) => low <= code && code <= high) !== isNegated;
  };
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
