import pLimit, { type LimitFunction } from "p-limit";

import { exists, fetchBytes, type OnBytes, type TransferOptions } from "../transfer/download/download.js";
import { fetchIndex } from "../transfer/indexes/fetch-index.js";
import { requireFolder } from "../transfer/client/file-source.js";
import type { HttpClient } from "../transfer/client/http.js";
import { withRetry } from "../transfer/retry.js";
import type { SourceHealth } from "../transfer/source-health.js";
import type { Store } from "../store/store.js";
import { sha256Hex } from "../support/digest.js";
import { isFileUrl } from "../support/file-url.js";
import { isAbsence, isUnobtainable } from "../support/absence.js";
import { errorCatalogue } from "../support/error-codes.js";
import { isAirgoError, type AirgoError } from "../support/errors.js";
import { escapePath } from "./escape.js";
import { fileTries, type FileRequest } from "./fetch-file.js";
import { addressesOf, askProxies, gone, type ProxyEntry } from "./goproxy.js";
import { versionNotFound } from "./module-absence.js";
import type { ModuleVersion } from "./module-version.js";
import { once } from "./once.js";
import { readRequest } from "./proxy-request.js";
import type { Traffic } from "./traffic.js";

export interface UpstreamOptions {
  readonly http: HttpClient;
  /** Keeps what is not finished, and indexes as they were last answered. */
  readonly store: Pick<Store, "unfinished" | "note" | "setNote">;
  /** Asked for on the first request: a run that finds everything in the store needs no proxy. */
  readonly proxies: () => Promise<readonly ProxyEntry[]>;
  readonly signal?: AbortSignal | undefined;
  readonly delay: (ms: number) => Promise<void>;
  /** Transfers at the same time, of small files and of zips and archives; several upstreams may share them. */
  readonly places: Places;
  /** Told of every transfer, by its subject. */
  readonly traffic: Pick<Traffic, "miss">;
  /** Of all that a run asks: who has failed for one list is not asked for another either. */
  readonly health: SourceHealth;
  /** Told of the first file that a proxy served wrong, where another proxy was asked for it instead. */
  readonly onWrongBytes: (base: string, error: AirgoError) => void;
  /** Told where bytes came from that were found right, by their SHA-256. */
  readonly onFetched: (sha256: string, address: string) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Places for transfers of each kind: whoever has none waits. */
export interface Places {
  readonly small: LimitFunction;
  readonly zips: LimitFunction;
}

/** @param atOnce how many of each kind there are */
export function placesFor(atOnce: { readonly small: number; readonly zips: number }): Places {
  return { small: pLimit(atOnce.small), zips: pLimit(atOnce.zips) };
}

/** Throws for bytes that are not the right ones. */
export type CheckBytes = (data: Buffer) => void | Promise<void>;

/** The module proxies of a run, behind Go's rules for the list, with retries and a limit on requests at once. */
export interface Upstream {
  /**
   * A small file below the proxy's base.
   * @param below escaped path, such as `golang.org/x/net/@v/v0.30.0.mod`
   * @param subject what it is, for errors: `golang.org/x/net@v0.30.0`
   * @param check throws for bytes that are not the right ones: they are fetched again, here or from the next proxy
   * @throws as askProxies and fetchBytes; AIRGO_VERSION_NOT_FOUND where a proxy knows other versions of the module
   */
  bytes(below: string, subject: string, maxBytes: number, check?: CheckBytes): Promise<Buffer>;
  /** As `bytes`, for what changes, such as `@v/list`: it is sent again only where it has changed. */
  index(below: string, subject: string, maxBytes: number): Promise<Buffer>;
  /**
   * Downloads a file and checks it; a transfer that breaks goes on where it broke, one whose check fails is made again
   * from nothing. A check that gives undefined has no use for this proxy's file, whole as it is: the next proxy of the
   * list is asked.
   * @returns what `check` gives
   */
  file<T>(request: FileRequest<T>): Promise<T>;
  /** True when a proxy of the list has it; false when all that may be asked say no (404, 410, 401, 403). */
  has(below: string, subject: string): Promise<boolean>;
}

/** A `@v/list` may be long; bytes. */
const maxList = 16 << 20;

/** Asks one proxy. `onGone` is to be told of 410. */
type Attempt<T> = (base: string, onGone: () => void) => Promise<T | undefined>;

export function createUpstream(options: UpstreamOptions): Upstream {
  const { http, store, proxies, signal, delay, traffic, now, health } = options;
  const { small, zips } = options.places;
  const wrong = new Set<string>();
  const lists = new Map<string, Promise<string[] | undefined>>();

  /** One transfer, within the limit and counted. What is done with it afterwards keeps no place from others. */
  function transfer<T>(
    limit: LimitFunction,
    subject: string,
    { onBytes, ...rest }: TransferOptions,
    run: (transfer: TransferOptions) => Promise<T>,
  ): Promise<T> {
    return limit(async () => {
      const started = now();
      let received = 0;
      const count: OnBytes = (bytes, whole) => {
        received += bytes;
        onBytes?.(bytes, whole);
      };
      try {
        return await run({ ...rest, signal, onBytes: count });
      } finally {
        traffic.miss(subject, received, now() - started);
      }
    });
  }

  async function ask<T>(subject: string, attempt: Attempt<T>): Promise<T> {
    const attemptAt: Attempt<T> = async (base, onGone) => {
      const found = await attempt(base, onGone);
      if (found === undefined && isFileUrl(base)) await requireFolder(base);
      return found;
    };
    return askProxies(
      await proxies(),
      subject,
      (base) => health.through(base, () => withRetry(() => orGone(base, attemptAt), { delay, now })),
      passedOver,
    );
  }

  async function checkAndNote<T>(
    { below, check }: FileRequest<T>,
    got: Parameters<FileRequest<T>["check"]>[0],
  ): Promise<T | undefined> {
    const value = await check(got);
    if (value !== undefined) await options.onFetched(got.sha256, `${got.base}/${below}`);
    return value;
  }

  /** An outage is told once the proxy is set aside; wrong bytes are told at once, and once. */
  function passedOver(base: string, error: AirgoError): void {
    if (errorCatalogue[error.code].exit !== "integrity" || wrong.has(base)) return;
    wrong.add(base);
    options.onWrongBytes(base, error);
  }

  /**
   * As `ask`, for a file of a version; a version that nobody has is told apart from a module that nobody knows.
   * @param isServed true when a proxy has it, though it was of no use
   */
  async function askForFile<T>(
    below: string,
    subject: string,
    attempt: Attempt<T>,
    isServed: () => boolean = () => false,
  ): Promise<T> {
    try {
      return await ask(subject, attempt);
    } catch (error) {
      throw (isServed() ? undefined : await versionMissing(error, below)) ?? error;
    }
  }

  async function versionMissing(error: unknown, below: string): Promise<AirgoError | undefined> {
    const module = moduleOf(below);
    if (module === undefined || !isUnobtainable(error)) return undefined;
    if (isAirgoError(error) && error.code === "AIRGO_MODULE_GONE") return undefined;
    const versions = await once(lists, module.path, () => listed(module.path));
    if (versions === undefined) return undefined;
    const entries = await proxies();
    const endsInDirect = entries.some(({ kind }) => kind !== "proxy");
    return versionNotFound(module, { versions, proxies: addressesOf(entries), endsInDirect });
  }

  /** The versions that a proxy lists of a module; undefined when none knows it, or none can say. */
  async function listed(path: string): Promise<string[] | undefined> {
    const get: Attempt<Buffer> = (base, onGone) =>
      transfer(small, path, { maxBytes: maxList, onGone }, (how) =>
        fetchIndex(http, store, `${base}/${escapePath(path)}/@v/list`, { ...how, now }),
      );
    try {
      const list = await askProxies(await proxies(), path, (base) => orGone(base, get));
      return list
        .toString("utf8")
        .split(/\s+/)
        .filter((word) => word.startsWith("v"));
    } catch {
      // It would only have explained another failure, which is told instead.
      return undefined;
    }
  }

  return {
    bytes: (below, subject, maxBytes, check) =>
      askForFile(below, subject, async (base, onGone) => {
        const how = { maxBytes, onGone };
        const data = await transfer(small, subject, how, (all) => fetchBytes(http, `${base}/${below}`, all));
        if (data === undefined) return undefined;
        await check?.(data);
        await options.onFetched(sha256Hex(data), `${base}/${below}`);
        return data;
      }),
    index: (below, subject, maxBytes) =>
      askForFile(below, subject, (base, onGone) =>
        transfer(small, subject, { maxBytes, onGone }, (how) =>
          fetchIndex(http, store, `${base}/${below}`, { ...how, now }),
        ),
      ),
    file(request) {
      const { below, subject } = request;
      const { attempt, isServed } = fileTries(
        { http, store, signal, transfer: (how, run) => transfer(zips, subject, how, run) },
        { ...request, check: (got) => checkAndNote(request, got) },
      );
      return askForFile(below, subject, attempt, isServed);
    },
    has: (below, subject) =>
      ask(subject, async (base) =>
        (await small(() => exists(http, `${base}/${below}`, signal))) ? true : undefined,
      ).catch(falseWhenAbsent),
  };
}

async function orGone<T>(base: string, attempt: Attempt<T>): Promise<T | typeof gone | undefined> {
  let isGone = false;
  const value = await attempt(base, () => (isGone = true));
  return value === undefined && isGone ? gone : value;
}

/** The version that a path below a proxy's base is a file of; undefined for other paths. */
function moduleOf(below: string): ModuleVersion | undefined {
  const request = readRequest(below);
  return request !== undefined && "module" in request ? request.module : undefined;
}

function falseWhenAbsent(error: unknown): boolean {
  if (isAbsence(error)) return false;
  if (!isAirgoError(error)) throw error;
  if (error.code === "AIRGO_UPSTREAM_DENIED") return false;
  // The end of the list behind a proxy that broke down is no answer: that proxy may have it.
  if (error.code === "AIRGO_PROXY_DIRECT")
    return error.cause === undefined ? false : falseWhenAbsent(error.cause);
  throw error;
}
