import type { Upstream } from "../../modules/upstream.js";
import type { OnBytes } from "../../transfer/download/download.js";
import type { ObjectId, Store } from "../../store/store.js";
import { isAbsence } from "../../support/absence.js";
import { AirgoError, isAirgoError } from "../../support/errors.js";
import { nameOf, type Toolchain } from "../go-source.js";
import { archiveName } from "./release-index.js";
import { verifyArchive } from "./signature.js";

export interface ArchiveTools {
  readonly store: Pick<Store, "adopt">;
  readonly upstream: Pick<Upstream, "bytes" | "file">;
  /** Armored OpenPGP keys that archives may be signed with. */
  readonly keys: () => Promise<readonly string[]>;
  /** Told of what an engineer should know and that stops nothing. */
  readonly onWarning: (text: string) => void;
}

const maxSignature = 64 << 10;

/**
 * Brings an archive into the store that has this very digest and, where there is an OpenPGP signature beside it, a good
 * one.
 * @throws AIRGO_CHECKSUM_MISMATCH, AIRGO_GO_ARCHIVE_INVALID, AIRGO_UPSTREAM_MISSING, and what upstreams throw
 */
export async function fetchArchive(
  tools: ArchiveTools,
  toolchain: Toolchain,
  expected: ObjectId,
  onBytes: OnBytes | undefined,
): Promise<void> {
  const subject = nameOf(toolchain);
  try {
    await tools.upstream.file({
      below: archiveName(toolchain),
      subject,
      maxBytes: expected.size,
      onBytes,
      async check({ file, sha256 }) {
        if (sha256 !== expected.sha256) throw wrongArchive(toolchain, expected.sha256, sha256);
        await checkSignature(tools, toolchain, file);
        await tools.store.adopt(file, expected);
        return true;
      },
    });
  } catch (error) {
    throw isAbsence(error) ? archiveMissing(toolchain, error) : error;
  }
}

/** A signature that is not there, or by a key that is not known, is told of: the checksum database decides in any case. */
async function checkSignature(tools: ArchiveTools, toolchain: Toolchain, file: string): Promise<void> {
  const name = archiveName(toolchain);
  const signature = await signatureOf(tools.upstream, toolchain);
  if (signature === undefined) {
    tools.onWarning(
      `${name} has no OpenPGP signature beside it: it is held to its digest and the checksum database`,
    );
    return;
  }
  const verdict = await verifyArchive({ file, name, signature, keys: await tools.keys() });
  if (verdict.kind === "good") return;
  tools.onWarning(
    `${name} is signed with an OpenPGP key that is not known (${verdict.keyIds.join(", ")}): it is held to its digest and the checksum database; a newer key of Google's goes into \`sources.archiveKeys\``,
  );
}

/** Some servers answer with a page for what they lack: whoever removes a signature could as well answer 404. */
async function signatureOf(
  upstream: Pick<Upstream, "bytes">,
  toolchain: Toolchain,
): Promise<string | undefined> {
  try {
    const below = `${archiveName(toolchain)}.asc`;
    const text = (
      await upstream.bytes(below, `the signature of ${nameOf(toolchain)}`, maxSignature)
    ).toString();
    return text.includes("-----BEGIN PGP SIGNATURE-----") ? text : undefined;
  } catch (error) {
    if (isAbsence(error) || (isAirgoError(error) && error.code === "AIRGO_WEB_PAGE")) return undefined;
    throw error;
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

function wrongArchive(toolchain: Toolchain, expected: string, found: string): AirgoError {
  return new AirgoError("AIRGO_CHECKSUM_MISMATCH", {
    what: `the archive of ${nameOf(toolchain)} is not the one that the index of releases (or the lock) names`,
    where: archiveName(toolchain),
    expected: `sha256 ${expected}`,
    found: `sha256 ${found}`,
    hint: "it was changed at the mirror or on the way: take another one, and tell whoever runs it",
  });
}
