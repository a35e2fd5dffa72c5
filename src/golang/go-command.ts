import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";

import type { BuildListEntry, ModuleLister, ModuleQuestion } from "../modules/closure.js";
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
  return {
    async listModules(question) {
      const { folder, modFile, proxyUrl } = question;
      // A module cache for each question: what an earlier one left there would not be asked for again, and so not recorded.
      await mkdir(options.workFolder, { recursive: true });
      const work = await mkdtemp(join(options.workFolder, "question-"));
      await turnTelemetryOff(work);
      const result = await options.run(
        [join(options.goroot, "bin", "go"), "list", "-m", `-modfile=${modFile}`, "-json", "all"],
        {
          cwd: folder,
          env: questionEnvironment(work, options.goroot, proxyUrl),
          signal: options.signal,
        },
      );
      if (result.code !== 0) throw refused(question, result);
      return parseJsonStream(result.stdout);
    },
  };
}

/**
 * As `go telemetry off` does, which no variable can: else go may leave a process behind that still writes below HOME
 * when that folder is removed.
 */
async function turnTelemetryOff(home: string): Promise<void> {
  const folder = join(home, ".config", "go", "telemetry");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "mode"), "off");
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

function refused(question: ModuleQuestion, { code, stderr }: ProcessResult): AirgoError {
  const words = wordsFor(question, stderr);
  const found = words === "" ? `it ended with exit code ${code}` : words.split("\n").slice(0, 8).join("\n");
  if (/SECURITY ERROR|checksum mismatch/.test(words)) {
    return new AirgoError("AIRGO_CHECKSUM_MISMATCH", {
      what: `a module is not the one that go.sum knows:\n${found}`,
      where: question.name.replace(/go\.mod$/, "go.sum"),
      hint: "the proxy serves another module, or the go.sum is wrong: take another proxy, and tell whoever runs this one",
    });
  }
  return new AirgoError("AIRGO_INPUT_INVALID", {
    what: `go cannot list the modules:\n${found}`,
    where: question.name,
    hint: remedyFor(words),
  });
}

/** What helps, as far as go's words tell. */
function remedyFor(words: string): string {
  const wanted = /requires go >= ([\w.]+)/.exec(words)?.[1];
  if (wanted !== undefined) {
    return `the kit's newest Go is older: raise \`go:\` of the kit to go${wanted} or newer, or lower the go line`;
  }
  if (/errors parsing|invalid go version|unknown directive/.test(words))
    return "correct the line that go names";
  if (/replacement directory|no such file or directory/.test(words)) {
    return "a folder that `replace` names must be there when the kit is built";
  }
  return "run `go list -m all` with that go.mod; when it works there, the module proxy lacks something";
}

/** Go's own words, with the private copy and the loopback proxy called by what the engineer knows them as. */
function wordsFor({ folder, modFile, proxyUrl }: ModuleQuestion, stderr: string): string {
  return (
    stderr
      .replaceAll(/^go: (?:downloading|finding) .*\n/gm, "")
      // Go writes whichever is shorter; the absolute one may be the end of the relative one.
      .replaceAll(relative(folder, modFile), "go.mod")
      .replaceAll(modFile, "go.mod")
      .replaceAll(proxyUrl, "GOPROXY")
      .trim()
  );
}
