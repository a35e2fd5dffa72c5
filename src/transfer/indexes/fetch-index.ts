import { addressDigest } from "../address-digest.js";
import { accept, readWhole, type TransferOptions } from "../download/download.js";
import type { HttpClient } from "../client/http.js";
import {
  formatIndex,
  indexToKeep,
  isConfirmed,
  isSameIndex,
  isYoung,
  parseIndex,
  type KeptIndex,
} from "./kept-index.js";

/** Where answers are kept from run to run. What it gives was not changed meanwhile; a damaged note counts as none. */
export interface IndexNotes {
  note(name: string): Promise<Buffer | undefined>;
  setNote(name: string, data: Buffer): Promise<void>;
}

export interface IndexOptions extends TransferOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * GETs a small answer that changes, such as a list of versions. What the store kept of the last one is asked about
 * first: a server that has nothing new says 304 and sends nothing. One that sends no validator is asked anew each time,
 * and every server once a week.
 * @returns the bytes, or undefined when the server says that there is no such thing (404, 410)
 * @throws as fetchBytes, and AIRGO_DISK
 */
export async function fetchIndex(
  http: HttpClient,
  notes: IndexNotes,
  url: string,
  options: IndexOptions,
): Promise<Buffer | undefined> {
  const name = `indexes/${addressDigest(url)}`;
  const now = options.now();
  const kept = await keptUnder(notes, name, options.maxBytes, now);
  let answer = await http.request(url, { signal: options.signal, unless: kept?.validator });
  if (answer.status === 304 && kept !== undefined) {
    answer.drop();
    if (isConfirmed(answer.headers, kept.validator)) return kept.body;
    answer = await http.request(url, { signal: options.signal });
  }
  // A 304 that nobody asked for is refused here, as any other odd status.
  if (!accept(answer, url, options.onGone)) return undefined;
  const body = await readWhole(answer, url, options);
  const fresh = indexToKeep(answer.headers, body, now);
  if (fresh !== undefined) await keep(notes, name, fresh, kept);
  return body;
}

/** A note that is damaged or old counts as absent; what is asked for then is the whole. */
async function keptUnder(
  notes: IndexNotes,
  name: string,
  maxBytes: number,
  now: number,
): Promise<KeptIndex | undefined> {
  const note = await notes.note(name);
  const kept = note === undefined ? undefined : parseIndex(note);
  return kept !== undefined && kept.body.length <= maxBytes && isYoung(kept, now) ? kept : undefined;
}

/** A server that never says 304 sends the same again and again: notes only grow, so it is not written twice. */
async function keep(
  notes: IndexNotes,
  name: string,
  fresh: KeptIndex,
  before: KeptIndex | undefined,
): Promise<void> {
  if (before === undefined || !isSameIndex(fresh, before)) await notes.setNote(name, formatIndex(fresh));
}
