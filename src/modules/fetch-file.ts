import { fetchToFile, type Downloaded } from "../transfer/download/download-file.js";
import type { OnBytes, TransferOptions } from "../transfer/download/download.js";
import type { HttpClient } from "../transfer/client/http.js";
import type { Unfinished } from "../store/partial.js";
import type { Store } from "../store/store.js";
import { errorCatalogue } from "../support/error-codes.js";
import { isAirgoError, type AirgoError } from "../support/errors.js";

export interface FileRequest<T> {
  readonly below: string;
  readonly subject: string;
  readonly maxBytes: number;
  readonly onBytes?: OnBytes | undefined;
  /** The error for a file larger than `maxBytes`. */
  readonly tooLarge?: ((limit: string, found: string) => AirgoError) | undefined;
  /** What it does not move away is removed afterwards. */
  readonly check: (
    got: Downloaded & { readonly file: string; /** The base that served it. */ readonly base: string },
  ) => Promise<T | undefined>;
}

export interface FileTools {
  readonly http: HttpClient;
  readonly store: Pick<Store, "unfinished">;
  readonly signal?: AbortSignal | undefined;
  /** Waits for a place, and counts. */
  readonly transfer: <T>(
    options: TransferOptions,
    run: (options: TransferOptions) => Promise<T>,
  ) => Promise<T>;
}

/** The tries of one file at one proxy after another. */
export interface FileTries<T> {
  readonly attempt: (base: string, onGone: () => void) => Promise<T | undefined>;
  /** True once a proxy has sent the whole, though it may have been of no use. */
  readonly isServed: () => boolean;
}

/** So many tries in a row may bring nothing before what is there is left alone: some servers break on a range. */
const fruitlessTries = 3;

/** Downloads a file, going on with what an earlier try or run has left, and checks it. */
export function fileTries<T>(
  { http, store, signal, transfer }: FileTools,
  request: FileRequest<T>,
): FileTries<T> {
  const { below, maxBytes, onBytes, tooLarge, check } = request;
  const fruitless = new Map<string, number>();
  let isServed = false;

  /** Either the whole, or its bytes are given back. */
  async function fetchWhole(address: string, options: TransferOptions, counts: Counts, resume: boolean) {
    const unfinished = await store.unfinished(address);
    try {
      const onKept = counts.kept;
      const got = await fetchToFile(http, address, unfinished.file, {
        ...options,
        notes: unfinished,
        resume,
        onKept,
      });
      if (got !== undefined) return { got, unfinished };
      await unfinished.discard();
      return undefined;
    } catch (error) {
      await (isWorthKeeping(error) ? unfinished.giveBack() : unfinished.discard());
      throw error;
    }
  }

  async function checked(got: Downloaded, unfinished: Unfinished, base: string): Promise<T | undefined> {
    try {
      return await check({ ...got, file: unfinished.file, base });
    } catch (error) {
      // An interrupted check has found nothing wrong.
      if (signal?.aborted === true) await unfinished.giveBack();
      throw error;
    } finally {
      await unfinished.discard();
    }
  }

  return {
    async attempt(base, onGone) {
      const counts = countsFor(onBytes);
      const resume = (fruitless.get(base) ?? 0) < fruitlessTries;
      let value: T | undefined;
      try {
        const whole = await transfer({ maxBytes, onBytes: counts.received, onGone, tooLarge }, (options) =>
          fetchWhole(`${base}/${below}`, options, counts, resume),
        );
        if (whole === undefined) return undefined;
        isServed = true;
        value = await checked(whole.got, whole.unfinished, base);
        return value;
      } catch (error) {
        fruitless.set(base, counts.hasReceived() ? 0 : (fruitless.get(base) ?? 0) + 1);
        throw error;
      } finally {
        if (value === undefined) counts.takeBack();
      }
    },
    isServed: () => isServed,
  };
}

type Counts = ReturnType<typeof countsFor>;

/** The progress of one try: of bytes that come, and of those that were there. */
function countsFor(onBytes: OnBytes | undefined) {
  let [counted, received] = [0, 0];
  const kept: OnBytes = (bytes, whole) => {
    counted += bytes;
    onBytes?.(bytes, whole);
  };
  return {
    kept,
    received: (bytes: number, whole?: number): void => {
      received += bytes;
      kept(bytes, whole);
    },
    hasReceived: () => received > 0,
    /** A transfer that is tried again takes its bytes back from the progress. */
    takeBack: () => onBytes?.(-counted),
  };
}

/** Bytes that are too many or wrong would be so again, and a full disk needs their room. */
function isWorthKeeping(error: unknown): boolean {
  if (!isAirgoError(error)) return true;
  const isWrong =
    errorCatalogue[error.code].exit === "integrity" || error.code === "AIRGO_UPSTREAM_MALFORMED";
  return !isWrong && error.code !== "AIRGO_DISK";
}
