import { Worker } from "node:worker_threads";

import pLimit from "p-limit";

import { unpackError, type PackedError } from "../../modules/hash-messages.js";
import { AirgoError } from "../../support/errors.js";
import type { Conversion } from "./module-zip.js";

/** What the thread answers, once. */
type ConversionAnswer = { readonly isDone: true } | { readonly isDone: false; readonly error: PackedError };

/** What the thread says: so many bytes of the archive were read, or its answer. */
export type ConversionMessage = { readonly read: number } | ConversionAnswer;

/** Converts an archive on a thread of its own; throws as writeModuleZip, and the signal's reason. */
export type Convert = (conversion: Conversion, onRead: (bytes: number) => void) => Promise<void>;

export interface ConverterOptions {
  /** The compiled convert-worker.js. */
  readonly workerFile: string;
  /** Threads at the same time. */
  readonly atOnce: number;
  readonly signal?: AbortSignal | undefined;
}

export function createConverter({ workerFile, atOnce, signal }: ConverterOptions): Convert {
  const limit = pLimit(atOnce);
  return (conversion, onRead) => limit(() => runThread(workerFile, conversion, onRead, signal));
}

async function runThread(
  workerFile: string,
  conversion: Conversion,
  onRead: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const worker = new Worker(workerFile, { workerData: conversion });
  const stop = (): void => void worker.terminate();
  signal?.addEventListener("abort", stop);
  try {
    const answer = await answerOf(worker, conversion.archive, onRead);
    if (!answer.isDone) throw unpackError(answer.error);
  } finally {
    signal?.removeEventListener("abort", stop);
    await worker.terminate();
    signal?.throwIfAborted();
  }
}

function answerOf(worker: Worker, where: string, onRead: (bytes: number) => void): Promise<ConversionAnswer> {
  return new Promise((resolve, reject) => {
    const lost = (cause: unknown): void =>
      reject(new AirgoError("AIRGO_BUG", { what: "a thread that converts an archive died", where, cause }));
    const hear = (message: ConversionMessage): void =>
      "read" in message ? onRead(message.read) : resolve(message);
    worker.on("message", hear).on("error", lost).on("messageerror", lost).on("exit", lost);
  });
}
