/**
 * How much of a module graph a kit carries, the narrowest first (docs/promises.md): `build` what building, vetting and
 * testing need, `tidy` also what `go mod tidy` needs, `all` every module of the graph.
 */
export const scopes = ["build", "tidy", "all"] as const;
export type Scope = (typeof scopes)[number];

/** The one that promises more. */
export function widerScope(a: Scope, b: Scope): Scope {
  return scopes.indexOf(a) > scopes.indexOf(b) ? a : b;
}
