import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { findTool, testIf, testWhen } from "../support/tools.js";
import {
  busyboxPath,
  Host,
  makeWorkspace,
  pathWith,
  removeWorkspace,
  run,
  shells,
  toolsOf,
} from "./harness.js";

const workspace = makeWorkspace();
let kit: TinyKit;

beforeAll(async () => {
  kit = await writeTinyKit(join(workspace, "kits"));
});
afterAll(() => removeWorkspace(workspace));

/** The lines of a host's log. */
function logOf(host: Host): Record<string, unknown>[] {
  return host
    .read("log/audit.jsonl")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A PATH with all tools and a logger that writes its arguments down, one in each line. */
function pathWithLogger(name: string, help: string, code = 0): { PATH: string; said: () => string[] } {
  const path = pathWith(join(workspace, name), [...toolsOf(kit.script), "printf", "openssl", "tr"]);
  const file = join(workspace, `${name}.said`);
  writeFileSync(
    join(path, "logger"),
    `#!/bin/sh\n[ "$1" != --help ] || { echo '${help}'; exit 0; }\nfor word; do printf '%s\\n' "$word"; done >'${file}'\nexit ${code}\n`,
  );
  chmodSync(join(path, "logger"), 0o755);
  return { PATH: path, said: () => readFileSync(file, "utf8").trimEnd().split("\n") };
}

describe("the log", () => {
  for (const [name, shell] of Object.entries(shells)) {
    testIf([shell[0], "openssl"], `has one line of JSON for each run, good or bad: ${name}`, () => {
      const host = new Host(workspace, `logged "${name}"`);
      expect(host.install(kit, { shell, env: { AIRGO_TRACE_ID: "ship-7" } }).code).toBe(0);
      const args = ["--prefix", host.prefix];
      expect(host.script(kit, ["use", "1.1", ...args], { shell, env: { SUDO_USER: 'a"b' } }).code).toBe(2);
      expect(host.script(kit, ["status", ...args], { shell }).code).toBe(0);
      const [installed, used, asked] = logOf(host);
      expect(installed).toMatchObject({
        verb: "install",
        result: "done",
        exit: 0,
        trace: "ship-7",
        prefix: host.prefix,
        kit: "tiny",
        serial: 1,
        id: kit.id,
        keys: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        generation: 1,
        uid: process.getuid?.(),
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        milliseconds: expect.any(Number),
        host: expect.any(String),
      });
      expect(used).toMatchObject({
        verb: "use",
        result: "AIRGO_VERSION_NOT_HERE",
        exit: 2,
        who: expect.stringMatching(/\(sudo: a"b\)$/),
        trace: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
      expect(asked).toMatchObject({ verb: "status", result: "done" });
      expect(used?.["trace"]).not.toBe(asked?.["trace"]);
    });
  }

  test("is not made by a plan, by help, or by a first installation that is refused", () => {
    const host = new Host(workspace, "unlogged");
    expect(host.script(kit, ["--prefix", host.prefix]).code).toBe(16);
    expect(existsSync(host.prefix)).toBe(false);
    expect(host.script(kit, ["--prefix", host.prefix, "--insecure-no-signature"]).code).toBe(0);
    const before = host.read("log/audit.jsonl");
    host.script(kit, ["plan", "--prefix", host.prefix, "--insecure-no-signature"]);
    host.script(kit, ["help", "--prefix", host.prefix]);
    expect(host.read("log/audit.jsonl")).toBe(before);
  });

  test("that can't be written is said, and fails nothing", () => {
    const host = new Host(workspace, "unwritable");
    expect(host.script(kit, ["--prefix", host.prefix, "--insecure-no-signature"]).code).toBe(0);
    rmSync(host.path("log"), { recursive: true });
    mkdirSync(host.path("log/audit.jsonl"), { recursive: true });
    expect(host.script(kit, ["status", "--prefix", host.prefix])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("this run is not in the log"),
    });
  });
});

describe("the system's log", () => {
  test("hears of each run with structured data where logger can do that", () => {
    const { PATH, said } = pathWithLogger("util-linux", "--rfc5424 --sd-id --sd-param");
    const host = new Host(workspace, "structured");
    const env = { PATH, AIRGO_TRACE_ID: "t1" };
    const shell = [findTool("dash") ?? "/bin/sh"] as [string];
    expect(host.script(kit, ["--prefix", host.prefix, "--insecure-no-signature"], { shell, env }).code).toBe(
      0,
    );
    const words = said();
    expect(words.slice(0, 9)).toEqual([
      "--rfc5424",
      "-t",
      "airgo-kit",
      "-p",
      "authpriv.notice",
      "--msgid",
      "INSTALL",
      "--sd-id",
      "airgo@32473",
    ]);
    expect(words).toEqual(
      expect.arrayContaining([
        'verb="install"',
        'result="done"',
        'trace="t1"',
        `kit="${kit.id}"`,
        'generation="1"',
      ]),
    );
    expect(JSON.parse(words.at(-1) ?? "")).toEqual(logOf(host)[0]);
    expect(host.script(kit, ["use", "7", "--prefix", host.prefix], { shell, env }).code).toBe(2);
    expect(said()).toContain("authpriv.err");
  });

  test("gets the line itself where logger is a simple one, and no failure of it fails the verb", () => {
    const shell = [findTool("dash") ?? "/bin/sh"] as [string];
    for (const code of [0, 1]) {
      const { PATH, said } = pathWithLogger(
        `busybox-${code}`,
        "Usage: logger [-s] [-t TAG] [-p PRIO] [MESSAGE]",
        code,
      );
      const host = new Host(workspace, `simple-${code}`);
      const done = host.script(kit, ["--prefix", host.prefix, "--insecure-no-signature"], {
        shell,
        env: { PATH },
      });
      expect(done.code).toBe(0);
      expect(said().slice(0, 4)).toEqual(["-t", "airgo-kit", "-p", "authpriv.notice"]);
      expect(JSON.parse(said()[4] ?? "")).toMatchObject({ verb: "install" });
    }
  });

  const canMount =
    findTool("unshare") !== undefined &&
    run(["unshare", "-rm", "true"]).code === 0 &&
    findTool("python3") !== undefined;

  testWhen(
    canMount,
    "unshare -rm and python3",
    "what util-linux's logger sends is RFC 5424 with our data",
    () => {
      const host = new Host(workspace, "wire");
      const listener = join(workspace, "listen.py");
      writeFileSync(
        listener,
        [
          "import socket, subprocess, sys",
          's = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("/dev/log"); s.settimeout(60)',
          "code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)",
          "print(code, s.recv(65536).decode())",
        ].join("\n"),
      );
      const script = `mkdir "$W/dev" && for d in null zero urandom; do : >"$W/dev/$d" && mount --bind /dev/$d "$W/dev/$d"; done &&
      mkdir "$W/dev/shm" && mount --bind /dev/shm "$W/dev/shm" &&
      mount --rbind "$W/dev" /dev && exec python3 "$@"`;
      const done = run(
        [
          "unshare",
          "-rm",
          "sh",
          "-c",
          script,
          "sh",
          listener,
          "dash",
          kit.script,
          "--prefix",
          host.prefix,
          "--insecure-no-signature",
        ],
        { env: { W: workspace, HOME: host.home, TMPDIR: host.tmp, AIRGO_TRACE_ID: "t-2" } },
      );
      expect(done.stdout).toMatch(
        /^0 <85>1 \S+ \S+ airgo-kit - INSTALL \[(?:timeQuality [^\]]*\]\[)?airgo@32473 verb="install" result="done" exit="0" trace="t-2" kit="[0-9a-f]{12}" generation="1"\]/,
      );
    },
  );

  testIf("busybox", "with busybox alone there is a log all the same", () => {
    const path = busyboxPath(join(workspace, "applets"));
    const host = new Host(workspace, "applets-host");
    const done = host.script(kit, ["--prefix", host.prefix, "--insecure-no-signature"], {
      shell: [join(path, "busybox"), "ash"],
      env: { PATH: path },
    });
    expect(done.code).toBe(0);
    expect(logOf(host)[0]).toMatchObject({ verb: "install", result: "done" });
  });
});
