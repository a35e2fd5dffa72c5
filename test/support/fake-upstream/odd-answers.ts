import type { IncomingMessage } from "node:http";
import { gzipSync } from "node:zlib";

import type { FaultEffect } from "./faults.js";

/*
 * Answers that no honest server gives. Each is an effect of a fault.
 */

type Handle = Extract<FaultEffect, { kind: "handle" }>["handle"];

const handled = (handle: Handle): FaultEffect => ({ kind: "handle", handle });
const etag = '"as-it-was"';

/** The whole body under a Content-Length that is so many bytes off, and then the end of the connection. */
export function declaring(difference: number): FaultEffect {
  return handled((_request, response, body) => {
    response.socket?.end(
      `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${body.length + difference}\r\n\r\n${body.toString("latin1")}`,
      "latin1",
    );
  });
}

/** What is asked for whole ends half-way; what is asked for from there on is answered otherwise. */
export function halfThen(rest: Handle): FaultEffect {
  return handled((request, response, body) => {
    if (request.headers.range !== undefined) return rest(request, response, body);
    response.writeHead(200, { "content-length": body.length, etag, "accept-ranges": "bytes" });
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.end());
  });
}

/** 206 with other bytes than were asked for, and said so. */
export const wrongRange: Handle = (_request, response, body) =>
  void response
    .writeHead(206, { "content-range": `bytes 0-9/${body.length}`, "content-length": 10, etag })
    .end(body.subarray(0, 10));

/** 206 that claims to be what was asked for, and is not. */
export const lyingRange: Handle = (request, response, body) => {
  const from = startOf(request);
  const range = `bytes ${from}-${body.length - 1}/${body.length}`;
  response
    .writeHead(206, { "content-range": range, "content-length": body.length - from, etag })
    .end(body.subarray(0, body.length - from));
};

/** 416, as a server says whose file has become shorter, or that miscounts. */
export const noSuchRange: Handle = (_request, response, body) =>
  void response.writeHead(416, { "content-range": `bytes */${body.length}`, "content-length": 0 }).end();

/** The same with another ETag, as if the file had been replaced meanwhile. */
export const replaced: Handle = (_request, response, body) =>
  void response.writeHead(200, { "content-length": body.length, etag: '"another"' }).end(body);

/** 206 though nobody asked for a part. */
export const unaskedPart: FaultEffect = handled(
  (_request, response, body) =>
    void response
      .writeHead(206, { "content-range": `bytes 0-9/${body.length}`, "content-length": 10 })
      .end(body.subarray(0, 10)),
);

/** The body packed once more, though it was asked for as it is. */
export const gzipped: FaultEffect = handled((_request, response, body) => {
  const packed = gzipSync(body);
  response.writeHead(200, { "content-encoding": "gzip", "content-length": packed.length }).end(packed);
});

/** A body that never ends. */
export const endless: FaultEffect = handled((_request, response) => {
  const part = Buffer.alloc(1 << 16, "x");
  const more = (): void => {
    while (!response.destroyed && response.write(part));
    response.once("drain", more);
  };
  response.writeHead(200);
  more();
});

function startOf(request: IncomingMessage): number {
  return Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1]);
}
