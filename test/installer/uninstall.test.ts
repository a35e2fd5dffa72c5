import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";

import { writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { findTool, testIf, testWhen } from "../support/tools.js";
import {
  busyboxPath,
  Host,
  makeWorkspace,
  removeWorkspace,
  run,
  shells,
  snapshot,
  type Finished,
  type RunOptions,
} from "./harness.js";

const workspace = makeWorkspace();
const place = join(workspace, "place");
const elsewhere = join(workspace, "elsewhere");
const host = new Host(workspace, "place/made/for it/prefix");
const isRoot = process.getuid?.() === 0;
/** Runs the rest of the line as a user who owns nothing but what the test gave. */
const asNobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
/** The place with both kits installed, made once: copying it is quicker than installing. */
const aside = join(workspace, "aside");
let kit: TinyKit;
let next: TinyKit;
let before: string;

beforeAll(async () => {
  kit = await writeTinyKit(join(workspace, "kits"), {
    modules: [{ path: "example.com/one", version: "v1.0.0" }],
  });
  next = await writeTinyKit(join(workspace, "kits"), {
    serial: 2,
    versions: ["1.99.3", "1.98.7"],
    head: 200,
    earlierHeads: [100],
    modules: [{ path: "example.com/Upper/two", version: "v1.2.3" }],
  });
  mkdirSync(join(place, "theirs"), { recursive: true });
  writeFileSync(join(place, "theirs/file"), "theirs");
  before = snapshot(place);
  expect(host.install(kit)).toMatchObject({ code: 0 });
  expect(host.install(next)).toMatchObject({ code: 0 });
  renameSync(place, aside);
});
afterEach(() => {
  removeWorkspace(place);
  removeWorkspace(elsewhere);
});
afterAll(() => removeWorkspace(workspace));

/** A place with somebody's files, and both kits in a prefix whose folders the installation made itself. */
function prepare(): void {
  for (const folder of [place, elsewhere]) removeWorkspace(folder);
  run(["cp", "-a", aside, place]);
  mkdirSync(elsewhere);
}

/** The first folder in one of the prefix. */
const firstIn = (folder: string): string => host.path(folder, readdirSync(host.path(folder))[0] ?? "");

/** Runs the script that the installation keeps. */
function kept(args: readonly string[], options: RunOptions = {}): Finished {
  return host.script({ ...kit, script: host.path("bin/airgo-kit") }, args, options);
}

/** Runs the kit's script, as after the kept one is gone. */
function uninstall(args: readonly string[] = ["--all"], options: RunOptions = {}): Finished {
  return host.script(kit, ["uninstall", "--prefix", host.prefix, ...args], options);
}

const leftIn = (done: Finished): string[] =>
  [...done.stdout.matchAll(/^left: (.*)$/gm)].map((match) => match[1] ?? "").sort();

describe("everything goes that airgo made", () => {
  for (const [name, shell] of Object.entries(shells)) {
    testIf(shell[0], `by the very script that is removed: ${name}`, () => {
      prepare();
      expect(kept(["uninstall", "--all"], { shell })).toEqual({
        code: 0,
        stdout: `uninstalled: all that airgo made in ${host.prefix}\n`,
        stderr: "",
      });
      expect(snapshot(place)).toBe(before);
      expect(readdirSync(host.tmp)).toEqual([]);
    });
  }

  testIf(["busybox", "openssl"], "with nothing but busybox applets, and no flock", () => {
    prepare();
    const path = busyboxPath(join(workspace, "applets"));
    rmSync(join(path, "flock"), { force: true });
    const options = { shell: [join(path, "busybox"), "ash"] as [string, string], env: { PATH: path } };
    expect(kept(["uninstall", "--all"], options)).toMatchObject({ code: 0, stderr: "" });
    expect(snapshot(place)).toBe(before);
  });

  test("keys and log stay without --all, and that is said; a second time there is nothing to do", () => {
    prepare();
    const done = kept(["uninstall"]);
    expect(done).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringContaining("kept: the keys and the log"),
    });
    expect(readdirSync(host.prefix).sort()).toEqual(["log", "trust"]);
    const log = host.read("log/audit.jsonl").trim().split("\n");
    expect(JSON.parse(log.at(-1) ?? "")).toMatchObject({ verb: "uninstall", result: "done", exit: 0 });
    expect(uninstall([])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("only keys and log are left"),
    });
    // What was trusted and seen there still counts.
    const again = host.script(kit, ["--prefix", host.prefix]);
    expect(again).toMatchObject({ code: 16, stderr: expect.stringContaining("AIRGO_DOWNGRADE") });
    expect(host.script(next, ["--prefix", host.prefix])).toMatchObject({ code: 0 });
    expect(uninstall([])).toMatchObject({ code: 0 });
    expect(uninstall()).toMatchObject({ code: 0 });
    expect(existsSync(host.prefix)).toBe(false);
    expect(uninstall()).toMatchObject({ code: 2, stderr: expect.stringContaining("AIRGO_NOT_INSTALLED") });
  });

  test("what had to be left is named by the next installation, and does not stop --all", () => {
    prepare();
    writeFileSync(host.path("mine"), "theirs");
    expect(uninstall([])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`left: ${host.path("mine")}\n`),
    });
    expect(host.script(next, ["--prefix", host.prefix])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /something lies there: mine\n[^]*; move aside only what an uninstallation had to leave/,
      ),
    });
    expect(uninstall([])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^left: .*mine\n[^]*beside that keys and log are left/),
    });
    expect(uninstall()).toMatchObject({ code: 0, stdout: expect.stringContaining("left: ") });
    expect(readdirSync(host.prefix)).toEqual(["mine"]);
    expect(uninstall()).toMatchObject({ code: 2, stderr: expect.stringContaining("AIRGO_PREFIX_REFUSED") });
  });

  const states: Record<string, () => void> = {
    "with no current generation": () => rmSync(host.path("current")),
    "with a disabled generation": () => writeFileSync(host.path("generations/1/disabled"), "damaged\n"),
    "with an edited wrapper": () => writeFileSync(host.path("current/bin/go"), "#!/bin/sh\n"),
    "with a generation that has no table": () => rmSync(host.path("generations/2/generation.tsv")),
    "with what killed runs left": () => {
      mkdirSync(host.path(".staging.abcdefghij/versions"), { recursive: true });
      mkdirSync(host.path("proxy/.rename.1"));
      rmSync(host.path("generations/2/activated"));
    },
    "with no script": () => rmSync(host.path("bin"), { recursive: true }),
    "with a Go that lost files": () => removeWorkspace(host.path("current/go/src")),
    "with read-only folders": () => void run(["chmod", "-R", "a-w", host.prefix]),
  };
  for (const [name, change] of Object.entries(states)) {
    test(name, () => {
      prepare();
      change();
      expect(uninstall()).toMatchObject({ code: 0, stderr: "" });
      expect(snapshot(place)).toBe(before);
    });
  }

  test("where HOME is unset (astral-sh/uv#6965), or empty (rust-lang/rustup#767)", () => {
    for (const HOME of ["", undefined]) {
      prepare();
      const env = { TMPDIR: host.tmp, ...(HOME === undefined ? {} : { HOME }) };
      const done = run([host.path("bin/airgo-kit"), "uninstall", "--all"], { env });
      expect(done).toMatchObject({ code: 0, stderr: "" });
      expect(snapshot(place)).toBe(before);
    }
  });

  testWhen(
    isRoot && findTool("setpriv") !== undefined,
    "root and setpriv",
    "by its owner, who is not root, out of read-only trees (golang/go#27161); by nobody else",
    () => {
      prepare();
      expect(uninstall([], { under: asNobody })).toMatchObject({
        code: 32,
        stderr: expect.stringContaining("AIRGO_DISK"),
      });
      expect(host.ask("go", "version")).toContain("go1.99.3");
      run(["chown", "-R", "65534:65534", place]);
      expect(kept(["uninstall", "--all"], { under: asNobody })).toMatchObject({ code: 0, stderr: "" });
      expect(snapshot(place)).toBe(before);
    },
  );
});

