import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

import { AirgoError } from "../support/errors.js";
import { asDiskError } from "../support/files.js";
import type { HttpAnswer, HttpClient } from "./http.js";

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
 * @throws AIRGO_UPSTREAM_DENIED (401, 403), AIRGO_UPSTREAM_STATUS (other), AIRGO_UPSTREAM_MALFORMED (too large),
 *   AIRGO_NETWORK
 */
export async function fetchBytes(
  http: HttpClient,
  url: string,
  options: TransferOptions,
): Promise<Buffer | undefined> {
  const answer = await http.request(url, { signal: options.signal });
  if (!accept(answer, url, options.onGone)) return undefined;
  const parts: Uint8Array[] = [];
  for await (const part of limited(answer, url, options)) parts.push(part);
  return Buffer.concat(parts);
}

/**
 * GETs an answer into a new file, hashing as it goes.
 * @returns digest and size of what was written, or undefined when there is no such thing (404, 410)
 * @throws as fetchBytes, and AIRGO_DISK
 */
export async function fetchToFile(
  http: HttpClient,
  url: string,
  file: string,
  options: TransferOptions,
): Promise<{ sha256: string; size: number } | undefined> {
  const answer = await http.request(url, { signal: options.signal });
  if (!accept(answer, url, options.onGone)) return undefined;
  const sha256 = createHash("sha256");
  let size = 0;
  try {
    const handle = await open(file, "w", 0o600);
    try {
      for await (const piece of inPieces(limited(answer, url, options))) {
        sha256.update(piece);
        size += piece.byteLength;
        await handle.writeFile(piece);
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    answer.drop();
    throw asDiskError(error, file);
  }
  return { sha256: sha256.digest("hex"), size };
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
function accept(answer: HttpAnswer, url: string, onGone?: () => void): boolean {
  if (answer.status === 200) return true;
  answer.drop();
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
  });
}

async function* limited(
  answer: HttpAnswer,
  url: string,
  options: TransferOptions,
): AsyncIterable<Uint8Array> {
  const declared = Number(answer.headers["content-length"] ?? Number.NaN);
  if (declared > options.maxBytes) {
    answer.drop();
    throw tooLarge(url, options, `${declared} bytes`);
  }
  let received = 0;
  for await (const part of answer.body) {
    received += part.byteLength;
    if (received > options.maxBytes) {
      answer.drop();
      throw tooLarge(url, options, `more than ${options.maxBytes} bytes`);
    }
    options.onBytes?.(part.byteLength, Number.isNaN(declared) ? undefined : declared);
    yield part;
  }
  if (!Number.isNaN(declared) && received !== declared) {
    throw new AirgoError("AIRGO_NETWORK", {
      what: "the transfer ended early",
      where: url,
      expected: `${declared} bytes`,
      found: `${received} bytes`,
    });
  }
}

/** Servers send parts of 16 kB and less: each would be a write and a hash step of its own. Bytes. */
const pieceSize = 1 << 20;

/** Joins parts until a piece is worth its handling. */
async function* inPieces(parts: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (const part of parts) {
    waiting.push(part);
    size += part.byteLength;
    if (size < pieceSize) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting);
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
