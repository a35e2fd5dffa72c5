import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";

import { sha256Hex } from "../../src/support/digest.js";
import { writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { findTool, testWhen } from "../support/tools.js";
import { chrootNeeds, chroots, inImage, makeImage } from "./chroot.js";
import {
  Host,
  makeWorkspace,
  removeWorkspace,
  run,
  snapshot,
  type Finished,
  type RunOptions,
} from "./harness.js";

const workspace = makeWorkspace();
const root = join(workspace, "an image's root");
const host = new Host(workspace, "an image's root/opt/airgo");
const isRoot = process.getuid?.() === 0;
const asNobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
const traceable =
  findTool("strace") !== undefined && run(["strace", "-qq", "-o", "/dev/null", "true"]).code === 0;
const forks = "/^(v?fork|clone3?)$";
let kit: TinyKit;
let next: TinyKit;

beforeAll(async () => {
  const modules = [{ path: "example.com/one", version: "v1.0.0" }];
  kit = await writeTinyKit(join(workspace, "kits"), { modules });
  next = await writeTinyKit(join(workspace, "kits"), { serial: 2, versions: ["1.99.3"], modules });
});
afterEach(() => removeWorkspace(root));
afterAll(() => removeWorkspace(workspace));

/** Installs into the image; nothing of the machine's own /etc is ever in reach, because every path lies below the root. */
function install(what: TinyKit, args: readonly string[] = [], options: RunOptions = {}): Finished {
  return host.script(what, ["--root", root, "--insecure-no-signature", ...args], options);
}

/** All text of the wrappers, the environment files and the drop-in files. */
function texts(...paths: readonly string[]): string {
  return run(["grep", "-r", "", ...paths.map((path) => join(root, path))]).stdout;
}

const everyKind = ["--env", "profile,systemd,fish,csh"];
const dropIns = [
  "etc/environment.d/50-airgo.conf",
  "etc/fish/conf.d/airgo.fish",
  "etc/profile.d/airgo.csh",
  "etc/profile.d/airgo.sh",
];

describe("--root builds an image", () => {
  test("with the paths that it will have when it runs, and nothing outside of it", () => {
    mkdirSync(root);
    const home = snapshot(host.home);
    const done = install(kit, everyKind);
    expect(done).toMatchObject({ code: 0, stderr: expect.stringMatching(/^WARNING.*signature.*\n$/) });
    const files = run(["find", "etc", "!", "-type", "d"], { cwd: root }).stdout.trim().split("\n");
    expect(files.sort()).toEqual(dropIns);
    const all = texts("etc", "opt/airgo/current/bin", "opt/airgo/current/env").replaceAll(`${root}/`, "");
    expect(
      run([
        "sh",
        "-c",
        'grep -rlF "$1" "$2/etc" "$2/opt/airgo/generations" "$2/opt/airgo/outside.tsv"',
        "sh",
        workspace,
        root,
      ]).stdout,
    ).toBe("");
    expect(all).toContain("/opt/airgo/current/bin");
    expect(readlinkSync(host.path("current"))).toBe("generations/1");
    expect(host.read("current/bin/go")).toContain("GOPROXY='file:///opt/airgo/proxy'");
    // What is told to whoever uses the image holds there, and not where it is built.
    expect(done.stdout).toContain("  export PATH='/opt/airgo/current/bin:/opt/airgo/bin':\"$PATH\"\n");
    expect(done.stdout).toContain("  GOROOT='/opt/airgo/current/go'\n");
    for (const verb of ["watch", "status", "doctor", "list"])
      expect({ verb, ...host.script(kit, [verb, "--root", root]) }).toMatchObject({ verb, code: 0 });
    expect(snapshot(host.home)).toBe(home);
    expect(host.leavings()).toEqual([]);
  });

  testWhen(
    chroots,
    chrootNeeds,
    "that works after chroot: wrappers, profile, upgrade from inside, list, uninstall",
    () => {
      makeImage(root);
      expect(install(kit, ["--env", "profile"])).toMatchObject({ code: 0 });
      const inside = (line: string): Finished => inImage(root, line);
      expect(inside(". /etc/profile.d/airgo.sh; go version; go env GOPROXY; command -v airgo-kit")).toEqual({
        code: 0,
        stdout: expect.stringMatching(
          /^go version go1\.99\.2 linux\/\w+\nfile:\/\/\/opt\/airgo\/proxy\n\/opt\/airgo\/bin\/airgo-kit\n$/,
        ),
        stderr: "",
      });
      expect(inside("/opt/airgo/bin/airgo-kit list").stdout).toMatch(/^\* 1 /);
      expect(
        inside("/opt/airgo/bin/airgo-kit use 1.98.7 && /opt/airgo/current/bin/go version"),
      ).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("go version go1.98.7"),
      });
      // From outside again: the verbs find the same installation.
      expect(install(next)).toMatchObject({ code: 0 });
      const kept = { ...kit, script: host.path("bin/airgo-kit") };
      expect(host.script(kept, ["list", "--root", root]).stdout).toMatch(/^\* 3 /m);
      expect(host.script(kept, ["rollback", "2", "--root", root])).toMatchObject({ code: 0 });
      expect(inside("/opt/airgo/current/bin/go version").stdout).toContain("go1.98.7");
      expect(inside("/opt/airgo/bin/airgo-kit uninstall --all")).toMatchObject({ code: 0, stderr: "" });
      expect(existsSync(join(root, "opt"))).toBe(false);
      expect(existsSync(join(root, "etc/profile.d"))).toBe(false);
    },
  );

  testWhen(chroots, chrootNeeds, "installed from inside, it can be upgraded and removed from outside", () => {
    makeImage(root);
    const before = snapshot(root);
    const mounts = { "/kit": kit.outer };
    const line = `sh /kit/${kit.folder.slice(kit.outer.length + 1)}/install.sh --insecure-no-signature --env profile`;
    expect(inImage(root, line, { mounts })).toMatchObject({ code: 0 });
    rmSync(join(root, "kit"), { recursive: true });
    const env = run(["sh", kit.script, "env", "--root", root], { env: { PATH: "/usr/bin:/bin" } });
    expect(env.stdout).toContain("'/opt/airgo/current/bin'");
    const done = host.script(kit, ["uninstall", "--all", "--root", root]);
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(done.stdout).toContain(`removed: ${join(root, "etc/profile.d/airgo.sh")}\n`);
    // Where the installation kept receipts in root's home, they are the user's.
    expect(snapshot(root)).toBe(before);
  });

  testWhen(
    isRoot && findTool("setpriv") !== undefined,
    "root and setpriv",
    "by a user who is not root",
    () => {
      mkdirSync(root);
      run(["chown", "65534:65534", root]);
      expect(install(kit, everyKind, { under: asNobody })).toMatchObject({ code: 0 });
      expect(dropIns.map((path) => existsSync(join(root, path)))).toEqual([true, true, true, true]);
      const done = host.script(kit, ["uninstall", "--all", "--root", root], { under: asNobody });
      expect(done).toMatchObject({ code: 0, stderr: "" });
      expect(readdirSync(root)).toEqual([]);
    },
  );

  for (const [file, shell] of [
    ["etc/profile.d/airgo.sh", ["dash", "-c", 'set -eu; . "$0"; . "$0"; go version; printf "%s\\n" "$PATH"']],
    [
      "etc/profile.d/airgo.csh",
      ["tcsh", "-f", "-c", 'source "$FILE:q"; source "$FILE:q"; go version; printenv PATH'],
    ],
    [
      "etc/fish/conf.d/airgo.fish",
      ["fish", "--no-config", "-c", "source $FILE; source $FILE; go version; string join : $PATH"],
    ],
  ] as const) {
    testWhen(
      chroots && findTool(shell[0]) !== undefined,
      `${chrootNeeds}, and ${shell[0]}`,
      `with a drop-in file for ${shell[0]} that finds it below an awkward prefix, and does nothing without it`,
      () => {
        mkdirSync(root);
        const prefix = '/mnt/it\'s "$HOME" & go!! #1 \\n [a]*';
        expect(install(kit, ["--prefix", prefix, ...everyKind])).toMatchObject({ code: 0 });
        const env = { PATH: "/usr/bin:/bin", FILE: join(root, file), HOME: host.home, LC_ALL: "C.UTF-8" };
        const there = [
          "unshare",
          "-rmn",
          "sh",
          "-c",
          'mount --bind "$1/mnt" /mnt; shift; exec "$@"',
          "sh",
          root,
        ];
        const done = run([...there, ...shell, join(root, file)], { env });
        expect(done).toMatchObject({ code: 0, stderr: "" });
        expect(done.stdout).toMatch(/^go version go1\.99\.2 /);
        expect(done.stdout).toContain(`\n${prefix}/current/bin:${prefix}/bin:/usr/bin:/bin\n`);
        // Where the prefix is not there, PATH stays as it is.
        const alone = shell.map((word) => word.replace("go version; ", ""));
        const gone = run([...alone, join(root, file)], { env });
        expect(gone).toEqual({ code: 0, stdout: "/usr/bin:/bin\n", stderr: "" });
      },
    );
  }

  testWhen(
    traceable,
    "strace",
    "an uninstallation that is killed is completed by the next one, drop-in files too",
    () => {
      mkdirSync(root);
      expect(install(kit, everyKind)).toMatchObject({ code: 0 });
      const aside = join(workspace, "aside");
      run(["cp", "-a", root, aside]);
      for (let at = 40; ; at += 12) {
        removeWorkspace(root);
        run(["cp", "-a", aside, root]);
        const args = ["uninstall", "--all", "--root", root];
        const inject = ["-e", `trace=${forks}`, "-e", `inject=${forks}:signal=KILL:when=${at}`];
        const killed = host.script(kit, args, { under: ["strace", "-qq", "-o", "/dev/null", ...inject] });
        if (killed.code === 0) break;
        expect({ at, code: killed.code }).toEqual({ at, code: null });
        if (existsSync(host.path(".airgo.lock")))
          expect({ at, ...host.script(kit, args) }).toMatchObject({ at, code: 0, stderr: "" });
        const files = run(["find", root, "!", "-type", "d"]).stdout;
        expect({ at, files }).toEqual({ at, files: "" });
      }
      removeWorkspace(aside);
    },
  );

  test("with another prefix in it, and links that stay in it", () => {
    mkdirSync(join(root, "data/usr"), { recursive: true });
    symlinkSync("data/usr", join(root, "srv"));
    symlinkSync("../srv", join(root, "data/loop"));
    expect(install(kit, ["--prefix", "/data/loop/my go"])).toMatchObject({ code: 0 });
    expect(readdirSync(join(root, "data/usr/my go"))).toContain("current");
    const wrapper = readFileSync(join(root, "data/usr/my go/current/bin/go"), "utf8");
    expect(wrapper).toContain("bin='/data/usr/my go/current/bin'");
    expect(
      host.script(kit, ["uninstall", "--all", "--root", root, "--prefix", "/data/usr/my go"]),
    ).toMatchObject({ code: 0 });
    expect(readdirSync(join(root, "data/usr"))).toEqual([]);
  });

  test("with what stands in the builder's environment left alone", () => {
    mkdirSync(root);
    const env = { GOPROXY: "https://example.com", GOROOT: "/old" };
    expect(install(kit, [], { env }).stderr).not.toMatch(/GOPROXY|GOROOT/);
  });
});

