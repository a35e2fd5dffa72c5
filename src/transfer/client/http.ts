import { request, type Dispatcher } from "undici";

import { AirgoError, hasSystemCode, messageOf } from "../../support/errors.js";
import { isFileUrl } from "../../support/file-url.js";
import { hideAuthorization } from "../../support/redact.js";
import { readBody, type OnPart } from "./body.js";
import { createConnections } from "./connections.js";
import { answerFromFile } from "./file-source.js";
import { againAfterFailure } from "../retry-rule.js";
import { lateHead, ordinaryLimits, watchTransfer, type TransferLimits } from "./transfer-limits.js";

/** An answer whose body has not been read yet. Every answer's body must be read or dropped. */
export interface HttpAnswer {
  readonly status: number;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /**
   * Reads the body to its end and tells each part as it arrives. Where telling gives a promise, the transfer waits for
   * it; where it throws, the transfer ends, as it does at a limit of time. (Iterating would cost a promise or two for each part of 16 kB.)
   */
  read(onPart: OnPart): Promise<void>;
  /** Ends the transfer without reading the rest. */
  drop(): void;
}

export interface HttpRequest {
  readonly method?: "GET" | "HEAD";
  readonly signal?: AbortSignal | undefined;
  /** Asks for what follows so many bytes, if it is still what this validator stands for (RFC 9110, 14.2 and 13.1.5). */
  readonly rest?: { readonly from: number; readonly validator: string } | undefined;
  /** Asks for it only where it is no longer what this validator stands for; else the answer is 304 (RFC 9110, 13.1). */
  readonly unless?: Validator | undefined;
}

/** What a server knows one state of a resource by: an ETag as it was sent, or the value of Last-Modified. */
export type Validator = { readonly etag: string } | { readonly modified: string };

/** The one way out to the network. Tests pass their own. */
export interface HttpClient {
  /** Rejects with AIRGO_NETWORK when no answer came; any status is an answer. */
  request(url: string, options?: HttpRequest): Promise<HttpAnswer>;
  /** Ends at once, also whatever is under way; that fails with an error that is not worth a retry. */
  close(): Promise<void>;
}

/** What one client is given beyond the environment. */
export interface HttpClientOptions {
  /** PEM: certificate authorities that are trusted beside those that Node trusts. */
  readonly ca?: string | undefined;
  /**
   * A header `Authorization` for one origin (scheme, host and port, as `URL.origin` has it). What was redirected away
   * from there goes on without it, also when it comes back.
   */
  readonly authorization?: { readonly origin: string; readonly value: string } | undefined;
  readonly limits?: TransferLimits | undefined;
}

const maxRedirects = 5;

/**
 * An HTTP client on undici: honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY, follows redirects to the same scheme or to
 * https only, and sends the credentials of an address to that address's own host only. It answers `file:` addresses
 * too (file-source.ts), but nobody is redirected to one.
 */
