import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { findTool, testIf, testWhen } from "../support/tools.js";
import {
  Host,
  makeWorkspace,
  removeWorkspace,
  run,
  shells,
  snapshot,
  type Finished,
  type RunOptions,
} from "./harness.js";

const workspace = makeWorkspace();
const isRoot = process.getuid?.() === 0;
/** Shells, and zsh in its own mode: whoever uses it sources what is meant for sh. */
const readers: Readonly<Record<string, readonly [string, ...string[]]>> = {
  ...shells,
  "bash as it is": ["bash", "--norc"],
  "zsh as it is": ["zsh", "-f"],
};
/** Names of folders whose characters mean something to one reader or another. */
const awkward = [
  "plain",
  'it\'s "$HOME" & `id` #1',
  "wow!! !x 100% \\n \\ end\\",
  "*?[a-z]{b,c}~ ;(x)|<y>^$",
  "größe $$ ${PATH}",
];
let kit: TinyKit;
let next: TinyKit;
const hosts = new Map<string, Host>();

beforeAll(async () => {
  const modules = [{ path: "example.com/one", version: "v1.0.0" }];
  kit = await writeTinyKit(join(workspace, "kits"), { versions: ["1.99.2"], modules });
  next = await writeTinyKit(join(workspace, "kits"), { serial: 2, versions: ["1.99.3"], modules });
  for (const name of awkward) {
    const host = new Host(workspace, name);
    expect(install(host, kit)).toMatchObject({ code: 0 });
    hosts.set(name, host);
  }
});
afterAll(() => removeWorkspace(workspace));

function install(
  host: Host,
  what: TinyKit,
  args: readonly string[] = [],
  options: RunOptions = {},
): Finished {
  return host.script(what, ["--prefix", host.prefix, "--insecure-no-signature", ...args], options);
}

function hostNamed(name: string): Host {
  const host = hosts.get(name);
  if (host === undefined) throw new Error(`no host ${name}`);
  return host;
}

/** The folders that come first on PATH. */
const folders = (host: Host): string => `${host.path("current/bin")}:${host.path("bin")}`;
const system = "/usr/local/bin:/usr/bin:/bin";

describe("airgo.sh puts go and airgo-kit first on PATH, and nothing else into the environment", () => {
  for (const [name, shell] of Object.entries(readers)) {
    testIf(shell[0], `${name}, with set -eu, twice, below awkward prefixes`, () => {
      for (const host of hosts.values()) {
        const file = host.path("current/env/airgo.sh");
        const script =
          'PATH=$BEFORE; unset BEFORE; set -eu; . "$1"; . "$1"; PATH=$PATH:/usr/bin:/bin; env; go version; case $(command -v airgo-kit) in */bin/airgo-kit*) echo found ;; esac';
        for (const [before, after] of [
          [system, `:${system}`],
          [
            `/a b:${host.path("bin")}::${host.path("current/bin")}:${host.path("current/bin")}:/x:`,
            ":/a b::/x:",
          ],
          [folders(host), ""],
          ["", ""],
        ]) {
          const done = run([findTool(shell[0]) ?? "", ...shell.slice(1), "-c", script, "sh", file], {
            env: { BEFORE: before ?? "", HOME: host.home },
          });
          expect({ prefix: host.prefix, ...done }).toMatchObject({
            prefix: host.prefix,
            code: 0,
            stderr: "",
          });
          expect(done.stdout.split("\n")).toContain(`PATH=${folders(host)}${after}:/usr/bin:/bin`);
          expect(done.stdout).toContain("go version go1.99.2 linux/");
          expect(done.stdout).toContain("\nfound\n");
          expect(done.stdout).not.toMatch(/^(GO[A-Z]|airgo)\w*=/m);
        }
      }
    });
  }

  testIf("dash", "also where PATH is not set at all", () => {
    const host = hostNamed("plain");
    const script = 'unset PATH; set -eu; . "$1"; . "$1"; printf "%s\\n" "$PATH"';
    const done = run([findTool("dash") ?? "", "-c", script, "sh", host.path("current/env/airgo.sh")]);
    expect(done).toEqual({ code: 0, stdout: `${folders(host)}\n`, stderr: "" });
  });
});

