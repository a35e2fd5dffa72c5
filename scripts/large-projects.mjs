// Tries docs/promises.md on large published projects: builds a kit's folder of each from the real module proxy, then
// runs every command of the page for its scope on a host without a network, with its go.sum and without.
// usage: npm run large-projects -- [--only NAME,...] [--packages PATTERN] [--keep FOLDER]
// --packages takes the place of each project's own choice of packages to compile: ./... takes an hour and more.
// --keep leaves downloads and kits in that folder for the next run. It needs go on PATH, unshare, ip and tar.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { removeTree } from "../dist/support/trees.js";
import { buildKitFolders, offlineHost, unpackGo } from "../test/live/support/kits.mjs";
import { fillIn, promisedBy, readPromises } from "../test/live/support/promise-table.mjs";

/**
 * Without local replacements, with over 150 modules in the graph. `packages` are compiled where the page compiles; `main` is
 * run, and without it `go run` is left out, because it would compile most of the project; `required` and `package` are
 * what the page writes in capitals.
 */
const projects = [
  {
    name: "prometheus",
    module: "github.com/prometheus/prometheus@v0.315.0",
    scope: "all",
    packages: "./model/labels/... ./model/relabel/... ./promql/parser/...",
    required: "github.com/stretchr/testify",
    package: "github.com/stretchr/testify/suite",
  },
  {
    name: "helm",
    module: "helm.sh/helm/v3@v3.18.0",
    scope: "tidy",
    packages: "./pkg/chart/... ./pkg/strvals/...",
    required: "github.com/spf13/cobra",
  },
  {
    name: "caddy",
    module: "github.com/caddyserver/caddy/v2@v2.10.0",
    scope: "build",
    packages: "./caddyconfig/... ./internal/...",
    main: "./cmd/caddy version",
    required: "github.com/spf13/cobra",
  },
  {
    // At go 1.12: its go.mod does not name all that it takes, and so everything is carried.
    name: "hugo",
    module: "github.com/gohugoio/hugo@v0.80.0",
    scope: "build",
    packages: "./common/text ./common/types ./compare",
    required: "github.com/spf13/cobra",
    package: "github.com/spf13/cobra/doc",
  },
];

const { values: options } = parseArgs({
  options: { only: { type: "string" }, packages: { type: "string" }, keep: { type: "string" } },
});
const root = options.keep === undefined ? mkdtempSync(join(tmpdir(), "airgo-large-")) : resolve(options.keep);
mkdirSync(root, { recursive: true });
try {
  const names = options.only?.split(",");
  const rows = [];
  for (const project of projects.filter(({ name }) => names?.includes(name) ?? true))
    rows.push(await tryProject(project));
  printTable(rows);
  process.exitCode = rows.every(({ failed }) => failed.length === 0) ? 0 : 1;
} finally {
  if (options.keep === undefined) await removeTree(root);
}

async function tryProject(project) {
  const folder = download(project);
  const manifest = join(root, `${project.name}.yaml`);
  const arch = { x64: "amd64", arm64: "arm64" }[process.arch];
  writeFileSync(
    manifest,
    `version: 1\nkits:\n  ${project.name}:\n    go: [stable]\n    arch: [${arch}]\n    modules: [{ path: ${project.name}/go.mod, scope: ${project.scope} }]\n`,
  );
  const { kits, error } = await buildKitFolders({ manifest, store: join(root, "store"), out: freshFolder() });
  if (kits === undefined) throw new Error(`${project.name}: ${JSON.stringify(error, undefined, 2)}`);
  const [kit] = kits;
  const goroot = join(root, `go${kit.goVersion}`);
  if (!existsSync(goroot)) await unpackGo(kit.folder, goroot);
  const host = offlineHost({ goroot, scratch: root });
  const results = [];
  for (const { sums, command } of commandsFor(project, kit)) {
    const env = {
      // A published module may hold its go.work without the modules that it uses.
      GOWORK: "off",
      ...(sums === "none" ? { GOFLAGS: "-mod=mod" } : {}),
      // Cold at the first command alone, for unpacking hundreds of zips each time takes an hour: all that is in it came
      // from the kit.
      GOMODCACHE: join(root, `modules of ${project.name}, sums ${sums}`),
    };
    const { code, stdout, stderr, ms } = await host.run(command, {
      kit: kit.folder,
      project: folder,
      sums,
      env,
    });
    const verdict = code === 0 ? "passed" : `FAILED\n${`${stdout}${stderr}`.slice(-1500)}`;
    console.error(`${project.name}, sums ${sums}: ${command}: ${(ms / 1000).toFixed(1)} s, ${verdict}`);
    results.push({ command, isPassed: code === 0, ms });
  }
  const text = readFileSync(join(folder, "go.mod"), "utf8");
  return { project, kit, goLine: /^go (\S+)/m.exec(text)?.[1], ...countsOf(results) };
}

