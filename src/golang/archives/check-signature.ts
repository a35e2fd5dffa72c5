import type { Upstream } from "../../modules/upstream.js";
import { isAbsence } from "../../support/absence.js";
import { AirgoError, isAirgoError } from "../../support/errors.js";
import { nameOf, type Toolchain } from "../go-source.js";
import { archiveName } from "./release-index.js";
import { verifyArchive } from "./signature.js";

export interface SignatureTools {
  /** Asks all mirrors, one after the other where one has nothing of use. */
  readonly upstream: Pick<Upstream, "bytes">;
  /** Armored OpenPGP keys that archives may be signed with. */
  readonly keys: () => Promise<readonly string[]>;
  /** Told of what an engineer should know and that stops nothing. */
  readonly onWarning: (text: string) => void;
}

const maxSignature = 64 << 10;

/**
 * Looks for a good signature of an archive, at each mirror in turn: what one mirror says, or leaves out, counts only
 * where no other has a good one. A signature that is not there, or by a key that is not known, is told of: the checksum
 * database decides in any case.
 * @throws AIRGO_GO_ARCHIVE_INVALID when somebody has a bad one and nobody a good one; and what upstreams throw
 */
export async function checkSignature(
  { upstream, keys, onWarning }: SignatureTools,
  toolchain: Toolchain,
  file: string,
): Promise<void> {
  const name = archiveName(toolchain);
  const unknown = new Set<string>();
  let bad: AirgoError | undefined;

  async function look(data: Buffer): Promise<void> {
    const signature = data.toString("utf8");
    if (!signature.includes("-----BEGIN PGP SIGNATURE-----")) throw noneHere(name);
    const verdict = await verifyArchive({ file, name, signature, keys: await keys() }).catch(
      (error: unknown) => {
        if (isAirgoError(error)) bad ??= error;
        throw error;
      },
    );
    if (verdict.kind === "good") return;
    for (const id of verdict.keyIds) unknown.add(id);
    throw noneHere(name);
  }

  try {
    await upstream.bytes(`${name}.asc`, `the signature of ${nameOf(toolchain)}`, maxSignature, look);
  } catch (error) {
    if (bad !== undefined) throw bad;
    // Some servers answer with a page for what they lack.
    const isNone = isAbsence(error) || (isAirgoError(error) && error.code === "AIRGO_WEB_PAGE");
    if (!isNone) throw error;
    onWarning(unknown.size === 0 ? unsigned(name) : strangers(name, [...unknown]));
  }
}

/** Leads on to the next mirror; another try would find the same. */
function noneHere(name: string): AirgoError {
  return new AirgoError("AIRGO_UPSTREAM_MISSING", {
    what: `no signature that is of use beside ${name}`,
    where: `${name}.asc`,
    again: "never",
  });
}

const stillHeld = "it is held to its digest and the checksum database";

function unsigned(name: string): string {
  return `${name} has no OpenPGP signature beside it: ${stillHeld}`;
}

function strangers(name: string, keyIds: readonly string[]): string {
  return `${name} is signed with an OpenPGP key that is not known (${keyIds.join(", ")}): ${stillHeld}; a newer key of Google's goes into \`sources.archiveKeys\``;
}
