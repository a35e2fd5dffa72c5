import { execFileSync } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { makeProject, standardKit, type TestProject } from "../support/airgo.js";
import { findTool, testIf } from "../support/tools.js";

/** One kit, built once, that the tests below look at and build again. */
let project: TestProject;

beforeAll(async () => {
  project = await makeProject();
  const result = await project.airgo(["bundle", "--json"]);
  expect(result.events.filter((event) => event.type === "failed")).toEqual([]);
  expect(result.code).toBe(0);
});
afterAll(() => project.close());

describe("a finished kit", () => {
  test("is a folder with exactly what docs/kit-format.md says, named by its contents", async () => {
    const folder = await project.kit();
    const id = folder.split("/").at(-1) ?? "";
    expect((await readdir(folder)).sort()).toEqual(
      [
        "README.txt",
        "SHA256SUMS",
        "SHA256SUMS.dev.sig",
        "contents.SHA256SUMS",
        "dev.pub.pem",
        `k-${id}.tar`,
        "provenance.json",
        "rehearsal.json",
        "rehearsal.txt",
      ].sort(),
    );
    const digest = execFileSync("sha256sum", [join(folder, "contents.SHA256SUMS")], { encoding: "utf8" });
    expect(digest.slice(0, 12)).toBe(id);
  });

  testIf(["openssl", "sha256sum"], "verifies with openssl and sha256sum, as its README says", async () => {
    const folder = await project.kit();
    const readme = await readFile(join(folder, "README.txt"), "utf8");
    expect(readme).toContain("openssl dgst -sha256 -verify KEY.pem -signature SHA256SUMS.dev.sig SHA256SUMS");
    const args = [
      "dgst",
      "-sha256",
      "-verify",
      "dev.pub.pem",
      "-signature",
      "SHA256SUMS.dev.sig",
      "SHA256SUMS",
    ];
    expect(execFileSync("openssl", args, { cwd: folder, encoding: "utf8" })).toContain("Verified OK");
    expect(execFileSync("sha256sum", ["-c", "SHA256SUMS"], { cwd: folder, encoding: "utf8" })).not.toContain(
      "FAILED",
    );
  });

  test("holds the newest Go that both architectures have, and says which it passed over", async () => {
    const folder = await project.kit();
    const listing = execFileSync("tar", ["-tf", join(folder, `k-${folder.split("/").at(-1)}.tar`)], {
      encoding: "utf8",
    });
    expect(listing).toContain("toolchains/go1.90.1.common.tar.gz");
    expect(listing).not.toContain("1.90.2");
    const again = await makeProject(project.upstream);
    const { events } = await again.airgo(["bundle", "--json"]);
    expect(events.filter((event) => event.type === "note").map((event) => event.text)).toContain(
      "passed over: go1.90.2 is not listed for linux-arm64 yet",
    );
    await again.close();
  });

  test("was rehearsed where there is no network, and the transcript says how", async () => {
    const transcript = JSON.parse(await readFile(join(await project.kit(), "rehearsal.json"), "utf8")) as {
      isolation: string;
      commands: { shows: string; exitCode: number }[];
    };
    expect(transcript.commands.map(({ shows }) => shows)).toEqual([
      "install.sh into an empty prefix",
      "go1.90.1 builds and runs hello world",
      "go mod download of app/go.mod",
      "go mod download of app/go.mod, without a go.sum",
    ]);
    expect(transcript.commands.every(({ exitCode }) => exitCode === 0)).toBe(true);
    const canIsolate = findTool("unshare") !== undefined && runs("unshare", ["-rn", "true"]);
    expect(transcript.isolation).toBe(canIsolate ? "strong" : "weak");
  });

  test("names no address anywhere in the lock or the archive", async () => {
    const { host } = new URL(project.upstream.proxyUrl);
    const lock = await readFile(join(project.folder, "bundles.lock"), "utf8");
    expect(lock).not.toMatch(/https?:/);
    const folder = await project.kit();
    const archive = await readFile(join(folder, `k-${folder.split("/").at(-1)}.tar`));
    expect(archive.includes(host)).toBe(false);
    expect(archive.includes(project.folder)).toBe(false);
  });
});

