import type { Hash } from "node:crypto";
import { createReadStream } from "node:fs";

import { fileSize } from "../../support/files.js";
import type { HttpAnswer, HttpClient } from "../client/http.js";
import { isRest, type DownloadNote, type NoteKeeper } from "./resume.js";

/** What an earlier try has left in a file, and what is known of it. */
export interface Kept {
  /** So many bytes; the next one is asked for. */
  readonly from: number;
  readonly note: DownloadNote;
}

/** What the rest may be asked for of; undefined where there is nothing, or nothing of use. */
export async function keptIn(
  file: string,
  notes: NoteKeeper | undefined,
  maxBytes: number,
): Promise<Kept | undefined> {
  const note = await notes?.note();
  if (note === undefined || note.bytes > maxBytes) return undefined;
  const from = (await fileSize(file)) ?? 0;
  return from > 0 && from <= note.bytes ? { from, note } : undefined;
}

/**
 * Asks for the rest of what is there.
 * @returns 206 with exactly that, or another answer to be taken as if nothing were there; undefined to ask anew
 */
export async function askForRest(
  http: HttpClient,
  url: string,
  { from, note }: Kept,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer | undefined> {
  const answer = await http.request(url, { signal, rest: { from, validator: note.validator } });
  const isOther = answer.status === 206 && !isRest(answer.headers, from, note);
  if (!isOther && !isAboutRange(answer.status)) return answer;
  answer.drop();
  return undefined;
}

/** Statuses with which servers refuse a range: 416, and what those give that break on it. */
function isAboutRange(status: number): boolean {
  return [400, 412, 416, 500, 501].includes(status);
}

/** Hashes what is there: nothing is taken on trust because it was fetched once. */
export async function hashKept(sha256: Hash, file: string, size: number): Promise<void> {
  for await (const part of createReadStream(file, { end: size - 1, highWaterMark: 1 << 20 }))
    sha256.update(part as Buffer);
}
