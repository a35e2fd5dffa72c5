import type { Upstream } from "../../modules/upstream.js";
import type { ObjectId, Store } from "../../store/store.js";
import { isAbsence } from "../../support/absence.js";
import { AirgoError } from "../../support/errors.js";
import type { OnBytes } from "../../transfer/download/download.js";
import { nameOf, type Toolchain } from "../go-source.js";
import { checkSignature, type SignatureTools } from "./check-signature.js";
import { archiveName } from "./release-index.js";

export interface ArchiveTools extends SignatureTools {
  readonly store: Pick<Store, "adopt" | "setRef">;
  readonly upstream: Pick<Upstream, "bytes" | "file">;
}

/**
 * Brings an archive into the store that has this very digest and size and, where there is an OpenPGP signature beside
 * it, a good one.
 * @throws AIRGO_CHECKSUM_MISMATCH, AIRGO_GO_ARCHIVE_INVALID, AIRGO_UPSTREAM_MISSING, and what upstreams throw
 */
export async function fetchArchive(
  tools: ArchiveTools,
  toolchain: Toolchain,
  expected: ObjectId,
  onBytes: OnBytes | undefined,
): Promise<void> {
  try {
    await tools.upstream.file({
      below: archiveName(toolchain),
      subject: nameOf(toolchain),
      maxBytes: expected.size,
      onBytes,
      async check({ file, sha256, size, base }) {
        if (sha256 !== expected.sha256 || size !== expected.size)
          throw wrongArchive(toolchain, base, expected, { sha256, size });
        await checkSignature(tools, toolchain, file);
        await tools.store.adopt(file, expected);
        await tools.store.setRef(`archives/${archiveName(toolchain)}`, expected);
        return true;
      },
    });
  } catch (error) {
    throw isAbsence(error) ? archiveMissing(toolchain, error) : error;
  }
}

/** The error for an archive that nobody has; also for one that the index does not name. */
export function archiveMissing(toolchain: Toolchain, cause?: unknown): AirgoError {
  return new AirgoError("AIRGO_UPSTREAM_MISSING", {
    what: `no source of official archives has ${nameOf(toolchain)}`,
    where: archiveName(toolchain),
    hint: "add a mirror that has it to `sources.go`, or build where the store still has it",
    cause,
  });
}

function wrongArchive(toolchain: Toolchain, base: string, expected: ObjectId, found: ObjectId): AirgoError {
  return new AirgoError("AIRGO_CHECKSUM_MISMATCH", {
    what: `the archive of ${nameOf(toolchain)} is not the one that the index of releases (or the lock) names`,
    where: `${base}/${archiveName(toolchain)}`,
    expected: textOf(expected),
    found: textOf(found),
    hint: "it was changed at the mirror or on the way, or the index is wrong: take another mirror, and tell whoever runs this one",
  });
}

function textOf({ sha256, size }: ObjectId): string {
  return `sha256 ${sha256}, ${size} bytes`;
}
