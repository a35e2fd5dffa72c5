import type { Directive, Token } from "./mod-file-lexer.js";
import { unquoted } from "./mod-file-strings.js";

/** A `go` line: the oldest Go that the module or workspace works with, such as `1.27` or `1.27.3`. */
export interface GoDirective {
  readonly version: string;
  /** From 1. */
  readonly line: number;
}

/** A `toolchain` line: `default`, or a name such as `go1.27.3` or `go1.27.3-corp`. */
export interface ToolchainDirective {
  readonly name: string;
  /** From 1. */
  readonly line: number;
}

/** A `replace` line. Versions are as written; go may yet resolve a branch's name to another one. */
export interface ReplaceDirective {
  readonly path: string;
  /** Undefined where it replaces every version. */
  readonly version: string | undefined;
  /** A module path, or a folder when there is no `withVersion`. */
  readonly withPath: string;
  readonly withVersion: string | undefined;
}

/** What both a go.mod and a go.work may say. */
export interface SharedDirectives {
  readonly go: GoDirective | undefined;
  readonly toolchain: ToolchainDirective | undefined;
  readonly replace: readonly ReplaceDirective[];
}

/** Reads those; the others are each file's own. */
export function sharedDirectives(directives: readonly Directive[]): SharedDirectives {
  return {
    go: goDirective(directives),
    toolchain: toolchainDirective(directives),
    replace: directives.map(replaceDirective).filter((one) => one !== undefined),
  };
}

/** Of several `go` lines the first; go refuses such a file. */
function goDirective(directives: readonly Directive[]): GoDirective | undefined {
  return firstOf(directives, "go", goVersionForm, (version, line) => ({ version, line }));
}

/** Of several `toolchain` lines the first; go refuses such a file. */
function toolchainDirective(directives: readonly Directive[]): ToolchainDirective | undefined {
  return firstOf(directives, "toolchain", toolchainForm, (name, line) => ({ name, line }));
}

/** Looser than what is a version of Go today, as the go command itself is: later versions may look different. */
const goVersionForm = /^[1-9]\d*\.(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))?(?:[a-z]+\d+)?$/;
const toolchainForm = /^(?:default|go1(?:\..*)?)$/;

/** These directives take one plain word, and have no blocks. */
function firstOf<T>(
  directives: readonly Directive[],
  verb: string,
  form: RegExp,
  make: (word: string, line: number) => T,
): T | undefined {
  for (const { verb: found, args, inBlock, line } of directives) {
    const [word, ...more] = args;
    if (found !== verb || inBlock || word === undefined || more.length > 0) continue;
    if (form.test(word.text)) return make(word.text, line);
  }
  return undefined;
}

/** What arguments stand for; undefined when go refuses one of them. */
export function textsOf(args: readonly Token[]): string[] | undefined {
  const texts = args.map(({ text }) => unquoted(text)).filter((text) => text !== undefined);
  return texts.length === args.length ? texts : undefined;
}

/** Undefined when the directive is none, or one that go refuses. */
export function replaceDirective({ verb, args }: Directive): ReplaceDirective | undefined {
  const arrow = args.findIndex(({ text }, index) => index > 0 && text === "=>");
  if (verb !== "replace" || arrow === -1) return undefined;
  const [path, version, ...tooMany] = textsOf(args.slice(0, arrow)) ?? [];
  const [withPath, withVersion, ...rest] = textsOf(args.slice(arrow + 1)) ?? [];
  if (path === undefined || withPath === undefined || tooMany.length > 0 || rest.length > 0) return undefined;
  // A folder has no version, and a module must have one.
  if (isFolder(withPath) !== (withVersion === undefined)) return undefined;
  return { path, version, withPath, withVersion };
}

/** A path that is rooted or begins with `.` or `..`, in the manner of any system, is a folder and no module. */
function isFolder(path: string): boolean {
  return /^(?:\.{0,2}[/\\]|\.{1,2}$|[A-Za-z]:)/.test(path);
}
