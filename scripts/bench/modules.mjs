// npm run bench:modules [ROUNDS]: a large go.mod from cold caches, graph and snapshot included, by airgo and, in turn, by
// `go mod download` of the same Go. Needs nothing but a module proxy (GOPROXY). Only the toolchain is warm for both.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { median, seconds, table } from "./figures.mjs";
import { prepare } from "./prepare.mjs";

const module = { path: "github.com/prometheus/prometheus", version: "v0.315.0" };
const rounds = Number(process.argv[2] ?? 5);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error("usage: npm run bench:modules [ROUNDS]");
  process.exit(2);
}
const child = fileURLToPath(new URL("resolve-and-fetch.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "airgo-bench-"));

/** Runs a command and gives its wall time and the CPU time of it and its children; milliseconds. */
function timed(argv, options) {
  const started = performance.now();
  const script = '"$@" >&2 || exit 1; times';
  const result = spawnSync("sh", ["-c", script, "sh", ...argv], { encoding: "utf8", ...options });
  const wall = performance.now() - started;
  if (result.status !== 0) throw new Error(`${argv.join(" ")} failed:\n${result.stderr}`);
  // The second line is of the children: `0m1.234s 0m0.567s`.
  const [user = 0, system = 0] = [...(result.stdout.split("\n")[1] ?? "").matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, rest]) => (Number(minutes) * 60 + Number(rest)) * 1000,
  );
  return { wall, cpu: user + system };
}

function airgoRound(round, { project, warmStore }) {
  const store = join(folder, `store-${round}`);
  const report = join(folder, `report-${round}.json`);
  // What is warm is copied beforehand; nothing is removed until the end, since that would slow the next round's writing.
  cpSync(warmStore, store, { recursive: true, preserveTimestamps: true });
  const time = timed([process.execPath, child, join(project, "bundles.yaml"), store, report]);
  return { ...time, report: JSON.parse(readFileSync(report, "utf8")) };
}

function goRound(round, { project, goroot, goproxy }) {
  const work = join(folder, `go-${round}`);
  mkdirSync(work);
  for (const name of ["go.mod", "go.sum"]) writeFileSync(join(work, name), readFileSync(join(project, name)));
  const env = {
    PATH: process.env.PATH,
    HOME: work,
    GOPATH: join(work, "gopath"),
    GOENV: "off",
    GOPROXY: goproxy,
    GOTOOLCHAIN: "local",
    GOFLAGS: "-modcacherw",
    SSL_CERT_FILE: process.env.SSL_CERT_FILE ?? process.env.NODE_EXTRA_CA_CERTS ?? "",
  };
  return timed([join(goroot, "bin", "go"), "mod", "download"], { cwd: work, env });
}

try {
  const bench = await prepare(folder, module);
  console.log(
    `${module.path}@${module.version}, scope build, go${bench.goVersion}, ${rounds} rounds in turn; seconds\n`,
  );
  const airgo = [];
  const go = [];
  for (let round = 1; round <= rounds; round++) {
    airgo.push(airgoRound(round, bench));
    go.push(goRound(round, bench));
    console.log(
      `round ${round}: airgo ${seconds(airgo.at(-1).wall)} wall ${seconds(airgo.at(-1).cpu)} CPU, ` +
        `go mod download ${seconds(go.at(-1).wall)} wall ${seconds(go.at(-1).cpu)} CPU`,
    );
  }
  const ratio = (key) => median(airgo.map((one) => one[key])) / median(go.map((one) => one[key]));
  console.log("");
  console.log(
    table([
      ["median", "airgo", "go mod download", "ratio"],
      ...["wall", "cpu"].map((key) => [
        key,
        seconds(median(airgo.map((one) => one[key]))),
        seconds(median(go.map((one) => one[key]))),
        `${ratio(key).toFixed(2)} (1/${(1 / ratio(key)).toFixed(1)})`,
      ]),
    ]),
  );
  const { report } = airgo.toSorted((a, b) => a.wall - b.wall)[Math.floor(airgo.length / 2)];
  const { phases, traffic } = report;
  console.log("\nWhere the time of the median round went (seconds from the start of the work):");
  console.log(
    table([
      ["go starts to list the graph", seconds(phases.goStarted)],
      ["go has listed it", seconds(phases.goEnded)],
      ["the last zip is hashed", seconds(phases.lastZipHashed)],
      ["all is proven (resolve ends)", seconds(phases.resolved)],
      ["all is in the store (fetch ends)", seconds(phases.fetched)],
    ]),
  );
  console.log(
    `\n${report.modules} versions in the graph, ${report.zips} zips, ${(report.zipBytes / 1e6).toFixed(0)} MB; ` +
      `${traffic.misses} requests, ${seconds(traffic.ms)} s of transfers side by side. The longest:`,
  );
  console.log(
    table(
      report.slowest.map((row) => [
        row.subject,
        `${row.misses} requests`,
        `${(row.bytes / 1e6).toFixed(1)} MB`,
        seconds(row.ms),
      ]),
    ),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
