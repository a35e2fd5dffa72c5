import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** The machine's own Go, which the toolchains of the fake upstream hand their work to. */
export interface RealGo {
  readonly goroot: string;
  readonly go: string;
  readonly gofmt: string;
  /** Its build cache: a test that builds with it need not compile the standard library anew. */
  readonly gocache: string;
}

/**
 * Finds the Go on PATH, by its GOROOT: what PATH names may be a wrapper. Undefined when the machine has none; tests
 * that need one are then skipped, by name.
 */
export function findRealGo(): RealGo | undefined {
  let answer: string;
  try {
    const env = { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "" };
    answer = execFileSync("go", ["env", "GOROOT", "GOCACHE"], {
      encoding: "utf8",
      env,
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return undefined;
  }
  const [goroot = "", gocache = ""] = answer.split("\n");
  const go = join(goroot, "bin", "go");
  return existsSync(go) ? { goroot, go, gofmt: join(goroot, "bin", "gofmt"), gocache } : undefined;
}
