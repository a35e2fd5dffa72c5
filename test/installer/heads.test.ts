import { lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import type { ModuleRecord } from "../../src/checksumdb/record-book.js";
import { takeSnapshot } from "../../src/checksumdb/snapshot.js";
import { createFakeChecksumDb } from "../support/fake-checksumdb.js";
import { hashOfGoMod, hashOfZip } from "../support/fake-upstream.js";
import { makeZip } from "../support/make-zip.js";
import { writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { findTool, testIf } from "../support/tools.js";
import { clientOf, headOf } from "../unit/checksumdb/helpers.js";
import { Host, makeWorkspace, removeWorkspace, run, type Finished } from "./harness.js";
import { makeGoHome } from "../support/go-home.js";

/*
 * The go command is the judge of an installed host: with snapshots as airgo takes them, installed by install.sh, run by
 * the wrappers with their settings, without a network and without a go.sum, it verifies every module of every kit,
 * whatever head of the lock's history it remembers.
 */

const go = findTool("go") ?? "";
const withoutNetwork =
  findTool("unshare") !== undefined && run(["unshare", "-rn", "true"]).code === 0 ? ["unshare", "-rn"] : [];

const workspace = makeWorkspace();
afterAll(() => removeWorkspace(workspace));

let folders = 0;
function newFolder(name: string): string {
  folders += 1;
  return join(workspace, `${name}-${folders}`);
}

function write(file: string, data: string | Buffer): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, data);
  return file;
}

const goMod = (path: string): string => `module ${path}\n\ngo 1.21\n`;

const filesOf = (path: string) => [
  { name: `${path}@v1.0.0/go.mod`, data: goMod(path) },
  { name: `${path}@v1.0.0/tiny.go`, data: "package tiny\n" },
];

/** Sizes where the tiles of a tree begin, end and gain a level, and some between. */
const edges = [1, 2, 255, 256, 257, 300, 512, 65_535, 65_536, 65_537, 65_792, 66_100];
/** The number of every module's record is in its name: the last one of each of these trees, and some in the middle. */
const numbers = [...edges.map((size) => size - 1), 7, 40, 290, 295, 40_000];
const moduleOf = (id: number): string => `example.com/m${id}`;

const db = createFakeChecksumDb("sum.example.com");
const records = new Map<string, ModuleRecord>();
for (const id of [...numbers].sort((a, b) => a - b)) {
  const path = moduleOf(id);
  db.growTo(id);
  const hashes = { h1: hashOfZip(filesOf(path)), goModH1: hashOfGoMod(goMod(path)) };
  records.set(path, {
    path,
    version: "v1.0.0",
    ...hashes,
    id: db.add(path, "v1.0.0", hashes.h1, hashes.goModH1),
  });
}
db.growTo(67_000);

interface KitHeads {
  readonly name?: string;
  readonly head: number;
  readonly earlier?: readonly number[];
  /** Numbers of records. */
  readonly modules: readonly number[];
  /** Modules that are in no database, and how they are told from others. */
  readonly hidden?: readonly string[];
  readonly nosumdb?: string;
}

/** A GOPROXY tree with the snapshot that airgo takes for these modules. */
async function proxyOf({
  head,
  earlier = [],
  modules,
  hidden = [],
}: KitHeads): Promise<Map<string, string | Buffer>> {
  const paths = modules.map(moduleOf);
  const tree = new Map<string, string | Buffer>();
  for (const path of [...paths, ...hidden]) {
    tree.set(`${path}/@v/list`, "v1.0.0\n");
    tree.set(`${path}/@v/v1.0.0.info`, `{"Version":"v1.0.0","Time":"2026-01-02T03:04:05Z"}`);
    tree.set(`${path}/@v/v1.0.0.mod`, goMod(path));
    tree.set(`${path}/@v/v1.0.0.zip`, makeZip(filesOf(path)));
  }
  const { files } = await takeSnapshot({
    client: clientOf(db),
    head: headOf(db, head),
    records: paths.map((path) => records.get(path) as ModuleRecord),
    earlier,
  });
  for (const [path, data] of files) tree.set(`sumdb/${db.name}/${path}`, data);
  return tree;
}