function expectRefused(args: readonly string[], ...found: readonly string[]): void {
  const before = [snapshot(root), snapshot(join(workspace, "outside"))];
  const done = install(kit, args);
  expect({ args, ...done }).toMatchObject({ args, code: 2 });
  for (const text of found) expect(done.stderr).toContain(text);
  expect([snapshot(root), snapshot(join(workspace, "outside"))]).toEqual(before);
}

describe("nothing leads out of the image", () => {
  test("absolute links, and those with too many dots, are refused by name before anything is written", () => {
    mkdirSync(join(workspace, "outside"), { recursive: true });
    const links: Record<string, string> = {
      "opt -> an absolute path elsewhere": join(workspace, "outside"),
      "opt -> an absolute path that is meant in the image": "/usr",
      "opt -> one that leads back in": join(root, "usr"),
      "opt -> the folder above": "../outside",
      "opt -> itself": "opt",
    };
    for (const target of Object.values(links)) {
      mkdirSync(join(root, "usr"), { recursive: true });
      symlinkSync(target, join(root, "opt"));
      expectRefused([], "AIRGO_USAGE", "a link leads out of the image", "opt");
      removeWorkspace(root);
    }
    for (const [link, kind] of [
      ["etc", "profile"],
      ["etc/fish", "fish"],
      ["etc/environment.d/50-airgo.conf", "systemd"],
      ["etc/profile.d/airgo.csh", "csh"],
    ] as const) {
      mkdirSync(join(root, link, ".."), { recursive: true });
      symlinkSync(join(workspace, "outside"), join(root, link));
      expectRefused(["--env", kind], "a link leads out of the image", join(root, link));
      removeWorkspace(root);
    }
  });

  test("a table in it that was tampered with takes nothing away out there, nor what airgo does not make", () => {
    mkdirSync(root);
    expect(install(kit, ["--env", "profile"]).code).toBe(0);
    const outside = join(workspace, "outside");
    mkdirSync(join(outside, "profile.d"), { recursive: true });
    mkdirSync(join(outside, "fish/conf.d"), { recursive: true });
    const victims = [join(outside, "profile.d/airgo.sh"), join(outside, "fish/conf.d/airgo.fish")];
    for (const file of [...victims, join(root, "etc/passwd"), join(outside, "profile.d/.airgo-new.airgo.sh")])
      writeFileSync(file, "theirs\n");
    symlinkSync(outside, join(root, "out"));
    const rows = ["/../outside/profile.d/airgo.sh", "/out/fish/conf.d/airgo.fish", "/etc/passwd", "passwd"];
    for (const row of rows)
      appendFileSync(join(root, "opt/airgo/outside.tsv"), `${sha256Hex("theirs\n")}\t${row}\n`);
    const before = snapshot(outside);
    const done = host.script(kit, ["uninstall", "--root", root]);
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining(`left: ${root}/etc/passwd`) });
    expect(snapshot(outside)).toBe(before);
    expect(existsSync(join(root, "etc/passwd"))).toBe(true);
    expect(existsSync(join(root, "etc/profile.d/airgo.sh"))).toBe(false);
  });

  test("paths that are none in an image, and a root that is no folder", () => {
    mkdirSync(root);
    expectRefused(["--prefix", "relative"], "AIRGO_PREFIX_REFUSED");
    expectRefused(["--prefix", "/"], "AIRGO_PREFIX_REFUSED");
    expectRefused(["--prefix", "/../outside"], "a link leads out of the image");
    const done = host.script(kit, ["--root", join(workspace, "none"), "--insecure-no-signature"]);
    expect(done).toMatchObject({ code: 2, stderr: expect.stringContaining("AIRGO_USAGE") });
  });

  test("a file of somebody else's in the image stays", () => {
    mkdirSync(join(root, "etc/profile.d"), { recursive: true });
    writeFileSync(join(root, "etc/profile.d/airgo.sh"), "# theirs\n");
    expect(install(kit, ["--env", "profile,fish"])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(
        `${join(root, "etc/profile.d/airgo.sh")} is there and airgo did not make it`,
      ),
    });
    expect(host.script(kit, ["uninstall", "--all", "--root", root])).toMatchObject({ code: 0, stderr: "" });
    expect(run(["find", root, "!", "-type", "d"]).stdout).toBe(`${join(root, "etc/profile.d/airgo.sh")}\n`);
  });
});
