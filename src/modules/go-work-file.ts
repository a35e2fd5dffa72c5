import { isAbsolute, resolve } from "node:path";

import { directivesIn, type Directive, type Token } from "./mod-file-lexer.js";
import { replaceDirective, sharedDirectives, textsOf, type SharedDirectives } from "./mod-file-rules.js";
import { quotedIfNeeded } from "./mod-file-strings.js";

/** What a go.work says, as far as airgo asks. */
export interface GoWorkFile extends SharedDirectives {
  readonly use: readonly UseDirective[];
}

/** A `use` line: the folder of a main module, absolute or relative to the go.work. */
export interface UseDirective {
  readonly path: string;
}

/**
 * Reads a go.work (https://go.dev/ref/mod#go-work-file). Directives of other kinds and lines that go refuses are passed
 * over, and nothing is thrown: go reads the same file, and says what is wrong with it.
 */
export function parseGoWork(text: string): GoWorkFile {
  const directives = directivesIn(text);
  return {
    ...sharedDirectives(directives),
    use: directives.map(useDirective).filter((one) => one !== undefined),
  };
}

function useDirective({ verb, args }: Directive): UseDirective | undefined {
  const [path, ...more] = textsOf(args) ?? [];
  return verb !== "use" || path === undefined || more.length > 0 ? undefined : { path };
}

/**
 * A go.work that means in any folder what `text` means in `folder`: relative `use` and `replace` folders become
 * absolute, and everything else stays as it is, line by line.
 * @param folder absolute
 */
export function relocateGoWork(text: string, folder: string): string {
  const parts: string[] = [];
  let end = 0;
  for (const { start, end: next, path } of directivesIn(text).flatMap(folderArgument)) {
    if (isAbsolute(path)) continue;
    parts.push(text.slice(end, start), quotedIfNeeded(resolve(folder, path)));
    end = next;
  }
  return parts.join("") + text.slice(end);
}

/** The argument of a directive that names a folder, with what it says; none or one. */
function folderArgument(directive: Directive): (Token & { readonly path: string })[] {
  const replace = replaceDirective(directive);
  const path = replace?.withVersion === undefined ? replace?.withPath : undefined;
  const folder = path ?? useDirective(directive)?.path;
  const token = directive.args.at(-1);
  return folder === undefined || token === undefined ? [] : [{ ...token, path: folder }];
}