function countsOf(results) {
  return {
    passed: results.filter(({ isPassed }) => isPassed),
    failed: results.filter(({ isPassed }) => !isPassed),
    hostMs: results.reduce((sum, { ms }) => sum + ms, 0),
  };
}

/** A copy of the published source: what the module proxy serves as its zip. */
function download({ name, module }) {
  const folder = join(root, name);
  if (existsSync(folder)) return folder;
  const env = { ...process.env, GOFLAGS: "-modcacherw", GOPATH: join(root, "gopath"), GOTOOLCHAIN: "local" };
  const told = execFileSync("go", ["mod", "download", "-json", module], { cwd: root, env, encoding: "utf8" });
  cpSync(JSON.parse(told).Dir, folder, { recursive: true });
  return folder;
}

function freshFolder() {
  return mkdtempSync(join(root, "kits-"));
}

/** Every command of the page for the scope: with the go.sum as it is, and what stands for it where there is none. */
function commandsFor(project, kit) {
  const [{ modules }] = kit.inputs;
  // What an old go.mod leaves out makes every scope carry all.
  const isWhole = kit.inputs[0].listed.length === 0;
  const find = (path) => modules.find((key) => key.startsWith(`${path}@`)) ?? `${path}@none`;
  const names = { REQUIRED: find(project.required), PACKAGE: project.package };
  const promised = promisedBy(isWhole ? "all" : project.scope, readPromises()).filter(
    ({ command }) => project.main !== undefined || command !== "go run .",
  );
  const cut = (command) => compileOnly(fillIn(command, names), project);
  return [
    ...promised.map(({ command }) => ({ sums: "as they are", command: cut(command) })),
    ...promised.flatMap(({ withoutSums }) =>
      withoutSums === undefined ? [] : [{ sums: "none", command: cut(withoutSums) }],
    ),
  ];
}

/** What compiles does so for some packages only; what looks at imports looks at all. */
function compileOnly(command, { packages, main }) {
  return (
    command
      .replace(/\bgo (build|vet|test) \.\/\.\.\./, (_, verb) => `go ${verb} ${options.packages ?? packages}`)
      // Whether its tests pass is the project's affair.
      .replace("go test ", () => "go test -run '^$' ")
      .replace("go run .", `go run ${main}`)
  );
}

function printTable(rows) {
  printRow([
    "project",
    "go line",
    "in the graph",
    "scope",
    "zips",
    "MB",
    "kit, s",
    "host, s",
    "passed",
    "failed",
  ]);
  printRow(Array.from({ length: 10 }, () => "---"));
  for (const { project, kit, goLine, passed, failed, hostMs } of rows) {
    const [{ modules, listed }] = kit.inputs;
    printRow([
      project.module,
      goLine,
      modules.length + listed.length,
      project.scope,
      kit.zips,
      Math.round(kit.zipBytes / 1e6),
      Math.round(kit.ms / 1000),
      Math.round(hostMs / 1000),
      passed.length,
      failed.length,
    ]);
  }
}

function printRow(cells) {
  console.log(`| ${cells.join(" | ")} |`);
}
