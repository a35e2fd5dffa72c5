import { availableParallelism, homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

import type { Architecture } from "../golang/go-source.js";
import { loadManifest } from "../manifest/load.js";
import { createHashPool } from "../modules/hash-pool.js";
import { bundle } from "../pipeline/bundle.js";
import type { ProjectPaths } from "../pipeline/context.js";
import type { UpdateWhat } from "../pipeline/resolve.js";
import { createHttpClient } from "../store/http.js";
import { openStore } from "../store/store.js";
import { AirgoError } from "../support/errors.js";
import { runProcess } from "../support/processes.js";
import { abortOnSignals, delayer } from "./interrupts.js";
import { hashWorkerFile, installerFile, packageVersion, programDigest } from "./program.js";
import { createReporter } from "./reporters/create-reporter.js";

export interface BundleOptions {
  readonly file: string;
  readonly profile?: string;
  readonly update?: UpdateWhat;
  readonly frozen?: boolean;
  readonly json?: boolean;
  readonly plain?: boolean;
}

/** `airgo bundle`: gathers the effects of this process and runs the pipeline with them. */
export async function bundleCommand(kits: readonly string[], options: BundleOptions): Promise<void> {
  const { env, stdout, stderr } = process;
  const arch = thisArchitecture();
  const manifestFile = resolve(options.file);
  const manifest = await loadManifest(
    manifestFile,
    options.profile === undefined ? {} : { profile: options.profile },
  );
  const mode = options.json ? "json" : options.plain ? "plain" : "auto";
  const reporter = createReporter({ mode, stdout, stderr, env, now: Date.now });
  const { signal, dispose } = abortOnSignals(process);
  const version = await packageVersion();
  const http = createHttpClient(`airgo/${version}`, env);
  const hashPool = createHashPool({ workerFile: hashWorkerFile, size: availableParallelism() });
  try {
    await bundle(
      {
        paths: projectPaths(manifestFile),
        store: await openStore(storeFolder(env)),
        http,
        hashPool,
        run: runProcess,
        emit: reporter.emit,
        signal,
        env,
        now: Date.now,
        delay: delayer(signal),
        arch,
        airgo: { version, digest: await programDigest(), installer: installerFile },
      },
      { manifest, kits, update: options.update, frozen: options.frozen ?? isCi(env) },
    );
  } finally {
    reporter.end();
    dispose();
    await Promise.all([hashPool.close(), http.close()]);
  }
}

function projectPaths(manifest: string): ProjectPaths {
  const folder = dirname(manifest);
  return {
    manifest,
    folder,
    lock: join(folder, "bundles.lock"),
    kits: join(folder, "kits"),
    state: join(folder, ".airgo"),
  };
}

/** `$XDG_CACHE_HOME/airgo`, by the XDG base directory specification: only an absolute path counts. */
function storeFolder(env: NodeJS.ProcessEnv): string {
  const cache = env["XDG_CACHE_HOME"];
  return join(cache?.startsWith("/") ? cache : join(homedir(), ".cache"), "airgo");
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
