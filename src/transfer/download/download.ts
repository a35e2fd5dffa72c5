import { AirgoError } from "../../support/errors.js";
import type { OnPart } from "../client/body.js";
import type { HttpAnswer, HttpClient } from "../client/http.js";
import { againAfterStatus } from "../retry-rule.js";
import { refuseWebPage } from "./web-page.js";

/** Told of each part of a transfer as it arrives: its bytes, and the size of the whole where the server says it. */
export type OnBytes = (bytes: number, whole?: number) => void;

export interface TransferOptions {
  /** More bytes than this are refused: a server must not fill the disk or the memory. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: OnBytes | undefined;
  /** Told when the server says that there is no such thing any more (410). */
  readonly onGone?: (() => void) | undefined;
  /** The error for more bytes than that, where it is not AIRGO_UPSTREAM_MALFORMED. */
  readonly tooLarge?: ((limit: string, found: string) => AirgoError) | undefined;
}

/**
 * GETs a small answer into memory.
 * @returns the bytes, or undefined when the server says that there is no such thing (404, 410)
 * @throws AIRGO_UPSTREAM_DENIED (401, 403), AIRGO_UPSTREAM_STATUS (other), AIRGO_UPSTREAM_MALFORMED (too large, or
 *   packed), AIRGO_WEB_PAGE, AIRGO_NETWORK
 */
export async function fetchBytes(
  http: HttpClient,
  url: string,
  options: TransferOptions,
): Promise<Buffer | undefined> {
  const answer = await http.request(url, { signal: options.signal });
  return accept(answer, url, options.onGone) ? readWhole(answer, url, options) : undefined;
}

/** Reads a body into memory, within the limits. */
export async function readWhole(answer: HttpAnswer, url: string, options: TransferOptions): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  await readWithin(answer, url, options, (part) => void parts.push(part));
  const data = Buffer.concat(parts);
  refuseWebPage(data, url);
  return data;
}

/**
 * Asks whether a server has something, without its bytes. A server that knows no HEAD is asked with GET and left.
 * @throws as fetchBytes
 */
export async function exists(
  http: HttpClient,
  url: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let answer = await http.request(url, { method: "HEAD", signal });
  if (answer.status === 405 || answer.status === 501) {
    answer.drop();
    answer = await http.request(url, { signal });
  }
  const found = accept(answer, url);
  answer.drop();
  return found;
}

/** True for 200, false for "no such thing"; throws for every other status. Drops the body unless it is wanted. */
export function accept(answer: HttpAnswer, url: string, onGone?: () => void): boolean {
  const packing = packingOf(answer, url);
  if (answer.status === 200 && packing === undefined) return true;
  answer.drop();
  if (answer.status === 200 && packing !== undefined) throw packed(url, packing);
  if (answer.status === 410) onGone?.();
  if (answer.status === 404 || answer.status === 410) return false;
  const denied = answer.status === 401 || answer.status === 403;
  throw new AirgoError(denied ? "AIRGO_UPSTREAM_DENIED" : "AIRGO_UPSTREAM_STATUS", {
    what: denied ? "the server refuses access" : "the server gave no usable answer",
    where: url,
    expected: "HTTP status 200",
    found: `HTTP status ${answer.status}`,
    hint: denied
      ? "check the credentials for this address, or take another source"
      : "the server may be overloaded: run the same command again later, or take another source",
    again: againAfterStatus(answer.status, answer.headers["retry-after"]),
  });
}

/** Content codings that change the bytes (RFC 9110, 8.4.1); some stores leave others in the header that do not. */
const packings = ["gzip", "x-gzip", "compress", "x-compress", "deflate", "br", "zstd"];

/**
 * The codings of an answer whose bytes are packed: one of a list is enough. Not so for a file that is packed by itself:
 * many servers say of a tar.gz what it is (Apache's AddEncoding), and send it as it is; they say it once.
 */
function packingOf({ headers }: HttpAnswer, url: string): string | undefined {
  const encoding = headers["content-encoding"]?.toLowerCase() ?? "";
  const isItself = /\.(?:t?gz)$/.test(url) && ["gzip", "x-gzip"].includes(encoding);
  const isPacked = encoding.split(",").some((coding) => packings.includes(coding.trim()));
  return isPacked && !isItself ? encoding : undefined;
}

function packed(url: string, encoding: string): AirgoError {
  return new AirgoError("AIRGO_UPSTREAM_MALFORMED", {
    what: `the answer is packed with ${encoding}, though it was asked for as it is`,
    where: url,
    expected: "no Content-Encoding: the request says Accept-Encoding: identity",
    found: `Content-Encoding: ${encoding}`,
    hint: "take another source, or have whatever packs answers on the way let these through",
  });
}

/** What a body is the end of. */
export interface Beginning {
  /** Bytes that are there already. */
  readonly from: number;
  /** Bytes of the whole. */
  readonly whole: number;
}

/** Reads a body within the limits, and checks that it has the length that was declared. */
export async function readWithin(
  answer: HttpAnswer,
  url: string,
  options: TransferOptions & { readonly beginning?: Beginning | undefined },
  onPart: OnPart,
): Promise<void> {
  const declared = Number(answer.headers["content-length"] ?? Number.NaN);
  const { from, whole } = options.beginning ?? {
    from: 0,
    whole: Number.isNaN(declared) ? undefined : declared,
  };
  if (from + declared > options.maxBytes) {
    answer.drop();
    throw tooLarge(url, options, `${from + declared} bytes`);
  }
  let received = from;
  await answer.read((part) => {
    received += part.byteLength;
    if (received > options.maxBytes) throw tooLarge(url, options, `more than ${options.maxBytes} bytes`);
    options.onBytes?.(part.byteLength, whole);
    return onPart(part);
  });
  if (whole !== undefined && received !== whole) {
    throw new AirgoError("AIRGO_NETWORK", {
      what: received < whole ? "the transfer ended early" : "the transfer brought more than was asked for",
      where: url,
      expected: `${whole} bytes`,
      found: `${received} bytes`,
      hint: "run the same command again: what was fetched is kept",
    });
  }
}

function tooLarge(url: string, options: TransferOptions, found: string): AirgoError {
  const limit = `at most ${options.maxBytes} bytes`;
  if (options.tooLarge !== undefined) return options.tooLarge(limit, found);
  return new AirgoError("AIRGO_UPSTREAM_MALFORMED", {
    what: "the answer is larger than it may be",
    where: url,
    expected: limit,
    found,
  });
}
