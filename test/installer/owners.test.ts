import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";

import { writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { findTool, testWhen } from "../support/tools.js";
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
const host = new Host(workspace, "place/prefix");
const place = join(workspace, "place");
const elsewhere = join(workspace, "elsewhere");
const isRoot = process.getuid?.() === 0;
const somebody = 65534;
let kit: TinyKit;

beforeAll(async () => {
  kit = await writeTinyKit(join(workspace, "kits"), {
    versions: ["1.99.2"],
    modules: [{ path: "example.com/one", version: "v1.0.0" }],
  });
});
afterEach(() => {
  removeWorkspace(place);
  removeWorkspace(elsewhere);
});
afterAll(() => removeWorkspace(workspace));

function install(options: RunOptions = {}): Finished {
  return host.script(kit, ["--prefix", host.prefix, "--insecure-no-signature"], options);
}

/** A place with the kit installed, or with an empty prefix, and what an attacker did there. */
function prepare(before: "empty" | "installed", attack: () => void): void {
  removeWorkspace(place);
  removeWorkspace(elsewhere);
  mkdirSync(host.prefix, { recursive: true });
  mkdirSync(elsewhere);
  if (before === "installed") expect(install().code).toBe(0);
  attack();
}

function expectRefused(name: string, folder: string, ...texts: string[]): void {
  const before = [snapshot(place), snapshot(elsewhere)];
  const done = install();
  expect({ name, ...done }).toMatchObject({ name, code: 2 });
  for (const text of ["ERROR AIRGO_PREFIX_REFUSED", `where:    ${folder}\n`, "next: ", ...texts])
    expect({ name, stderr: done.stderr }).toEqual({ name, stderr: expect.stringContaining(text) });
  expect({ name, after: [snapshot(place), snapshot(elsewhere)] }).toEqual({ name, after: before });
  expect(host.leavings()).toEqual([]);
}

describe("a prefix that another user could change is refused, and nothing is written", () => {
  test("folders in which others can write", () => {
    for (const mode of [0o777, 0o775, 0o757, 0o1777]) {
      prepare("empty", () => chmodSync(host.prefix, mode));
      expectRefused(`prefix ${mode.toString(8)}`, host.prefix, `mode ${mode.toString(8)}`, "chmod -R go-w");
    }
    for (const name of ["versions", "generations", "kits", "proxy", "trust"]) {
      prepare("installed", () => chmodSync(host.path(name), 0o777));
      expectRefused(name, host.path(name), "mode 777");
    }
    prepare("installed", () => chmodSync(place, 0o757));
    expectRefused("above", place, "mode 757", "chmod o-w");
    prepare("installed", () => chmodSync(host.path("proxy/example.com/one/@v"), 0o777));
    expectRefused("inside", host.prefix, "proxy/example.com/one/@v");
  });

  test("links in the place of its folders", () => {
    for (const name of ["versions", "generations", "kits", "proxy", "trust"]) {
      prepare("empty", () => {
        writeFileSync(host.path(".airgo.lock"), "");
        symlinkSync(elsewhere, host.path(name));
      });
      expectRefused(name, host.path(name), "symbolic link");
    }
  });

  testWhen(isRoot, "root", "folders and files of another user", () => {
    prepare("empty", () => chownSync(host.prefix, somebody, somebody));
    expectRefused("prefix", host.prefix, `the user ${somebody} (`, "mode 755");
    prepare("empty", () => {
      rmSync(host.prefix, { recursive: true });
      chownSync(place, somebody, somebody);
    });
    expectRefused("above", place, `the user ${somebody} (`);
    for (const name of ["versions", "generations", "kits", "proxy", "trust"]) {
      prepare("installed", () => chownSync(host.path(name), somebody, somebody));
      expectRefused(name, host.path(name), `the user ${somebody} (`);
    }
    for (const name of [".airgo.lock", "generations/1/bin/go", "proxy/example.com/one/@v/v1.0.0.zip"]) {
      prepare("installed", () => chownSync(host.path(name), somebody, somebody));
      expectRefused(name, host.prefix, name);
    }
  });
});

describe("an installation with planted things", () => {
  testWhen(isRoot, "root", "a Go with the right bytes that is another user's is replaced", () => {
    for (const attack of ["chown 65534 .", "chown -R 65534 .", "chown 65534 VERSION", "chmod 0777 src"]) {
      prepare("installed", () => void run(["sh", "-c", attack], { cwd: host.path("current/go") }));
      const done = install();
      expect({ attack, ...done }).toMatchObject({
        attack,
        code: 0,
        stderr: expect.stringContaining("damaged and will be replaced"),
      });
      const foreign = run(["find", host.path("versions"), "-user", "65534", "-o", "-perm", "-0002"]);
      expect({ attack, foreign: foreign.stdout }).toEqual({ attack, foreign: "" });
    }
  });

  test("nothing is written through a link", () => {
    const target = join(elsewhere, "target");
    const attacks: Record<string, () => void> = {
      "generations/1/activated": () => {
        rmSync(host.path("generations/1/activated"));
        symlinkSync(target, host.path("generations/1/activated"));
      },
      "generations/1": () => {
        renameSync(host.path("generations/1"), join(elsewhere, "1"));
        rmSync(join(elsewhere, "1/activated"));
        symlinkSync(join(elsewhere, "1"), host.path("generations/1"));
      },
      "generations/7": () => symlinkSync(elsewhere, host.path("generations/7")),
      "kits/tiny-1-": () => {
        const papers = host.path("kits", readdirSync(host.path("kits"))[0] ?? "");
        renameSync(papers, join(elsewhere, "papers"));
        symlinkSync(join(elsewhere, "papers"), papers);
      },
      ".airgo.lock": () => {
        rmSync(host.path(".airgo.lock"));
        writeFileSync(target, "");
        symlinkSync(target, host.path(".airgo.lock"));
      },
    };
    for (const [name, attack] of Object.entries(attacks)) {
      prepare("installed", attack);
      const before = snapshot(elsewhere);
      expect({ name, ...install() }).toMatchObject({
        name,
        code: 8,
        stderr: expect.stringMatching(new RegExp(`AIRGO_INSTALLED_DAMAGED[^]*found: +${name}`)),
      });
      expect({ name, elsewhere: snapshot(elsewhere) }).toEqual({ name, elsewhere: before });
    }
  });

  test("a folder or a link where a module file belongs, or a link where its folder does", () => {
    const zip = "example.com/one/@v/v1.0.0.zip";
    const attacks: Record<string, () => void> = {
      [`a folder in the place of a file: ./${zip}`]: () => {
        rmSync(host.path("proxy", zip));
        mkdirSync(host.path("proxy", zip));
      },
      [`a link or a device in the place of a file: ./${zip}`]: () => {
        renameSync(host.path("proxy", zip), join(elsewhere, "zip"));
        symlinkSync(join(elsewhere, "zip"), host.path("proxy", zip));
      },
      "no folder: ./example.com/one": () => {
        renameSync(host.path("proxy/example.com/one"), join(elsewhere, "one"));
        symlinkSync(join(elsewhere, "one"), host.path("proxy/example.com/one"));
      },
    };
    for (const [found, attack] of Object.entries(attacks)) {
      prepare("installed", attack);
      const before = host.snapshot();
      const done = install();
      expect({ found, code: done.code }).toEqual({ found, code: 8 });
      expect(done.stderr).toContain("AIRGO_PROXY_CONFLICT");
      expect(done.stderr).toContain(found);
      expect(host.snapshot()).toBe(before);
    }
  });
});

describe("folders above the prefix that are no danger", () => {
  test("a sticky one, as /tmp is", () => {
    prepare("empty", () => chmodSync(place, 0o1777));
    expect(install().code).toBe(0);
  });

  const namespaces = findTool("unshare") !== undefined && run(["unshare", "-rn", "true"]).code === 0;

  testWhen(
    isRoot && namespaces,
    "root and unshare -rn",
    "another user's, in a user namespace that has no such user",
    () => {
      prepare("empty", () => {
        rmSync(host.prefix, { recursive: true });
        mkdirSync(join(place, "mine"));
        chownSync(place, 1234, 1234);
      });
      const args = ["--prefix", join(place, "mine/prefix"), "--insecure-no-signature"];
      expect(host.script(kit, args)).toMatchObject({ code: 2 });
      expect(host.script(kit, args, { under: ["unshare", "-rn"] })).toMatchObject({ code: 0 });
      expect(existsSync(join(place, "mine/prefix/current"))).toBe(true);
    },
  );

  testWhen(
    isRoot && namespaces && findTool("setpriv") !== undefined,
    "root, unshare -rn and setpriv",
    "those of a user in a namespace of their own, also with a umask that lets the group write",
    () => {
      prepare("empty", () => {
        rmSync(host.prefix, { recursive: true });
        chownSync(place, somebody, somebody);
        chmodSync(place, 0o775);
      });
      const under = [
        "setpriv",
        `--reuid=${somebody}`,
        `--regid=${somebody}`,
        "--clear-groups",
        "unshare",
        "-rn",
      ];
      expect(install({ under })).toMatchObject({ code: 0 });
      // The same prefix again: its own folders are held to the rule there too.
      expect(install({ under })).toMatchObject({ code: 0 });
      chmodSync(host.path("proxy"), 0o777);
      expect(install({ under })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("AIRGO_PREFIX_REFUSED"),
      });
    },
  );
});
