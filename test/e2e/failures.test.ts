import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, symlink, writeFile, chmod } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";

import { makeProject, standardKit, type AirgoResult, type TestProject } from "../support/airgo.js";
import { standardWorld, startFakeUpstream, type FakeUpstream } from "../support/fake-upstream.js";
import { expectError, expectNothingMade } from "../support/proofs.js";
import { scratchFolder } from "../support/scratch.js";
import { testIf } from "../support/tools.js";

const elsewhere = scratchFolder("elsewhere");

let upstream: FakeUpstream;
const projects: TestProject[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream();
  standardWorld(upstream);
});
afterEach(async () => {
  upstream.faults.clear();
  for (const project of projects.splice(0)) await project.close();
});
afterAll(() => upstream.close());

async function freshProject(): Promise<TestProject> {
  const project = await makeProject(upstream);
  projects.push(project);
  return project;
}

test("a go.sum that disagrees with the checksum database is told to the engineer", async () => {
  const project = await freshProject();
  const file = join(project.folder, "app", "go.sum");
  const text = await readFile(file, "utf8");
  await writeFile(
    file,
    text.replace(
      /^(example\.com\/hello v1\.0\.0) h1:\S+/m,
      `$1 h1:${Buffer.alloc(32, 1).toString("base64")}`,
    ),
  );
  expectError(
    await project.airgo(["bundle"]),
    8,
    "AIRGO_GOSUM_MISMATCH",
    "app/go.sum",
    "example.com/hello@v1.0.0",
  );
  expectNothingMade(project);
});

describe("an upstream", () => {
  test("that lacks a module ends 4, naming it; a list that goes on to `direct` says so and never runs git", async () => {
    const project = await freshProject();
    upstream.faults.add(/legacy\/@v\/.*\.mod$/, { kind: "status", status: 404 });
    expectError(
      await project.airgo(["bundle"]),
      4,
      "AIRGO_VERSION_NOT_FOUND",
      "example.com/legacy@v2.0.0+incompatible",
    );
    await project.manifest(
      standardKit,
      `{ proxy: "${upstream.proxyUrl},direct", sumdb: "${upstream.verifierKey}" }`,
    );
    const bin = join(project.folder, "bin");
    await mkdir(bin);
    await writeFile(join(bin, "git"), `#!/bin/sh\n: > '${project.folder}/git-ran'\nexit 1\n`);
    await chmod(join(bin, "git"), 0o755);
    const result = await project.airgo(["bundle"], { env: { PATH: `${bin}:${process.env["PATH"] ?? ""}` } });
    expectError(
      result,
      4,
      "AIRGO_VERSION_NOT_FOUND",
      "example.com/legacy@v2.0.0+incompatible",
      "never runs git",
    );
    expect(await readdir(project.folder)).not.toContain("git-ran");
    expectNothingMade(project);
  });

  test("that refuses access ends 4, and the credentials of its address are never printed", async () => {
    const project = await freshProject();
    const address = upstream.proxyUrl.replace("http://", "http://robot:hunter2@");
    await project.manifest(standardKit, `{ proxy: env, sumdb: "${upstream.verifierKey}" }`);
    upstream.faults.add(/legacy\/@v\/.*\.mod$/, { kind: "status", status: 403 });
    const result = await project.airgo(["bundle"], { env: { GOPROXY: address, AIRGO_DEBUG: "1" } });
    expectError(result, 4, "AIRGO_UPSTREAM_DENIED", "example.com/legacy");
    expect(result.stderr + result.stdout).not.toContain("hunter2");
  });
});