async function kitOf(heads: KitHeads): Promise<TinyKit> {
  const { name = "tiny", head, earlier = [], nosumdb } = heads;
  return writeTinyKit(join(workspace, "kits"), {
    name,
    versions: ["1.99.2"],
    realGo: go,
    sumdb: db.name,
    gosumdb: db.verifierKey,
    proxy: await proxyOf(heads),
    head,
    earlierHeads: earlier,
    treeRoot: headOf(db, head).root.toString("base64"),
    ...(nosumdb === undefined ? {} : { nosumdb }),
  });
}

/** Installs for a user, and gives what install.sh says of what their go remembers. */
function install(host: Host, kit: TinyKit, user?: User): string {
  const env = user === undefined ? {} : { GOPATH: user.gopath };
  const done = host.script(kit, ["--prefix", host.prefix, "--insecure-no-signature"], { env });
  expect(done).toMatchObject({ code: 0 });
  return done.stderr.split("\n").find((line) => line.includes("remembers")) ?? "";
}

function installed(...kits: readonly TinyKit[]): Host {
  const host = new Host(workspace, newFolder("prefix").slice(workspace.length + 1));
  for (const kit of kits) expect(install(host, kit)).toBe("");
  return host;
}

/** Somebody whose go has seen nothing yet, or one tree head. */
class User {
  readonly gopath = newFolder("gopath");
  readonly latest = join(this.gopath, "pkg/sumdb", db.name, "latest");

  constructor(note?: string) {
    if (note !== undefined) write(this.latest, note);
  }

  /** Lets go fetch and check these modules for a project that has no go.sum. */
  download(host: Host, modules: readonly string[], env: Readonly<Record<string, string>> = {}): Finished {
    const project = newFolder("project");
    makeGoHome(join(workspace, "home"));
    const requires = modules.map((path) => `require ${path} v1.0.0\n`).join("");
    write(join(project, "go.mod"), `module project.example/p\n\ngo 1.21\n\n${requires}`);
    write(join(project, "go.sum"), "");
    const done = run([...withoutNetwork, host.path("current/bin/go"), "mod", "download", "all"], {
      cwd: project,
      env: {
        HOME: join(workspace, "home"),
        GOPATH: this.gopath,
        GOCACHE: join(workspace, "gocache"),
        GOENV: "off",
        GOFLAGS: "-mod=mod -modcacherw",
        GOTOOLCHAIN: "local",
        GOTELEMETRY: "off",
        ...env,
      },
    });
    if (done.code === 0) {
      const goSum = readFileSync(join(project, "go.sum"), "utf8");
      for (const path of modules) expect(goSum).toContain(`${path} v1.0.0 h1:`);
    }
    return done;
  }
}

const works = expect.objectContaining({ code: 0, stdout: "", stderr: "" });
const pathsOf = (...lists: readonly (readonly number[])[]): string[] =>
  [...new Set(lists.flat())].map(moduleOf);

/** Makes another generation current, as an operator does who goes back. */
function goBack(host: Host, generation: number): void {
  rmSync(host.path("current"));
  symlinkSync(`generations/${generation}`, host.path("current"));
}

/** Two kits of one lock, whose heads were 40, 300 and 66 100, and one between them that nobody installed. */
const history = [40, 300, 65_600, 66_100] as const;
const oldModules = [7, 255, 290, 299];
const newModules = [7, 256, 40_000, 65_535, 66_099];
let older: TinyKit;
let newer: TinyKit;

beforeAll(async () => {
  if (go === "") return;
  older = await kitOf({ head: 300, earlier: [40], modules: oldModules });
  newer = await kitOf({ head: 66_100, earlier: [40, 300, 65_600], modules: newModules });
});