describe("rust-lang/rustup#285, #702, #1072, #4051: nothing goes that airgo did not make", () => {
  test("files and links of users survive where they lie, and are named", () => {
    prepare();
    writeFileSync(join(elsewhere, "target"), "theirs");
    run(["chmod", "-R", "u+w", host.path("versions")]);
    const versions = readdirSync(host.path("versions")).sort();
    const papers = readdirSync(host.path("kits")).sort();
    const theirs = [
      "notes.txt",
      ".hidden",
      "bin/tool",
      "generations/1/bin/tool",
      "generations/notes",
      `versions/${versions[0]}/src/my notes.go`,
      `versions/${versions[1]}/new`,
      "versions/mine",
      "proxy/example.com/one/@v/v9.9.9.zip",
      "proxy/example.com/own/@v/list",
      `kits/${papers[0]}/notes`,
      `kits/${papers[1]}/outer/notes`,
      "it's/a $HOME/file",
    ];
    for (const name of theirs) {
      mkdirSync(join(host.path(name), ".."), { recursive: true });
      writeFileSync(host.path(name), name);
    }
    const links = [
      "link",
      "generations/1/bin/go1.1",
      "generations/3",
      "proxy/link",
      "kits/tiny-9-000000000000",
      "env",
    ];
    for (const name of links) symlinkSync(elsewhere, host.path(name));
    const done = uninstall();
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(leftIn(done)).toEqual([...theirs, ...links].map((name) => host.path(name)).sort());
    for (const name of theirs) expect(host.read(name)).toBe(name);
    expect(readFileSync(join(elsewhere, "target"), "utf8")).toBe("theirs");
    const files = run(["find", host.prefix, "!", "-type", "d"]).stdout.trim().split("\n");
    expect(files.sort()).toEqual([...theirs, ...links].map((name) => host.path(name)).sort());
  });

  test("through links in the place of its folders", () => {
    const attacks: Record<string, () => string> = {
      "a folder of Go": () => join(firstIn("versions"), "src"),
      "a folder of the proxy": () => host.path("proxy/example.com"),
      "a whole Go": () => firstIn("versions"),
      "a generation": () => host.path("generations/1"),
      wrappers: () => host.path("generations/1/bin"),
      env: () => host.path("generations/1/env"),
      papers: () => firstIn("kits"),
      tables: () => join(firstIn("kits"), "kit"),
      "signed document": () => join(firstIn("kits"), "outer"),
      "the folder of the script": () => host.path("bin"),
      log: () => host.path("log"),
    };
    for (const [name, find] of Object.entries(attacks)) {
      prepare();
      run(["chmod", "-R", "u+w", host.path("versions")]);
      const target = join(elsewhere, "moved");
      const at = find();
      renameSync(at, target);
      symlinkSync(target, at);
      const outside = snapshot(elsewhere);
      const unlogged = name === "log" ? "WARNING: this run is not in the log: .*\n" : "";
      const stderr = expect.stringMatching(new RegExp(`^${unlogged}$`));
      expect({ name, ...uninstall() }).toMatchObject({ name, code: 0, stderr });
      expect({ name, elsewhere: snapshot(elsewhere) }).toEqual({ name, elsewhere: outside });
    }
  });

  test("a whole folder that became a link is refused, and so is a lock that did", () => {
    for (const name of ["versions", "generations", "kits", "proxy", "trust", ".airgo.lock"]) {
      prepare();
      renameSync(host.path(name), join(elsewhere, "moved"));
      symlinkSync(join(elsewhere, "moved"), host.path(name));
      const state = [snapshot(place), snapshot(elsewhere)];
      const done = uninstall();
      expect({ name, done }).toMatchObject({ name, done: { code: name === ".airgo.lock" ? 8 : 2 } });
      expect(done.stderr).toContain(host.path(name === ".airgo.lock" ? "" : name).replace(/\/$/, ""));
      expect([snapshot(place), snapshot(elsewhere)]).toEqual(state);
    }
  });

  test("a table that was tampered with leads nowhere else", () => {
    prepare();
    writeFileSync(join(place, "theirs/file2"), "theirs");
    const papers = host.path("kits", `tiny-1-${kit.id}`);
    const entries = readdirSync(join(papers, "kit")).filter((name) => name.endsWith(".entries.tsv"));
    const rows = [
      "../../../../../theirs/file",
      "/etc/hostname",
      "a b",
      "$(touch x)",
      "x;y",
      "-rf",
      "./../../kits",
    ];
    for (const name of entries)
      writeFileSync(
        join(papers, "kit", name),
        rows.map((row) => `0644\t${"0".repeat(64)}\t${row}\n`).join("") +
          readFileSync(join(papers, "kit", name), "utf8"),
      );
    const sums = join(papers, "SHA256SUMS");
    writeFileSync(
      sums,
      rows.map((row) => `${"0".repeat(64)}  proxy/${row}\n`).join("") + readFileSync(sums, "utf8"),
    );
    expect(uninstall()).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(place)).toEqual(["theirs"]);
    expect(readdirSync(join(place, "theirs")).sort()).toEqual(["file", "file2"]);
  });

  test("what a lost paper spoke of is left and named, with the command that removes it", () => {
    for (const paper of ["kit/toolchains.tsv", "kit", "."]) {
      prepare();
      removeWorkspace(host.path("kits", `tiny-2-${next.id}`, paper));
      const done = uninstall();
      expect({ paper, ...done }).toMatchObject({ paper, code: 0 });
      // The other Go of that kit is also one of the kit whose papers are whole.
      const left = readdirSync(host.path("versions"));
      expect(left).toEqual([expect.stringMatching(/^go-v1\.99\.3-/)]);
      const folder = host.path("versions", left[0] ?? "");
      const command = `chmod -R u+w '${folder}' && rm -rf '${folder}'`;
      expect(done.stdout).toContain(
        `left: ${folder} (no papers here say what airgo put there); to remove it: ${command}\n`,
      );
      run(["sh", "-c", command]);
      expect(readdirSync(host.path("versions"))).toEqual([]);
    }
  });
});

