import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { testIf, testWhen } from "../support/tools.js";
import { damages, DamagedHost } from "./damage.js";
import { makeWorkspace, removeWorkspace, run, snapshot } from "./harness.js";

const workspace = makeWorkspace();
const isRoot = process.getuid?.() === 0;
const shells = [["dash"], ["busybox", "ash"], ["bash", "--posix"], ["mksh"], ["ksh93"]] as const;
const red = "\u001b[31mred";
let host: DamagedHost;

beforeAll(async () => {
  host = await DamagedHost.install(workspace);
});
beforeEach(() => host.reset());
afterAll(() => removeWorkspace(workspace));

function current(target: string): void {
  rmSync(host.path("current"));
  symlinkSync(target, host.path("current"));
}

function edit(from: RegExp, to: string): void {
  const table = host.path("generations/2/generation.tsv");
  writeFileSync(table, readFileSync(table, "utf8").replace(from, to));
}

describe("the terminal obeys nothing that an altered installation holds", () => {
  const alterations: Readonly<Record<string, () => void>> = {
    "the link current": () => current(red),
    "the default Go": () => edit(/^default\t.*$/m, `default\t${red}`),
    "the name of a kit": () => edit(/^kit\ttiny/m, `kit\ttiny${red}`),
    "who made it": () => edit(/^who\t.*$/m, `who\t${red}`),
    "the log": () => appendFileSync(host.path("log/audit.jsonl"), `{"verb":"watch"${red}}\n`),
  };
  for (const [name, alter] of Object.entries(alterations)) {
    test(name, () => {
      alter();
      for (const verb of [["status"], ["use", "newest"], ["watch"], ["repair"]]) {
        const done = host.airgo(verb);
        expect({ verb, text: done.stdout + done.stderr }).toEqual({
          verb,
          text: expect.not.stringContaining("\u001b"),
        });
      }
    });
  }

  test("and every line of the log stays JSON", () => {
    current('1,"verb":"install"');
    expect(host.airgo(["status"]).code).toBe(8);
    const last = host.read("log/audit.jsonl").trim().split("\n").pop() ?? "";
    expect(JSON.parse(last)).toMatchObject({ verb: "status", result: "AIRGO_INSTALLED_DAMAGED" });
  });
});

describe("numbers of generations", () => {
  test("one that no run gives is counted by none, and stops no upgrade", () => {
    cpSync(host.path("generations/1"), host.path("generations/99999999999999999999"), { recursive: true });
    const before = snapshot(host.path("generations/99999999999999999999"));
    expect(host.airgo(["rollback"])).toMatchObject({ code: 0 });
    expect(host.airgo(["use", "1.99"])).toMatchObject({ code: 0 });
    expect(readlinkSync(host.path("current"))).toMatch(/^generations\/[123]$/);
    expect(snapshot(host.path("generations/99999999999999999999"))).toBe(before);
  });

  test("the highest one is followed by none, and that is said", () => {
    cpSync(host.path("generations/1"), host.path("generations/999999999"), { recursive: true });
    const done = host.script(host.kit, ["--prefix", host.prefix, "--allow-downgrade"]);
    expect(done).toMatchObject({ code: 8, stderr: expect.stringContaining("no number is left") });
    expect(readlinkSync(host.path("current"))).toBe("generations/2");
  });

  for (const shell of shells.slice(0, 2)) {
    testIf(shell[0], `what only looks like one is none: ${shell.join(" ")}`, () => {
      for (const number of ["01", "1.0", "1e0", " 1", "+1", "0x1", "../generations/1", "1\\n"])
        expect({ number, ...host.airgo(["rollback", number], { shell }) }).toMatchObject({
          number,
          code: 2,
          stderr: expect.stringContaining("AIRGO_NO_SUCH_GENERATION"),
        });
    });
  }
});

test("an alert that leaves a process behind does not hold the lock", () => {
  const program = join(workspace, "alert");
  const pid = join(workspace, "pid");
  writeFileSync(program, `#!/bin/sh\nsleep 60 >/dev/null 2>&1 &\necho $! >'${pid}'\n`, { mode: 0o755 });
  damages["a byte of Go"]?.harm(host);
  try {
    expect(host.airgo(["watch", "--quarantine", "--alert", program]).code).toBe(8);
    expect(host.airgo(["repair", "--wait", "0"])).toMatchObject({ code: 0 });
  } finally {
    process.kill(Number(readFileSync(pid, "utf8")));
  }
});

test("a folder in the place of the mark does not keep a damaged generation in use", () => {
  damages["a byte of Go"]?.harm(host);
  mkdirSync(host.path("generations/2/disabled"));
  expect(host.airgo(["watch", "--quarantine"]).stdout).toContain("generation 1 is current now");
});

describe("tables of a kit that is not verified yet", () => {
  for (const shell of shells) {
    testIf(shell[0], `the kit is refused, whatever numbers they hold: ${shell.join(" ")}`, () => {
      const hostile = join(workspace, "hostile");
      removeWorkspace(hostile);
      run(["cp", "-a", host.next.outer, hostile]);
      const folder = join(hostile, readdirSync(hostile).find((name) => name.startsWith("tiny-")) ?? "");
      const table = join(folder.replace(/\.tar$/, ""), "kit/toolchains.tsv");
      const text = readFileSync(table, "utf8");
      for (const number of ["99999999999999999999999999", "inf", "08", "a[$(id)]"]) {
        writeFileSync(table, text.replaceAll(/\d+\t\d+$/gm, `${number}\t${number}`));
        const done = run(
          [...shell, join(table, "../../install.sh"), "plan", "--prefix", join(workspace, "none")],
          {
            env: { HOME: host.home, TMPDIR: host.tmp, AIRGO_KEY: host.next.key },
          },
        );
        expect({ number, ...done }).toMatchObject({
          number,
          code: 8,
          stderr: expect.stringContaining("AIRGO_CHECKSUM_MISMATCH"),
        });
      }
    });
  }
});

describe("a temporary folder that another user could exchange is refused, and nothing is left there", () => {
  const folder = join(workspace, "temporary");
  const refused = (): void => {
    for (const verb of ["status", "watch", "doctor"]) {
      const done = host.airgo([verb], { env: { TMPDIR: join(folder, "mine") } });
      expect({ verb, ...done }).toMatchObject({
        verb,
        code: 32,
        stderr: expect.stringContaining(`another user could exchange what lies in ${folder}`),
      });
      expect(readdirSync(join(folder, "mine"))).toEqual([]);
    }
  };
  beforeEach(() => {
    removeWorkspace(folder);
    mkdirSync(join(folder, "mine"), { recursive: true });
  });

  test("others can write there", () => {
    chmodSync(folder, 0o777);
    refused();
    chmodSync(folder, 0o1777);
    expect(host.airgo(["status"], { env: { TMPDIR: join(folder, "mine") } }).code).toBe(0);
  });

  testWhen(isRoot, "root", "it is another user's", () => {
    chownSync(folder, 65534, 65534);
    refused();
  });
});
