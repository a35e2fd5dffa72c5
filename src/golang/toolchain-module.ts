import { filePath, type ModuleFiles } from "../modules/module-files.js";
import { once } from "../modules/once.js";
import type { Upstream } from "../modules/upstream.js";
import {
  architectures,
  nameOf,
  toolchainModule,
  toolchainPath,
  type Architecture,
  type GoSource,
} from "./go-source.js";

/** Go from the module golang.org/toolchain, which every module proxy serves. */
export function createToolchainModuleSource(files: ModuleFiles, upstream: Upstream): GoSource {
  // Each kit of a run asks the same.
  const lists = new Map<string, Promise<Map<string, Set<Architecture>>>>();
  const answers = new Map<string, Promise<boolean>>();
  return {
    kind: "module",
    versions: () =>
      once(lists, toolchainPath, async () =>
        parseToolchainList((await files.raw(toolchainPath, "@v/list")).toString("utf8")),
      ),
    // A proxy may list a version, and answer its .info, before it has the zip: only the zip's own answer counts.
    has: (toolchain) =>
      once(answers, nameOf(toolchain), () =>
        upstream.has(filePath(toolchainModule(toolchain), "zip"), nameOf(toolchain)),
      ),
    // Whoever unpacks it inspects it, see inspect-toolchain.ts.
    async keep(toolchain, h1, { locked, onBytes }) {
      const how = { locked: locked?.file, onBytes, isInspectedByCaller: true };
      const zip = await files.keepZip(toolchainModule(toolchain), h1, how);
      return { file: zip, zip };
    },
  };
}

/** Reads the module's `@v/list`: lines `v0.0.1-go<version>.<os>-<arch>`. Other systems and odd lines are left out. */
export function parseToolchainList(text: string): Map<string, Set<Architecture>> {
  const versions = new Map<string, Set<Architecture>>();
  for (const line of text.split("\n")) {
    const match = /^v0\.0\.1-go(.+)\.linux-([a-z0-9]+)$/.exec(line.trim());
    const arch = architectures.find((known) => known === match?.[2]);
    if (match === null || arch === undefined) continue;
    const version = match[1] as string;
    const known = versions.get(version) ?? new Set();
    versions.set(version, known.add(arch));
  }
  return versions;
}
