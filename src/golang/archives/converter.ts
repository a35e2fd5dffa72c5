import { Worker } from "node:worker_threads";

import pLimit from "p-limit";

import { unpackError, type PackedError } from "../../modules/hash-messages.js";
import { AirgoError } from "../../support/errors.js";
import type { Conversion } from "./module-zip.js";

/** What the thread answers, once. */
export type ConversionAnswer =
  | { readonly isDone: true }
  | { readonly isDone: false; readonly error: PackedError };

/** Converts an archive on a thread of its own; throws as writeModuleZip, and the signal's reason. */
export type Convert = (conversion: Conversion) => Promise<void>;

export interface ConverterOptions {
  /** The compiled convert-worker.js. */
  readonly workerFile: string;
  /** Threads at the same time. */
  readonly atOnce: number;
  readonly signal?: AbortSignal | undefined;
}

export function createConverter({ workerFile, atOnce, signal }: ConverterOptions): Convert {
  const limit = pLimit(atOnce);
  return (conversion) => limit(() => runThread(workerFile, conversion, signal));
}

async function runThread(
  workerFile: string,
  conversion: Conversion,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const worker = new Worker(workerFile, { workerData: conversion });
  const stop = (): void => void worker.terminate();
  signal?.addEventListener("abort", stop);
  try {
    const answer = await answerOf(worker, conversion.archive);
    if (!answer.isDone) throw unpackError(answer.error);
  } finally {
    signal?.removeEventListener("abort", stop);
    await worker.terminate();
    signal?.throwIfAborted();
  }
}

function answerOf(worker: Worker, where: string): Promise<ConversionAnswer> {
  return new Promise((resolve, reject) => {
    const lost = (cause: unknown): void =>
      reject(new AirgoError("AIRGO_BUG", { what: "a thread that converts an archive died", where, cause }));
    worker.on("message", resolve).on("error", lost).on("messageerror", lost).on("exit", lost);
  });
}
