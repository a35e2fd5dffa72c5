import type { Check, Verification, VerificationEvent } from "./verification.js";

/** The steps in their order, as a receipt names them. */
const titles = {
  signatures: "signatures over SHA256SUMS",
  sums: "every file of the folder, and nothing else lies there",
  contents: "every file of the kit",
  papers: "the lock and the tables of the kit agree with each other and with its layers",
  database: "the records of the checksum database",
  modules: "h1 of module zips and go.mod files, and nothing else lies in the proxy",
  toolchains: "h1 of each Go, from its layers",
} as const;

export type Step = keyof typeof titles;

/** Notes what was checked, and in the end what was not. */
export interface Steps {
  done(step: Step, more: { readonly what?: string; readonly files?: number }): void;
  notDone(step: Step, why: string): void;
  /** Besides the steps. */
  extraDone(check: Omit<Check, "with">): void;
  extraNotDone(what: string, why: string): void;
  /** All steps that are neither done nor told as not done. */
  skipRest(): void;
}

export function createSteps(
  found: Verification,
  emit: (event: VerificationEvent) => void,
  tool: string,
): Steps {
  const told = new Set<Step>();
  const extraDone: Steps["extraDone"] = (one) => {
    const check = { ...one, with: tool };
    found.checked.push(check);
    emit({ type: "checked", check });
  };
  const extraNotDone: Steps["extraNotDone"] = (what, why) => {
    found.notChecked.push({ what, why });
    emit({ type: "not-checked", notChecked: { what, why } });
  };
  return {
    extraDone,
    extraNotDone,
    done(step, more) {
      told.add(step);
      extraDone({ what: titles[step], ...more });
    },
    notDone(step, why) {
      told.add(step);
      extraNotDone(titles[step], why);
    },
    skipRest() {
      const rest = (Object.keys(titles) as Step[]).filter((step) => !told.has(step));
      const [failed, ...later] = rest;
      if (failed !== undefined)
        found.notChecked.push({ what: titles[failed], why: "refused there: see the error" });
      for (const step of later) found.notChecked.push({ what: titles[step], why: "an earlier check failed" });
    },
  };
}
