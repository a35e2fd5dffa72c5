import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { testIf } from "../support/tools.js";
import {
  busyboxPath,
  Host,
  makeWorkspace,
  removeWorkspace,
  run,
  shells,
  type RunOptions,
} from "./harness.js";

const workspace = makeWorkspace();
let kit: TinyKit;
let next: TinyKit;
let expected: string;

beforeAll(async () => {
  kit = await writeTinyKit(join(workspace, "kits"));
  next = await writeTinyKit(join(workspace, "kits"), {
    serial: 2,
    versions: ["1.99.3", "1.98.7"],
    head: 200,
    earlierHeads: [100],
    modules: [
      { path: "example.com/one", version: "v1.0.0" },
      { path: "example.com/one", version: "v1.1.0" },
    ],
  });
});
afterAll(() => removeWorkspace(workspace));

/**
 * First installation, upgrade, and the same kit again, in one shell: the outcome is the same in all of them, and so is
 * what is told on the way, which is nothing where no variable is set that `told` names.
 */
function wholeLife(name: string, options: RunOptions, told: readonly string[] = []): void {
  // Every shell gets the same prefix in turn, because wrappers name it and the outcomes are compared.
  const host = new Host(workspace, "prefix");
  removeWorkspace(host.prefix);
  const first = host.install(kit, options);
  const stderr = expect.stringMatching(
    new RegExp(`^${told.map((variable) => `WARNING: ${variable} is set to .*\\n`).join("")}$`),
  );
  expect(first).toMatchObject({ code: 0, stderr });
  expect(host.ask("go", "version")).toMatch(/^go version go1\.99\.2 linux\//);
  expect(host.install(next, options)).toMatchObject({ code: 0, stderr });
  expect(host.ask("go", "version")).toMatch(/^go version go1\.99\.3 linux\//);
  const again = host.install(next, options);
  expect(again.stdout).toContain("already current");
  expect(host.leavings()).toEqual([]);
  expected ??= host.snapshot();
  expect({ name, state: host.snapshot() }).toEqual({ name, state: expected });
}

describe("every shell installs, upgrades and leaves the same files", () => {
  for (const [name, shell] of Object.entries(shells)) {
    testIf(shell[0], name, () => wholeLife(name, { shell }));
  }

  testIf(["busybox", "openssl"], "busybox ash with nothing but busybox applets and openssl", () => {
    const path = busyboxPath(join(workspace, "applets"));
    wholeLife("busybox alone", { shell: [join(path, "busybox"), "ash"], env: { PATH: path } });
  });

  // Lists of names longer than any buffer: busybox's xargs reads a file wrongly when it runs an applet of its own.
  testIf(["busybox", "openssl"], "busybox alone with thousands of files", async () => {
    const modules = Array.from({ length: 400 }, (_, index) => ({
      path: `example.com/a/long/module/path/${index}`,
      version: "v1.0.0",
    }));
    const options = { name: "large", extraFiles: 2500, versions: ["1.99.2"] };
    const large = await writeTinyKit(join(workspace, "kits"), { ...options, modules });
    const newer = modules.map((module) => ({ ...module, version: "v1.1.0" }));
    const larger = await writeTinyKit(join(workspace, "kits"), {
      ...options,
      serial: 2,
      head: 200,
      earlierHeads: [100],
      modules: [...modules, ...newer],
    });
    const path = busyboxPath(join(workspace, "applets-for-large"));
    const host = new Host(workspace, "large");
    for (const each of [large, larger]) {
      const done = host.install(each, { shell: [join(path, "busybox"), "ash"], env: { PATH: path } });
      expect(done).toMatchObject({ code: 0, stderr: "" });
    }
    const lists = run([
      "sh",
      "-c",
      'cat "$1"/example.com/a/long/module/path/*/@v/list',
      "sh",
      host.path("proxy"),
    ]);
    expect(lists.stdout).toBe("v1.0.0\nv1.1.0\n".repeat(400));
    expect(run(["grep", "-rLx", "200", host.path("proxy/sumdb/sum.example.org/lookup")]).stdout).toBe("");
  });

  testIf("dash", "a hostile environment changes nothing", () => {
    const env = {
      CDPATH: "/usr:/tmp",
      GREP_OPTIONS: "-v",
      TAR_OPTIONS: "--bogus",
      POSIXLY_CORRECT: "1",
      IFS: "/",
      LC_ALL: "de_DE.UTF-8",
      GOFLAGS: "-mod=vendor",
      GOOS: "plan9",
      GOPROXY: "off",
      GOROOT: "/nowhere",
      GOTOOLCHAIN: "local",
      MADE: "bin",
      MADE_IN: "/",
    };
    wholeLife("hostile", { shell: ["dash"], env }, ["GOPROXY", "GOTOOLCHAIN", "GOFLAGS", "GOROOT"]);
  });

  for (const [name, shell] of Object.entries(shells)) {
    testIf([shell[0], "openssl"], `variables of zsh lead to no other kit: ${name}`, () => {
      const env = { ZSH_VERSION: "5.9", ZSH_ARGZERO: next.script };
      const done = new Host(workspace, "unused").script(kit, ["verify", "--key", kit.key], { shell, env });
      expect(done).toMatchObject({
        code: 0,
        stderr: "",
        stdout: expect.stringContaining(`id ${kit.id}: verified`),
      });
    });
  }

  testIf("dash", "umask 077 changes nothing: the installation is readable by all", () => {
    wholeLife("umask", { shell: ["sh", "-c", 'umask 077; exec dash "$@"', "sh"] });
  });
});

describe("the script itself", () => {
  testIf("shellcheck", "passes shellcheck as POSIX sh", () => {
    expect(run(["shellcheck", "-s", "sh", kit.script])).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("ends with the call of main, and has no network program in it", () => {
    const text = readFileSync(kit.script, "utf8");
    expect(text.endsWith('\nmain "$@"\n')).toBe(true);
    // ssh is a part of the names of keys and of their program, and of nothing that is run to reach another machine.
    expect(text.match(/\bssh(?![:-])\b/g)).toBeNull();
    expect(text.match(/\b(curl|wget|nc|scp|ftp|telnet|rsync|git)\b|https?:|\/dev\/tcp/g)).toBeNull();
  });

  testIf("dash", "does nothing when it is truncated", () => {
    const text = readFileSync(kit.script, "utf8");
    const lines = text.split("\n");
    const host = new Host(workspace, "truncated");
    for (let part = 1; part < 12; part++) {
      const cut = join(workspace, "cut.sh");
      writeFileSync(cut, lines.slice(0, Math.floor((lines.length * part) / 12)).join("\n"));
      host.script({ ...kit, script: cut }, ["--prefix", host.prefix, "--key", kit.key], { shell: ["dash"] });
    }
    host.script({ ...kit, script: cutBefore(text, 'main "$@"') }, ["--prefix", host.prefix], {
      shell: ["dash"],
    });
    expect(existsSync(host.prefix)).toBe(false);
    expect(host.leavings()).toEqual([]);
  });

  test("help names every option and exits 0", () => {
    const host = new Host(workspace, "unused");
    const help = host.script(kit, ["help"]);
    expect(help.code).toBe(0);
    for (const word of [
      "--prefix",
      "--key",
      "--sums",
      "--insecure-no-signature",
      "--require NAME",
      "--require-sm",
      "--expect-sha256",
      "--receipt",
      "--allow-downgrade",
      "--enforce-expiry",
      "AIRGO_PREFIX",
    ])
      expect(help.stdout).toContain(word);
    expect(host.script(kit, ["--help"])).toEqual(help);
    expect(host.script(kit, ["--key", kit.key, "verify", "-h"])).toEqual(help);
  });
});

function cutBefore(text: string, end: string): string {
  const file = join(workspace, "cut-at-the-end.sh");
  writeFileSync(file, text.slice(0, text.lastIndexOf(end)));
  return file;
}
