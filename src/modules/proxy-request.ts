import { unescapePath, unescapeVersion } from "./escape.js";
import type { ModuleVersion } from "./module-version.js";

/** What a request to a module proxy asks for (https://go.dev/ref/mod#goproxy-protocol). */
export type ProxyRequest =
  | { readonly kind: "info" | "mod" | "zip"; readonly module: ModuleVersion }
  /** `@v/list` or `@latest`. */
  | { readonly kind: "raw"; readonly path: string; readonly tail: string }
  /** The checksum database behind the proxy: a path below it. */
  | { readonly kind: "database"; readonly name: string; readonly path: string };

/** What a checksum database is asked for; nothing in it leads elsewhere when it stands behind an address. */
const databaseForm =
  /^(?:supported|latest|lookup\/(?!\.)[\w!~@+.-]+(?:\/(?!\.)[\w!~@+.-]+)*|tile\/\d+(?:\/x?\d+)+(?:\.p\/\d+)?)$/;

/**
 * Reads the part of a request's path below the proxy's base; undefined for what no proxy has. Go asks for a branch or a
 * commit too, where a go.mod requires one; kits are made of versions only.
 */
export function readRequest(below: string): ProxyRequest | undefined {
  const [, name, databasePath] = /^sumdb\/([^/]+)\/(.+)$/.exec(below) ?? [];
  if (name !== undefined && databasePath !== undefined) {
    const asked = readOrUndefined(() => decodeURIComponent(databasePath)) ?? "";
    return databaseForm.test(asked) ? { kind: "database", name, path: asked } : undefined;
  }
  const [, escaped = "", tail = ""] = /^(.+)\/(@v\/[^/]+|@latest)$/.exec(below) ?? [];
  const path = readOrUndefined(() => unescapePath(decodeURIComponent(escaped)));
  if (path === undefined) return undefined;
  if (tail === "@v/list" || tail === "@latest") return { kind: "raw", path, tail };
  const [, file = "", kind] = /^@v\/(.+)\.(info|mod|zip)$/.exec(tail) ?? [];
  const version = readOrUndefined(() => unescapeVersion(decodeURIComponent(file)));
  if (version === undefined) return undefined;
  return { kind: kind as "info" | "mod" | "zip", module: { path, version } };
}

/** The version that a path below a checksum database looks up; undefined for its other answers. */
export function lookedUp(databasePath: string): ModuleVersion | undefined {
  const [, escapedPath, escapedVersion] = /^lookup\/(.+)@([^@]+)$/.exec(databasePath) ?? [];
  if (escapedPath === undefined || escapedVersion === undefined) return undefined;
  return readOrUndefined(() => ({
    path: unescapePath(escapedPath),
    version: unescapeVersion(escapedVersion),
  }));
}

function readOrUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