describe("settings that do not do", () => {
  test("no proxy configured anywhere ends 2 and says what to set", async () => {
    const project = await freshProject();
    await project.manifest(standardKit, `{ sumdb: "${upstream.verifierKey}" }`);
    const result = await project.airgo(["bundle"], { env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } });
    expectError(result, 2, "AIRGO_PROXY_UNSET", "GOPROXY=");
  });

  test("a manifest with mistakes ends 2 and lists all of them with their places", async () => {
    const project = await freshProject();
    await writeFile(
      join(project.folder, "bundles.yaml"),
      "version: 1\nkits:\n  k:\n    go: [1.20]\n    arhc: [amd64]\n    sign: [nobody]\n",
    );
    const result = await project.airgo(["bundle"]);
    expectError(
      result,
      2,
      "AIRGO_MANIFEST_INVALID",
      "bundles.yaml:4:10",
      "bundles.yaml:5:5",
      "arch",
      "bundles.yaml:6:12",
    );
  });

  test.each([
    [["bundle", "nothere"], "AIRGO_USAGE", "nothere"],
    [["bundle", "-f", "absent.yaml"], "AIRGO_MANIFEST_MISSING", "absent.yaml"],
  ])("%j ends 2", async (args, code, text) => {
    const project = await freshProject();
    expectError(await project.airgo(args), 2, code, text);
  });

  test.each([[["bundel"]], [["bundle", "--wat"]], [["bundle", "--update", "everything"]]])(
    "%j ends 2 with the usage",
    async (args) => {
      const project = await freshProject();
      const result = await project.airgo(args);
      expect(result.code).toBe(2);
      expect(result.stderr).toContain("airgo --help");
    },
  );

  test("a go.mod that is not there, or that Go refuses, is named", async () => {
    const project = await freshProject();
    await project.manifest(standardKit.replace("app/go.mod", "nowhere/go.mod"));
    expectError(await project.airgo(["bundle"]), 2, "AIRGO_INPUT_MISSING", "nowhere/go.mod");
    await project.manifest(standardKit);
    await writeFile(join(project.folder, "app", "go.mod"), "module example.com/app\n\nrequire nonsense\n");
    expectError(
      await project.airgo(["bundle"]),
      2,
      "AIRGO_INPUT_INVALID",
      "app/go.mod",
      "go.mod:3: usage: require module/path",
    );
    expectNothingMade(project);
  });

  test("a go.mod that is a link to somebody's secret is refused, and its content is nowhere", async () => {
    const project = await freshProject();
    const secret = "s3cret-of-somebody";
    await writeFile(join(elsewhere, "secret"), `${secret}\n`);
    await rm(join(project.folder, "app", "go.mod"));
    await symlink(join(elsewhere, "secret"), join(project.folder, "app", "go.mod"));
    const listed = await project.airgo(["bundle"]);
    expectError(listed, 2, "AIRGO_INPUT_INVALID", "app/go.mod", "leads out of the project");

    // Go reads this one where it is, before anything of it is known.
    await mkdir(join(project.folder, "main"));
    await writeFile(
      join(project.folder, "main", "go.mod"),
      "module m\n\nrequire a.b/app v1.0.0\n\nreplace a.b/app => ../app\n",
    );
    await project.manifest(standardKit.replace("app/go.mod", "main/go.mod"));
    const replaced = await project.airgo(["bundle"]);
    expectError(replaced, 2, "AIRGO_INPUT_INVALID", "app/go.mod", "leads out of the project");
    for (const { stdout, stderr } of [listed, replaced]) expect(stdout + stderr).not.toContain(secret);
    expectNothingMade(project);
  });

  testIf(
    "mkfifo",
    "a named pipe in the place of a go.sum or go.mod is refused, and nobody waits for it",
    async () => {
      const project = await freshProject();
      const sums = join(project.folder, "app", "go.sum");
      await rm(sums);
      execFileSync("mkfifo", [sums]);
      expectError(await project.airgo(["bundle"]), 2, "AIRGO_INPUT_INVALID", "app/go.sum", "a named pipe");
      execFileSync("mkfifo", [join(project.folder, "go.mod")]);
      await project.manifest(standardKit.replace("app/go.mod", "go.mod"));
      expectError(await project.airgo(["bundle"]), 2, "AIRGO_INPUT_INVALID", "go.mod", "a named pipe");
    },
  );

  test("a folder with a tab or a line end in its name is refused before anything is fetched", async () => {
    const project = await freshProject();
    const before = upstream.requests.length;
    for (const odd of ["a\tb", "a\nb"]) {
      await mkdir(join(project.folder, "odd", odd), { recursive: true });
      await writeFile(join(project.folder, "odd", odd, "go.mod"), "module m\n");
      await project.manifest(standardKit.replace("app/go.mod", "odd/*/go.mod"));
      const name = JSON.stringify(`odd/${odd}/go.mod`);
      expectError(await project.airgo(["bundle"]), 2, "AIRGO_INPUT_INVALID", name);
      await rm(join(project.folder, "odd"), { recursive: true });
    }
    expect(upstream.requests.length).toBe(before);
  });

  test("a range that nothing fits names the newest Go that would do", async () => {
    const project = await freshProject();
    await project.manifest(standardKit.replace("1.90.x", "1.77.x"));
    expectError(await project.airgo(["bundle"]), 2, "AIRGO_GO_VERSION_UNKNOWN", "1.77.x", "1.90");
  });

  test("a damaged lock is named and left alone", async () => {
    const project = await freshProject();
    await writeFile(join(project.folder, "bundles.lock"), '{"version": 7}');
    expectError(await project.airgo(["bundle"]), 2, "AIRGO_LOCK_INVALID", "bundles.lock");
    expect(await readFile(join(project.folder, "bundles.lock"), "utf8")).toBe('{"version": 7}');
  });
});

