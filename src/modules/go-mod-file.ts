import { directivesIn, type Directive } from "./mod-file-lexer.js";
import { sharedDirectives, textsOf, type SharedDirectives } from "./mod-file-rules.js";

/** Go itself refuses larger ones (golang.org/x/mod/zip: MaxGoMod). Bytes. */
export const maxGoMod = 16 << 20;

/** What a go.mod says, as far as airgo asks. */
export interface GoModFile extends SharedDirectives {
  /** The module's path. */
  readonly module: string | undefined;
  readonly require: readonly RequireDirective[];
}

/** A `require` line. The version is as written; go may yet resolve a branch's name to another one. */
export interface RequireDirective {
  readonly path: string;
  readonly version: string;
}

/**
 * Reads a go.mod (https://go.dev/ref/mod#go-mod-file). Directives of other kinds and lines that go refuses are passed
 * over, and nothing is thrown: go reads the same file, and says what is wrong with it.
 */
export function parseGoMod(text: string): GoModFile {
  const directives = directivesIn(text);
  return {
    module: directives.map(modulePath).find((path) => path !== undefined),
    ...sharedDirectives(directives),
    require: directives.map(requireDirective).filter((one) => one !== undefined),
  };
}

function modulePath({ verb, args }: Directive): string | undefined {
  const [path, ...more] = textsOf(args) ?? [];
  return verb === "module" && more.length === 0 ? path : undefined;
}

function requireDirective({ verb, args }: Directive): RequireDirective | undefined {
  const [path, version, ...more] = textsOf(args) ?? [];
  if (verb !== "require" || path === undefined || version === undefined || more.length > 0) return undefined;
  return { path, version };
}
