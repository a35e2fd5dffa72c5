import { setMaxListeners } from "node:events";

import { AirgoError } from "../support/errors.js";

/**
 * A signal that aborts the run when the process is told to end. A second Ctrl-C ends it at once, as if nobody listened.
 * @returns the signal, and a function that stops listening
 */
export function abortOnSignals(target: NodeJS.Process): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  // Every request and process of a run listens to it.
  setMaxListeners(0, controller.signal);
  const listeners = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((name) => {
    const listener = (): void => {
      const code = name === "SIGINT" ? "AIRGO_INTERRUPTED" : "AIRGO_TERMINATED";
      const hint = "nothing is half done: run the same command again to go on";
      controller.abort(new AirgoError(code, { what: `ended by ${name}`, hint }));
    };
    target.once(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    dispose: () => {
      for (const { name, listener } of listeners) target.off(name, listener);
    },
  };
}

/** Waits, unless the signal aborts first: then it rejects with the abort's reason. */
export function delayer(signal: AbortSignal): (ms: number) => Promise<void> {
  return (ms) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", stop);
        resolve();
      }, ms);
      signal.addEventListener("abort", stop, { once: true });
    });
}
