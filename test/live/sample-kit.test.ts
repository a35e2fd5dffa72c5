import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { removeTree } from "../support/airgo.js";
import { fencedBlocks } from "../support/docs.js";
import { findTool } from "../support/tools.js";

/*
 * The README, taken at its word, with the real module proxy: a fresh clone, an empty home and empty caches; then an
 * operator without a network.
 */

const proxy = goProxy();
const needs = [
  ...(process.env["AIRGO_LIVE_TESTS"] === "0" ? ["AIRGO_LIVE_TESTS is 0"] : []),
  ...["git", "npm", "openssl", "python3", "tar", "unshare"]
    .filter((tool) => findTool(tool) === undefined)
    .map((tool) => `no ${tool}`),
  ...((await isReachable(proxy)) ? [] : ["the module proxy is not reachable"]),
];
const live = needs.length === 0 ? describe : describe.skip;
const why = needs.length === 0 ? "" : ` (skipped: ${needs.join(", ")})`;

let root: string;
let clone: string;
let kit: string;

/** A run of a shell script with nothing of this process's environment but what is given. */
function shell(script: string, cwd: string, env: Record<string, string>, isolated = false) {
  const argv = ["sh", "-ec", isolated ? `ip link set lo up 2>/dev/null || :\n${script}` : script];
  const [command = "", ...args] = isolated ? ["unshare", "-rn", ...argv] : argv;
  return spawnSync(command, args, { cwd, env, encoding: "utf8", maxBuffer: 64 << 20 });
}

function expectDone(result: ReturnType<typeof shell>): void {
  if (result.status !== 0)
    throw new Error(
      `exit code ${result.status}\n${result.stdout.slice(-3000)}\n${result.stderr.slice(-3000)}`,
    );
}

/** What a builder has: a home and caches of its own, empty at first, and this machine's way to the network. */
function builder(): Record<string, string> {
  const ways = Object.entries(process.env).filter(([name]) =>
    /^(NODE_EXTRA_CA_CERTS|https?_proxy|no_proxy|npm_config_.*)$/i.test(name),
  );
  const passed = Object.fromEntries(ways.map(([name, value]) => [name, value ?? ""]));
  return { ...passed, PATH: process.env["PATH"] ?? "", HOME: join(root, "builder"), GOPROXY: proxy };
}

/** Where the kit is installed: a file URL and a shell have to quote every one of these characters. */
function prefix(): string {
  return join(root, "p r,e%|x");
}

/**
 * What an operator has: an empty home, the system's tools, and the installed kit in front of them. Only the build cache,
 * empty at first, is shared, so that the standard library is compiled once.
 */
function operator(home = "operator"): Record<string, string> {
  mkdirSync(join(root, home), { recursive: true });
  const path = `${join(prefix(), "current", "bin")}:/usr/bin:/bin`;
  return { PATH: path, HOME: join(root, home), GOCACHE: join(root, "gocache") };
}

