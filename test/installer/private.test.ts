import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { testIf } from "../support/tools.js";
import { Host, makeWorkspace, removeWorkspace, run, shells, type Finished } from "./harness.js";

/*
 * Private modules are in no checksum database. A kit that has some names them, and the installed go takes them from the
 * kit as it takes all others: nothing the user has set is lost, and nothing is fetched past the kit.
 */

const workspace = makeWorkspace();
/** With every character that a pattern may have, and with all that a shell could take for its own. */
const odd = "~a.B_9-/?[a-c]*[!x]/[^y]";
const corp = "git.corp.example/*";
const bank = "*.bank.example";
let corpKit: TinyKit;
let bankKit: TinyKit;
let publicKit: TinyKit;
let host: Host;
let hosts = 0;

beforeAll(async () => {
  corpKit = await writeTinyKit(join(workspace, "kits"), { name: "corp", nosumdb: `${corp},${odd}` });
  bankKit = await writeTinyKit(join(workspace, "kits"), { name: "bank", nosumdb: `${bank},${corp}` });
  publicKit = await writeTinyKit(join(workspace, "kits"), { name: "public" });
  host = installed(corpKit);
});
afterAll(() => removeWorkspace(workspace));

function install(on: Host, kit: TinyKit, env: Readonly<Record<string, string>> = {}): Finished {
  return on.script(kit, ["--prefix", on.prefix, "--insecure-no-signature"], { env });
}

function newHost(): Host {
  hosts += 1;
  return new Host(workspace, `prefix-${hosts}`);
}

function installed(...kits: readonly TinyKit[]): Host {
  const fresh = newHost();
  for (const kit of kits) expect(install(fresh, kit)).toMatchObject({ code: 0 });
  return fresh;
}

const names = ["GONOSUMDB", "GONOPROXY", "GOPRIVATE", "GOPROXY"] as const;
type Settings = Partial<Record<(typeof names)[number], string>>;

/** What the real go is started with. */
function seen(on: Host, env: Settings, shell: readonly string[] = [], program = "go"): Settings {
  const bin = on.path("current/bin");
  // In a folder where the patterns would find something, and with nothing else on PATH.
  const [first = "", ...rest] = shell;
  const found = run(
    [...(first === "" ? [] : [toolPath(first), ...rest]), join(bin, program), "env", ...names],
    {
      cwd: join(workspace, "globs"),
      env: { ...env, PATH: bin },
    },
  );
  expect(found).toMatchObject({ code: 0, stderr: "" });
  const values = found.stdout.split("\n");
  return Object.fromEntries(names.map((name, index) => [name, values[index]]).filter(([, value]) => value));
}

function toolPath(name: string): string {
  return run(["sh", "-c", 'command -v "$1"', "sh", name]).stdout.trim();
}

const sorted = (list: string | undefined): string[] => (list ?? "").split(",").sort();