function expectRefused(args: readonly string[], text: string, options: RunOptions = {}): void {
  const state = [snapshot(place), snapshot(elsewhere), snapshot(host.home)];
  const done = host.script(kit, ["uninstall", ...args], options);
  expect({ args, ...done }).toMatchObject({ args, code: 2, stderr: expect.stringContaining(text) });
  expect([snapshot(place), snapshot(elsewhere), snapshot(host.home)]).toEqual(state);
}

describe("refused, with nothing removed", () => {
  test("no prefix, the root of the file system, the home folder", () => {
    prepare();
    writeFileSync(join(host.home, ".airgo.lock"), "");
    expectRefused(["--prefix", ""], "AIRGO_PREFIX_REFUSED");
    expectRefused(["--prefix="], "AIRGO_PREFIX_REFUSED");
    for (const root of ["/", "//", "/.", "/usr/.."])
      expectRefused(["--prefix", root], "AIRGO_PREFIX_REFUSED");
    for (const home of [host.home, `${host.home}/`, `${host.home}/../home`])
      expectRefused(["--prefix", home], "AIRGO_PREFIX_REFUSED");
    rmSync(join(host.home, ".airgo.lock"));
  });

  test("a link, however it is written; links further up are followed", () => {
    prepare();
    symlinkSync(host.prefix, join(place, "link"));
    symlinkSync(host.path(".."), join(place, "up"));
    for (const link of ["link", "link/", "link//", "link/.", "link/../link"])
      expectRefused(["--prefix", join(place, "x").replace(/x$/, link)], "AIRGO_PREFIX_REFUSED");
    expectRefused(["--prefix", "link"], "AIRGO_PREFIX_REFUSED", { cwd: place });
    symlinkSync(host.path("bin/airgo-kit"), join(place, "airgo-kit"));
    // A link to the script names the installation that it lies in.
    const done = run([join(place, "airgo-kit"), "uninstall"], { env: { HOME: host.home, TMPDIR: host.tmp } });
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(host.prefix).sort()).toEqual(["log", "trust"]);
    expect(host.script(kit, ["uninstall", "--all", "--prefix", join(place, "up/prefix")]).code).toBe(0);
    expect(existsSync(host.prefix)).toBe(false);
  });

  test("what is no installation of airgo", () => {
    prepare();
    expectRefused(["--all", "--prefix", join(place, "theirs")], "AIRGO_PREFIX_REFUSED");
    expectRefused(["--all", "--prefix", join(place, "none")], "AIRGO_NOT_INSTALLED");
    expectRefused(["--all", "--prefix", join(place, "theirs/file")], "AIRGO_PREFIX_REFUSED");
    mkdirSync(join(place, "app/log"), { recursive: true });
    writeFileSync(join(place, "app/log/app.log"), "theirs");
    expectRefused(["--all", "--prefix", join(place, "app")], "AIRGO_PREFIX_REFUSED");
    writeFileSync(join(place, "app/log/audit.jsonl"), '{"time":"2026-01-01T00:00:00Z","verb":"install"}\n');
    mkdirSync(join(place, "app/trust"));
    writeFileSync(join(place, "app/trust/ca.pem"), "theirs");
    writeFileSync(join(place, "app/file"), "theirs");
    expectRefused(["--all", "--prefix", join(place, "app")], "AIRGO_PREFIX_REFUSED");
  });

  testIf("flock", "while another run is at work", () => {
    prepare();
    const state = snapshot(place);
    const done = uninstall(["--wait", "0"], { under: ["flock", host.path(".airgo.lock")] });
    expect(done).toMatchObject({ code: 32, stderr: expect.stringContaining("AIRGO_BUSY") });
    expect(snapshot(place)).toBe(state);
  });
});