describe("a host whose go remembers a head of the lock's history needs no advice", () => {
  for (const size of [...history, undefined]) {
    const what = size === undefined ? "no head" : `the head of ${size} records`;
    testIf("go", `${what}: the newest kit alone`, () => {
      const user = new User(size === undefined ? undefined : db.headAt(size));
      const host = installed(newer);
      expect(install(host, newer, user)).toBe("");
      expect(user.download(host, pathsOf(newModules))).toEqual(works);
      expect(readFileSync(user.latest, "utf8")).toBe(db.headAt(66_100));
    });

    testIf("go", `${what}: the older kit is current, and the newer one was installed before it`, () => {
      const user = new User(size === undefined ? undefined : db.headAt(size));
      const host = installed(newer, older);
      expect(host.read("current/generation.tsv")).toContain(older.id);
      expect(install(host, older, user)).toBe("");
      expect(user.download(host, pathsOf(oldModules))).toEqual(works);
    });

    testIf("go", `${what}: the older kit is current again, after the newer one was`, () => {
      const user = new User(size === undefined ? undefined : db.headAt(size));
      const host = installed(older, newer);
      goBack(host, 1);
      expect(host.read("current/generation.tsv")).toContain(older.id);
      expect(user.download(host, pathsOf(oldModules))).toEqual(works);
    });
  }

  testIf(
    "go",
    "a head that go came by while an older kit was the only one stays good for a newer one",
    () => {
      const user = new User();
      const host = installed(older);
      expect(user.download(host, pathsOf(oldModules))).toEqual(works);
      expect(readFileSync(user.latest, "utf8")).toBe(db.headAt(300));
      expect(install(host, newer, user)).toBe("");
      expect(user.download(host, pathsOf(oldModules, newModules))).toEqual(works);
      expect(readFileSync(user.latest, "utf8")).toBe(db.headAt(66_100));
    },
  );
});

describe("two kits with different heads and modules serve both", () => {
  const cases: Record<string, () => Host> = {
    "the older one first": () => installed(older, newer),
    "the newer one first": () => installed(newer, older),
    "and after a return to the older one": () => {
      const host = installed(older, newer);
      goBack(host, 1);
      return host;
    },
  };
  for (const [name, prepare] of Object.entries(cases)) {
    testIf("go", name, () => {
      const host = prepare();
      const all = pathsOf(oldModules, newModules);
      for (const path of all)
        expect({ path, ...new User().download(host, [path]) }).toEqual({
          path,
          code: 0,
          stdout: "",
          stderr: "",
        });
      expect(new User().download(host, all)).toEqual(works);
      // One after the other, the heads come to be remembered in another order.
      for (const order of [all, all.toReversed()]) {
        const user = new User();
        for (const path of order)
          expect({ path, order, code: user.download(host, [path]).code }).toEqual({ path, order, code: 0 });
      }
    });
  }
});

describe("wherever tiles begin, end and gain a level, two kits of one lock go together", () => {
  const steps: [first: number, between: number, last: number][] = [
    [1, 2, 255],
    [255, 256, 257],
    [256, 257, 512],
    [256, 512, 65_536],
    [300, 65_535, 65_536],
    [512, 65_536, 65_792],
    [65_536, 65_537, 65_792],
    [65_535, 65_537, 66_100],
  ];
  for (const [first, between, last] of steps) {
    testIf("go", `heads of ${first}, ${between} and ${last} records`, async () => {
      const modules = [first - 1, last - 1];
      const host = installed(
        await kitOf({ name: "a", head: first, modules: [first - 1] }),
        await kitOf({ name: "b", head: last, earlier: [first, between], modules: [last - 1] }),
      );
      for (const size of [undefined, first, between, last]) {
        for (const wanted of [modules, [first - 1], [last - 1]]) {
          const user = new User(size === undefined ? undefined : db.headAt(size));
          expect({ size, wanted, ...user.download(host, pathsOf(wanted)) }).toEqual({
            size,
            wanted,
            code: 0,
            stdout: "",
            stderr: "",
          });
        }
      }
    });
  }
});

/** Does what a warning says is to be done. */
function follow(warning: string): void {
  expect(run(["sh", "-c", warning.slice(warning.indexOf(": mv ") + 2)])).toMatchObject({
    code: 0,
    stderr: "",
  });
}