live(`the sample kit${why}`, () => {
  beforeAll(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "airgo-live-")));
    clone = join(root, "clone");
    mkdirSync(join(root, "builder"));
    execFileSync("git", ["clone", "--quiet", process.cwd(), clone]);
    expectDone(shell(fencedBlocks("README.md", "sh")[0] ?? "", clone, builder()));
    kit = realpathSync(join(clone, "kits", "starter", "latest"));
  }, 900_000);
  afterAll(() => removeTree(root));

  test("a second run says unchanged, and downloads nothing", () => {
    const result = shell("exec node dist/cli/main.js bundle", clone, {
      ...builder(),
      GOPROXY: "http://127.0.0.1:9",
    });
    expectDone(result);
    expect(result.stdout).toMatch(/^starter: unchanged/);
  });

  test("the operator's way of the README works without a network", () => {
    const carried = join(root, "carried");
    cpSync(kit, carried, { recursive: true });
    writeFileSync(join(carried, "KEY.pem"), readFileSync(join(kit, "dev.pub.pem")));
    const script = (fencedBlocks("README.md", "sh")[2] ?? "")
      .replaceAll("$HOME/airgo", prefix())
      .replaceAll("starter-ID", `starter-${kit.split("/").at(-1)}`);
    const result = shell(
      script,
      carried,
      { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: operator()["HOME"] ?? "" },
      true,
    );
    expectDone(result);
    expect(result.stdout).toContain("Verified OK");
    expect(result.stdout).toMatch(/^go version go1\.\d+\.\d+ linux\//m);
  }, 300_000);

  const commands = [
    "go mod download",
    "go mod verify",
    "go list -m all",
    "go build ./...",
    "go vet ./...",
    "go test ./...",
    "go mod tidy",
    "GOARCH=arm64 go build ./...",
    "GOARCH=amd64 go build ./...",
  ];

  test.each([
    ["with its go.sum", {}],
    ["with no go.sum, under GOFLAGS=-mod=mod", { GOFLAGS: "-mod=mod" }],
  ])(
    "the service is downloaded, verified, listed, built, vetted, tested and tidied offline, %s",
    (name, env) => {
      const isBare = Object.keys(env).length > 0;
      const service = join(root, `service-${isBare}`);
      cpSync("docs/examples/service", service, { recursive: true });
      if (isBare) rmSync(join(service, "go.sum"));
      const result = shell(commands.join("\n"), service, { ...operator(`home-${isBare}`), ...env }, true);
      expectDone(result);
      expect(readFileSync(join(service, "go.sum"), "utf8")).toBe(
        readFileSync("docs/examples/service/go.sum", "utf8"),
      );
      expect(readFileSync(join(service, "go.mod"), "utf8")).toBe(
        readFileSync("docs/examples/service/go.mod", "utf8"),
      );
      expect(name).not.toBe("");
    },
    600_000,
  );

  test("every module of the closure, the newest versions and upgrades are answered offline too", () => {
    const service = join(root, "service-more");
    cpSync("docs/examples/service", service, { recursive: true });
    const script =
      "go mod download all\ngo list -m -u all\ngo list -m -versions github.com/spf13/cobra\ngo get github.com/spf13/cobra@latest\ngo mod vendor";
    expectDone(shell(script, service, operator("home-more"), true));
  }, 300_000);

  test("an older Go of the kit is there by its name, and is taken for a go.mod that names it", () => {
    const names = readdirSync(join(prefix(), "current", "bin")).filter((name) => name.startsWith("go1."));
    expect(names).toHaveLength(2);
    for (const name of names) {
      const result = shell(`${name} version`, root, operator(), true);
      expect(result.stdout).toMatch(new RegExp(`^go version ${name} `));
    }
  });

  test("Go itself refuses a module that was changed by somebody whose key the operator trusts", () => {
    const evil = join(root, "evil");
    cpSync(join(root, "carried"), evil, { recursive: true });
    const [top = ""] = readdirSync(evil).filter((name) => /^starter-[0-9a-f]+$/.test(name));
    const zip = "proxy/github.com/spf13/cobra/@v";
    const script = `
      cd ${top}/${zip}
      name=$(ls *.zip)
      python3 - "$name" <<'X'
import sys, zipfile
name = sys.argv[1]
with zipfile.ZipFile(name) as old:
    entries = [(entry, old.read(entry)) for entry in old.infolist()]
with zipfile.ZipFile(name + ".new", "w", zipfile.ZIP_DEFLATED) as new:
    for entry, data in entries:
        new.writestr(entry.filename, data + b"// changed\\n" if entry.filename.endswith("/cobra.go") else data)
X
      mv "$name.new" "$name"
      cd "$OLDPWD/${top}"
      find . -type f ! -name SHA256SUMS | sed 's#^\\./##' | LC_ALL=C sort | xargs -d '\\n' sha256sum > SHA256SUMS
      cp SHA256SUMS ../contents.SHA256SUMS
      cd ..
      sha256sum README.txt contents.SHA256SUMS provenance.json rehearsal.json rehearsal.txt starter-*.tar > SHA256SUMS
      openssl ecparam -name prime256v1 -genkey -noout -out evil.pem
      openssl pkey -in evil.pem -pubout -out KEY.pem
      openssl dgst -sha256 -sign evil.pem -out SHA256SUMS.dev.sig SHA256SUMS
      sh ${top}/install.sh --prefix ${join(root, "evil-p")} --key KEY.pem --checks quick`;
    expectDone(
      shell(script, evil, { PATH: process.env["PATH"] ?? "", HOME: operator()["HOME"] ?? "" }, true),
    );
    const service = join(root, "service-evil");
    cpSync("docs/examples/service", service, { recursive: true });
    rmSync(join(service, "go.sum"));
    const env = {
      PATH: `${join(root, "evil-p", "current", "bin")}:/usr/bin:/bin`,
      HOME: join(root, "home-evil"),
      GOFLAGS: "-mod=mod",
    };
    const result = shell("go mod download all", service, env, true);
    expect(result.status).not.toBe(0);
    expect(result.stderr).toContain("SECURITY ERROR");
  }, 300_000);
});

/** Go's own setting, as the product finds it. */
function goProxy(): string {
  const fromEnv = process.env["GOPROXY"] ?? "";
  if (fromEnv !== "" || findTool("go") === undefined) return fromEnv;
  return execFileSync("go", ["env", "GOPROXY"], { encoding: "utf8" }).trim();
}

/** Asks in a process of its own: this one may not reach beyond loopback. */
async function isReachable(list: string): Promise<boolean> {
  const [first = ""] = list.split(/[,|]/);
  if (!first.startsWith("http")) return false;
  const script = `fetch(${JSON.stringify(`${first}/golang.org/toolchain/@v/list`)}).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`;
  return spawnSync(process.execPath, ["-e", script], { timeout: 30_000 }).status === 0;
}