test("a kit that does not work is not made: a Go that says it is another one ends 16 with what was seen", async () => {
  const project = await freshProject();
  for (const arch of ["amd64", "arm64"] as const) {
    upstream.addToolchain({
      version: "1.91.0",
      arch,
      files: { "bin/go": `#!/bin/sh\necho "go version go9.9.9 ${arch}"\n` },
    });
  }
  await project.manifest('  k:\n    go: ["1.91.0"]\n');
  expectError(
    await project.airgo(["bundle"]),
    16,
    "AIRGO_REHEARSAL_FAILED",
    "install.sh",
    "says it is another one",
  );
  expectNothingMade(project);
});

describe("an interrupt", () => {
  const stageNames = ["assemble", "rehearse"] as const;
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 143],
  ] as const) {
    test(`${signal} during a download leaves nothing half done, and the next run goes on`, async () => {
      const project = await freshProject();
      const stall = upstream.faults.add(/hello\/@v\/v1\.0\.0\.zip$/, { kind: "stall", after: 20 });
      const running = project.airgo(["bundle", "--json"], {
        onStart: (child) => {
          const watch = setInterval(() => {
            if (stall.hits === 0) return;
            clearInterval(watch);
            child.kill(signal);
          }, 20);
        },
      });
      expect((await running).code).toBe(code);
      expectNothingMade(project);
      upstream.faults.clear();
      expect((await project.airgo(["bundle"])).code).toBe(0);
    });
  }

  test.each(stageNames)("SIGINT during %s leaves no kit, no lock and no process", async (stage) => {
    const project = await freshProject();
    const result = await project.airgo(["bundle", "--json"], {
      onEvent: (event, child) => {
        if (event.type === "stage-started" && event.stage === stage) child.kill("SIGINT");
      },
    });
    expect(result.code).toBe(130);
    expectNothingMade(project);
    const processes = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
    expect(processes).not.toContain(project.folder);
  });

  test("kill -9 during the rehearsal leaves waste only, which the next run sweeps", async () => {
    const project = await freshProject();
    const result = await project.airgo(["bundle", "--json"], {
      onEvent: (event, child) => {
        if (event.type === "stage-started" && event.stage === "rehearse") child.kill("SIGKILL");
      },
    });
    expect(result.code).toBe(-1);
    expect(await readdir(project.folder)).not.toContain("bundles.lock");
    expect((await project.airgo(["bundle"])).code).toBe(0);
    expect((await readdir(join(project.folder, "kits"))).sort()).toEqual(["k"]);
    expect(await readdir(join(project.folder, ".cache", "airgo", "tmp"))).toEqual([]);
  });
});

test("two runs at once: the second ends 32 and says who is at work", async () => {
  const project = await freshProject();
  const stall = upstream.faults.add(/hello\/@v\/v1\.0\.0\.zip$/, { kind: "stall", after: 20 });
  let second: Promise<AirgoResult> | undefined;
  const first = await project.airgo(["bundle", "--json"], {
    onStart: (child) => {
      const watch = setInterval(() => {
        if (stall.hits === 0) return;
        clearInterval(watch);
        second = project.airgo(["bundle"]).finally(() => child.kill("SIGINT"));
      }, 20);
    },
  });
  expect(first.code).toBe(130);
  expectError((await second) as AirgoResult, 32, "AIRGO_BUSY");
});

