import { mkdtemp, readFile } from "node:fs/promises";
import { availableParallelism, hostname, tmpdir } from "node:os";
import { join } from "node:path";

import { createHashPool } from "../../modules/hash-pool.js";
import { sha256Hex } from "../../support/digest.js";
import { asDiskError } from "../../support/files.js";
import { removeTree } from "../../support/trees.js";
import type { ReceiptFacts } from "../../verification/receipt.js";
import type { Verification, VerificationEvent } from "../../verification/verification.js";
import type { VerifyContext } from "../../verification/verify-kit.js";
import { abortOnSignals } from "../interrupts.js";
import { hashWorkerFile, installerFile, packageVersion } from "../program.js";
import { isInteractive } from "../reporters/create-reporter.js";
import { formatAmount } from "../reporters/format.js";
import { LiveArea } from "../reporters/live-area.js";
import { fit } from "../reporters/text.js";
import { lineOf } from "./output.js";

/**
 * Gathers what verifying needs of this process, tells on the terminal what it does, and takes all of it back, however
 * it ends.
 * @param isJson true: nothing is told
 */
export async function withVerifyEffects(
  isJson: boolean,
  work: (context: VerifyContext) => Promise<Verification>,
): Promise<Verification> {
  const { env, stdout, stderr } = process;
  const area = new LiveArea(stderr, Date.now);
  const isShown = !isJson && isInteractive({ stderr }, env);
  const emit = (event: VerificationEvent): void => {
    if (event.type !== "progress") {
      area.erase();
      if (!isJson) (event.type === "warning" ? stderr : stdout).write(lineOf(event));
    } else if (isShown) {
      area.refresh((width) => fit(`reading ${formatAmount(event.done, event.total, "bytes")}`, width));
    }
  };
  const temporary = await mkdtemp(join(tmpdir(), "airgo-verify-")).catch((error: unknown) => {
    throw asDiskError(error, tmpdir());
  });
  const { signal, dispose } = abortOnSignals(process);
  const size = availableParallelism();
  const hashPool = createHashPool({ workerFile: hashWorkerFile, size });
  try {
    return await work({
      hashPool,
      temporary,
      atOnce: size + 1,
      signal,
      emit,
      tool: toolHere(),
      airgo: {
        version: await packageVersion(),
        installerSha256: sha256Hex(await readFile(installerFile)),
      },
      today: timeOf(Date.now()).slice(0, 10),
    });
  } finally {
    area.erase();
    await hashPool.close();
    await removeTree(temporary);
    dispose();
  }
}

/** What computes digests and checks signatures here. */
export function toolHere(): string {
  const { node, openssl } = process.versions;
  return `Node.js ${node}, OpenSSL ${openssl}`;
}

/** What a receipt says of when, where and by what it was written. */
export async function receiptFacts(): Promise<ReceiptFacts> {
  const arch = { x64: "amd64", ia32: "386" }[process.arch as string] ?? process.arch;
  return {
    time: timeOf(Date.now()),
    by: `airgo ${await packageVersion()}`,
    host: { name: hostname(), arch, uid: process.getuid?.() ?? -1 },
  };
}

/** `2026-11-21T20:44:22Z` */
function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
