import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { testIf } from "../support/tools.js";
import {
  Host,
  makeWorkspace,
  removeWorkspace,
  run,
  shells,
  type Finished,
  type RunOptions,
} from "./harness.js";

const workspace = makeWorkspace();
let first: TinyKit;
let second: TinyKit;
let hosts = 0;

beforeAll(async () => {
  first = await writeTinyKit(join(workspace, "kits"));
  second = await writeTinyKit(join(workspace, "kits"), {
    serial: 2,
    versions: ["1.99.3", "1.98.7"],
    head: 200,
    earlierHeads: [100],
  });
});
afterAll(() => removeWorkspace(workspace));

/** A host with these kits installed, one after the other. */
function hostWith(kits: readonly TinyKit[], ...args: readonly string[]): Host {
  hosts += 1;
  const host = new Host(workspace, `prefix-${hosts}`);
  for (const kit of kits) expect(install(host, kit, ...args)).toMatchObject({ code: 0 });
  return host;
}

function install(host: Host, kit: TinyKit, ...args: readonly string[]): Finished {
  return host.script(kit, ["--prefix", host.prefix, "--insecure-no-signature", ...args]);
}

/** Runs what was kept on the host. */
function kept(host: Host, args: readonly string[], options: RunOptions = {}): Finished {
  const shell = options.shell ?? [];
  return run([...shell, host.path("bin", "airgo-kit"), ...args], {
    env: { HOME: host.home, TMPDIR: host.tmp, ...options.env },
  });
}

describe("what is kept on the host", () => {
  for (const [name, shell] of Object.entries(shells)) {
    testIf(shell[0], `airgo-kit lists, changes and goes back, without the kit: ${name}`, () => {
      const host = hostWith([first, second]);
      const list = kept(host, ["list"], { shell });
      expect(list.stdout).toMatch(
        /^ {2}1 {2}\d{4}-[^ ]*Z {2}kits tiny-1 \([0-9a-f]{12}\) {2}go 1\.98\.7, 1\.99\.2, default 1\.99\.2 {2}by \S+\n\* 2 {2}.*default 1\.99\.3/,
      );
      expect(kept(host, ["use", "1.98"], { shell })).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("go 1.98.7 is the default now: generation 3"),
      });
      expect(host.ask("go", "version")).toContain("go1.98.7");
      expect(kept(host, ["rollback"], { shell }).code).toBe(0);
      expect(readlinkSync(host.path("current"))).toBe("generations/2");
      expect(kept(host, ["rollback", "1"], { shell })).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("note: tiny goes back from serial 2 to 1"),
      });
      expect(host.ask("go", "version")).toContain("go1.99.2");
      expect(host.ask("go1.98.7", "version")).toContain("go1.98.7");
      expect(kept(host, ["status"], { shell }).stdout).toContain("current: generation 1, made ");
      expect(host.leavings()).toEqual([]);
    });
  }

  testIf("bash", "airgo-kit is found through PATH and through links", () => {
    const host = hostWith([first]);
    const folder = join(workspace, "links");
    run(["mkdir", "-p", folder]);
    run(["ln", "-s", host.path("bin", "airgo-kit"), join(folder, "airgo-kit")]);
    const env = { HOME: host.home, TMPDIR: host.tmp };
    for (const argv of [["airgo-kit"], ["bash", "airgo-kit"], [join(folder, "airgo-kit")]]) {
      const done = run([...argv, "status"], {
        env: { ...env, PATH: `${folder}:${process.env["PATH"] ?? ""}` },
        cwd: workspace,
      });
      expect({ argv, ...done }).toMatchObject({
        argv,
        code: 0,
        stdout: expect.stringContaining(`prefix: ${host.prefix} `),
      });
    }
  });

  test("it installs the next kit, whose folder is given, and is the newer script afterwards", () => {
    const host = hostWith([first]);
    const own = host.path("bin", "airgo-kit");
    writeFileSync(own, readFileSync(own, "utf8").replace(/^AIRGO_VERSION=.*$/m, "AIRGO_VERSION=0.0.1"));
    const done = kept(host, ["--kit", second.folder, "--insecure-no-signature"]);
    expect(done).toMatchObject({ code: 0 });
    expect(host.ask("go", "version")).toContain("go1.99.3");
    expect(readFileSync(own, "utf8")).toBe(readFileSync(second.script, "utf8"));
  });

  test("an older kit does not put its older script there, and a damaged one is put back", () => {
    const host = hostWith([first]);
    const own = host.path("bin", "airgo-kit");
    const newer = readFileSync(own, "utf8").replace(/^AIRGO_VERSION=.*$/m, "AIRGO_VERSION=99.0.0");
    writeFileSync(own, newer);
    expect(install(host, second).code).toBe(0);
    expect(readFileSync(own, "utf8")).toBe(newer);
    writeFileSync(own, "#!/bin/sh\nexit 0\n");
    expect(install(host, second).code).toBe(0);
    expect(readFileSync(own, "utf8")).toBe(readFileSync(second.script, "utf8"));
  });

  test("a verb that needs a kit says which option gives it, and nothing is installed where nothing is", () => {
    const host = hostWith([first]);
    expect(kept(host, ["install"])).toMatchObject({ code: 2, stderr: expect.stringContaining("--kit DIR") });
    rmSync(host.prefix, { recursive: true });
    const done = host.script(first, ["status", "--prefix", host.prefix]);
    expect(done).toMatchObject({ code: 2, stderr: expect.stringContaining("AIRGO_NOT_INSTALLED") });
    expect(existsSync(host.prefix)).toBe(false);
  });
});

