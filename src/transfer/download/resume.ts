import type { HttpAnswer } from "../client/http.js";

/** What must be known of the bytes of an unfinished download to ask for the rest. */
export interface DownloadNote {
  /** A strong ETag, or the value of Last-Modified: what the server knows this very sequence of bytes by. */
  readonly validator: string;
  /** The size of the whole. */
  readonly bytes: number;
}

/** Keeps the note about the bytes in a file beside it. */
export interface NoteKeeper {
  note(): Promise<DownloadNote | undefined>;
  setNote(note: DownloadNote | undefined): Promise<void>;
}

type Headers = HttpAnswer["headers"];

/** RFC 9110, 8.8.3, without the bytes beyond ASCII that a header could not carry as they are. */
const strongTag = /^"[\x21\x23-\x7e]*"$/;
const httpDate = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/**
 * The note for a whole body that begins to arrive.
 * @returns undefined where the rest could not be asked for safely: no size, or no strong validator (RFC 9110, 13.1.5)
 */
export function noteOf(headers: Headers): DownloadNote | undefined {
  const validator = strongValidator(headers);
  const bytes = Number(headers["content-length"] ?? Number.NaN);
  return validator !== undefined && isSize(bytes) ? { validator, bytes } : undefined;
}

/** A weak ETag excludes the date, too. */
function strongValidator(headers: Headers): string | undefined {
  const { etag } = headers;
  if (etag !== undefined) return strongTag.test(etag) ? etag : undefined;
  return settledDate(headers);
}

/**
 * The value of Last-Modified where it stands for one sequence of bytes: only where the answer is younger by a second or
 * more (RFC 9110, 8.8.2.2), for what changes twice in a second has the same date both times.
 */
export function settledDate({ date, "last-modified": changed }: Headers): string | undefined {
  if (changed === undefined || date === undefined || !httpDate.test(changed)) return undefined;
  return Date.parse(date) - Date.parse(changed) >= 1000 ? changed : undefined;
}

/** True when a 206 is exactly the rest of what the note speaks of, from that byte to the last. */
export function isRest(headers: Headers, from: number, { validator, bytes }: DownloadNote): boolean {
  const [, first, last, whole] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers["content-range"] ?? "") ?? [];
  if (Number(first) !== from || Number(last) !== bytes - 1 || Number(whole) !== bytes) return false;
  // If-Range excludes another version; not every server heeds it.
  const { etag } = headers;
  return etag === undefined || !validator.startsWith('"') || etag === validator;
}

/** The text that a note is kept as. */
export function formatNote({ validator, bytes }: DownloadNote): string {
  return `${JSON.stringify({ validator, bytes })}\n`;
}

/** Reads it again; a text that is no note gives undefined. */
export function parseNote(text: string): DownloadNote | undefined {
  try {
    const { validator, bytes } = JSON.parse(text) as Partial<DownloadNote>;
    if (typeof validator !== "string" || !(strongTag.test(validator) || httpDate.test(validator)))
      return undefined;
    return isSize(bytes) ? { validator, bytes } : undefined;
  } catch {
    return undefined;
  }
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