export function createHttpClient(
  userAgent: string,
  env: NodeJS.ProcessEnv,
  { ca, authorization, limits = ordinaryLimits }: HttpClientOptions = {},
): HttpClient {
  if (authorization !== undefined) hideAuthorization(authorization.value);
  // Over http they may only be sent within this machine: a proxy could be anywhere.
  const direct = authorization?.origin.startsWith("http:") ? authorization.origin : undefined;
  const agent = createConnections(env, { ca, direct, headMs: limits.headMs });

  const closed = new AbortController();

  const eitherOf = (signal: AbortSignal | undefined): AbortSignal =>
    signal === undefined ? closed.signal : AbortSignal.any([signal, closed.signal]);

  async function once(url: URL, options: HttpRequest, given?: string): Promise<Dispatcher.ResponseData> {
    const { bare, authorization: value = given } = splitCredentials(url);
    return request(bare.href, {
      dispatcher: agent,
      method: options.method ?? "GET",
      headers: {
        "user-agent": userAgent,
        // Digests are over the bytes as they are stored: a transfer encoding would only add a way to differ.
        "accept-encoding": "identity",
        ...(value === undefined ? {} : { authorization: value }),
        ...(options.rest === undefined
          ? {}
          : { range: `bytes=${options.rest.from}-`, "if-range": options.rest.validator }),
        ...(options.unless === undefined ? {} : conditionOf(options.unless)),
      },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  }

  return {
    async request(address, options = {}) {
      if (isFileUrl(address))
        return answerFromFile(address, { ...options, signal: eitherOf(options.signal) });
      let url = parseUrl(address);
      const ends = { signals: [options.signal, closed.signal], limits };
      let isAtHome = true;
      for (let hop = 0; hop <= maxRedirects; hop++) {
        isAtHome &&= url.origin === authorization?.origin;
        const given = isAtHome ? authorization?.value : undefined;
        const answer = await once(url, options, given).catch((cause: unknown) => {
          throw failure(url, cause, ends);
        });
        const location = answer.headers["location"];
        if (![301, 302, 303, 307, 308].includes(answer.statusCode) || typeof location !== "string") {
          return toAnswer(answer, url, ends);
        }
        answer.body.on("error", ignore).destroy();
        url = redirectTarget(url, location);
      }
      throw new AirgoError("AIRGO_NETWORK", {
        what: `more than ${maxRedirects} redirects`,
        where: address,
        hint: "check the address of the proxy, or take another source",
        again: "never",
      });
    },
    async close() {
      closed.abort(new Error("the HTTP client was closed"));
      await agent.destroy();
    },
  };
}

function conditionOf(validator: Validator): Record<string, string> {
  return "etag" in validator
    ? { "if-none-match": validator.etag }
    : { "if-modified-since": validator.modified };
}

function parseUrl(address: string): URL {
  // The slashes are asked for: without them an address is read in surprising ways, credentials and all.
  if (/^https?:\/\//i.test(address) && URL.canParse(address)) return new URL(address);
  throw new AirgoError("AIRGO_PROXY_INVALID", {
    what: "not an address that airgo can fetch from",
    // Without the slashes nothing tells where credentials start: all before the last @ may be such.
    where: address.includes("://") ? address : address.replace(/^.*@/s, "***@"),
    expected: "https://…, http://… or file:///…",
  });
}

/** fetch-like clients refuse `user:password@` in an address; it travels as a header instead. */
function splitCredentials(url: URL): { bare: URL; authorization: string | undefined } {
  if (url.username === "" && url.password === "") return { bare: url, authorization: undefined };
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  const pair = `${decoded(url.username)}:${decoded(url.password)}`;
  const authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
  hideAuthorization(authorization);
  return { bare, authorization };
}

/** A percent sign that encodes nothing stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function redirectTarget(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (to === undefined || (to.protocol !== "https:" && to.protocol !== from.protocol)) {
    throw new AirgoError("AIRGO_NETWORK", {
      what: "a redirect leads to an address that is less protected",
      where: from.href,
      expected: "https",
      found: to?.protocol ?? location,
      hint: "another try would end the same way: take another source",
      again: "never",
    });
  }
  // Credentials stay with the host they were given for.
  if (to.host === from.host && to.username === "" && to.password === "") {
    to.username = from.username;
    to.password = from.password;
  }
  return to;
}

function toAnswer(answer: Dispatcher.ResponseData, url: URL, ends: Ends): HttpAnswer {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    headers[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  }
  return {
    status: answer.statusCode,
    headers,
    read: (onPart) =>
      readBody(answer.body, onPart, {
        broken: (cause) => failure(url, cause, ends),
        watch: (exceeded) => watchTransfer(ends.limits, url.href, exceeded),
      }),
    drop: () => void answer.body.on("error", ignore).destroy(),
  };
}

function ignore(): void {
  // The transfer was given up on purpose: what it says while ending is of no interest.
}

/** What may end a transfer: on purpose, or because it takes too long. */
interface Ends {
  readonly signals: readonly (AbortSignal | undefined)[];
  readonly limits: TransferLimits;
}

/** Why a transfer broke: the reason of whoever ended it, else the network. */
function failure(url: URL, cause: unknown, { signals, limits }: Ends): unknown {
  const ended = signals.find((signal) => signal?.aborted);
  if (ended !== undefined) return ended.reason;
  if (hasSystemCode(cause, "UND_ERR_HEADERS_TIMEOUT")) return lateHead(limits, url.href, cause);
  const again = againAfterFailure(cause);
  return new AirgoError("AIRGO_NETWORK", {
    what: `no whole answer: ${messageOf(cause)}`,
    where: url.href,
    hint:
      again === "never"
        ? "check the address and the server's certificate; another try would end the same way"
        : "check the address and the network (HTTPS_PROXY, firewall), then run the same command again: what was fetched is kept",
    cause,
    again,
  });
}