describe("a second run", () => {
  test("says unchanged and asks nobody", async () => {
    const before = project.upstream.requests.length;
    const result = await project.airgo(["bundle"]);
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/^k: unchanged \(id [0-9a-f]{12}/);
    expect(project.upstream.requests).toHaveLength(before);
  });

  test("needs no proxy setting either", async () => {
    const other = await makeProject(project.upstream);
    await cp(join(project.folder, ".cache"), join(other.folder, ".cache"), { recursive: true });
    await cp(join(project.folder, "bundles.lock"), join(other.folder, "bundles.lock"));
    await other.manifest(standardKit, `{ sumdb: "${project.upstream.verifierKey}" }`);
    const before = project.upstream.requests.length;
    const result = await other.airgo(["bundle"], { env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } });
    expect(result.stderr).not.toContain("error");
    expect(result.code).toBe(0);
    expect(project.upstream.requests).toHaveLength(before);
    await other.close();
  });

  test("builds again when the archive is gone", async () => {
    const other = await makeProject(project.upstream);
    await other.airgo(["bundle"]);
    const first = await other.kit();
    await rm(first, { recursive: true });
    const result = await other.airgo(["bundle"]);
    expect(result.stdout).toContain("k: made kit");
    expect(await other.kit()).toBe(first);
    await other.close();
  });
});