describe("other readers", () => {
  testIf("fish", "fish sources airgo.fish twice", () => {
    for (const host of hosts.values()) {
      const script = "source $argv[1]; source $argv[1]; string join : $PATH; set -n | grep airgo; go version";
      const done = run(["fish", "--no-config", "-c", script, host.path("current/env/airgo.fish")], {
        env: { PATH: `/usr/bin:${host.path("bin")}:/bin`, HOME: host.home, LC_ALL: "C.UTF-8" },
      });
      expect(done).toMatchObject({ code: 0, stderr: "" });
      expect(done.stdout).toBe(`${folders(host)}:/usr/bin:/bin\n${host.ask("go", "version")}\n`);
    }
  });

  testIf("tcsh", "tcsh sources airgo.csh twice", () => {
    for (const host of hosts.values()) {
      const script = 'source "$FILE:q"; source "$FILE:q"; /usr/bin/printenv PATH; go version';
      const done = run(["tcsh", "-f", "-c", script], {
        env: { PATH: `/usr/bin:/bin:/a b`, HOME: host.home, FILE: host.path("current/env/airgo.csh") },
      });
      expect({ prefix: host.prefix, ...done }).toMatchObject({ prefix: host.prefix, code: 0, stderr: "" });
      expect(done.stdout).toBe(`${folders(host)}:/usr/bin:/bin:/a b\n${host.ask("go", "version")}\n`);
    }
  });

  const generator = "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator";

  /** What systemd makes of a file of environment.d. */
  function generated(file: string, ...words: readonly string[]): string {
    const config = join(workspace, "generator");
    mkdirSync(join(config, "environment.d"), { recursive: true });
    writeFileSync(join(config, "environment.d/50-airgo.conf"), readFileSync(file));
    const done = run(["env", "-i", `XDG_CONFIG_HOME=${config}`, ...words, generator]);
    expect(done).toMatchObject({ code: 0, stderr: "" });
    const value = /^PATH=(.*)$/m.exec(done.stdout)?.[1] ?? "";
    return value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, "$1") : value;
  }

  testWhen(
    existsSync(generator),
    "systemd's generator",
    "systemd takes airgo.conf as environment.d(5) has it",
    () => {
      for (const host of hosts.values()) {
        const file = host.path("current/env/airgo.conf");
        expect(generated(file, `PATH=${system}`)).toBe(`${folders(host)}:${system}`);
        expect(generated(file)).toBe(folders(host));
      }
    },
  );

  // Both kinds of files have one grammar; only the dollar sign is read in one more way here.
  testWhen(
    existsSync(generator),
    "systemd's generator",
    "airgo.service.conf has the same grammar, and a PATH that needs no other",
    () => {
      for (const host of hosts.values()) {
        const copy = join(workspace, "service.conf");
        writeFileSync(copy, host.read("current/env/airgo.service.conf").replaceAll("\\$", "\\$\\$"));
        expect(generated(copy)).toBe(
          `${folders(host)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
        );
      }
      expect(hostNamed("plain").read("current/env/airgo.service.conf")).toMatch(/^#.*\nPATH=[^"]+\n$/);
    },
  );
});

/** What is on PATH, and what go says, after eval. */
const script = (args: string): string => `eval "$("$KIT" env ${args})"; printf '%s\\n' "$PATH"; go version`;

describe("the verb env", () => {
  for (const [name, shell] of Object.entries(readers)) {
    testIf(shell[0], `eval in ${name}`, () => {
      for (const host of hosts.values()) {
        const options = { env: { HOME: host.home, PATH: system, KIT: host.path("bin/airgo-kit") } };
        const done = run([findTool(shell[0]) ?? "", ...shell.slice(1), "-c", script("")], options);
        expect(done).toEqual({
          code: 0,
          stdout: `${folders(host)}:${system}\n${host.ask("go", "version")}\n`,
          stderr: "",
        });
      }
    });
  }

  testIf(["fish", "tcsh"], "for fish, csh and systemd", () => {
    const host = hostNamed(awkward[1] ?? "");
    // A link, because csh could not name the folder within backquotes.
    const link = join(workspace, "airgo-kit");
    symlinkSync(host.path("bin/airgo-kit"), link);
    const options = { env: { HOME: host.home, PATH: system, KIT: link } };
    const expected = `${folders(host)}:${system}\n${host.ask("go", "version")}\n`;
    const fish = run(
      ["fish", "--no-config", "-c", "$KIT env --env fish | source; string join : $PATH; go version"],
      options,
    );
    expect(fish).toEqual({ code: 0, stdout: expected, stderr: "" });
    const csh = run(
      ["tcsh", "-f", "-c", 'eval "`$KIT:q env --env csh`"; /usr/bin/printenv PATH; go version'],
      options,
    );
    expect(csh).toEqual({ code: 0, stdout: expected, stderr: "" });
    const systemd = run([host.path("bin/airgo-kit"), "env", "--env", "systemd"], options);
    expect(host.read("current/env/airgo.conf")).toContain(systemd.stdout);
  });

  test("writes nothing: not even a temporary folder is needed", () => {
    const host = hostNamed("plain");
    const before = host.snapshot();
    const done = run([host.path("bin/airgo-kit"), "env"], { env: { PATH: system, TMPDIR: "/nowhere" } });
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(host.snapshot()).toBe(before);
    const damaged = run([host.path("bin/airgo-kit"), "env", "--prefix", join(workspace, "none")]);
    expect(damaged).toMatchObject({ code: 2, stderr: expect.stringContaining("AIRGO_NOT_INSTALLED") });
  });

  testWhen(
    isRoot && findTool("setpriv") !== undefined,
    "root and setpriv",
    "for a user of root's installation",
    () => {
      const under = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
      const done = run([...under, "sh", "-c", script("")], {
        env: { PATH: system, KIT: hostNamed("plain").path("bin/airgo-kit") },
      });
      expect(done).toMatchObject({
        code: 0,
        stderr: "",
        stdout: expect.stringContaining("go version go1.99.2"),
      });
    },
  );

  const settings = {
    GOFLAGS: "-mod=vendor",
    GOROOT: "/old",
    GOENV: "/some/file",
    CGO_CFLAGS: "-O0",
    GOPRIVATE: "a\nGOEVIL=x",
    GOOGLE_CREDENTIALS: "theirs",
    GOING: "on",
  };

  for (const [name, shell] of Object.entries(readers)) {
    testIf(shell[0], `--isolated leaves this Go and nothing else: ${name}`, () => {
      const host = hostNamed(awkward[1] ?? "");
      const isolated = 'set -eu; eval "$("$KIT" env --isolated)"; go run-on-path /usr/bin/env';
      const done = run([findTool(shell[0]) ?? "", ...shell.slice(1), "-c", isolated], {
        env: { ...settings, HOME: host.home, PATH: system, KIT: host.path("bin/airgo-kit") },
      });
      expect(done).toMatchObject({ code: 0, stderr: "" });
      expect(done.stdout).toContain(`PATH=${host.path("current/bin")}\n`);
      const names = [...done.stdout.matchAll(/^(C?GO\w*)=/gm)].map((match) => match[1] ?? "").sort();
      expect(names).toEqual(["GOCACHE", "GOENV", "GOOGLE_CREDENTIALS", "GOPROXY", "GOTOOLCHAIN"]);
      expect(done.stdout).toContain("GOENV=off\n");
    });
  }

  testIf(["fish", "tcsh"], "--isolated for fish and csh, and as words for env -i", () => {
    const host = hostNamed("plain");
    const env = { ...settings, HOME: host.home, PATH: system, KIT: host.path("bin/airgo-kit") };
    const fish = run(
      ["fish", "--no-config", "-c", "$KIT env --isolated --env fish | source; go run-on-path /usr/bin/env"],
      { env },
    );
    const csh = run(
      ["tcsh", "-f", "-c", 'eval "`$KIT:q env --isolated --env csh`"; go run-on-path /usr/bin/env'],
      { env },
    );
    const words = run(
      ["sh", "-c", 'env -i $("$KIT" env --isolated --env systemd) HOME="$HOME" go run-on-path /usr/bin/env'],
      { env },
    );
    for (const done of [fish, csh, words]) {
      expect(done).toMatchObject({ code: 0, stderr: "" });
      expect(done.stdout).toContain(`PATH=${host.path("current/bin")}\n`);
      expect(done.stdout).toContain("GOENV=off\n");
      expect(done.stdout).not.toMatch(/^(GOFLAGS|GOROOT|GOPRIVATE|CGO_CFLAGS|GOING)=/m);
    }
  });
});

/** Where drop-in files are a user's own: whoever runs this, or nobody where that is root. */
const someUser = isRoot ? ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] : [];
const canBeUser = !isRoot || findTool("setpriv") !== undefined;
let users = 0;

/** A host in the home of a user, who has files of their own there. */
function userHost(): { host: Host; options: RunOptions; home: string } {
  users += 1;
  const home = join(workspace, `user-${users}`);
  mkdirSync(home);
  for (const name of [".profile", ".bashrc", ".cshrc"]) writeFileSync(join(home, name), "# theirs\n");
  if (isRoot) run(["chown", "-R", "65534:65534", home]);
  const host = new Host(workspace, `user-${users}/go's place`);
  return { host, home, options: { under: someUser, env: { HOME: home } } };
}

describe("drop-in files of a user", () => {
  testWhen(
    canBeUser,
    "setpriv",
    "NixOS/nix#11074, #7548, #8028: no file of the user's is ever edited or backed up; airgo has files of its own",
    () => {
      const { host, home, options } = userHost();
      const before = snapshot(home);
      const done = install(host, kit, ["--env", "profile,csh,envd,systemd,fish"], options);
      expect(done).toMatchObject({ code: 0, stderr: expect.stringMatching(/^WARNING.*signature.*\n$/) });
      expect(done.stdout).toContain("no file of yours is edited: put this line into ~/.profile");
      expect(done.stdout).toContain("put this line into ~/.cshrc: source ");
      expect(readdirSync(home).sort()).toEqual([
        ".bashrc",
        ".config",
        ".cshrc",
        ".env.d",
        ".profile",
        "go's place",
      ]);
      expect(before).toBe(
        snapshot(home)
          .split("\n")
          .filter((line) => /^\.(bashrc|cshrc|profile) /.test(line))
          .join("\n"),
      );
      const file = join(home, ".env.d/50-airgo.sh");
      const sourced = run(["sh", "-c", 'set -eu; . "$1"; . "$1"; echo "$PATH"; go version', "sh", file]);
      expect(sourced).toMatchObject({ code: 0, stderr: "" });
      expect(sourced.stdout).toContain(`${folders(host)}:/`);
      expect(sourced.stdout).toContain("go version go1.99.2");
      expect(readFileSync(join(home, ".config/environment.d/50-airgo.conf"), "utf8")).toContain(
        "current/bin",
      );
    },
  );

  testWhen(
    canBeUser && findTool("fish") !== undefined,
    "setpriv and fish",
    "fish finds its file by itself, where XDG_CONFIG_HOME says",
    () => {
      const { host, home, options } = userHost();
      const env = { HOME: home, XDG_CONFIG_HOME: join(home, "my config") };
      expect(install(host, kit, ["--env", "fish"], { ...options, env })).toMatchObject({ code: 0 });
      expect(existsSync(join(home, ".config"))).toBe(false);
      const done = run([...someUser, "fish", "-c", "go version"], { env: { ...env, PATH: system } });
      expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining("go version go1.99.2") });
    },
  );

  testWhen(
    canBeUser,
    "setpriv",
    "astral-sh/uv#5576, #10413, #18539: written once, remembered, and gone for good when that is chosen",
    () => {
      const { host, home, options } = userHost();
      const file = join(home, ".env.d/50-airgo.sh");
      expect(install(host, kit, ["--env", "envd,fish"], options)).toMatchObject({ code: 0 });
      const written = statSync(file);
      // The upgrade needs no option, and does not touch the file.
      expect(install(host, next, [], options)).toMatchObject({ code: 0 });
      expect(statSync(file)).toMatchObject({ ino: written.ino, mtimeMs: written.mtimeMs });
      expect(run(["sh", "-c", '. "$1"; go version', "sh", file]).stdout).toContain("go1.99.3");
      // A shorter list, also when nothing else is new.
      expect(install(host, next, ["--env", "fish"], options)).toMatchObject({ code: 0 });
      expect(readdirSync(home).sort()).toEqual([".bashrc", ".config", ".cshrc", ".profile", "go's place"]);
      expect(install(host, next, ["--env", "none"], options)).toMatchObject({ code: 0 });
      expect(readdirSync(home).sort()).toEqual([".bashrc", ".cshrc", ".profile", "go's place"]);
      expect(install(host, next, [], options)).toMatchObject({ code: 0 });
      expect(readdirSync(home).sort()).toEqual([".bashrc", ".cshrc", ".profile", "go's place"]);
      expect(existsSync(host.path("outside.tsv"))).toBe(false);
    },
  );

  testWhen(
    canBeUser,
    "setpriv",
    "one that airgo did not make, or that somebody edited, stays and is named",
    () => {
      const { host, home, options } = userHost();
      const theirs = join(home, ".env.d/50-airgo.sh");
      mkdirSync(join(home, ".env.d"));
      writeFileSync(theirs, "# theirs\n");
      if (isRoot) for (const path of [theirs, join(home, ".env.d")]) chownSync(path, 65534, 65534);
      const done = install(host, kit, ["--env", "envd,fish"], options);
      expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining(`WARNING: ${theirs} is there`) });
      const fish = join(home, ".config/fish/conf.d/airgo.fish");
      writeFileSync(fish, "# edited\n");
      const none = host.script(kit, ["uninstall", "--all", "--prefix", host.prefix], options);
      expect(none).toMatchObject({
        code: 0,
        stderr: expect.stringContaining(`WARNING: ${fish} was changed`),
      });
      expect(none.stdout).toContain(`left: ${fish}\n`);
      expect([readFileSync(theirs, "utf8"), readFileSync(fish, "utf8")]).toEqual([
        "# theirs\n",
        "# edited\n",
      ]);
    },
  );

  testWhen(canBeUser, "setpriv", "uninstall takes them away, and the folders that were made for them", () => {
    const { host, home, options } = userHost();
    const before = snapshot(home);
    expect(install(host, kit, ["--env", "envd,fish,systemd"], options)).toMatchObject({ code: 0 });
    const done = host.script({ ...kit, script: host.path("bin/airgo-kit") }, ["uninstall", "--all"], options);
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(done.stdout.match(/^removed: .*$/gm)).toHaveLength(3);
    expect(snapshot(home)).toBe(before);
  });

  testWhen(canBeUser, "setpriv", "they do nothing once the installation is gone", () => {
    const { host, home, options } = userHost();
    expect(install(host, kit, ["--env", "envd,fish"], options)).toMatchObject({ code: 0 });
    removeWorkspace(host.prefix);
    const done = run(
      ["sh", "-c", 'set -eu; . "$1"; printf "%s\\n" "$PATH"', "sh", join(home, ".env.d/50-airgo.sh")],
      {
        env: { PATH: system },
      },
    );
    expect(done).toEqual({ code: 0, stdout: `${system}\n`, stderr: "" });
  });

  testWhen(
    isRoot && canBeUser,
    "root and setpriv",
    "astral-sh/uv#6965: with HOME unset passwd says where home is; where that is no place, it is said",
    () => {
      const { host, options } = userHost();
      const done = run(
        [
          ...someUser,
          "sh",
          kit.script,
          "--prefix",
          host.prefix,
          "--insecure-no-signature",
          "--env",
          "envd,fish",
        ],
        {
          env: { TMPDIR: host.tmp },
        },
      );
      expect(done.code).toBe(0);
      expect(done.stderr).toMatch(
        /WARNING: \/nonexistent\/\.env\.d\/50-airgo\.sh can't be made.*put this line into/,
      );
      expect(existsSync("/nonexistent")).toBe(false);
      expect(options.under).toEqual(someUser);
    },
  );

  test("an unknown kind is a usage error that lists them all", () => {
    const host = new Host(workspace, "unused");
    for (const kinds of ["zsh", "profile,zsh", "none,profile", "profile,,fish", ",", "profile "]) {
      const done = install(host, kit, ["--env", kinds]);
      expect({ kinds, ...done }).toMatchObject({ kinds, code: 2 });
      expect(done.stderr).toContain("profile, envd, systemd, fish, csh");
    }
    expect(existsSync(host.prefix)).toBe(false);
    expect(run(["sh", kit.script, "env", "--env", "profile,fish"]).stderr).toContain(
      "profile, systemd, fish, csh",
    );
  });
});

