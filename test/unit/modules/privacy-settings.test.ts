import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";

import { matchingPattern, privacySettings } from "../../../src/modules/privacy-settings.js";
import { AirgoError } from "../../../src/support/errors.js";
import { runProcess, type RunProcess } from "../../../src/support/processes.js";
import { testIf } from "../../support/tools.js";
import { makeGoHome } from "../../support/go-home.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "airgo-privacy-"));
  makeGoHome(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const noGo: RunProcess = () =>
  Promise.reject(new AirgoError("AIRGO_PLATFORM", { what: "cannot run go", where: folder }));
const brokenGo: RunProcess = async () => ({
  code: 1,
  stdout: "x\nx\nx\n",
  stderr: "",
  stdoutBytes: Buffer.of(),
});

/** Both lists with the variable that says them. */
async function told(env: NodeJS.ProcessEnv, run: RunProcess): Promise<string[]> {
  const { noProxy, noDatabase } = await privacySettings({ env, run, folder });
  return [noProxy, noDatabase].map(({ variable, patterns }) => `${variable}=${patterns.join(",")}`);
}

const cases: [string, Record<string, string>, string, string][] = [
  ["nothing", {}, "GOPRIVATE=", "GOPRIVATE="],
  ["GOPRIVATE, for both", { GOPRIVATE: "a.b,c.d/*" }, "GOPRIVATE=a.b,c.d/*", "GOPRIVATE=a.b,c.d/*"],
  ["each its own", { GONOPROXY: "a.b", GONOSUMDB: "c.d" }, "GONOPROXY=a.b", "GONOSUMDB=c.d"],
  ["its own before GOPRIVATE", { GOPRIVATE: "a.b", GONOPROXY: "none" }, "GONOPROXY=none", "GOPRIVATE=a.b"],
  ["GOPRIVATE where its own is empty", { GOPRIVATE: "a.b", GONOSUMDB: "" }, "GOPRIVATE=a.b", "GOPRIVATE=a.b"],
];

describe("the variables say", () => {
  for (const [what, env, noProxy, noDatabase] of cases) {
    test(`${what}, where there is no go to ask, or none that answers`, async () => {
      expect(await told(env, noGo)).toEqual([noProxy, noDatabase]);
      expect(await told(env, brokenGo)).toEqual([noProxy, noDatabase]);
    });

    testIf("go", `${what}, to a go on PATH too`, async () => {
      const { PATH } = process.env;
      expect(await told({ ...env, PATH, HOME: folder }, runProcess)).toEqual([noProxy, noDatabase]);
    });

    testIf("go", `${what}, where \`go env -w\` wrote them`, async () => {
      const { PATH } = process.env;
      const GOENV = join(folder, "goenv");
      const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
      await writeFile(GOENV, lines.join(""));
      expect(await told({ PATH, HOME: folder, GOENV }, runProcess)).toEqual([noProxy, noDatabase]);
    });
  }
});

const toldOfProxies = async (env: NodeJS.ProcessEnv): Promise<string> => (await told(env, noGo))[0] ?? "";
const at = (name: string): string => join(folder, name);

describe("where there is no go to ask, what `go env -w` wrote is read", () => {
  for (const [what, env, noProxy, noDatabase] of cases.slice(1)) {
    test(`as the variables are: ${what}`, async () => {
      const GOENV = join(folder, "goenv");
      const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
      await writeFile(GOENV, lines.join(""));
      for (const run of [noGo, brokenGo]) expect(await told({ GOENV }, run)).toEqual([noProxy, noDatabase]);
    });
  }

  test("a variable that is set and not empty goes before it, one by one", async () => {
    const GOENV = join(folder, "goenv");
    await writeFile(GOENV, "GOPRIVATE=written.example\nGONOPROXY=proxies.example\nGONOSUMDB=sums.example\n");
    const env = { GOENV, GOPRIVATE: "set.example", GONOPROXY: "" };
    expect(await told(env, noGo)).toEqual(["GONOPROXY=proxies.example", "GONOSUMDB=sums.example"]);
  });

  test("where Go looks: GOENV, else XDG_CONFIG_HOME, else HOME", async () => {
    const places = { GOENV: "named", XDG_CONFIG_HOME: "xdg/go/env", HOME: "home/.config/go/env" };
    for (const [name, place] of Object.entries(places)) {
      await mkdir(join(folder, place, ".."), { recursive: true });
      await writeFile(join(folder, place), `GOPRIVATE=${name.toLowerCase()}.example\n`);
    }
    const HOME = join(folder, "home");
    const XDG_CONFIG_HOME = join(folder, "xdg");
    expect(await toldOfProxies({ HOME })).toBe("GOPRIVATE=home.example");
    expect(await toldOfProxies({ HOME, XDG_CONFIG_HOME: "", GOENV: "" })).toBe("GOPRIVATE=home.example");
    expect(await toldOfProxies({ HOME, XDG_CONFIG_HOME })).toBe("GOPRIVATE=xdg_config_home.example");
    // Go refuses a relative one and reads no file.
    expect(await toldOfProxies({ HOME, XDG_CONFIG_HOME: "xdg" })).toBe("GOPRIVATE=");
    expect(await toldOfProxies({ HOME, XDG_CONFIG_HOME, GOENV: join(folder, "named") })).toBe(
      "GOPRIVATE=goenv.example",
    );
    expect(await toldOfProxies({ HOME, XDG_CONFIG_HOME, GOENV: "named" })).toBe("GOPRIVATE=goenv.example");
    for (const GOENV of ["off", "/dev/null", join(folder, "none"), join(folder, "named/below")])
      expect(await toldOfProxies({ HOME, XDG_CONFIG_HOME, GOENV })).toBe("GOPRIVATE=");
  });

  test("through a link", async () => {
    await writeFile(join(folder, "real"), "GOPRIVATE=a.b\n");
    await symlink("real", join(folder, "goenv"));
    expect(await told({ GOENV: join(folder, "goenv") }, noGo)).toEqual(["GOPRIVATE=a.b", "GOPRIVATE=a.b"]);
  });

  test("and with it nothing is known where it cannot be read: the run ends, and waits for nobody", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    await symlink("pipe", at("to-pipe"));
    await symlink("loop", at("loop"));
    await writeFile(at("large"), "GOPRIVATE=a.b\n");
    await truncate(at("large"), (1 << 20) + 1);
    for (const GOENV of [at("pipe"), at("to-pipe"), at("loop"), at("large"), folder, "/dev/zero"])
      await expect(told({ GOENV }, noGo)).rejects.toMatchObject({ code: "AIRGO_DISK", where: GOENV });
  });
});