describe("the same lock", () => {
  testIf(
    "faketime",
    "gives the same archive, byte for byte, elsewhere: other folder, key, date, umask, locale, cold store",
    async () => {
      const other = await makeProject(project.upstream);
      await cp(join(project.folder, "bundles.lock"), join(other.folder, "bundles.lock"));
      const before = project.upstream.requests.length;
      const result = await other.airgo(["bundle", "--json"], {
        through: ["faketime", "-f", "+3000d", "sh", "-c", 'umask 077; exec "$@"', "sh"],
        env: { LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8", TZ: "Asia/Kathmandu" },
      });
      expect(result.code).toBe(0);
      const finished = result.events.find((event) => event.type === "kit-finished");
      const original = await project.kit();
      expect(finished?.id).toBe(original.split("/").at(-1));
      const digest = execFileSync("sha256sum", [join(original, finished?.archive ?? "")], {
        encoding: "utf8",
      });
      expect(finished?.sha256).toBe(digest.slice(0, 64));
      expect(await readFile(join(await other.kit(), "dev.pub.pem"), "utf8")).not.toBe(
        await readFile(join(original, "dev.pub.pem"), "utf8"),
      );
      // A current lock asks no index: no lists, no newest head, no lookups; tiles are content.
      const asked = project.upstream.requests.slice(before).map(({ path }) => path);
      expect(asked.filter((path) => /\/list$|\/latest$|@latest$|\/lookup\//.test(path))).toEqual([]);
      await other.close();
    },
  );

  test("is written the same again by a run that finds nothing new under --update", async () => {
    const lock = await readFile(join(project.folder, "bundles.lock"), "utf8");
    const result = await project.airgo(["bundle", "--update"]);
    expect(result.code).toBe(0);
    expect(result.stdout).toContain("unchanged");
    expect(await readFile(join(project.folder, "bundles.lock"), "utf8")).toBe(lock);
  });
});

describe("the lock", () => {
  test("does not move by itself: a changed go.mod ends 16, says what changed, and --update moves it", async () => {
    const other = await makeProject(project.upstream);
    await other.airgo(["bundle"]);
    const lock = await readFile(join(other.folder, "bundles.lock"), "utf8");
    const goMod = await readFile(join(other.folder, "app", "go.mod"), "utf8");
    await writeFile(join(other.folder, "app", "go.mod"), goMod.replace("hello v1.0.0", "hello v1.1.0"));
    await rm(join(other.folder, "app", "go.sum"));

    const refused = await other.airgo(["bundle"]);
    expect(refused.code).toBe(16);
    expect(refused.stderr).toContain("AIRGO_LOCK_DRIFT");
    expect(refused.stderr).toContain("app/go.mod: go.mod has changed");
    expect(refused.stderr).toContain("app/go.mod: go.sum is gone");
    expect(await readFile(join(other.folder, "bundles.lock"), "utf8")).toBe(lock);

    const moved = await other.airgo(["bundle", "--update"]);
    expect(moved.code).toBe(0);
    const after = JSON.parse(await readFile(join(other.folder, "bundles.lock"), "utf8")) as {
      serial: number;
    };
    expect(after.serial).toBe(2);
    expect(JSON.stringify(after)).toContain("example.com/hello@v1.1.0");
    // The user's own files are never written.
    await expect(stat(join(other.folder, "app", "go.sum"))).rejects.toThrow("ENOENT");
    await other.close();
  });

  test("is not written under CI, nor under --frozen", async () => {
    const other = await makeProject(project.upstream);
    for (const [args, env] of [
      [[], { CI: "true" }],
      [["--frozen"], {}],
    ] as const) {
      const result = await other.airgo(["bundle", ...args], { env });
      expect(result.code).toBe(16);
      expect(result.stderr).toContain("AIRGO_LOCK_MISSING");
    }
    expect(await readdir(other.folder)).not.toContain("bundles.lock");
    expect((await other.airgo(["bundle", "--no-frozen"], { env: { CI: "true" } })).code).toBe(0);
    await other.close();
  });

  test("keeps the other kits when one is built alone", async () => {
    const other = await makeProject(project.upstream);
    await other.manifest(`${standardKit}  second:\n    go: ["1.89.x"]\n    arch: [amd64, arm64]\n`);
    expect((await other.airgo(["bundle"])).code).toBe(0);
    await other.manifest(`${standardKit.replace("1.90.x", "1.90.0")}  second:\n    go: ["1.89.x"]\n`);
    expect((await other.airgo(["bundle", "k", "--update"])).code).toBe(0);
    const second = await other.airgo(["bundle", "second"]);
    expect(second.code).toBe(0);
    expect(second.stdout).toContain("second: ");
    await other.close();
  });
});

test("a go.sum may keep lines of what is gone: they are told and left out, while what is there is carried", async () => {
  const other = await makeProject(project.upstream);
  const file = join(other.folder, "app", "go.sum");
  const gone = `example.com/gone v0.1.0/go.mod h1:${Buffer.alloc(32, 3).toString("base64")}\n`;
  await writeFile(file, (await readFile(file, "utf8")) + gone);
  const result = await other.airgo(["bundle", "--json"]);
  expect(result.code).toBe(0);
  const notes = result.events.filter((event) => event.type === "note").map((event) => event.text);
  expect(notes.join("\n")).toContain("example.com/gone@v0.1.0");
  const lock = await readFile(join(other.folder, "bundles.lock"), "utf8");
  expect(lock).not.toContain("example.com/gone");
  expect(lock).toContain("example.com/words@v1.0.0");
  await other.close();
});

test("a kit for one architecture, of a plain module@version and without any module, can be built", async () => {
  const other = await makeProject(project.upstream);
  const arch = process.arch === "arm64" ? "arm64" : "amd64";
  await other.manifest(
    `  k:\n    go: ["1.90.0"]\n    arch: [${arch}]\n    modules: [example.com/hello@v1.0.0]\n  bare:\n    go: [oldstable]\n`,
  );
  await mkdir(join(other.folder, "empty"));
  const result = await other.airgo(["bundle"]);
  expect(`${result.stdout}${result.stderr}`).not.toContain("is over");
  expect(result.stderr).not.toContain("error");
  expect(result.events.filter((event) => event.type === "failed")).toEqual([]);
  expect(result.code).toBe(0);
  expect(result.stdout).toMatch(/k: made kit[^]*bare: made kit/);
  await other.manifest(`  bare:\n    go: [oldstable]\n    expires: 2020-01-01\n`);
  const expired = await other.airgo(["bundle"]);
  expect(`${expired.stdout}${expired.stderr}`).toMatch(/the last day of kit bare .*2020-01-01, is over/);
  await other.close();
});

function runs(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
