import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { removeTree } from "../support/airgo.js";
import { buildKitFolders, offlineHost, unpackGo, type OfflineHost } from "./support/kits.mjs";
import {
  fillIn,
  promisedBy,
  readPromises,
  scopes,
  type Names,
  type Promised,
  type Scope,
} from "./support/promise-table.mjs";
import { liveNeeds } from "./support/reach.js";

/*
 * The table of docs/promises.md, taken at its word, with the sample service: a kit for each scope, from the real module
 * proxy; then a host without a network and with cold caches for each command.
 */

const needs = liveNeeds([]);
const live = needs.length === 0 ? describe : describe.skip;
const why = needs.length === 0 ? "" : ` (skipped: ${needs.join(", ")})`;

const promises = readPromises();

let root: string;
let service: string;
let host: OfflineHost;
let names: Names;

live(`what docs/promises.md promises${why}`, () => {
  beforeAll(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "airgo-promises-")));
    service = join(root, "service");
    cpSync("docs/examples/service", service, { recursive: true });
    const arch = process.arch === "arm64" ? "arm64" : "amd64";
    const kits = scopes.map(
      (scope) =>
        `  ${scope}: { go: [stable], arch: [${arch}], modules: [{ path: service/go.mod, scope: ${scope} }] }\n`,
    );
    writeFileSync(join(root, "bundles.yaml"), `version: 1\nkits:\n${kits.join("")}`);
    const job = { manifest: join(root, "bundles.yaml"), store: join(root, "store"), out: join(root, "kits") };
    const built = await buildKitFolders(job);
    expect(built).toMatchObject({ kits: scopes.map((name) => ({ name })) });
    names = namesIn(built.kits?.at(-1)?.inputs[0]?.modules ?? []);
    await unpackGo(kitOf("build"), join(root, "goroot"));
    host = offlineHost({ goroot: join(root, "goroot"), scratch: root });
  }, 300_000);
  afterAll(() => removeTree(root));

  test("the page has commands for every scope", () => {
    expect(new Set(promises.map(({ scope }) => scope))).toEqual(new Set(scopes));
    const rows = readFileSync("docs/promises.md", "utf8").match(/^\| `[^|]*\bgo [^|]*` \|/gm) ?? [];
    expect(promises).toHaveLength(rows.length);
  });

  for (const scope of scopes) {
    test.each(promisedBy(scope, promises).filter((one) => one.scope === scope || asksForModules(one)))(
      `scope ${scope}, with its go.sum: $command`,
      async ({ command }) => {
        await expectDone(command, scope, "as they are");
      },
      300_000,
    );

    const bare = promises.flatMap((one) => (one.scope === scope ? (one.withoutSums ?? []) : []));
    test.each(bare)(
      `scope ${scope}, with no go.sum: %s`,
      async (command) => {
        await expectDone(command, scope, "none");
      },
      300_000,
    );
  }

  test.each(["tidy", "all"] as const)("scope %s has zips that a narrower one lacks", async (scope) => {
    const { command = "" } = promises.find((promise) => promise.scope === scope) ?? {};
    const result = await run(command, scope === "all" ? "tidy" : "build", "as they are");
    expect(result.code).not.toBe(0);
    expect(result.stderr).toMatch(/\.zip: no such file/);
  });

  test("a wider kit has every file of a narrower one, and all but the lists are the same", () => {
    for (const [narrow, wide] of [
      ["build", "tidy"],
      ["tidy", "all"],
    ] as const) {
      const [few, many] = [filesOf(narrow), filesOf(wide)];
      expect([...few.keys()].filter((name) => !many.has(name))).toEqual([]);
      const others = [...few].filter(
        ([name, data]) => !name.endsWith("/list") && !many.get(name)?.equals(data),
      );
      expect(others.map(([name]) => name)).toEqual([]);
      expect(many.size).toBeGreaterThan(few.size);
    }
  });
});

/**
 * Whether a wider kit could answer otherwise: of a narrower one it has every file, but for the lists, as a test below
 * shows, and packages are found and compiled from zips alone.
 */
function asksForModules({ command }: Promised): boolean {
  return /^go (?:get|list -m|mod) /.test(command);
}

function kitOf(scope: Scope): string {
  return join(root, "kits", scope);
}

/** The module files of a kit's proxy tree. */
function filesOf(scope: Scope): Map<string, Buffer> {
  const entries = readdirSync(join(kitOf(scope), "proxy"), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.map((file) => [file.slice(kitOf(scope).length), readFileSync(file)]));
}

/** What the page's capitals stand for in the sample service. */
function namesIn(modules: readonly string[]): Names {
  const cobra = "github.com/spf13/cobra";
  return {
    REQUIRED: modules.find((module) => module.startsWith(`${cobra}@`)) ?? "",
    PACKAGE: "github.com/prometheus/client_golang/prometheus/push",
  };
}

function run(command: string, scope: Scope, sums: "as they are" | "none") {
  const env = sums === "none" ? { GOFLAGS: "-mod=mod" } : {};
  return host.run(fillIn(command, names), { kit: kitOf(scope), project: service, sums, env });
}

async function expectDone(command: string, scope: Scope, sums: "as they are" | "none"): Promise<void> {
  const { code, stderr } = await run(command, scope, sums);
  if (code !== 0) throw new Error(`exit code ${code}\n${stderr.slice(-3000)}`);
}
