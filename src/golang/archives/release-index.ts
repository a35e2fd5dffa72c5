import { z } from "zod";

import { AirgoError } from "../../support/errors.js";
import { architectures, type Architecture, type Toolchain } from "../go-source.js";

/** What the index says of one archive. */
export interface ListedArchive {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** Archives of Go for linux, by version and architecture. */
export type ReleaseIndex = ReadonlyMap<string, ReadonlyMap<Architecture, ListedArchive>>;

/** `go1.27.3.linux-amd64.tar.gz` */
export function archiveName({ version, arch }: Toolchain): string {
  return `go${version}.linux-${arch}.tar.gz`;
}

/** Go 1.27 has 70 MB. A server that names more must not fill the disk with it. Bytes. */
const largestArchive = 512 << 20;

const releases = z.array(
  z.object({
    version: z.string(),
    files: z.array(z.object({ filename: z.string(), sha256: z.string(), size: z.number() })),
  }),
);

/**
 * Reads the index. Archives are known by their file names; installers and other systems are passed over.
 * @param where its address, for errors
 * @throws AIRGO_UPSTREAM_MALFORMED, also when a digest of ours is none: some old entries have none, and are left out
 */
export function parseReleaseIndex(text: string, where: string): ReleaseIndex {
  const parsed = releases.safeParse(parseJson(text));
  if (!parsed.success)
    throw malformed(where, "a JSON list of releases, each with its files", text.slice(0, 40));
  const index = new Map<string, Map<Architecture, ListedArchive>>();
  for (const release of parsed.data) {
    const version = /^go(.+)$/.exec(release.version)?.[1];
    if (version === undefined) continue;
    const archives = new Map<Architecture, ListedArchive>();
    for (const arch of architectures) {
      const name = archiveName({ version, arch });
      const file = release.files.find(({ filename }) => filename === name);
      if (file === undefined || file.sha256 === "") continue;
      if (!/^[0-9a-f]{64}$/.test(file.sha256) || !isSize(file.size))
        throw malformed(
          where,
          `a SHA-256 and a size of ${name}`,
          `${file.sha256.slice(0, 80)}, ${file.size}`,
        );
      archives.set(arch, { sha256: file.sha256, size: file.size });
    }
    if (archives.size > 0) index.set(version, archives);
  }
  return index;
}

function isSize(size: number): boolean {
  return Number.isSafeInteger(size) && size > 0 && size <= largestArchive;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function malformed(where: string, expected: string, found: string): AirgoError {
  return new AirgoError("AIRGO_UPSTREAM_MALFORMED", {
    what: "this is not the index of Go's releases",
    where,
    expected,
    found: JSON.stringify(found),
    hint: "see what the address serves; a mirror without the index needs one beside it in `sources.go` that has it",
  });
}
