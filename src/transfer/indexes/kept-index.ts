import type { HttpAnswer, Validator } from "../client/http.js";
import { settledDate } from "../download/resume.js";

/** An index as it was last answered, and what its server knows that state by. */
export interface KeptIndex {
  readonly validator: Validator;
  readonly body: Buffer;
}

/** Larger ones are not kept: every run reads the notes as a whole. Bytes. */
const mostBody = 8 << 20;
/** A header field that is longer than this is nobody's ETag. */
const mostValidator = 1024;
/** What a header can carry back as it came; an ETag is never looked into. */
const printable = /^[\x20-\x7e]+$/;

type Headers = HttpAnswer["headers"];

/**
 * What to keep of an answer.
 * @returns undefined where a later 304 could not be relied on: no validator, too large, or a web page. A page is what
 *   portals and balancers answer in another's name; by its date the true server might confirm it.
 */
export function indexToKeep(headers: Headers, body: Buffer): KeptIndex | undefined {
  const validator = validatorOf(headers);
  if (validator === undefined || body.length > mostBody || isCalledPage(headers)) return undefined;
  return { validator, body };
}

/** An ETag, weak ones too: this asks whether something has changed, not for a part of it (RFC 9110, 13.1.2). */
function validatorOf(headers: Headers): Validator | undefined {
  const { etag } = headers;
  if (etag !== undefined && isText(etag)) return { etag };
  const modified = settledDate(headers);
  return modified === undefined ? undefined : { modified };
}

/**
 * True where a 304 speaks of what was asked about, as far as it says so itself. A date is compared by servers with "not
 * newer than": what stood there for a while in error, and is gone, would be confirmed for ever.
 */
export function isConfirmed({ etag, "last-modified": changed }: Headers, asked: Validator): boolean {
  if ("modified" in asked) return changed === undefined || changed === asked.modified;
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
export function formatIndex({ validator, body }: KeptIndex): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(validator)}\n`), body]);
}

/** Reads them again; bytes without sense give undefined. */
export function parseIndex(note: Buffer): KeptIndex | undefined {
  const end = note.indexOf("\n");
  try {
    const { etag, modified } = JSON.parse(note.toString("utf8", 0, end)) as Record<string, unknown>;
    const body = note.subarray(end + 1);
    if (isText(etag)) return { validator: { etag }, body };
    return isText(modified) ? { validator: { modified }, body } : undefined;
  } catch {
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= mostValidator && printable.test(value);
}
