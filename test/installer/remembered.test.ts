import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { sha256Hex } from "../../src/support/digest.js";
import { writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { findTool, testIf, testWhen } from "../support/tools.js";
import { Host, makeWorkspace, pathWith, removeWorkspace, run, shells, toolsOf } from "./harness.js";

/*
 * Go remembers the newest tree head that each user saw. One that the kits have no proof for is found out when a kit is
 * installed, and not when a build fails; heads.test.ts shows that go means what is told here.
 */

const workspace = makeWorkspace();
const database = "sum.example.org";
const isRoot = process.getuid?.() === 0;
let host: Host;
let kit: TinyKit;
let earlierKit: TinyKit;

beforeAll(async () => {
  earlierKit = await writeTinyKit(join(workspace, "kits"), { head: 80, earlierHeads: [60, 50] });
  kit = await writeTinyKit(join(workspace, "kits"), { serial: 2, head: 100, earlierHeads: [80, 60] });
  host = new Host(workspace, "prefix");
  for (const each of [earlierKit, kit])
    expect(host.script(each, ["--prefix", host.prefix, "--insecure-no-signature"]).code).toBe(0);
});
afterAll(() => removeWorkspace(workspace));

/** The root that a tiny kit states for a tree of this size. */
const rootOf = (size: number): string => Buffer.from(sha256Hex(`root ${size}`), "hex").toString("base64");

function note(size: number | string, root = rootOf(Number(size)), by = database): string {
  return `go.sum database tree\n${size}\n${root}\n\n\u2014 ${by} ${"c2ln".repeat(17)}\n`;
}

const latestIn = (gopath: string): string => join(gopath, "pkg/sumdb", database, "latest");

function remember(gopath: string, text: string | Buffer): string {
  const file = latestIn(gopath);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** What installing again says of remembered heads. */
function told(
  env: Readonly<Record<string, string>>,
  shell?: readonly [string, ...string[]],
  under: readonly string[] = [],
): string[] {
  const done = host.script(kit, ["--prefix", host.prefix, "--insecure-no-signature"], {
    env,
    under,
    ...(shell === undefined ? {} : { shell }),
  });
  expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining("already current") });
  return done.stderr.split("\n").filter((line) => line !== "" && !line.includes("NO SIGNATURE"));
}

let homes = 0;
function newHome(): string {
  homes += 1;
  const home = join(workspace, `home-${homes}`);
  mkdirSync(home);
  return home;
}

