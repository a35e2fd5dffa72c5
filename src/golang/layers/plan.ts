import type { ZipEntry } from "../../modules/zip-content.js";
import { invariant } from "../../support/errors.js";
import { sortedBy } from "../../support/order.js";
import { findGorootFile, type GorootFile, gorootFiles } from "./goroot-files.js";

/** The toolchain module of one architecture, as `inspectZip` found it. */
export interface ToolchainTree {
  readonly arch: string;
  readonly entries: readonly ZipEntry[];
}

/** What one tar.gz of a toolchain will hold. */
export interface LayerPlan {
  /** `common`, or the architecture. */
  readonly layer: string;
  /** The architecture whose zip the files are taken from. */
  readonly source: string;
  /** Sorted by the bytes of the path. */
  readonly files: readonly GorootFile[];
  /** The toolchain's VERSION, in the same zip but not always in the same layer: the tar's times come from it. */
  readonly version: ZipEntry | undefined;
}

/**
 * Divides the toolchains of one Go version into layers: `common` holds what every architecture has with the same
 * content, then one layer for each architecture, sorted. A single architecture has one layer and no `common`.
 * @throws AIRGO_ZIP_INVALID, see `gorootFiles`
 */
export function planLayers(trees: readonly ToolchainTree[]): LayerPlan[] {
  const sorted = sortedBy(trees, ({ arch }) => arch).map(({ arch, entries }) => {
    const files = gorootFiles(entries);
    return { arch, files, version: findGorootFile(files, "VERSION")?.entry };
  });
  const [first, ...others] = sorted;
  invariant(first, "layers are planned of at least one toolchain");
  const contents = others.map(({ files }) => new Map(files.map(({ path, entry }) => [path, entry.sha256])));
  const common = new Map(
    first.files
      .filter(({ path, entry }) => contents.every((tree) => tree.get(path) === entry.sha256))
      .map((file) => [file.path, file]),
  );
  const ofArch = (isCommonTaken: boolean): LayerPlan[] =>
    sorted.map(({ arch, files, version }) => ({
      layer: arch,
      source: arch,
      files: isCommonTaken ? files.filter(({ path }) => !common.has(path)) : files,
      version,
    }));
  if (others.length === 0) return ofArch(false);
  return [
    { layer: "common", source: first.arch, files: [...common.values()], version: first.version },
    ...ofArch(true),
  ];
}

/** The lines of `kit/go<version>.<layer>.entries.tsv` (docs/kit-format.md): mode, sha256, path. */
export function entriesTable({ files }: Pick<LayerPlan, "files">): string {
  return files.map(({ path, mode, entry }) => `0${mode.toString(8)}\t${entry.sha256}\t${path}\n`).join("");
}
