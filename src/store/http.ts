import { EnvHttpProxyAgent, request, type Dispatcher } from "undici";

import { AirgoError, messageOf } from "../support/errors.js";

/** An answer whose body has not been read yet. Every answer's body must be read or dropped. */
export interface HttpAnswer {
  readonly status: number;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the transfer without reading the rest. */
  drop(): void;
}

export interface HttpRequest {
  readonly method?: "GET" | "HEAD";
  readonly signal?: AbortSignal | undefined;
}

/** The one way out to the network. Tests pass their own. */
export interface HttpClient {
  /** Rejects with AIRGO_NETWORK when no answer came; any status is an answer. */
  request(url: string, options?: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

const maxRedirects = 5;
/** No byte for this long means that the transfer is dead; milliseconds. */
const stallTimeout = 30_000;

/**
 * An HTTP client on undici: honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY, follows redirects to the same scheme or to
 * https only, and sends the credentials of an address to that address's own host only.
 */
export function createHttpClient(userAgent: string, env: NodeJS.ProcessEnv): HttpClient {
  const agent = new EnvHttpProxyAgent({
    connections: 32,
    connectTimeout: 15_000,
    headersTimeout: stallTimeout,
    bodyTimeout: stallTimeout,
    ...proxySettings(env),
  });

  async function once(url: URL, options: HttpRequest): Promise<Dispatcher.ResponseData> {
    const { bare, authorization } = splitCredentials(url);
    return request(bare.href, {
      dispatcher: agent,
      method: options.method ?? "GET",
      headers: {
        "user-agent": userAgent,
        // Digests are over the bytes as they are stored: a transfer encoding would only add a way to differ.
        "accept-encoding": "identity",
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  }

  return {
    async request(address, options = {}) {
      let url = parseUrl(address);
      for (let hop = 0; hop <= maxRedirects; hop++) {
        const answer = await once(url, options).catch((cause: unknown) => {
          options.signal?.throwIfAborted();
          throw networkError(url, cause);
        });
        const location = answer.headers["location"];
        if (![301, 302, 303, 307, 308].includes(answer.statusCode) || typeof location !== "string") {
          return toAnswer(answer, url, options.signal);
        }
        answer.body.on("error", ignore).destroy();
        url = redirectTarget(url, location);
      }
      throw new AirgoError("AIRGO_NETWORK", { what: `more than ${maxRedirects} redirects`, where: address });
    },
    close: () => agent.close(),
  };
}

function proxySettings(env: NodeJS.ProcessEnv): { httpProxy?: string; httpsProxy?: string; noProxy?: string } {
  const httpProxy = env["http_proxy"] ?? env["HTTP_PROXY"];
  const httpsProxy = env["https_proxy"] ?? env["HTTPS_PROXY"];
  const noProxy = env["no_proxy"] ?? env["NO_PROXY"];
  return {
    ...(httpProxy ? { httpProxy } : {}),
    ...(httpsProxy ? { httpsProxy } : {}),
    ...(noProxy ? { noProxy } : {}),
  };
}

function parseUrl(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && (url.protocol === "https:" || url.protocol === "http:")) return url;
  throw new AirgoError("AIRGO_PROXY_INVALID", {
    what: "not an address that airgo can fetch from",
    where: address,
    expected: "https://… or http://…",
  });
}

/** fetch-like clients refuse `user:password@` in an address; it travels as a header instead. */
function splitCredentials(url: URL): { bare: URL; authorization: string | undefined } {
  if (url.username === "" && url.password === "") return { bare: url, authorization: undefined };
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { bare, authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

function redirectTarget(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (to === undefined || (to.protocol !== "https:" && to.protocol !== from.protocol)) {
    throw new AirgoError("AIRGO_NETWORK", {
      what: "a redirect leads to an address that is less protected",
      where: from.href,
      expected: "https",
      found: to?.protocol ?? location,
    });
  }
  // Credentials stay with the host they were given for.
  if (to.host === from.host && to.username === "" && to.password === "") {
    to.username = from.username;
    to.password = from.password;
  }
  return to;
}

function toAnswer(answer: Dispatcher.ResponseData, url: URL, signal: AbortSignal | undefined): HttpAnswer {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    headers[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  }
  return {
    status: answer.statusCode,
    headers,
    body: bodyOf(answer, url, signal),
    drop: () => void answer.body.on("error", ignore).destroy(),
  };
}

async function* bodyOf(answer: Dispatcher.ResponseData, url: URL, signal: AbortSignal | undefined): AsyncIterable<Uint8Array> {
  try {
    for await (const chunk of answer.body) yield chunk as Uint8Array;
  } catch (cause) {
    signal?.throwIfAborted();
    throw networkError(url, cause);
  }
}

function ignore(): void {
  // The transfer was given up on purpose: what it says while ending is of no interest.
}

function networkError(url: URL, cause: unknown): AirgoError {
  return new AirgoError("AIRGO_NETWORK", {
    what: `no whole answer: ${messageOf(cause)}`,
    where: url.href,
    hint: "check the address and the network (HTTPS_PROXY, firewall), then run the same command again: what was fetched is kept",
    cause,
  });
}