describe("SIGKILL leaves what the next run completes", () => {
  const traceable =
    findTool("strace") !== undefined && run(["strace", "-qq", "-o", "/dev/null", "true"]).code === 0;
  const forks = "/^(v?fork|clone3?)$";

  testWhen(traceable, "strace", "killed where its shell starts a process", () => {
    prepare();
    const log = join(workspace, "forks");
    const traced = uninstall(["--all"], { under: ["strace", "-qq", "-o", log, "-e", `trace=${forks}`] });
    expect(traced).toMatchObject({ code: 0, stderr: "" });
    const count = readFileSync(log, "utf8")
      .split("\n")
      .filter((line) => /^(v?fork|clone3?)\(/.test(line)).length;
    expect(count).toBeGreaterThan(50);
    for (let at = 10; at <= count; at += Math.ceil(count / 40)) {
      const what = `killed at process ${at} of ${count}`;
      prepare();
      const inject = ["-e", `trace=${forks}`, "-e", `inject=${forks}:signal=KILL:when=${at}`];
      const killed = uninstall(["--all"], { under: ["strace", "-qq", "-o", "/dev/null", ...inject] });
      expect({ what, code: killed.code }).toEqual({ what, code: null });
      // Once the link is gone there is no go at all; before that, all of it.
      if (existsSync(host.path("current"))) expect(host.ask("go", "version")).toContain("go1.99.3");
      // What was made above the prefix is known until the very last.
      const isKnown = existsSync(host.path("outside.tsv"));
      if (existsSync(host.path(".airgo.lock")))
        expect({ what, ...uninstall() }).toMatchObject({ what, code: 0, stderr: "" });
      if (isKnown) {
        expect({ what, state: snapshot(place) }).toEqual({ what, state: before });
      } else {
        // Killed after the last file but the lock was gone: folders, which are empty, may be there.
        const files = run(["find", place, "!", "-type", "d"]).stdout;
        expect({ what, files }).toEqual({ what, files: `${join(place, "theirs/file")}\n` });
      }
    }
  });
});

test("a mode that nobody expects ends by name, and what is left can still be removed", () => {
  prepare();
  chmodSync(host.path("proxy/example.com"), 0o500);
  expect(uninstall()).toMatchObject({ code: 0, stderr: "" });
  expect(snapshot(place)).toBe(before);
});