describe("what the installed go is started with", () => {
  beforeAll(() => {
    mkdirSync(join(workspace, "globs", "git.corp.example", "found"), { recursive: true });
    mkdirSync(join(workspace, "globs", "x.bank.example"));
  });

  for (const [name, shell] of Object.entries({ ...shells, "the system's sh": ["sh"] as const })) {
    testIf(shell[0], `is the same in every shell: ${name}`, () => {
      const url = `file://${host.path("proxy")}`;
      const all = [corp, odd].sort().join(",");
      const theirs = "their.example/*,a b";
      const cases: [set: Settings, seen: Settings][] = [
        [{}, { GONOSUMDB: all }],
        [{ GONOSUMDB: "", GOPRIVATE: "", GONOPROXY: "" }, { GONOSUMDB: all }],
        [{ GONOSUMDB: theirs }, { GONOSUMDB: `${theirs},${all}` }],
        [{ GONOSUMDB: `${corp},${theirs}` }, { GONOSUMDB: `${corp},${theirs},${odd}` }],
        // Part of a name is not the name.
        [{ GONOSUMDB: `x${corp},${corp}x` }, { GONOSUMDB: `x${corp},${corp}x,${all}` }],
        [{ GOPRIVATE: theirs }, { GOPRIVATE: theirs, GONOSUMDB: `${theirs},${all}`, GONOPROXY: "none" }],
        [
          { GOPRIVATE: theirs, GONOPROXY: "mine.example" },
          { GOPRIVATE: theirs, GONOSUMDB: `${theirs},${all}`, GONOPROXY: "mine.example" },
        ],
        [
          { GOPRIVATE: theirs, GONOSUMDB: corp, GONOPROXY: "mine.example" },
          { GOPRIVATE: theirs, GONOSUMDB: `${corp},${odd}`, GONOPROXY: "mine.example" },
        ],
        [{ GONOPROXY: "mine.example" }, { GONOSUMDB: all, GONOPROXY: "mine.example" }],
      ];
      for (const [set, expected] of cases)
        expect({ set, seen: seen(host, set, shell) }).toEqual({ set, seen: { GOPROXY: url, ...expected } });
    });
  }

  test("is so for every program of the generation that runs go", () => {
    expect(seen(host, {}, [], "go1.98.7")).toEqual(seen(host, {}));
  });

  test("GOPRIVATE keeps its exception from a proxy that is not the kit's: it must not hear of private names", () => {
    const url = `file://${host.path("proxy")}`;
    for (const GOPROXY of ["https://proxy.example.org", `${url},https://proxy.example.org`, "direct"])
      expect(seen(host, { GOPROXY, GOPRIVATE: bank })).toEqual({
        GOPROXY,
        GOPRIVATE: bank,
        GONOSUMDB: [bank, corp, odd].join(","),
      });
    expect(seen(host, { GOPROXY: `${url},off`, GOPRIVATE: bank })).toMatchObject({ GONOPROXY: "none" });
  });

  test("a kit of public modules sets none of it", () => {
    const plain = installed(publicKit);
    const GOPROXY = `file://${plain.path("proxy")}`;
    expect(seen(plain, {})).toEqual({ GOPROXY });
    expect(seen(plain, { GOPRIVATE: bank })).toEqual({ GOPROXY, GOPRIVATE: bank });
    expect(plain.read("current/bin/go")).not.toMatch(/GONO|GOPRIVATE/);
  });
});

describe("the kits of one generation", () => {
  test("have their patterns in it together, in whatever order they came; a kit that is replaced takes its own away", async () => {
    const both = installed(corpKit, bankKit);
    const all = [corp, bank, odd].sort();
    expect(sorted(seen(both, {}).GONOSUMDB)).toEqual(all);
    expect(seen(installed(bankKit, publicKit, corpKit), {}).GONOSUMDB).toBe(seen(both, {}).GONOSUMDB);
    expect(readFileSync(both.path("generations/1/bin/go"), "utf8")).not.toContain(bank);

    const without = await writeTinyKit(join(workspace, "kits"), { name: "corp", serial: 2 });
    expect(install(both, without)).toMatchObject({ code: 0 });
    expect(sorted(seen(both, {}).GONOSUMDB)).toEqual([bank, corp].sort());
    expect(install(both, without)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("already current"),
    });
  });

  test("whose papers are gone are told, since their private modules may now be refused", () => {
    const both = installed(corpKit, bankKit);
    rmSync(both.path("kits", `corp-1-${corpKit.id}`), { recursive: true });
    const done = install(both, publicKit);
    expect(done).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/WARNING: .*the kit corp, serial 1, are gone/),
    });
    expect(sorted(seen(both, {}).GONOSUMDB)).toEqual([bank, corp].sort());
  });
});

test("papers that are not in their form are not built upon", () => {
  const both = installed(corpKit);
  const papers = both.path("kits", `corp-1-${corpKit.id}`, "kit/kit.tsv");
  writeFileSync(papers, readFileSync(papers, "utf8").replace(/^nosumdb\t.*$/m, "nosumdb\ta$(b)"));
  const before = both.snapshot();
  expect(install(both, publicKit)).toMatchObject({
    code: 8,
    stderr: expect.stringMatching(/AIRGO_INSTALLED_DAMAGED[^]*kit\.tsv\n[^]*nosumdb: a\$\(b\)/),
  });
  expect(both.snapshot()).toBe(before);
});

