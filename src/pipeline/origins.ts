import type { Store } from "../store/store.js";
import { redact } from "../support/redact.js";

/*
 * Where things were fetched from, noted in the store under what they are, so that a later run that fetches nothing can
 * still tell. It proves nothing and is never asked by anything that checks: it is for provenance.json alone.
 */

const noteOf = (subject: string): string => `origin/${subject}`;
const databaseNote = (name: string): string => `database/${name}`;

/** Notes where bytes came from. Credentials are taken out of the address. */
export async function noteOrigin(
  store: Pick<Store, "setNote">,
  sha256: string,
  address: string,
): Promise<void> {
  await store.setNote(noteOf(sha256), Buffer.from(redact(address)));
}

/** Notes where a checksum database was asked. */
export async function noteDatabase(
  store: Pick<Store, "setNote">,
  name: string,
  address: string,
): Promise<void> {
  await noteOrigin(store, databaseNote(name), address);
}

/** Where a checksum database was asked last; undefined where nobody noted it. */
export async function databaseOrigin(store: Pick<Store, "note">, name: string): Promise<string | undefined> {
  return originNote(store, databaseNote(name));
}

/** Where the bytes of this SHA-256 came from; undefined where nobody noted it. */
export async function originNote(store: Pick<Store, "note">, sha256: string): Promise<string | undefined> {
  const text = (await store.note(noteOf(sha256)))?.toString("utf8");
  return text === undefined ? undefined : redact(text);
}