describe("what stands in the way is named", () => {
  let host: Host;
  const config = join(workspace, "config");
  beforeAll(() => {
    host = hostNamed("plain");
    mkdirSync(join(config, "go"), { recursive: true });
    mkdirSync(join(workspace, "other"));
    writeFileSync(join(workspace, "other/go"), '#!/bin/sh\necho run >>"$0.ran"\n', { mode: 0o755 });
  });

  /** The warnings of an installation in this environment, but for the one that no signature was checked. */
  function warnings(env: Record<string, string>): string[] {
    const done = install(host, kit, [], { env });
    expect(done.code).toBe(0);
    return done.stderr.split("\n").slice(1, -1);
  }

  test("go-nv/goenv#294, asdf-community/asdf-golang#170: a GOROOT that was exported once", () => {
    expect(warnings({ GOROOT: "/usr/lib/go-1.19" })).toEqual([
      expect.stringMatching(/^WARNING: GOROOT is set to \/usr\/lib\/go-1\.19: .* gopls.*unset it/),
    ]);
    expect(warnings({ GOROOT: host.path("current/go") })).toEqual([]);
    expect(
      run([host.path("current/bin/go"), "env", "GOROOT"], { env: { GOROOT: "/old" } }).stdout,
    ).not.toContain("/old");
  });

  test("another go earlier on PATH, which is not run", () => {
    const other = join(workspace, "other");
    const ours = host.path("current/bin");
    const rest = process.env["PATH"] ?? "";
    expect(warnings({ PATH: `${other}:${ours}:${rest}` })).toEqual([
      `WARNING: on PATH another go comes before the one installed here: ${other}/go: put ${ours} in front of its folder`,
    ]);
    for (const PATH of [
      `${ours}:${other}:${rest}`,
      `${host.path("generations/1/bin")}:${other}:${rest}`,
      `${other}:${rest}`,
    ])
      expect(warnings({ PATH })).toEqual([]);
    expect(existsSync(`${other}/go.ran`)).toBe(false);
  });

  test("status tells it too, and where the folder is not on PATH at all", () => {
    const kept = host.path("bin/airgo-kit");
    const asked = (PATH: string): string => run([kept, "status"], { env: { PATH, HOME: host.home } }).stderr;
    const other = join(workspace, "other");
    const ours = host.path("current/bin");
    expect(asked(`${ours}:${system}`)).toBe("");
    expect(asked(`${other}:${ours}:${system}`)).toContain(
      `another go comes before the one installed here: ${other}/go`,
    );
    expect(asked(`${other}:${system}`)).toBe(
      `WARNING: ${ours} is not on PATH, and go is another one: ${other}/go: this puts it there: eval "$('${ours.replace(/current\/bin$/, "bin/airgo-kit")}' env)"\n`,
    );
  });

  test("what go env -w wrote, without secrets", () => {
    const file = join(config, "go/env");
    writeFileSync(
      file,
      [
        "GOPROXY=https://user:secret@proxy.example.com",
        "GOSUMDB=off",
        "# GOFLAGS=-x",
        "GOFLAGS=-mod=vendor",
        "GOPRIVATE=example.com",
        "GOTOOLCHAIN=auto",
        "GOROOT=/old",
        "GONOSUMDB=none",
        "GO111MODULE=on",
        "GOBIN=/anywhere",
        "nonsense",
      ].join("\n"),
    );
    const before = snapshot(config);
    const told = warnings({ XDG_CONFIG_HOME: config });
    expect(told.map((line) => /^WARNING: go env -w set (\w+) to/.exec(line)?.[1])).toEqual([
      "GOPROXY",
      "GOSUMDB",
      "GOFLAGS",
      "GOPRIVATE",
      "GOTOOLCHAIN",
      "GOROOT",
    ]);
    expect(told[0]).toBe(
      `WARNING: go env -w set GOPROXY to https://... in ${file}: this go takes no notice of it, because its wrapper sets GOPROXY; to take it back: go env -u GOPROXY`,
    );
    expect(told[1]).toContain("this go will not check modules with the checksum database");
    expect(told.join("")).not.toContain("secret");
    expect(warnings({ GOENV: file })).toEqual(told);
    expect(warnings({ GOENV: "off", XDG_CONFIG_HOME: config })).toEqual([]);
    mkdirSync(join(workspace, "home with env/.config/go"), { recursive: true });
    writeFileSync(join(workspace, "home with env/.config/go/env"), "GOSUMDB=off\n");
    expect(warnings({ HOME: join(workspace, "home with env") })).toHaveLength(1);
    expect(snapshot(config)).toBe(before);
  });
});
