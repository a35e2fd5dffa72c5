import type { Fault, Faults } from "./faults.js";
import { escapeName } from "./names.js";

/** One byte of every tile is wrong, so that no hash of the tree comes out right. */
export function tamperTiles(faults: Faults): Fault {
  return faults.add(/\/sumdb\/[^/]+\/tile\//, { kind: "flip", at: 0 });
}

/** Every tree head carries a signature that has the right form and key hash, and does not verify. */
export function spoilSignatures(faults: Faults): Fault {
  return faults.add(/\/sumdb\/[^/]+\/(lookup\/|latest$)/, { kind: "rewrite", change: withBadSignature });
}

/** The record of one module version speaks of other hashes; it is in the right form, but not in the tree. */
export function forgeRecord(faults: Faults, path: string, version: string): Fault {
  const forged = `h1:${Buffer.alloc(32, 7).toString("base64")}`;
  return faults.add(lookupOf(path, version), {
    kind: "rewrite",
    change: (body) => Buffer.from(body.toString().replace(/ h1:\S+/g, ` ${forged}`)),
  });
}

/** The lookup of one module version answers the record of another: it is in the tree, but was not asked for. */
export function swapRecord(
  faults: Faults,
  path: string,
  version: string,
  other: { database: string; key: string },
): Fault {
  return faults.add(lookupOf(path, version), {
    kind: "serve",
    path: `sumdb/${other.database}/lookup/${escapeName(other.key)}`,
  });
}

/** The proxy does not speak for the checksum database: 404 for `supported`, and so for everything below it. */
export function withoutSumdb(faults: Faults): Fault {
  return faults.add(/\/sumdb\//, { kind: "status", status: 404 });
}

function lookupOf(path: string, version: string): RegExp {
  const key = `${escapeName(path)}@${escapeName(version)}`.replace(/[.+]/g, String.raw`\$&`);
  return new RegExp(`/lookup/${key}$`);
}

/** A signature line is `— <name> <base64 of the key hash (4 bytes) and the signature>` (C2SP signed-note). */
function withBadSignature(body: Buffer): Buffer {
  const text = body.toString().replace(/^(— \S+ )(\S+)$/gm, (_line, start: string, base64: string) => {
    const signature = Buffer.from(base64, "base64");
    const last = signature.length - 1;
    signature.writeUInt8(signature.readUInt8(last) ^ 0x01, last);
    return start + signature.toString("base64");
  });
  return Buffer.from(text);
}