describe("a head that no kit here knows is found out before go fails, and the advice helps", () => {
  const foreign: Record<string, { note: string; told: string; fails: RegExp }> = {
    "a later one of the log": {
      note: db.headAt(67_000),
      told: "a tree head of 67000 records, for which no kit here has a proof",
      fails: /checking tree#67000/,
    },
    "one of the log's between two kits": {
      note: db.headAt(1000),
      told: "a tree head of 1000 records, for which no kit here has a proof",
      fails: /checking tree#1000/,
    },
    "one of another log, as long as the kit's": {
      note: db.headAt(66_100, { fork: true }),
      told: "a tree head of 66100 records that belongs to another log",
      fails: /inconsistent|SECURITY ERROR/,
    },
    "one of another log, as long as an earlier kit's": {
      note: db.headAt(300, { fork: true }),
      told: "a tree head of 300 records that belongs to another log",
      fails: /inconsistent|SECURITY ERROR/,
    },
  };
  for (const [name, { note, told, fails }] of Object.entries(foreign)) {
    testIf("go", name, () => {
      const user = new User(note);
      const host = installed(older);
      const warning = install(host, newer, user);
      expect(warning).toContain(`${user.latest} remembers ${told}`);
      const failed = user.download(host, pathsOf(newModules));
      expect(failed).toMatchObject({ code: 1, stderr: expect.stringMatching(fails) });
      follow(warning);
      expect(user.download(host, pathsOf(oldModules, newModules))).toEqual(works);
      expect(install(host, newer, user)).toBe("");
    });
  }

  testIf("go", "also where go keeps the answers of its time online", async () => {
    const user = new User();
    const host = installed(newer);
    const online = newFolder("online");
    const tree = await proxyOf({ head: 67_000, modules: [295, 7] });
    for (const [path, data] of tree) write(join(online, path), data);
    expect(user.download(host, pathsOf([295, 7]), { GOPROXY: `file://${online}` })).toEqual(works);
    expect(readFileSync(user.latest, "utf8")).toBe(db.headAt(67_000));

    const warning = install(host, newer, user);
    expect(warning).toContain("67000 records");
    const all = pathsOf(newModules);
    expect(user.download(host, all).code).toBe(1);
    // The kept answers have that head too: it is not enough that it is forgotten.
    const copy = readFileSync(user.latest);
    rmSync(user.latest);
    expect(user.download(host, all)).toMatchObject({ code: 1, stderr: expect.stringContaining("67000") });
    writeFileSync(user.latest, copy);
    follow(warning);
    expect(user.download(host, all)).toEqual(works);
    expect(lstatSync(`${user.latest}.before-airgo`).isFile()).toBe(true);
  });

  testIf("go", "a file that is damaged stops go too", () => {
    const user = new User("go.sum database tree\n66100\n");
    const host = installed(newer);
    const { stderr } = host.script(newer, ["--prefix", host.prefix, "--insecure-no-signature"], {
      env: { GOPATH: user.gopath },
    });
    const warning = stderr.split("\n").find((line) => line.includes(user.latest)) ?? "";
    expect(warning).toContain("holds no tree head that go can read");
    expect(user.download(host, pathsOf(newModules))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("malformed note"),
    });
    follow(warning);
    expect(user.download(host, pathsOf(newModules))).toEqual(works);
  });

  testIf("go", "an empty file is none to go", () => {
    const user = new User("");
    const host = installed(newer);
    expect(install(host, newer, user)).toBe("");
    expect(user.download(host, pathsOf(newModules))).toEqual(works);
  });
});

describe("private modules, which are in no database", () => {
  const hidden = "git.corp.example/team/hidden";

  testIf("go", "come from the kit by the name it has for them, also where GOPRIVATE names them", async () => {
    const heads = { head: 300, modules: [7], hidden: [hidden] };
    const host = installed(await kitOf({ ...heads, nosumdb: "git.corp.example/*" }));
    for (const env of [
      {},
      { GOPRIVATE: "git.corp.example" },
      { GOPRIVATE: "other.example", GONOSUMDB: "other.example" },
      { GONOSUMDB: "git.corp.example/team/*" },
    ])
      expect({ env, ...new User().download(host, [hidden, moduleOf(7)], env) }).toEqual({
        env,
        code: 0,
        stdout: "",
        stderr: "",
      });
    const without = installed(await kitOf(heads));
    expect(new User().download(without, [hidden])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(hidden),
    });
  });

  testIf("go", "do not keep others from being checked", async () => {
    const kit = await kitOf({ head: 300, modules: [7], hidden: [hidden], nosumdb: "git.corp.example/*" });
    const host = installed(kit);
    const forged = filesOf(moduleOf(7)).map((file) => ({ ...file, data: `${file.data}\n` }));
    writeFileSync(host.path("proxy", moduleOf(7), "@v/v1.0.0.zip"), makeZip(forged));
    expect(new User().download(host, [moduleOf(7)], { GOPRIVATE: "git.corp.example" })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("SECURITY ERROR"),
    });
  });
});
