import { availableParallelism, tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

import type { Architecture } from "../golang/go-source.js";
import { loadManifest } from "../manifest/load.js";
import { createConverter } from "../golang/archives/converter.js";
import { createHashPool } from "../modules/hash-pool.js";
import { createTraffic } from "../modules/traffic.js";
import type { ProjectPaths } from "../pipeline/context.js";
import { asAirgoError, failureEvent } from "../pipeline/failure-event.js";
import { run } from "../pipeline/run.js";
import type { UpdateWhat } from "../pipeline/wishes.js";
import { openStoreForReading, requireWritable } from "../store/read-only-store.js";
import { openStore, type Store } from "../store/store.js";
import { AirgoError } from "../support/errors.js";
import { removeFile, writeFileAtomic } from "../support/files.js";
import { runProcess } from "../support/processes.js";
import { abortOnSignals, delayer } from "./interrupts.js";
import {
  convertWorkerFile,
  googleKeyFile,
  hashWorkerFile,
  installerFile,
  packageVersion,
  programDigest,
} from "./program.js";
import { createReporter } from "./reporters/create-reporter.js";
import { createRunReport } from "./reporters/report-file.js";
import { storeFolder } from "./store-folder.js";

export interface BundleOptions {
  readonly file: string;
  readonly profile?: string;
  readonly update?: UpdateWhat;
  readonly frozen?: boolean;
  readonly offline?: boolean;
  readonly json?: boolean;
  readonly plain?: boolean;
  /** Where the report of the run is written. */
  readonly report?: string;
}

/**
 * `airgo bundle`: gathers the effects of this process and runs the pipeline with them.
 * @returns the exit code
 */
export async function bundleCommand(kits: readonly string[], options: BundleOptions): Promise<number> {
  const { env, stdout, stderr } = process;
  const frozen = isFrozen(options, env);
  const arch = thisArchitecture();
  const reportFile = options.report === undefined ? undefined : resolve(options.report);
  // An old one must not be taken for this run's, and a place that cannot be written should show at once.
  if (reportFile !== undefined) await removeFile(reportFile);
  const manifestFile = resolve(options.file);
  const manifest = await loadManifest(
    manifestFile,
    options.profile === undefined ? {} : { profile: options.profile },
  );
  const mode = options.json ? "json" : options.plain ? "plain" : "auto";
  const reporter = createReporter({ mode, stdout, stderr, env, now: Date.now });
  const report = createRunReport();
  const traffic = createTraffic();
  const { signal, dispose } = abortOnSignals(process);
  const version = await packageVersion();
  const hashPool = createHashPool({ workerFile: hashWorkerFile, size: availableParallelism() });
  let exitCode: number;
  let unwritten: unknown;
  try {
    exitCode = await run(
      {
        paths: projectPaths(manifestFile, options.profile),
        store: await storeFor(options, storeFolder(env)),
        isOffline: options.offline ?? false,
        createHttp: async (http) =>
          (await import("../transfer/client/http.js")).createHttpClient(`airgo/${version}`, env, http),
        hashPool,
        convert: createConverter({ workerFile: convertWorkerFile, atOnce: availableParallelism(), signal }),
        traffic,
        run: runProcess,
        emit(event) {
          report.note(event);
          reporter.emit(event);
        },
        signal,
        env,
        temporaryFolder: tmpdir(),
        now: Date.now,
        delay: delayer(signal),
        arch,
        nodeVersion: process.version,
        airgo: { version, digest: await programDigest(), installer: installerFile, googleKey: googleKeyFile },
      },
      { manifest, kits, update: options.update, frozen },
    );
  } catch (error) {
    // It ends the run, so main tells it: here it is only noted.
    report.note(failureEvent(asAirgoError(error)));
    throw error;
  } finally {
    reporter.end();
    dispose();
    await hashPool.close();
    if (reportFile !== undefined) {
      const text = report.text({ airgo: version, rows: traffic.rows(), total: traffic.total() });
      unwritten = await writeFileAtomic(reportFile, text).catch((error: unknown) => error);
    }
  }
  // A run that failed tells of that; one that did not must not pass for whole without its report.
  if (unwritten !== undefined) throw unwritten;
  return exitCode;
}

/** Each manifest, and each profile of it, has a lock of its own: what they ask for differs. */
function projectPaths(manifest: string, profile: string | undefined): ProjectPaths {
  const folder = dirname(manifest);
  const stem = basename(manifest).replace(/\.ya?ml$/, "");
  const title = profile === undefined ? stem : `${stem}.${profile}`;
  return {
    manifest,
    folder,
    lock: join(folder, `${title}.lock`),
    kits: join(folder, "kits"),
    state: join(folder, ".airgo"),
    built: join(folder, ".airgo", "built", title),
  };
}

async function storeFor({ offline }: BundleOptions, root: string): Promise<Store> {
  if (offline === true) return openStoreForReading(root);
  const store = await openStore(root);
  await requireWritable(root);
  return store;
}

/** An update was asked for in so many words, so that CI does not forbid it; --frozen and --offline do. */
function isFrozen({ frozen, offline, update }: BundleOptions, env: NodeJS.ProcessEnv): boolean {
  const forbids = frozen === true ? "--frozen" : offline === true ? "--offline" : undefined;
  if (forbids !== undefined && update !== undefined) {
    throw new AirgoError("AIRGO_USAGE", {
      what: `--update moves the lock, and ${forbids} forbids it`,
      hint: "give one of them",
    });
  }
  // Whoever resolves asks for what is new: without a network there is only the lock.
  if (offline === true) return true;
  return frozen ?? (update === undefined && isCi(env));
}

/** CI services set CI; `CI=false` and an empty one mean no, as everywhere. */
function isCi(env: NodeJS.ProcessEnv): boolean {
  return !["", "0", "false"].includes(env["CI"] ?? "");
}

/** Kits are rehearsed where they are built, so a builder is linux on an architecture that kits are for. */
function thisArchitecture(): Architecture {
  const arch = ({ x64: "amd64", arm64: "arm64" } as const)[process.arch as "x64" | "arm64"];
  if (process.platform === "linux" && arch !== undefined) return arch;
  throw new AirgoError("AIRGO_PLATFORM", {
    what: "kits cannot be built on this machine",
    expected: "linux on amd64 or arm64",
    found: `${process.platform} on ${process.arch}`,
    hint: "build in a linux virtual machine or container",
  });
}