/** Runs airgo where that folder is a small file system of its own. */
const within = (folder: string, size: string) => ({
  through: [
    "unshare",
    "-rm",
    "sh",
    "-c",
    `mount -t tmpfs -o size=${size} none '${folder}' && exec "$@"`,
    "sh",
  ],
});

describe("a disk that is too small", () => {
  testIf("unshare", "for a kit ends 32 before anything of it is made, and says what is missing", async () => {
    const project = await freshProject();
    const kits = join(project.folder, "kits");
    await mkdir(kits);
    const result = await project.airgo(["bundle"], within(kits, "300k"));
    expectError(result, 32, "AIRGO_DISK", "not enough space for kit k", kits, "308 kB");
    expect(result.stderr).not.toContain("assemble started");
    expectNothingMade(project);
  });

  testIf(
    "unshare",
    "for trying the kit ends 32, leaves no kit and no lock, and keeps what is whole",
    async () => {
      const project = await freshProject();
      const kits = join(project.folder, "kits");
      await mkdir(kits);
      const result = await project.airgo(["bundle"], within(kits, "8m"));
      expectError(result, 32, "AIRGO_DISK", "not enough space to try the kit");
      expectNothingMade(project);
      upstream.requests.length = 0;
      expect((await project.airgo(["bundle"])).code).toBe(0);
      const fetched = upstream.requests.filter(
        ({ method, path }) => method === "GET" && path.endsWith(".zip"),
      );
      expect(fetched).toEqual([]);
    },
  );

  testIf("unshare", "for what a lock names ends 32 before any of it is fetched", async () => {
    const project = await freshProject();
    expect((await project.airgo(["bundle"])).code).toBe(0);
    const cache = join(project.folder, ".cache");
    await rm(cache, { recursive: true });
    await rm(join(project.folder, "kits"), { recursive: true });
    await mkdir(cache);
    upstream.requests.length = 0;
    const result = await project.airgo(["bundle"], within(cache, "40k"));
    expectError(result, 32, "AIRGO_DISK", "not enough space for the store", join(cache, "airgo"));
    expect(upstream.requests).toEqual([]);
  });
});

testIf(
  "openssl",
  "a signing key that others may read, or whose passphrase is missing, ends 32 before anything is fetched",
  async () => {
    const project = await freshProject();
    const key = join(project.folder, "release.pem");
    execFileSync(
      "openssl",
      [
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-aes-256-cbc",
        "-pass",
        "pass:correct horse",
        "-out",
        key,
      ],
      { stdio: "ignore" },
    );
    const manifest = (await readFile(join(project.folder, "bundles.yaml"), "utf8"))
      .replace(
        "kits:",
        "signers:\n  release: { type: ecdsa-p256, key: 'file:release.pem', passphrase: 'env:KIT_PASS' }\nkits:",
      )
      .replace("modules:", "sign: [release]\n    modules:");
    await writeFile(join(project.folder, "bundles.yaml"), manifest);
    await chmod(key, 0o644);
    expectError(
      await project.airgo(["bundle"], { env: { KIT_PASS: "correct horse" } }),
      32,
      "AIRGO_KEY_EXPOSED",
      "chmod 600",
    );
    await chmod(key, 0o600);
    const before = upstream.requests.length;
    expectError(await project.airgo(["bundle"]), 32, "AIRGO_KEY_UNREADABLE", "KIT_PASS");
    const wrong = await project.airgo(["bundle"], { env: { KIT_PASS: "battery staple" } });
    expectError(wrong, 32, "AIRGO_KEY_UNREADABLE");
    expect(wrong.stderr).not.toContain("battery staple");
    expect(upstream.requests).toHaveLength(before);
    const good = await project.airgo(["bundle"], { env: { KIT_PASS: "correct horse" } });
    expect(good.code).toBe(0);
    expect((await readdir(await project.kit())).sort()).toContain("SHA256SUMS.release.sig");
  },
);

test("airgo schema prints the schema that editors are pointed to", async () => {
  const project = await freshProject();
  const result = await project.airgo(["schema"]);
  expect(result.stdout).toBe(await readFile("docs/bundles.schema.json", "utf8"));
});
