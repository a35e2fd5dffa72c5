import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";

import type { BuildListEntry, ModuleLister } from "../modules/closure.js";
import { AirgoError } from "../support/errors.js";
import type { ProcessResult, RunProcess } from "../support/processes.js";


export interface GoCommandOptions {
  readonly goroot: string;
  /** A private folder for its caches; the user's own are never touched. */
  readonly workFolder: string;
  readonly run: RunProcess;
  readonly signal?: AbortSignal | undefined;
}

/** The go command of a toolchain that airgo fetched and checked itself. */
export function createGoCommand(options: GoCommandOptions): ModuleLister {
  let questions = 0;
  return {
    async listModules({ folder, modFile, proxyUrl }) {
      // A module cache for each question: what an earlier one left there would not be asked for again, and so not recorded.
      const work = join(options.workFolder, `question-${++questions}`);
      await mkdir(work, { recursive: true });
      const result = await options.run([join(options.goroot, "bin", "go"), "list", "-m", `-modfile=${modFile}`, "-json", "all"], {
        cwd: folder,
        env: questionEnvironment(work, options.goroot, proxyUrl),
        signal: options.signal,
      });
      if (result.code !== 0) throw refused(folder, modFile, result);
      return parseJsonStream(result.stdout);
    },
  };
}

/**
 * The whole environment of a question. The checksum database is off here only because every go.mod that go reads is
 * checked against it by airgo itself before anything is locked.
 */
function questionEnvironment(work: string, goroot: string, proxyUrl: string): Record<string, string> {
  return {
    HOME: work,
    PATH: join(goroot, "bin"),
    TMPDIR: work,
    GOENV: "off",
    GOPATH: join(work, "gopath"),
    GOMODCACHE: join(work, "modcache"),
    GOCACHE: join(work, "cache"),
    GOPROXY: proxyUrl,
    GOSUMDB: "off",
    GOVCS: "*:off",
    GOTOOLCHAIN: "local",
    GOWORK: "off",
    GOFLAGS: "-mod=mod -modcacherw",
    // The go command asks that many modules at a time; it waits for answers, not for processors.
    GOMAXPROCS: "16",
    NO_PROXY: "127.0.0.1",
  };
}

/** `go list -json` prints one indented object after the other; each ends with a brace at the line's start. */
function parseJsonStream(text: string): BuildListEntry[] {
  return text
    .split(/^\}$/m)
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => JSON.parse(`${part}}`) as BuildListEntry);
}

/** Go's refusal in its own words, but for the name of the private copy: the engineer knows the file as go.mod. */
function refused(folder: string, modFile: string, result: ProcessResult): AirgoError {
  const words = result.stderr.replaceAll(modFile, "go.mod").replaceAll(relative(folder, modFile), "go.mod").trim();
  const found = words.split("\n").slice(0, 8).join("\n");
  if (/SECURITY ERROR|checksum mismatch/.test(words)) {
    return new AirgoError("AIRGO_CHECKSUM_MISMATCH", {
      what: `a module is not the one that go.sum knows:\n${found}`,
      where: join(folder, "go.sum"),
      hint: "the proxy serves another module, or the go.sum is wrong: take another proxy, and tell whoever runs this one",
    });
  }
  return new AirgoError("AIRGO_INPUT_INVALID", {
    what: `go cannot list the modules:\n${found}`,
    where: join(folder, "go.mod"),
    hint: "run `go list -m all` in that folder; when it works there, the module proxy lacks something",
  });
}
