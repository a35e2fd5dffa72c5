import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { makeGoHome } from "../../support/go-home.js";

/** What the real go command says of a module zip. */
export type GoVerdict = { readonly sum: string; readonly goModSum: string } | { readonly error: string };

/** True when there is a go command to ask. */
export function isGoThere(): boolean {
  return spawnSync("go", ["version"]).status === 0;
}

/** Has the real go command download a zip as example.com/m@v1.0.0 from a file:// proxy, and unpack it. */
export function askGo(zip: Buffer): GoVerdict {
  const root = mkdtempSync(join(tmpdir(), "airgo-go-"));
  try {
    makeGoHome(root);
    const versions = join(root, "proxy", "example.com", "m", "@v");
    mkdirSync(versions, { recursive: true });
    writeFileSync(join(versions, "v1.0.0.info"), `{"Version":"v1.0.0","Time":"2020-01-01T00:00:00Z"}`);
    writeFileSync(join(versions, "v1.0.0.mod"), "module example.com/m\n");
    writeFileSync(join(versions, "v1.0.0.zip"), zip);
    const env = {
      PATH: process.env["PATH"],
      HOME: root,
      GOPATH: join(root, "go"),
      GOFLAGS: "-modcacherw",
      GOPROXY: pathToFileURL(join(root, "proxy")).href,
      GOSUMDB: "off",
      GOTOOLCHAIN: "local",
      GOENV: "off",
    };
    const run = spawnSync("go", ["mod", "download", "-json", "example.com/m@v1.0.0"], {
      cwd: root,
      env,
      encoding: "utf8",
    });
    const answer: unknown = JSON.parse(run.stdout);
    if (typeof answer !== "object" || answer === null) throw new Error(`go said: ${run.stdout}${run.stderr}`);
    if ("Error" in answer) return { error: String(answer.Error) };
    if ("Sum" in answer && "GoModSum" in answer)
      return { sum: String(answer.Sum), goModSum: String(answer.GoModSum) };
    throw new Error(`go said: ${run.stdout}`);
  } finally {
    execFileSync("chmod", ["-R", "u+w", root]);
    rmSync(root, { recursive: true, force: true });
  }
}

/** What `go mod edit -json` or `go work edit -json` reads in a file; undefined when it refuses the file. */
export function readByGo(kind: "mod" | "work", text: string): unknown {
  const root = mkdtempSync(join(tmpdir(), "airgo-go-"));
  try {
    makeGoHome(root);
    const file = join(root, `go.${kind}`);
    writeFileSync(file, text);
    const env = { PATH: process.env["PATH"], HOME: root, GOTOOLCHAIN: "local", GOENV: "off", GOWORK: "off" };
    const run = spawnSync("go", [kind, "edit", "-json", file], { cwd: root, env, encoding: "utf8" });
    return run.status === 0 ? (JSON.parse(run.stdout) as unknown) : undefined;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
