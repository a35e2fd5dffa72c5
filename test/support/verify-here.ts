import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createHashPool, type HashPool } from "../../src/modules/hash-pool.js";
import { judgeSignatures } from "../../src/signing/judge.js";
import { readPublicKey } from "../../src/signing/read-public-key.js";
import { AirgoError } from "../../src/support/errors.js";
import type { Judge, Require } from "../../src/verification/signatures-step.js";
import { findKitFolder } from "../../src/verification/kit-folder.js";
import type { Verification, VerificationEvent } from "../../src/verification/verification.js";
import { verifyKit, type VerifyContext, type VerifyRequest } from "../../src/verification/verify-kit.js";

const workerFile = new URL("../../dist/modules/hash-worker.js", import.meta.url);

/** Verifies kits within this process, many of them quickly. */
export interface Verifier {
  verify(
    path: string,
    request?: Partial<VerifyRequest>,
    context?: Partial<VerifyContext>,
  ): Promise<Verification>;
  readonly events: VerificationEvent[];
  close(): Promise<void>;
}

/** A judge that trusts one key, for tests that are about something else. */
export function judgeBy(pem: string): Judge {
  return async (signed) =>
    judgeSignatures(signed, [await readPublicKey(Buffer.from(pem), "trusted")], "the test");
}

const requireOne: Require = (judged) => {
  if (!judged.some(({ outcome }) => outcome === "valid"))
    throw new AirgoError("AIRGO_KEY_MISSING", { what: "no signature verifies" });
};

/** @param pem the key that is trusted where a test says nothing else */
export function createVerifier(pem: string): Verifier {
  const hashPool: HashPool = createHashPool({ workerFile, size: 2 });
  const events: VerificationEvent[] = [];
  return {
    events,
    async verify(path, request = {}, context = {}) {
      const temporary = mkdtempSync(join(tmpdir(), "airgo-verify-test-"));
      events.length = 0;
      try {
        return await verifyKit(
          {
            hashPool,
            temporary,
            atOnce: 2,
            signal: new AbortController().signal,
            emit: (event) => events.push(event),
            tool: "the test",
            airgo: { version: "0.0.0", installerSha256: "" },
            today: "2026-01-01",
            ...context,
          },
          {
            folder: await findKitFolder(path),
            besides: new Set(),
            trust: { judge: judgeBy(pem), require: requireOne, expectSha256: undefined },
            isVouched: true,
            enforceExpiry: false,
            ...request,
          },
        );
      } finally {
        rmSync(temporary, { recursive: true, force: true });
      }
    },
    close: () => hashPool.close(),
  };
}
