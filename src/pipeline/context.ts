import type { Convert } from "../golang/archives/converter.js";
import type { Architecture } from "../golang/go-source.js";
import type { HashPool } from "../modules/hash-pool.js";
import type { Traffic } from "../modules/traffic.js";
import type { OnBytes } from "../transfer/download/download.js";
import type { HttpClient, HttpClientOptions } from "../transfer/client/http.js";
import type { Store } from "../store/store.js";
import type { RunProcess } from "../support/processes.js";
import type { Emit, Stage } from "./events.js";

/** Where a project's files are; absolute paths. */
export interface ProjectPaths {
  readonly manifest: string;
  /** The manifest's folder: its relative paths start here. */
  readonly folder: string;
  readonly lock: string;
  /** Finished kits. */
  readonly kits: string;
  /** `.airgo`: the development key, and the lock of a running build. */
  readonly state: string;
  /** Where it is remembered what was built from this manifest and profile. */
  readonly built: string;
}

/** What a run reaches the world through; made in cli/, so that nothing below reads the clock or the environment. */
export interface RunContext {
  readonly paths: ProjectPaths;
  readonly store: Store;
  /** True: nothing is fetched, nobody is asked, and nothing is written in the store. */
  readonly isOffline: boolean;
  /** Made when something is to be fetched; whoever asks for it closes it. */
  readonly createHttp: (options?: HttpClientOptions) => Promise<HttpClient>;
  readonly hashPool: HashPool;
  /** Makes the toolchain module's zip of an official archive. */
  readonly convert: Convert;
  /** Counts what is asked of the store and of upstreams. */
  readonly traffic: Traffic;
  readonly run: RunProcess;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
  /** Where private files may lie for a moment. */
  readonly temporaryFolder: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly delay: (ms: number) => Promise<void>;
  /** This machine's architecture, by Go's name. */
  readonly arch: Architecture;
  /** Of the Node that runs this, such as `v20.20.2`. */
  readonly nodeVersion: string;
  readonly airgo: {
    readonly version: string;
    /** SHA-256 over the built program: part of what decides whether a kit must be built again. */
    readonly digest: string;
    /** The assembled install.sh. */
    readonly installer: string;
    /** The OpenPGP key that Google signs Go's archives with. */
    readonly googleKey: string;
  };
}

/** Emits the start, the end and the duration of a stage around its work. */
export async function inStage<T>(
  context: Pick<RunContext, "emit" | "now" | "signal">,
  kit: string,
  stage: Stage,
  work: () => Promise<T>,
): Promise<{ value: T; ms: number }> {
  context.signal.throwIfAborted();
  const started = context.now();
  context.emit({ type: "stage-started", kit, stage });
  const value = await work();
  const ms = context.now() - started;
  context.emit({ type: "stage-finished", kit, stage, ms });
  return { value, ms };
}

/**
 * Counts bytes of one label of work and emits its progress.
 * @param total where it is known beforehand; else it is taken from the transfer
 */
export function progressOf(emit: Emit, stage: Stage, label: string, total: number | undefined): OnBytes {
  let done = 0;
  return (bytes, whole) => {
    done += bytes;
    emit({ type: "progress", stage, label, unit: "bytes", done, total: total ?? whole });
  };
}
