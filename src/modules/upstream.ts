import pLimit from "p-limit";

import { exists, fetchBytes, fetchToFile, type OnBytes, type TransferOptions } from "../store/download.js";
import type { HttpClient } from "../store/http.js";
import { withRetry } from "../store/retry.js";
import { isAirgoError } from "../support/errors.js";
import { askProxies, type ProxyEntry } from "./goproxy.js";

export interface UpstreamOptions {
  readonly http: HttpClient;
  /** Asked for on the first request: a run that finds everything in the store needs no proxy. */
  readonly proxies: () => Promise<readonly ProxyEntry[]>;
  readonly signal?: AbortSignal | undefined;
  readonly delay: (ms: number) => Promise<void>;
  /** Requests at the same time. */
  readonly concurrency: number;
  /** Called with the bytes of every part that arrives, whatever it belongs to. */
  readonly onBytes?: (bytes: number) => void;
}

/** The module proxies of a run, behind Go's rules for the list, with retries and a limit on requests at once. */
export interface Upstream {
  /**
   * A small file below the proxy's base.
   * @param below escaped path, such as `golang.org/x/net/@v/v0.30.0.mod`
   * @param subject what it is, for errors
   * @throws as askProxies and fetchBytes
   */
  bytes(below: string, subject: string, maxBytes: number): Promise<Buffer>;
  /**
   * Downloads into `file` and checks it; a transfer whose check fails is tried again like a broken one. A check that
   * gives undefined has no use for this proxy's file, whole as it is: the next proxy of the list is asked.
   * @returns what `check` gives
   */
  file<T>(request: FileRequest<T>): Promise<T>;
  /** True when a proxy of the list has it; false when all that may be asked say no (404, 410, 401, 403). */
  has(below: string, subject: string): Promise<boolean>;
}

export interface FileRequest<T> {
  readonly below: string;
  readonly subject: string;
  readonly file: string;
  readonly maxBytes: number;
  readonly onBytes?: OnBytes | undefined;
  readonly check: (got: { sha256: string; size: number }) => Promise<T | undefined>;
}

export function createUpstream(options: UpstreamOptions): Upstream {
  const limit = pLimit(options.concurrency);
  const { http, proxies, signal, delay } = options;

  function transfer(maxBytes: number, onBytes?: OnBytes): TransferOptions {
    return {
      maxBytes,
      signal,
      onBytes: (bytes, whole) => {
        options.onBytes?.(bytes);
        onBytes?.(bytes, whole);
      },
    };
  }

  return {
    bytes: (below, subject, maxBytes) =>
      limit(async () =>
        askProxies(await proxies(), subject, (base) =>
          withRetry(() => fetchBytes(http, `${base}/${below}`, transfer(maxBytes)), { delay }),
        ),
      ),
    file: ({ below, subject, file, maxBytes, onBytes, check }) =>
      limit(async () =>
        askProxies(await proxies(), subject, (base) =>
          withRetry(
            async () => {
              // A transfer that is tried again takes its bytes back from the progress.
              let counted = 0;
              const count: OnBytes = (bytes, whole) => {
                counted += bytes;
                onBytes?.(bytes, whole);
              };
              try {
                const got = await fetchToFile(http, `${base}/${below}`, file, transfer(maxBytes, count));
                const value = got === undefined ? undefined : await check(got);
                if (value === undefined) onBytes?.(-counted);
                return value;
              } catch (error) {
                onBytes?.(-counted);
                throw error;
              }
            },
            { delay },
          ),
        ),
      ),
    has: (below, subject) =>
      limit(async () =>
        askProxies(await proxies(), subject, async (base) =>
          (await withRetry(() => exists(http, `${base}/${below}`, signal), { delay })) ? true : undefined,
        ),
      ).catch(falseWhenAbsent),
  };
}

function falseWhenAbsent(error: unknown): boolean {
  if (!isAirgoError(error)) throw error;
  if (error.code === "AIRGO_UPSTREAM_MISSING" || error.code === "AIRGO_UPSTREAM_DENIED") return false;
  // The end of the list behind a proxy that broke down is no answer: that proxy may have it.
  if (error.code === "AIRGO_PROXY_DIRECT")
    return error.cause === undefined ? false : falseWhenAbsent(error.cause);
  throw error;
}