describe("use", () => {
  test("takes a whole version, its beginning, or newest; the choice outlives an upgrade that still has it", () => {
    const host = hostWith([first]);
    expect(kept(host, ["use", "1.98.7"]).code).toBe(0);
    expect(install(host, second).code).toBe(0);
    expect(host.ask("go", "version")).toContain("go1.98.7");
    expect(kept(host, ["status"]).stdout).toContain("default 1.98.7 (chosen with use)");
    expect(kept(host, ["use", "go1.98.7"]).stdout).toContain("is the default already");
    expect(kept(host, ["use", "newest"]).code).toBe(0);
    expect(host.ask("go", "version")).toContain("go1.99.3");
    expect(kept(host, ["status"]).stdout).not.toContain("chosen with use");
  });

  test("refuses what is not there by name, and a choice that a kit takes away ends", async () => {
    const host = hostWith([first]);
    expect(kept(host, ["use", "1.97"])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/AIRGO_VERSION_NOT_HERE[^]*1\.98\.7, 1\.99\.2/),
    });
    expect(kept(host, ["use"]).code).toBe(2);
    // 1.9 is no beginning of 1.98.
    expect(kept(host, ["use", "1.9"]).code).toBe(2);
    expect(kept(host, ["use", "1.98"]).code).toBe(0);
    const without = await writeTinyKit(join(workspace, "kits"), {
      serial: 3,
      versions: ["1.99.3"],
      head: 200,
      earlierHeads: [100],
    });
    expect(install(host, without).code).toBe(0);
    expect(host.ask("go", "version")).toContain("go1.99.3");
  });
});

describe("rollback", () => {
  test("refuses what is not kept, says so where it is current already, and checks every Go it goes to", () => {
    const host = hostWith([first, second]);
    expect(kept(host, ["rollback", "7"])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/AIRGO_NO_SUCH_GENERATION[^]*one of 1 2/),
    });
    expect(kept(host, ["rollback", "2"]).stdout).toContain("current already");
    const [folder = ""] = readdirSync(host.path("versions")).filter((name) => name.includes("1.99.2"));
    const file = host.path("versions", folder, "src/fmt/print.go");
    run(["chmod", "u+w", file]);
    writeFileSync(file, "package evil\n");
    run(["chmod", "a-w", file]);
    expect(kept(host, ["rollback"])).toMatchObject({
      code: 8,
      stderr: expect.stringMatching(/go 1\.99\.2 of generation 1 is damaged[^]*src\/fmt\/print\.go/),
    });
    expect(readlinkSync(host.path("current"))).toBe("generations/2");
    expect(kept(hostWith([first]), ["rollback"])).toMatchObject({ code: 2 });
  });

  test("a generation whose table is gone is in the list all the same, above all the current one", () => {
    const host = hostWith([first, second]);
    rmSync(host.path("generations/2/generation.tsv"));
    expect(kept(host, ["list"]).stdout).toMatch(/^ {2}1 {2}.*\n\* 2 {2}its table is gone\n/);
  });

  test("what does not run after the flip returns by itself, and ends 64", () => {
    const host = hostWith([first, second]);
    const before = host.snapshot();
    writeFileSync(host.path("generations/1/bin/go1.98.7"), "#!/bin/sh\nexit 3\n");
    expect(kept(host, ["rollback"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("the earlier generation 2 is current again"),
    });
    expect(readlinkSync(host.path("current"))).toBe("generations/2");
    expect(host.snapshot().replace(/^generations\/1\/bin\/go1\.98\.7 .*$/m, "")).toBe(
      before.replace(/^generations\/1\/bin\/go1\.98\.7 .*$/m, ""),
    );
  });
});

describe("--keep", () => {
  test("keeps so many generations, and the Go versions of these; it is remembered", () => {
    const host = hostWith([first], "--keep", "2");
    for (const version of ["1.98", "1.99", "1.98"]) expect(kept(host, ["use", version]).code).toBe(0);
    expect(readdirSync(host.path("generations")).sort()).toEqual(["3", "4"]);
    expect(install(host, second).code).toBe(0);
    expect(kept(host, ["use", "1.99"]).stdout).toContain("removed: go-v1.99.2-");
    expect(readdirSync(host.path("generations")).sort()).toEqual(["5", "6"]);
    expect(
      readdirSync(host.path("versions"))
        .map((name) => name.slice(0, 11))
        .sort(),
    ).toEqual(["go-v1.98.7-", "go-v1.99.3-"]);
    expect(
      kept(host, ["list"])
        .stdout.split("\n")
        .filter((line) => /^[ *!] \d/.test(line)),
    ).toHaveLength(2);
  });

  test("never takes the current one away, and another number changes it", () => {
    const host = hostWith([first, second]);
    expect(kept(host, ["rollback", "1"]).code).toBe(0);
    expect(kept(host, ["use", "1.98", "--keep", "1"]).code).toBe(0);
    expect(readdirSync(host.path("generations"))).toEqual(["3"]);
    const wide = hostWith([first, second]);
    expect(kept(wide, ["rollback", "1"]).code).toBe(0);
    expect(install(wide, first, "--keep", "1", "--allow-downgrade").code).toBe(0);
    expect(readdirSync(wide.path("generations")).sort()).toEqual(["1", "2"]);
  });
});
