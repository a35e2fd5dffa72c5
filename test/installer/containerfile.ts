import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";

import { inImage, makeImage } from "./chroot.js";
import { run, type Finished } from "./harness.js";

export interface BuildOptions {
  /** Where the images' root folders are made. */
  readonly folder: string;
  /** What the build reads: the sources of its bind mounts. */
  readonly context: string;
  /** Values of ARG. */
  readonly args: Readonly<Record<string, string>>;
}

export interface BuiltImage {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

/** What a build does with the instructions that the docs use, in chroots: FROM, ARG, ENV, RUN, COPY --from, ENTRYPOINT, CMD. */
export function buildImage(text: string, options: BuildOptions): BuiltImage {
  const roots: string[] = [];
  const stages = new Map<string, string>();
  let env: Record<string, string> = {};
  let entrypoint: string[] = [];
  let command: string[] = [];
  for (const [word, rest] of instructions(text)) {
    const root = roots.at(-1) ?? "";
    if (word === "FROM") {
      const made = makeImage(join(options.folder, `stage-${roots.length}`));
      roots.push(made);
      const name = / AS (\w+)$/.exec(rest)?.[1];
      if (name !== undefined) stages.set(name, made);
      env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
    } else if (word === "ARG") env = { ...env, [rest]: options.args[rest] ?? "" };
    else if (word === "ENV") {
      const [name = "", value = ""] = rest.split(/=(.*)/s);
      env = { ...env, [name]: value.replaceAll("$PATH", env["PATH"] ?? "") };
    } else if (word === "RUN") runStep(root, rest, env, options);
    else if (word === "COPY") copyStep(root, rest, stages);
    else if (word === "ENTRYPOINT") entrypoint = JSON.parse(rest) as string[];
    else if (word === "CMD") command = JSON.parse(rest) as string[];
    else throw new Error(`no such instruction here: ${word}`);
  }
  return { root: roots.at(-1) ?? "", env, entrypoint, command };
}

/** Runs what an image runs when it is started. */
export function startImage({ root, env, entrypoint, command }: BuiltImage): Finished {
  const line = [...entrypoint, ...command].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  return inImage(root, `exec ${line}`, { env: { ...env } });
}

function instructions(text: string): [string, string][] {
  return text
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => [line.split(" ")[0] ?? "", line.slice(line.indexOf(" ") + 1)]);
}

function runStep(root: string, rest: string, env: Record<string, string>, { context }: BuildOptions): void {
  const mounts: Record<string, string> = {};
  let line = rest;
  for (let found; (found = /^--mount=(\S+) (.*)$/s.exec(line)); line = found[2] ?? "") {
    const values = new Map((found[1] ?? "").split(",").map((pair) => pair.split("=") as [string, string]));
    const source = values.get("type") === "bind" ? join(context, values.get("source") ?? "") : "tmpfs";
    mounts[values.get("target") ?? ""] = source;
  }
  const there = new Set(Object.keys(mounts).filter((target) => existsSync(join(root, target))));
  const done = inImage(root, line, { env, mounts });
  if (done.code !== 0) throw new Error(`RUN ${line}\n${done.stdout}${done.stderr}`);
  for (const target of Object.keys(mounts))
    if (!there.has(target)) rmSync(join(root, target), { recursive: true });
}

function copyStep(root: string, rest: string, stages: ReadonlyMap<string, string>): void {
  const [, stage = "", from = "", to = ""] = /^--from=(\w+) (\S+) (\S+)$/.exec(rest) ?? [];
  const done = run(["cp", "-a", `${join(stages.get(stage) ?? "", from)}/.`, join(root, to)]);
  if (done.code !== 0) throw new Error(`COPY ${rest}\n${done.stderr}`);
}
