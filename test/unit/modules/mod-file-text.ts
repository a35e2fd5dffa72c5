import * as fc from "fast-check";

import type { ReplaceDirective } from "../../../src/modules/mod-file-rules.js";

/** White space between words; go takes a carriage return for it anywhere. */
const gap = fc.constantFrom(" ", " ", "  ", "\t", " \r ");
const lineEnd = fc.constantFrom(
  "\n",
  "\n",
  "\n",
  "\r\n",
  " \t\n",
  "\n\n",
  "\n// a remark\n",
  "\n\t// require x v1.0.0\n",
);
const remark = fc.constantFrom(
  "",
  "",
  "",
  " // indirect",
  "// indirect; why",
  " //indirect",
  "\t// indirect why",
  " // why; indirect",
  " //",
  " // ( ) `",
);

/** A text as an argument of a directive: as it is, or quoted, with some character escaped. */
function argument(text: string): fc.Arbitrary<string> {
  const forms = [text, text, text, JSON.stringify(text)];
  const [first = " "] = text;
  const hex = first.charCodeAt(0).toString(16).padStart(4, "0");
  return fc.constantFrom(...forms, `"\\u${hex}${text.slice(1)}"`, `"\\x${hex.slice(2)}${text.slice(1)}"`);
}

const moduleVersion = fc.constantFrom(
  ["example.com/a", "v1.2.3"],
  ["example.com/a", "v0.0.0-20240102030405-abcdef123456"],
  ["example.com/old", "v2.0.0+incompatible"],
  ["example.com/b/v2", "v2.0.0-rc.1"],
  ["gopkg.in/yaml.v3", "v3.0.1"],
  ["github.com/BurntSushi/toml", "v1.4.0"],
) as fc.Arbitrary<[string, string]>;
const folder = fc.constantFrom(
  "./x",
  "../x/y/",
  ".",
  "..",
  "/abs/x",
  "./a-b_c~d",
  "./x/../y",
  "./\u00e9/\u4e2d",
);
const modulePath = moduleVersion.map(([path]) => path).chain(argument);
const pair = moduleVersion.chain(([path, version]) => fc.tuple(argument(path), argument(version)));

/** The words of a line, by the directive it belongs to. */
const words: Record<string, fc.Arbitrary<string[]>> = {
  module: modulePath.map((path) => [path]),
  go: fc.constantFrom("1.9", "1.21", "1.27.3", "1.28rc1", "1.99.0").map((version) => [version]),
  toolchain: fc.constantFrom("default", "go1.27.3", "go1.27.3-corp", "go1", "go1.x").map((name) => [name]),
  require: pair,
  exclude: pair,
  replace: fc.oneof(
    fc.tuple(modulePath, fc.constant("=>"), folder.chain(argument)),
    fc.tuple(pair, fc.constant("=>"), folder.chain(argument)).map((parts) => parts.flat()),
    fc.tuple(modulePath, fc.constant("=>"), pair).map((parts) => parts.flat()),
    fc.tuple(pair, fc.constant("=>"), pair).map((parts) => parts.flat()),
  ),
  retract: fc.constantFrom(["v1.0.0"], ["[", "v1.0.0", ",", "v1.1.0", "]"], ["[v1.0.0,v1.1.0]"]),
  tool: modulePath.map((path) => [path]),
  ignore: folder.chain(argument).map((path) => [path]),
  godebug: fc.constantFrom(["default=go1.21"], ["panicnil=1"]),
  use: fc
    .oneof(folder, fc.constantFrom("x", "x y", "a,b", "(", "it's", "a//b"))
    .chain((path) =>
      /[ ,('/]/.test(path.replaceAll(/^\.{0,2}\/|(?<!\/)\/(?!\/)/g, ""))
        ? fc.constant([JSON.stringify(path)])
        : argument(path).map((text) => [text]),
    ),
};
const withoutBlock = new Set(["go", "toolchain"]);

function lineOf(verb: string): fc.Arbitrary<string> {
  return fc
    .tuple(words[verb] as fc.Arbitrary<string[]>, gap, remark, lineEnd)
    .map(([parts, between, comment, end]) => parts.join(between) + comment + end);
}

function statement(verb: string): fc.Arbitrary<string> {
  const single = fc.tuple(gap, lineOf(verb)).map(([between, line]) => `${verb}${between}${line}`);
  const block = fc
    .tuple(gap, fc.constantFrom("", " // indirect", "\r"), fc.array(lineOf(verb), { maxLength: 4 }), lineEnd)
    .map(
      ([between, comment, lines, end]) =>
        `${verb}${between}(${comment}\n${lines.map((one) => `\t${one}`).join("")})${end}`,
    );
  const empty = fc.constantFrom(`${verb} ()\n`, `${verb} ( )\r\n`);
  return withoutBlock.has(verb)
    ? single
    : fc.oneof({ weight: 3, arbitrary: single }, { weight: 3, arbitrary: block }, empty);
}

/** Files of these directives, nearly all of which go reads: those that may stand once are there once at most. */
export function fileOf(once: readonly string[], often: readonly string[]): fc.Arbitrary<string> {
  const header = fc.shuffledSubarray([...once]).chain((verbs) => fc.tuple(...verbs.map(lineOnce)));
  const body = fc.array(fc.constantFrom(...often).chain(statement), { maxLength: 8 });
  return fc
    .tuple(fc.constantFrom("", "\n", "// a remark\n"), header, body, fc.boolean())
    .map(([top, first, rest, closed]) => {
      const text = top + [...first, ...rest].join("");
      return closed ? text : text.replace(/[\r\n]+$/, "");
    });
}

function lineOnce(verb: string): fc.Arbitrary<string> {
  return fc.tuple(gap, lineOf(verb)).map(([between, line]) => `${verb}${between}${line}`);
}

/** Texts made of what files are made of, in no order. */
export const scrambled: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(..."()[]{},\"`'\\/*\n\r\t =>".split("")),
      fc.constantFrom(
        "//",
        "/*",
        "=>",
        " ( ",
        "\n)\n",
        "\ufeff",
        "\u2028",
        "\ud800",
        "\\x",
        "\\u12",
        "v1.0.0",
        "./x",
      ),
      fc.constantFrom(...Object.keys(words)).map((verb) => `${verb} `),
      fc.string({ unit: "binary", maxLength: 5 }),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(""));

/** Files that are long in a way that a careless reader does not bear. */
export const longFiles: readonly string[] = [
  '"',
  "`",
  "(",
  "use (\n",
  "a",
  "\\",
  '"\\',
  "/",
  " ",
  "=> ",
  "go 1.21\n",
  "\u00e9",
].flatMap((part) => [part.repeat(10_000), `require ${part.repeat(10_000)}`, `use ("${part.repeat(10_000)}"`]);

/** As go's JSON has it: of several replacements of the same, the last. */
export function replaceAsGo(replacements: readonly ReplaceDirective[]): unknown {
  return replacements
    .filter(
      ({ path, version }, index) =>
        !replacements.slice(index + 1).some((later) => later.path === path && later.version === version),
    )
    .map(({ path, version, withPath, withVersion }) => ({
      Old: moduleAsGo(path, version),
      New: moduleAsGo(withPath, withVersion),
    }));
}

function moduleAsGo(path: string, version: string | undefined): object {
  return version === undefined ? { Path: path } : { Path: path, Version: version };
}
