import { createChecksumDbClient } from "../checksumdb/client.js";
import { golangOrgKey } from "../checksumdb/note.js";
import { takeSnapshot } from "../checksumdb/snapshot.js";
import { lockedHead, recordsOf } from "../kit/lock-facts.js";
import type { Lock } from "../lock/schema.js";
import type { KitContents } from "./contents-step.js";
import { asKitError, createFindings, kitError } from "./findings.js";

/** What the checksum database of the kit was found to be. */
export interface CheckedDatabase {
  readonly name: string;
  /** `name+hash` of its key. */
  readonly title: string;
  /** It is the one that Go itself trusts. */
  readonly isDefault: boolean;
  readonly records: number;
  readonly treeSize: number;
  readonly files: number;
}

/**
 * Step 5: the log itself speaks for everything that the lock names. The tree head is signed by the database, every
 * record stands in its tree, earlier heads are connected with it, and the kit serves exactly that.
 * @throws AIRGO_SUMDB_SIGNATURE, AIRGO_SUMDB_PROOF, AIRGO_ARCHIVE_INVALID
 */
export async function checkDatabase(
  { files, parts }: KitContents,
  lock: Lock,
  where: string,
): Promise<CheckedDatabase> {
  const { name, key, earlier } = lock.checksumDatabase;
  checkKey(name, key);
  const root = `proxy/sumdb/${name}/`;
  const records = recordsOf(lock);
  const { head, snapshot } = await proven(
    async (path) => parts.texts.get(root + path),
    lock,
    records,
    earlier,
  ).catch((error: unknown) => {
    throw asKitError(error);
  });
  const findings = createFindings();
  for (const [path, expected] of snapshot) {
    const found = parts.texts.get(root + path);
    if (found === undefined) findings.add("AIRGO_SUMDB_PROOF", root + path, "it is missing");
    else if (!found.equals(expected))
      findings.add("AIRGO_SUMDB_PROOF", root + path, differenceOf(path, found, head.note));
  }
  for (const path of files.keys())
    if (path.startsWith("proxy/sumdb/") && !(path.startsWith(root) && snapshot.has(path.slice(root.length))))
      findings.add("AIRGO_ARCHIVE_INVALID", path, "nothing in bundles.lock accounts for it");
  findings.throwIfAny("the kit's part of the checksum database is not what the log holds", where);
  return {
    name,
    // The key itself may hold a plus too.
    title: key.split("+").slice(0, 2).join("+"),
    isDefault: key === golangOrgKey,
    records: records.length,
    treeSize: head.size,
    files: snapshot.size,
  };
}

async function proven(
  fetchPath: (path: string) => Promise<Buffer | undefined>,
  lock: Lock,
  records: ReturnType<typeof recordsOf>,
  earlier: readonly number[],
) {
  const { name, key } = lock.checksumDatabase;
  const head = lockedHead(lock);
  const client = createChecksumDbClient({ name, verifierKey: key, fetchPath });
  const { files } = await takeSnapshot({ client, head, records, earlier });
  return { head, snapshot: files };
}

/** Hosts take a database of Go's default name by the key that is built into Go, whatever the kit says. */
function checkKey(name: string, key: string): void {
  const ownName = key.split("+")[0] ?? "";
  const isOwn = ownName === name && /^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(name);
  if (isOwn && (name !== golangOrgKey.split("+")[0] || key === golangOrgKey)) return;
  throw kitError("AIRGO_SUMDB_SIGNATURE", `the lock's key is not that of ${name}`, "bundles.lock", {
    expected: isOwn ? golangOrgKey : `${name}+…`,
    found: key,
  });
}

function differenceOf(path: string, found: Buffer, headNote: string): string {
  if (!path.startsWith("lookup/")) return "it is not what the tree holds there";
  const text = found.toString("utf8");
  const head = text.slice(text.indexOf("\n\n") + 2);
  return head === headNote
    ? "it does not say what the log holds"
    : "it has another tree head than the rest of the kit";
}
