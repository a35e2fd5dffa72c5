/** A module at a version, as in go.mod: the path unescaped. */
export interface ModuleVersion {
  readonly path: string;
  readonly version: string;
}

/** `path@version`, the usual way to write one; unique, so that it serves as a key. */
export function keyOf(module: ModuleVersion): string {
  return `${module.path}@${module.version}`;
}

/** Splits `path@version`; undefined when it is not of that form. */
export function parseModuleVersion(text: string): ModuleVersion | undefined {
  const match = /^([^@\s]+)@(v[^@\s]+)$/.exec(text);
  return match === null ? undefined : { path: match[1] as string, version: match[2] as string };
}