/** Files as `go env -w` does not write them, and what Go makes of them. */
const oddFiles: [string, string][] = [
  ["GOPRIVATE=a.b", "a.b"],
  ["GOPRIVATE=a.b\nGOPRIVATE=c.d\n", "c.d"],
  ["#GOPRIVATE=a.b\n", ""],
  [" GOPRIVATE=a.b\n", ""],
  ["export GOPRIVATE=a.b\n", ""],
  ["GOPRIVATE =a.b\n", ""],
  ["GOPRIVATE\n=\n\nGOPRIVATE=a=b\n", "a=b"],
  ['GOPRIVATE="a.b"\n', '"a.b"'],
  ["GOPRIVATE=a.b\nGOPRIVATE=\n", ""],
  ["GOPRIVATE=a.b\r\n", "a.b"],
];

describe("a file is read as Go reads it", () => {
  test.each(oddFiles)("%j", async (text, value) => {
    const GOENV = join(folder, "goenv");
    await writeFile(GOENV, text);
    expect(await told({ GOENV }, noGo)).toEqual([`GOPRIVATE=${value}`, `GOPRIVATE=${value}`]);
  });

  testIf("go", "by a go on PATH too", async () => {
    const { PATH } = process.env;
    const GOENV = join(folder, "goenv");
    for (const [text, value] of oddFiles) {
      await writeFile(GOENV, text);
      expect([text, (await told({ PATH, HOME: folder, GOENV }, runProcess))[0]]).toEqual([
        text,
        `GOPRIVATE=${value}`,
      ]);
    }
  });
});

testIf("go", "a variable goes before what `go env -w` wrote, one by one", async () => {
  const { PATH } = process.env;
  const GOENV = join(folder, "goenv");
  await writeFile(GOENV, "GOPRIVATE=written.example\nGONOSUMDB=sums.example\n");
  const env = { PATH, HOME: folder, GOENV, GOPRIVATE: "set.example" };
  expect(await told(env, runProcess)).toEqual(["GOPRIVATE=set.example", "GONOSUMDB=sums.example"]);
});

test("that go is asked for these settings, with what decides them and nothing else", async () => {
  const calls: unknown[] = [];
  const run: RunProcess = async (argv, { cwd, env }) => {
    calls.push({ argv, cwd, env });
    return { code: 0, stdout: "a.b\na.b\nc.d\n", stderr: "", stdoutBytes: Buffer.of() };
  };
  const env = { PATH: "/bin", HOME: "/h", GOPRIVATE: "a.b", GOFLAGS: "-mod=vendor", SECRET: "s3cret" };
  expect(await told(env, run)).toEqual(["GOPRIVATE=a.b", "GONOSUMDB=c.d"]);
  expect(calls).toEqual([
    {
      argv: ["go", "env", "GOPRIVATE", "GONOPROXY", "GONOSUMDB"],
      cwd: folder,
      env: { PATH: "/bin", HOME: "/h", GOPRIVATE: "a.b", GOTOOLCHAIN: "local", GOWORK: "off" },
    },
  ]);
});

test("a run that is interrupted meanwhile ends", async () => {
  const reason = new AirgoError("AIRGO_INTERRUPTED", { what: "interrupted" });
  await expect(told({}, () => Promise.reject(reason))).rejects.toBe(reason);
});

test.each([
  ["a.b", "a.b", "a.b"],
  ["x.y,a.b", "a.b/c/d", "a.b"],
  ["*.corp.example", "git.corp.example/x", "*.corp.example"],
  ["git.corp.example/*", "git.corp.example", undefined],
  ["", "a.b", undefined],
  ["none", "a.b/none", undefined],
  ["*", "a.b", "*"],
])("of %j the first that matches %s is %s", (list, path, expected) => {
  const setting = { variable: "GOPRIVATE", patterns: list.split(",") } as const;
  expect(matchingPattern(setting, path)).toBe(expected);
});