describe("a head that go remembers", () => {
  for (const [name, shell] of Object.entries(shells)) {
    testIf(shell[0], `is told with what to do where no kit has a proof for it: ${name}`, () => {
      const home = newHome();
      const file = remember(join(home, "go"), note(90));
      const [line = "", ...more] = told({ HOME: home }, shell);
      expect(more).toEqual([]);
      expect(line).toContain(
        `WARNING: ${file} remembers a tree head of 90 records, for which no kit here has a proof`,
      );
      expect(line).toMatch(new RegExp(`: mv '${file}' '${file}\\.before-airgo'$`));
      expect(readFileSync(file, "utf8")).toBe(note(90));
    });
  }

  test("is told at the first installation too, and after it was moved no more", () => {
    const home = newHome();
    const file = remember(join(home, "go"), note(5000));
    const first = new Host(workspace, "first");
    const done = first.script(kit, ["--prefix", first.prefix, "--insecure-no-signature"], {
      env: { HOME: home },
    });
    expect(done).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("remembers a tree head of 5000 records"),
    });
    const [line = ""] = told({ HOME: home });
    const advice = line.slice(line.indexOf(": mv ") + 2);
    expect(run(["sh", "-c", advice])).toMatchObject({ code: 0, stderr: "" });
    expect(readFileSync(`${file}.before-airgo`, "utf8")).toBe(note(5000));
    expect(told({ HOME: home })).toEqual([]);
  });

  test("is no word worth where a kit here has it, as its own or as an earlier one", () => {
    for (const text of [note(100), note(80), note(60), note(60, "A".repeat(43) + "="), ""]) {
      const home = newHome();
      remember(join(home, "go"), text);
      expect({ text, told: told({ HOME: home }) }).toEqual({ text, told: [] });
    }
    const home = newHome();
    mkdirSync(join(home, "go"));
    expect(told({ HOME: home })).toEqual([]);
  });

  test("that only an older kit knows is one that the newest can't be connected with", () => {
    const home = newHome();
    remember(join(home, "go"), note(50));
    expect(told({ HOME: home })).toEqual([
      expect.stringContaining("remembers a tree head of 50 records, for which"),
    ]);
  });

  test("of the size of one here, but with another root, is of another log", () => {
    for (const size of [100, 80]) {
      const home = newHome();
      const file = remember(join(home, "go"), note(size, rootOf(1)));
      expect(told({ HOME: home })).toEqual([
        expect.stringContaining(
          `WARNING: ${file} remembers a tree head of ${size} records that belongs to another log`,
        ),
      ]);
    }
  });

  test("that is none is told too", () => {
    for (const text of [
      "\n",
      "not a head\n",
      note("090"),
      note("-1"),
      note("1e3"),
      note(90, "short="),
      note(100, rootOf(100), "sum.example.com"),
      note(100).replace("\n\n", "\n"),
      note(100).split("\n").slice(0, 3).join("\n"),
      note(100).replace("tree", "tree v2"),
      Buffer.alloc(70_000),
      `go.sum database tree\n100\n${"A".repeat(70_000)}\n\n${note(100)}`,
    ]) {
      const home = newHome();
      const file = remember(join(home, "go"), text);
      expect({ text, told: told({ HOME: home }) }).toEqual({
        text,
        told: [
          expect.stringContaining(`WARNING: ${file} holds no tree head that go can read: move it aside`),
        ],
      });
    }
  });

  test("comes with answers of its time, which are moved with it", () => {
    const home = newHome();
    const file = remember(join(home, "go"), note(90));
    const kept = join(home, "go/pkg/mod/cache/download/sumdb", database);
    mkdirSync(kept, { recursive: true });
    expect(told({ HOME: home })).toEqual([
      expect.stringContaining(`mv '${file}' '${file}.before-airgo' && mv '${kept}' '${kept}.before-airgo'`),
    ]);
    const elsewhere = join(home, "cache");
    mkdirSync(join(elsewhere, "cache/download/sumdb", database), { recursive: true });
    expect(told({ HOME: home, GOMODCACHE: elsewhere })).toEqual([
      expect.stringContaining(` && mv '${elsewhere}/cache/download/sumdb/${database}' `),
    ]);
  });
});

