import type { SummedFile } from "./sums.js";

/** One file of a kit being assembled: its path below the kit's folder, where its bytes are, what they are. */
export interface KitFile extends SummedFile {
  readonly file: string;
  readonly size: number;
  readonly mode: 0o644 | 0o755;
}

/** The number that a reader of kits checks first (docs/kit-format.md). */
export const kitFormat = 1;

/** Who a kit is: the first 12 hex digits of the SHA-256 of its own SHA256SUMS. */
export function kitId(sumsSha256: string): string {
  return sumsSha256.slice(0, 12);
}

/** The folder at the top of the archive, and the archive's name without `.tar`. */
export function kitTop(name: string, id: string): string {
  return `${name}-${id}`;
}

/** `toolchains/go1.27.3.common.tar.gz` or `toolchains/go1.27.3.linux-amd64.tar.gz`. */
export function layerPath(version: string, layer: string): string {
  return `toolchains/go${version}.${layerName(layer)}.tar.gz`;
}

/** `kit/go1.27.3.common.entries.tsv`. */
export function entriesPath(version: string, layer: string): string {
  return `kit/go${version}.${layerName(layer)}.entries.tsv`;
}

function layerName(layer: string): string {
  return layer === "common" ? layer : `linux-${layer}`;
}
