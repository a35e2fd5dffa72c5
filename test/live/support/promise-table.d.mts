export type Scope = "build" | "tidy" | "all";

/** A row of the page. */
export interface Promised {
  readonly command: string;
  /** The narrowest scope that it works in. */
  readonly scope: Scope;
  /** What works where there is no go.sum, under GOFLAGS=-mod=mod; undefined for nothing. */
  readonly withoutSums: string | undefined;
}

/** The narrowest first. */
export const scopes: readonly Scope[];

/** Reads the table of docs/promises.md. */
export function readPromises(file?: string): Promised[];

/** What a kit of that scope promises: its own, and what narrower ones do. */
export function promisedBy(scope: Scope, promises: readonly Promised[]): Promised[];

/** What the page's capitals stand for. */
export interface Names {
  /** `path@version` of a module that go.mod requires. */
  readonly REQUIRED: string;
  /** A package of such a module, that imports nothing but packages of such modules. */
  readonly PACKAGE: string;
}

/** A command of the page with the names put in. */
export function fillIn(command: string, names: Names): string;
