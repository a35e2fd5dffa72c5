import type { Lock } from "../lock/schema.js";
import type { ObjectId } from "../store/store.js";
import { AirgoError } from "../support/errors.js";
import type { DiskSpace } from "../support/disk-space.js";

/** What a stage is going to write, at least. */
export interface SpaceNeed {
  /** `the store`, `kit starter`. */
  readonly what: string;
  readonly folder: string;
  readonly bytes: number;
  readonly files: number;
}

/** Objects of known size that the store lacks. */
export function storeNeed(missing: readonly ObjectId[], folder: string): SpaceNeed {
  return { what: "the store", folder, bytes: sum(missing.map(({ size }) => size)), files: missing.length };
}

/** A GOROOT unpacks to four times its zip; what is counted is sure to be needed. */
const gorootPerZip = 3.5;
/** Go 1.27 has 12,000 files in a zip of 62 MB. Bytes of the zip. */
const perGorootFile = 6000;
/** Of a module in a kit: .info, .mod and .zip. */
const filesPerModule = 3;

/**
 * What a kit takes beside the other ones while it is made: its folder, and then the rehearsal's installation or the
 * archive, whichever is larger. What the rehearsal compiles and unpacks comes on top.
 * @param part the part of the lock that makes this kit
 * @param linksZips true when the kit's zips are links to those of the store
 */
export function kitNeed(part: Lock, name: string, folder: string, linksZips: boolean): SpaceNeed {
  const zips = sum(part.modules.map(({ zip }) => zip?.size ?? 0));
  // Layers are the zips' own streams; what the architectures share is in them once, and the other one adds a third.
  const layers = sum(toolchainSizes(part).map((sizes) => Math.max(...sizes) + sum(sizes.slice(1)) / 3));
  const archive = zips + layers;
  const goroots = sum(toolchainSizes(part).map((sizes) => Math.max(...sizes)));
  return {
    what: `kit ${name}`,
    folder,
    bytes: Math.round(layers + (linksZips ? 0 : zips) + Math.max(archive, zips + goroots * gorootPerZip)),
    files: Math.round(part.modules.length * filesPerModule + goroots / perGorootFile),
  };
}

/** By version, the size of each architecture's zip. */
function toolchainSizes({ toolchains }: Lock): number[][] {
  const sizes = new Map<string, number[]>();
  for (const { version, file, zip } of toolchains)
    sizes.set(version, [...(sizes.get(version) ?? []), (zip ?? file).size]);
  return [...sizes.values()];
}

/**
 * Holds what is needed against what is left.
 * @throws AIRGO_DISK that names every file system that is too small, and by how much
 */
export function requireSpace(needs: readonly (SpaceNeed & { readonly left: DiskSpace })[]): void {
  const short = needs.filter(({ bytes, files, left }) => bytes > left.bytes || files > (left.files ?? files));
  if (short.length === 0) return;
  throw new AirgoError("AIRGO_DISK", {
    what: `not enough space for ${short.map(({ what }) => what).join(" and ")}`,
    where: short.map(({ folder }) => folder).join("\n"),
    expected: short.map(({ what, bytes, files }) => `${what}: ${amount(bytes, files)}, at least`).join("\n"),
    found: short.map(({ left }) => `${amount(left.bytes, left.files)} left`).join("\n"),
    hint: "free space there, or take another folder (XDG_CACHE_HOME for the store); what is in the store is kept",
  });
}

function amount(bytes: number, files: number | undefined): string {
  const size = bytes < 10e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${Math.ceil(bytes / 1e6)} MB`;
  return files === undefined ? size : `${size} and ${files} files`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