describe("what is told", () => {
  test("which modules no database vouches for, at the end, for editors, and in the receipt", () => {
    const fresh = newHost();
    const all = [corp, odd].sort().join(",");
    for (const ending of ["installed: ", "already current"]) {
      const { stdout } = install(fresh, corpKit);
      expect(stdout).toContain(ending);
      expect(stdout).toContain(`only a go.sum vouches for them: ${all}\n`);
    }
    expect(install(newHost(), corpKit).stdout).toContain(`  GONOSUMDB='${all}'\n`);
    const receipt = JSON.parse(fresh.read("kits", `corp-1-${corpKit.id}`, "receipt.json")) as {
      notChecked: { what: string }[];
    };
    expect(receipt.notChecked.map(({ what }) => what)).toContain(
      `modules named ${corp},${odd}, with a checksum database`,
    );
    const plain = install(newHost(), publicKit).stdout;
    expect(plain).not.toMatch(/GONOSUMDB|private/);
  });

  test("what GOPRIVATE, GONOPROXY and GONOSUMDB still change, and nothing where they change nothing", () => {
    const unchecked = "not check the modules it names with the checksum database";
    const past = "fetch the modules it names past the kit";
    const cases: [kit: TinyKit, set: Settings, told: string[]][] = [
      [publicKit, { GOPRIVATE: bank }, [`GOPRIVATE: ${past}, and ${unchecked}`]],
      [publicKit, { GOPRIVATE: bank, GONOPROXY: "none" }, [`GOPRIVATE: ${unchecked}`]],
      [publicKit, { GOPRIVATE: bank, GONOSUMDB: "none" }, [`GOPRIVATE: ${past}`]],
      [publicKit, { GOPRIVATE: bank, GONOSUMDB: corp }, [`GOPRIVATE: ${past}`, `GONOSUMDB: ${unchecked}`]],
      [publicKit, { GOPRIVATE: bank, GONOSUMDB: "none", GONOPROXY: "none" }, []],
      [corpKit, { GOPRIVATE: bank }, [`GOPRIVATE: ${unchecked}`]],
      [corpKit, { GOPRIVATE: corp }, []],
      [corpKit, { GONOSUMDB: `${odd},${corp}` }, []],
      [corpKit, { GONOSUMDB: `${odd},${bank}` }, [`GONOSUMDB: ${unchecked}`]],
      [corpKit, { GOPRIVATE: corp, GONOPROXY: corp }, [`GONOPROXY: ${past}`]],
      [corpKit, { GOPRIVATE: corp, GOPROXY: "direct" }, ["GOPROXY: ", `GOPRIVATE: ${past}`]],
    ];
    const prefixes = new Map([publicKit, corpKit].map((kit) => [kit, newHost()]));
    for (const [kit, set, told] of cases) {
      const { stderr } = install(prefixes.get(kit) ?? host, kit, set);
      const warnings = stderr.split("\n").slice(1, -1);
      const found = warnings.map((line) =>
        line.replace(/^WARNING: (\w+) is set to .*: unset it, or this go will (.*)$/, "$1: $2"),
      );
      expect({ kit: kit.name, set, found }).toEqual({
        kit: kit.name,
        set,
        found: told.map((text) =>
          expect.stringMatching(new RegExp(`^${text}${text.endsWith(" ") ? "" : "$"}`)),
        ),
      });
    }
  });
});

describe("a kit whose patterns are not in the form they must have ends 8, in every shell", () => {
  for (const [name, shell] of Object.entries(shells)) {
    testIf(shell[0], name, async () => {
      for (const nosumdb of [
        "a b",
        "a'b",
        "$(a)",
        "a`b",
        "a\\b",
        'a"b',
        "a;b",
        "{a}",
        "a@b",
        "a,,b",
        ",a",
        "a,",
        "ä",
        ",",
      ]) {
        const kit = await writeTinyKit(join(workspace, "bad"), { nosumdb, versions: ["1.99.2"] });
        const fresh = newHost();
        const done = fresh.script(kit, ["verify", "--insecure-no-signature"], { shell });
        expect({ nosumdb, ...done }).toMatchObject({
          nosumdb,
          code: 8,
          stderr: expect.stringMatching(/AIRGO_KIT_INVALID[^]*nosumdb: /),
        });
      }
      expect(newHost().script(corpKit, ["verify", "--insecure-no-signature"], { shell }).code).toBe(0);
    });
  }
});
