import type { HttpAnswer, Validator } from "../client/http.js";
import { settledDate } from "../download/resume.js";

/** An index as it was last answered, and what its server knows that state by. */
export interface KeptIndex {
  readonly validator: Validator;
  readonly body: Buffer;
  /** When it was sent as a whole; milliseconds since 1970. That it was confirmed since does not count. */
  readonly fetched: number;
}

/** Larger ones are not kept: every run reads the notes as a whole. Bytes. */
const mostBody = 8 << 20;
/** A header field that is longer than this is nobody's ETag. */
const mostValidator = 1024;
/**
 * One ETag, weak or strong (RFC 9110, 8.8.3), in what a header can carry back as it came. Anything else might be a list
 * or a star for If-None-Match, and those are met by whatever the server has.
 */
const oneTag = /^(W\/)?"[\x21\x23-\x7e]*"$/;
/** What a date is sent back in; it is never looked into. */
const printable = /^[\x20-\x7e]+$/;
/**
 * Milliseconds. Who once answered in a server's name may have sent its very validator with a body of his own, and the
 * server then confirms that. So the whole is asked for once a week.
 */
const longestUse = 7 * 24 * 3600 * 1000;

type Headers = HttpAnswer["headers"];

/**
 * What to keep of an answer.
 * @returns undefined where a later 304 could not be relied on: no validator, too large, nothing that says where it
 *   ends, or a web page. A page is what portals and balancers answer in another's name; by its date the true server
 *   might confirm it.
 */
export function indexToKeep(headers: Headers, body: Buffer, fetched: number): KeptIndex | undefined {
  const validator = validatorOf(headers);
  if (validator === undefined || body.length > mostBody) return undefined;
  return hasEnd(headers) && !isCalledPage(headers) ? { validator, body, fetched } : undefined;
}

/** Without a length and without chunks a body ends where the connection does, which may be half-way. */
function hasEnd({ "content-length": length, "transfer-encoding": encoding = "" }: Headers): boolean {
  return length !== undefined || /\bchunked\s*$/i.test(encoding);
}

/** Not so for what was fetched too long ago, or is from the future: one of the two clocks was wrong. */
export function isYoung({ fetched }: KeptIndex, now: number): boolean {
  return fetched <= now && now - fetched <= longestUse;
}

/** An ETag, weak ones too: this asks whether something has changed, not for a part of it (RFC 9110, 13.1.2). */
function validatorOf(headers: Headers): Validator | undefined {
  const { etag } = headers;
  if (isTag(etag)) return { etag };
  const modified = settledDate(headers);
  return modified === undefined ? undefined : { modified };
}

/**
 * True where a 304 speaks of what was asked about. Of an ETag it need not say so itself. A date it has to repeat, for
 * servers compare it with "not newer than": what stood there for a while in error, or came with a date of the future,
 * would be confirmed for ever.
 */
export function isConfirmed({ etag, "last-modified": changed }: Headers, asked: Validator): boolean {
  if ("modified" in asked) return changed === asked.modified;
  return etag === undefined || withoutMark(etag) === withoutMark(asked.etag);
}

/** Caches on the way may weaken a tag, which matters to nobody here (RFC 9110, 8.8.3.2). */
function withoutMark(etag: string): string {
  return etag.replace(/^W\//, "");
}

/** One that looks like a page is refused when it is read. */
function isCalledPage({ "content-type": type = "" }: Headers): boolean {
  return /\bhtml\b/i.test(type);
}

/** The bytes that it is noted as: a line of JSON, and the body. */
export function formatIndex({ validator, body, fetched }: KeptIndex): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify({ ...validator, fetched })}\n`), body]);
}

/** True for two answers that differ in nothing but when they came. */
export function isSameIndex(one: KeptIndex, other: KeptIndex): boolean {
  return formatIndex({ ...one, fetched: 0 }).equals(formatIndex({ ...other, fetched: 0 }));
}

/** Reads them again; bytes without sense give undefined, and so does what an earlier form has no time of. */
export function parseIndex(note: Buffer): KeptIndex | undefined {
  const end = note.indexOf("\n");
  try {
    const { etag, modified, fetched } = JSON.parse(note.toString("utf8", 0, end)) as Record<string, unknown>;
    if (typeof fetched !== "number") return undefined;
    const body = note.subarray(end + 1);
    if (isTag(etag)) return { validator: { etag }, body, fetched };
    return isText(modified) ? { validator: { modified }, body, fetched } : undefined;
  } catch {
    return undefined;
  }
}

function isTag(value: unknown): value is string {
  return isText(value) && oneTag.test(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= mostValidator && printable.test(value);
}
