import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

import { changedBody, type Amount, type FaultEffect } from "./faults.js";
import type { Resource } from "./world.js";

type Status = { readonly status: number };

/** One request and its response, and where its status is recorded. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly seen: { status: number };
}

/** Answers one request with what was found, as the effects of faults have it. */
export function respond(exchange: Exchange, found: Resource | Status, effects: readonly FaultEffect[]): void {
  const of = <K extends FaultEffect["kind"]>(kind: K) =>
    effects.find((effect): effect is Extract<FaultEffect, { kind: K }> => effect.kind === kind);
  const { method = "", url = "/" } = exchange.request;
  const [status, redirect, stall] = [of("status"), of("redirect"), of("stall")];
  of("tell")?.tell();
  const html = of("html") !== undefined;
  const handled = of("handle");
  if (!["GET", "HEAD"].includes(method) || (method === "HEAD" && of("no-head") !== undefined)) {
    sendStatus(exchange, 405, { allow: "GET" });
  } else if (status !== undefined) {
    sendStatus(exchange, status.status, { "retry-after": status.retryAfter });
  } else if (redirect !== undefined) {
    sendStatus(exchange, redirect.status ?? 302, { location: redirect.location ?? `/elsewhere${url}` });
  } else if (stall !== undefined && stall.after === undefined) {
    exchange.request.resume();
  } else if ("status" in found && !html) {
    sendStatus(exchange, found.status);
  } else if (handled !== undefined && "body" in found) {
    handled.handle(exchange.request, exchange.response, changedBody(found, effects));
    exchange.seen.status = exchange.response.statusCode;
  } else {
    const resource = "status" in found ? { body: Buffer.alloc(0), type: "" } : found;
    const body = changedBody(resource, effects);
    const etag = of("etag");
    sendBody(exchange, {
      body,
      type: html ? "text/html; charset=utf-8" : resource.type,
      etag:
        etag === undefined ? `"${createHash("sha256").update(body).digest("hex").slice(0, 32)}"` : etag.value,
      ranges: of("no-range") === undefined,
      cut: of("truncate") ?? of("reset") ?? stall,
    });
  }
}

interface Answer {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string | undefined;
  readonly ranges: boolean;
  readonly cut: Extract<FaultEffect, { kind: "truncate" | "reset" | "stall" }> | undefined;
}

type Headers = Readonly<Record<string, string | number | undefined>>;

function writeHead({ response, seen }: Exchange, status: number, headers: Headers): void {
  seen.status = status;
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) response.setHeader(name, value);
  response.writeHead(status);
}

function sendStatus(exchange: Exchange, status: number, headers: Headers = {}): void {
  writeHead(exchange, status, { "content-type": "text/plain; charset=utf-8", ...headers });
  exchange.response.end(`fake upstream: ${status}\n`);
}

function sendBody(exchange: Exchange, answer: Answer): void {
  const { body, cut, etag, type } = answer;
  if (etag !== undefined && isKnown(exchange.request, etag)) {
    writeHead(exchange, 304, { etag });
    exchange.response.end();
    return;
  }
  const acceptRanges = answer.ranges ? "bytes" : undefined;
  const range = answer.ranges ? rangeOf(exchange.request, body.length, etag) : undefined;
  if (range === "unsatisfiable") {
    sendStatus(exchange, 416, { "content-range": `bytes */${body.length}` });
    return;
  }
  const part = range === undefined ? body : body.subarray(range.from, range.to + 1);
  const sent = cut === undefined ? part : part.subarray(0, bytesOf(cut.after ?? 0, part.length));
  const declared = cut?.kind === "truncate" && cut.honest === true ? sent.length : part.length;
  writeHead(exchange, range === undefined ? 200 : 206, {
    "content-type": type,
    "content-length": declared,
    "content-range": range && `bytes ${range.from}-${range.to}/${body.length}`,
    "accept-ranges": acceptRanges,
    etag,
  });
  if (exchange.request.method === "HEAD") exchange.response.end();
  else if (cut === undefined || sent.length === declared) exchange.response.end(sent);
  else sendPartOf(exchange.response, sent, cut.kind);
}

/** True where If-None-Match names it; weak tags are compared as strong ones are (RFC 9110, 13.1.2). */
function isKnown(request: IncomingMessage, etag: string): boolean {
  const asked = request.headers["if-none-match"]?.split(",").map(opaqueTag) ?? [];
  return asked.includes(opaqueTag(etag));
}

function opaqueTag(tag: string): string {
  return tag.trim().replace(/^W\//, "");
}

function bytesOf(amount: Amount, whole: number): number {
  return typeof amount === "number" ? amount : Math.floor((Number.parseFloat(amount) / 100) * whole);
}

/** Sends less than Content-Length promised, then ends, resets or keeps silent. */
function sendPartOf(response: ServerResponse, sent: Buffer, how: "truncate" | "reset" | "stall"): void {
  response.flushHeaders();
  const afterwards = (): void => {
    if (how === "truncate") response.socket?.end();
    if (how === "reset") response.socket?.resetAndDestroy();
  };
  if (sent.length === 0) afterwards();
  else response.write(sent, afterwards);
}

type Range = { readonly from: number; readonly to: number };

/** The one range asked for; several ranges, an unknown unit and a stale If-Range mean the whole (RFC 9110, 14.2). */
function rangeOf(
  request: IncomingMessage,
  size: number,
  etag: string | undefined,
): Range | "unsatisfiable" | undefined {
  const condition = request.headers["if-range"];
  if (condition !== undefined && (condition !== etag || condition.startsWith("W/"))) return undefined;
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") {
    return last === "0" || size === 0
      ? "unsatisfiable"
      : { from: Math.max(0, size - Number(last)), to: size - 1 };
  }
  const range = { from: Number(first), to: Math.min(last === "" ? size - 1 : Number(last), size - 1) };
  if (last !== "" && Number(last) < range.from) return undefined;
  return range.from >= size ? "unsatisfiable" : range;
}
