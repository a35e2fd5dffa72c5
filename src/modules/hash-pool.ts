import { Worker } from "node:worker_threads";

import { AirgoError, invariant } from "../support/errors.js";
import { type InspectAnswer, type InspectRequest, unpackError } from "./hash-messages.js";
import type { ZipFacts } from "./zip-inspect.js";

/** Inspects zip files on several threads. */
export interface HashPool {
  /**
   * Reads and checks a zip file, see `inspectZip`.
   * @param isUrgent goes before what is waiting: others wait for this one
   * @throws AIRGO_ZIP_INVALID; AIRGO_INTERRUPTED after `close`; AIRGO_BUG when the thread died; else the file system's error
   */
  inspect(file: string, options: Omit<InspectRequest, "file">, isUrgent?: boolean): Promise<ZipFacts>;
  /** Ends the threads; what is queued or under way rejects. May be called twice. */
  close(): Promise<void>;
}

interface Task {
  readonly request: InspectRequest;
  resolve(facts: ZipFacts): void;
  reject(error: unknown): void;
}

interface Seat {
  readonly worker: Worker;
  task: Task | undefined;
}

/**
 * A pool of threads, each started when there is first work for it. Idle ones do not keep the process alive.
 * @param workerFile the compiled hash-worker.js
 * @param size how many threads at most, 1 or more
 */
export function createHashPool({ workerFile, size }: { workerFile: URL | string; size: number }): HashPool {
  invariant(Number.isInteger(size) && size > 0, `a pool of ${size} threads`);
  const waiting: Task[] = [];
  const seats = new Set<Seat>();
  let closed = false;

  function dispatch(): void {
    while (waiting.length > 0) {
      const seat =
        [...seats].find(({ task }) => task === undefined) ?? (seats.size < size ? start() : undefined);
      if (seat === undefined) return;
      seat.task = waiting.shift();
      seat.worker.ref();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      seat.worker.postMessage(seat.task?.request);
    }
  }

  function start(): Seat {
    const seat: Seat = { worker: new Worker(workerFile), task: undefined };
    seats.add(seat);
    seat.worker.on("message", (answer: InspectAnswer) => {
      // One that is being ended must keep the process alive till then: somebody waits for its end.
      if (!seats.has(seat)) return;
      const { task } = seat;
      seat.task = undefined;
      seat.worker.unref();
      if ("facts" in answer) task?.resolve(answer.facts);
      else task?.reject(unpackError(answer.error));
      dispatch();
    });
    const lost = (cause: unknown): void => drop(seat, cause);
    seat.worker.on("error", lost).on("messageerror", lost).on("exit", lost);
    return seat;
  }

  /** A thread that died takes its task with it; the next task gets a new thread. */
  function drop(seat: Seat, cause: unknown): void {
    if (!seats.delete(seat)) return;
    const where = seat.task?.request.file ?? "idle";
    seat.task?.reject(
      new AirgoError("AIRGO_BUG", { what: "a thread that inspects zip files died", where, cause }),
    );
    void seat.worker.terminate();
    dispatch();
  }

  return {
    inspect: (file, { prefix, keepEntries }, isUrgent = false) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(interrupted());
        const task = { request: { file, prefix, keepEntries }, resolve, reject };
        if (isUrgent) waiting.unshift(task);
        else waiting.push(task);
        dispatch();
      }),
    close: async () => {
      closed = true;
      const abandoned = [...waiting.splice(0), ...[...seats].map(({ task }) => task)];
      for (const task of abandoned) task?.reject(interrupted());
      const threads = [...seats].map(({ worker }) => worker);
      seats.clear();
      await Promise.all(threads.map((worker) => worker.terminate()));
    },
  };
}

function interrupted(): AirgoError {
  return new AirgoError("AIRGO_INTERRUPTED", {
    what: "a zip was not inspected because the work was called off",
  });
}