describe("where it is looked for", () => {
  test("in the first folder of GOPATH, and in HOME only without one", () => {
    const home = newHome();
    remember(join(home, "go"), note(90));
    const odd = join(home, "it's $HOME `id`");
    const file = remember(odd, note(91));
    remember(join(home, "second"), note(92));
    const [line = "", ...more] = told({ HOME: home, GOPATH: `${odd}:${join(home, "second")}` });
    expect(more).toEqual([]);
    expect(line).toContain("91 records");
    expect(run(["sh", "-c", line.slice(line.indexOf(": mv ") + 2)])).toMatchObject({ code: 0, stderr: "" });
    expect(readFileSync(`${file}.before-airgo`, "utf8")).toBe(note(91));
    for (const GOPATH of [`:${join(home, "go")}`, "relative", join(home, "second", "pkg")])
      expect({ GOPATH, told: told({ HOME: home, GOPATH }) }).toEqual({ GOPATH, told: [] });
  });

  test("in a folder whose name a terminal would obey, which it is shown without", () => {
    const odd = join(newHome(), "a\u001b[31m\nWARNING b");
    remember(odd, note(90));
    expect(told({ GOPATH: odd })).toEqual([expect.stringContaining("/a?[31m?WARNING b/pkg/sumdb/")]);
  });

  test("in the folder of the kit's own database", async () => {
    const sumdb = "sum.corp.example";
    const own = await writeTinyKit(join(workspace, "kits"), {
      name: "own",
      sumdb,
      gosumdb: `${sumdb}+033de0ae+Ac4zctda0e5eza`,
    });
    const home = newHome();
    remember(join(home, "go"), note(90));
    const file = join(home, "go/pkg/sumdb", sumdb, "latest");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, note(91, rootOf(91), sumdb));
    const other = new Host(workspace, "own");
    const { stderr } = other.script(own, ["--prefix", other.prefix, "--insecure-no-signature"], {
      env: { HOME: home },
    });
    expect(stderr).toContain(`${file} remembers a tree head of 91 records`);
    expect(stderr).not.toContain(database);
  });

  test("a folder or a pipe there is of no account", () => {
    const home = newHome();
    mkdirSync(latestIn(join(home, "go")), { recursive: true });
    expect(told({ HOME: home })).toEqual([]);
    rmSync(latestIn(join(home, "go")), { recursive: true });
    run(["mkfifo", latestIn(join(home, "go"))]);
    expect(told({ HOME: home })).toEqual([]);
  });

  testWhen(
    isRoot,
    "root",
    "by root, in the homes of all users; a link to what is another user's is not followed",
    () => {
      const [alice, bob, carol, mallory, dave] = [newHome(), newHome(), newHome(), newHome(), newHome()];
      const files = [remember(join(alice, "go"), note(91)), remember(join(bob, "go"), "damaged\n")];
      remember(join(carol, "go"), note(100));
      const target = remember(join(workspace, "elsewhere"), note(93));
      mkdirSync(dirname(latestIn(join(mallory, "go"))), { recursive: true });
      symlinkSync(target, latestIn(join(mallory, "go")));
      // A go folder on another disk is what users have.
      files.push(join(dave, "go/pkg/sumdb", database, "latest"));
      remember(join(workspace, "disk"), note(94));
      symlinkSync(join(workspace, "disk"), join(dave, "go"));
      const users = [
        alice,
        bob,
        `${alice}/`,
        carol,
        mallory,
        dave,
        join(workspace, "no-such-home"),
        "/nonexistent",
        "",
      ];
      run(["chown", "-R", "12345", alice, bob, carol, mallory, dave, join(workspace, "disk")]);
      const path = pathWith(join(workspace, "getent-tools"), [...toolsOf(kit.script), "printf", "sh"]);
      const passwd = users.map((home, index) => `u${index}:x:12345:12345:a user:${home}:/bin/sh`).join("\n");
      writeFileSync(join(path, "getent"), `#!/bin/sh\ncat <<'EOF'\n${passwd}\nEOF\n`);
      chmodSync(join(path, "getent"), 0o755);
      const env = { HOME: newHome(), PATH: path };
      const lines = told(env, ["/bin/sh"]);
      expect(lines.map((line) => /^WARNING: (\S+) /.exec(line)?.[1])).toEqual(files);
      // The caller's own folder is told once.
      expect(told({ ...env, HOME: alice }, ["/bin/sh"])).toHaveLength(3);

      // A prefix that nobody else can enter is nobody else's matter.
      const closed = join(workspace, "closed");
      mkdirSync(closed, { mode: 0o700 });
      const own = new Host(workspace, "closed/prefix");
      const done = own.script(kit, ["--prefix", own.prefix, "--insecure-no-signature"], {
        env,
        shell: ["/bin/sh"],
      });
      expect(done).toMatchObject({ code: 0, stderr: expect.not.stringContaining("remembers") });
    },
  );

  testWhen(
    isRoot && findTool("unshare") !== undefined && run(["unshare", "-m", "true"]).code === 0,
    "root and unshare -m",
    "by root, in the homes of /etc/passwd where there is no getent",
    () => {
      const home = newHome();
      const file = remember(join(home, "go"), note(95));
      const passwd = join(workspace, "passwd");
      writeFileSync(passwd, `root:x:0:0::/root:/bin/sh\nu:x:0:0::${home}:/bin/sh\n`);
      const path = pathWith(join(workspace, "no-getent"), [...toolsOf(kit.script), "printf", "sh"]);
      const mount = `mount --bind '${passwd}' /etc/passwd && PATH='${path}' exec "$@"`;
      const under = ["unshare", "-m", "/bin/sh", "-c", mount, "sh"];
      expect(told({ HOME: newHome() }, ["/bin/sh"], under)).toEqual([
        expect.stringContaining(`WARNING: ${file} `),
      ]);
    },
  );
});
