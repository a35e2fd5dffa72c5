import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";

import type { BuildListEntry } from "../modules/carried.js";
import type { ModuleAnswers, ModuleQuestion } from "../modules/closure.js";
import { sumFileOf } from "../modules/go-sum.js";
import { AirgoError } from "../support/errors.js";
import type { ProcessResult, RunProcess } from "../support/processes.js";

export interface GoCommandOptions {
  /** A GOROOT that can list modules. */
  readonly listingGoroot: string;
  /** A whole GOROOT, made when a question needs the standard library. */
  readonly wholeGoroot: () => Promise<string>;
  /** A private folder for its caches; the user's own are never touched. */
  readonly workFolder: string;
  /** The checksum database that new sums are held against: a GOSUMDB value, and the patterns it does not cover. */
  readonly database: { readonly gosumdb: string; readonly gonosumdb: string };
  readonly run: RunProcess;
  readonly signal?: AbortSignal | undefined;
}

/** The go command of a toolchain that airgo fetched and checked itself. */
export function createGoCommand(options: GoCommandOptions): ModuleAnswers {
  async function ask(
    question: ModuleQuestion,
    goroot: string,
    [verb, ...rest]: readonly [string, ...string[]],
    database: Readonly<Record<string, string>>,
  ): Promise<string> {
    const { copy, proxyUrl } = question;
    // A module cache for each question: what an earlier one left there would not be asked for again, and so not recorded.
    await mkdir(options.workFolder, { recursive: true });
    const work = await mkdtemp(join(options.workFolder, "question-"));
    await turnTelemetryOff(work);
    const result = await options.run(
      [join(goroot, "bin", "go"), ...verb.split(" "), ...copy.flags, ...rest],
      {
        cwd: copy.folder,
        env: { ...questionEnvironment(work, goroot, proxyUrl), ...copy.env, ...database },
        signal: options.signal,
      },
    );
    if (result.code !== 0) throw refused(question, result);
    return result.stdout;
  }

  return {
    // The checksum database is off here only because every go.mod that go reads is checked against it by airgo itself
    // before anything is locked.
    listModules: async (question) =>
      parseJsonStream(
        await ask(question, options.listingGoroot, ["list -m", "-json", "all"], { GOSUMDB: "off" }),
      ),
    async tidy(question) {
      const { gosumdb, gonosumdb } = options.database;
      const database = { GOSUMDB: gosumdb, GONOSUMDB: gonosumdb };
      await ask(question, await options.wholeGoroot(), ["mod tidy"], database);
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

/** The environment of a question, but for what its private copy and the checksum database add. */
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
    GOVCS: "*:off",
    GOTOOLCHAIN: "local",
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
  if (/SECURITY ERROR|checksum mismatch/.test(words)) return mismatch(question.name, words, found);
  return new AirgoError("AIRGO_INPUT_INVALID", {
    what: `go cannot list the modules:\n${found}`,
    where: question.name,
    hint: remedyFor(words),
  });
}

/**
 * The error for a module that is not what go was told to expect: by a go.sum, or by the checksum database, which go asks
 * about what the go.sum lacks.
 * @param beginning of the words, told where they have another form than today's
 */
function mismatch(input: string, words: string, beginning: string): AirgoError {
  const form =
    /^[ \t]*(?:go: )?(?:([^\s@]+@[^\s@]+): )?verifying (\S+): checksum mismatch\s+downloaded:\s*(h1:\S+)\s+(\S.*?):\s*(h1:\S+)/m;
  const [, module, file = "", served, by = "go.sum", known] = form.exec(words) ?? [];
  const isGoSum = /(?:^|\/)go(?:\.work)?\.sum$/.test(by);
  // What is said of the database names the module in front, and the zip `module`.
  const subject = file.includes("@") ? file : file === "module" ? module : `${module}/${file}`;
  const knower = isGoSum ? "go.sum" : "the checksum database";
  return new AirgoError(isGoSum ? "AIRGO_GOSUM_MISMATCH" : "AIRGO_CHECKSUM_MISMATCH", {
    what:
      file === ""
        ? `a module is not the one that is known:\n${beginning}`
        : `${knower} and the module proxy disagree on ${subject}`,
    where: isGoSum ? sumFileOf(input) : input,
    ...(known === undefined ? {} : { expected: `${known} (${by})` }),
    ...(served === undefined ? {} : { found: `${served} (the module proxy)` }),
    hint: isGoSum
      ? "the proxy serves another module, or the go.sum is wrong: compare with another proxy, and tell whoever runs this one; `go mod verify` and a fresh go.sum help"
      : "the proxy serves another module: take another one, and tell whoever runs this one",
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

/** A dependency's go.mod may hold any text, and go repeats it: what is matched against stays short. Characters. */
const longestLine = 500;
const longestText = 16_000;

/** What go said besides what it downloads, which comes first and may be hundreds of lines. */
function cut(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^go: (?:downloading|finding) /.test(line))
    .map((line) => (line.length > longestLine ? `${line.slice(0, longestLine)} …` : line))
    .join("\n")
    .slice(0, longestText);
}

/** Go's own words, with the private copy and the loopback proxy called by what the engineer knows them as. */
function wordsFor({ copy, proxyUrl }: ModuleQuestion, stderr: string): string {
  const { folder, modFile } = copy;
  return (
    cut(stderr)
      // Go writes whichever is shorter; the absolute one may be the end of the relative one.
      .replaceAll(relative(folder, modFile), basename(modFile))
      .replaceAll(modFile, basename(modFile))
      .replaceAll(proxyUrl, "GOPROXY")
      .trim()
  );
}
