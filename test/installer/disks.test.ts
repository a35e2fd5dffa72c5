import { cpSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";

import { type TinyKit } from "../support/tiny-kit.js";
import { findTool, testWhen } from "../support/tools.js";
import {
  pathWith,
  removeWorkspace,
  run,
  shells,
  stub,
  toolsOf,
  type Finished,
  type RunOptions,
} from "./harness.js";
import { TwoKits } from "./two-kits.js";

const two = new TwoKits();
beforeAll(() => two.prepare());
afterAll(() => two.remove());

const mounts = findTool("unshare") !== undefined && run(["unshare", "-rm", "true"]).code === 0;

/** Runs the script in a mount namespace of its own after a shell command there; `$P` is the prefix. */
function installWith(setup: string, what: TinyKit, options: RunOptions = {}): Finished {
  return two.install(what, {
    ...options,
    under: [
      "unshare",
      "-rm",
      "sh",
      "-c",
      `set -e; P=$1; shift; ${setup}; set +e; "$@"; rc=$?; ls -A "$P" | sed 's/^/left: /'; exit $rc`,
      "sh",
      two.host.prefix,
    ],
  });
}

describe("a disk that is full, read-only, or runs no programs ends 32 by name", () => {
  const cases: [name: string, setup: string, text: string][] = [
    ["too small", 'mkdir -p "$P"; mount -t tmpfs -o mode=755,size=1m tmpfs "$P"', "not enough space"],
    [
      "too few inodes",
      'mkdir -p "$P"; mount -t tmpfs -o mode=755,nr_inodes=40 tmpfs "$P"',
      "not enough inodes",
    ],
    ["read-only", 'mkdir -p "$P"; mount -t tmpfs -o mode=755,ro tmpfs "$P"', "AIRGO_DISK"],
    ["noexec", 'mkdir -p "$P"; mount -t tmpfs -o mode=755,noexec tmpfs "$P"', "noexec"],
    [
      "a mount inside",
      'mkdir -p "$P/versions"; : >"$P/.airgo.lock"; mount -t tmpfs -o mode=755 tmpfs "$P/versions"',
      "mount of its own",
    ],
    [
      "a bind mount inside",
      'mkdir -p "$P/versions"; : >"$P/.airgo.lock"; mount --bind "$P/versions" "$P/versions"',
      "mount of its own",
    ],
  ];
  for (const [name, setup, text] of cases) {
    testWhen(mounts, "unshare -rm", name, () => {
      two.reset("nothing");
      const done = installWith(setup, two.kit);
      expect(done).toMatchObject({ code: 32, stderr: expect.stringContaining(text) });
      expect(done.stdout).not.toMatch(/left: (current|proxy|\.staging)/);
      expect(readdirSync(two.host.tmp)).toEqual([]);
    });
  }

  testWhen(
    mounts,
    "unshare -rm",
    "full in the middle of an upgrade: the earlier generation still works, and space is all it needs",
    () => {
      const path = pathWith(join(two.workspace, "full-tools"), [...toolsOf(two.kit.script), "printf", "sh"]);
      rmSync(join(path, "tar"));
      stub(
        path,
        "tar",
        '/usr/bin/env PATH=/usr/bin:/bin dd if=/dev/zero of="$FILL" bs=1M 2>/dev/null; PATH=/usr/bin:/bin; exec tar "$@"',
      );
      two.reset("kit");
      const setup = `cp -a "$P" "$P.copy"; mount -t tmpfs -o mode=755,size=90m tmpfs "$P"; cp -a "$P.copy/." "$P/"`;
      const script = `${setup}; set +e; env PATH=${path} FILL="$P/.staging.fill" "$@"; echo "first: $?"; "$P/current/bin/go" version; readlink "$P/current"; rm "$P/.staging.fill"; "$@"; echo "second: $?"; "$P/current/bin/go" version; ls -A "$P"`;
      const done = two.install(two.next, {
        under: ["unshare", "-rm", "sh", "-c", `set -e; P=$1; shift; ${script}`, "sh", two.host.prefix],
        shell: ["/bin/sh"],
      });
      removeWorkspace(`${two.host.prefix}.copy`);
      expect(done.stdout).toMatch(/first: 32\ngo version go1\.99\.2 .*\ngenerations\/1\n/);
      expect(done.stdout).toMatch(/second: 0\ngo version go1\.99\.3 .*\n\.airgo\.lock\n(?!\.)/);
      expect(done.stderr).toContain("AIRGO_DISK");
    },
  );
});

/** Words in front of the script that give it a small temporary folder of its own, mounted with these options. */
function withTemporary(options: string): string[] {
  const script = 'mount -t tmpfs -o "mode=1777,$1" tmpfs "$TMPDIR"; shift; exec "$@"';
  return ["unshare", "-rm", "sh", "-c", script, "sh", options];
}

/** A copy of a kit in which one file is not as it was signed. */
function damaged(kit: TinyKit): TinyKit {
  const outer = join(two.workspace, "damaged");
  cpSync(kit.outer, outer, { recursive: true });
  const folder = join(outer, kit.folder.slice(kit.outer.length + 1));
  writeFileSync(join(folder, "proxy/example.com/one/@v/v1.0.0.zip"), "evil");
  return { ...kit, outer, folder, script: join(folder, "install.sh") };
}

describe("the temporary folder", () => {
  testWhen(mounts, "unshare -rm", "may be one where no programs run", () => {
    two.reset("nothing");
    expect(two.install(two.kit, { under: withTemporary("noexec") }).code).toBe(0);
    expect(two.host.snapshot()).toBe(two.stateOfKit);
  });

  testWhen(mounts, "unshare -rm", "that is read-only ends 32 by name, and nothing is written", () => {
    two.reset("nothing");
    const done = two.install(two.kit, { under: withTemporary("ro") });
    expect(done).toMatchObject({
      code: 32,
      stderr: expect.stringContaining("no temporary folder can be made"),
    });
    expect(existsSync(two.host.prefix)).toBe(false);
  });

  for (const [shell, [program, ...args]] of Object.entries(shells).slice(0, 2)) {
    for (const [what, option, unit, step] of [
      ["space", "size", "k", 12],
      ["inodes", "nr_inodes", "", 4],
    ] as const) {
      testWhen(
        mounts && findTool(program) !== undefined,
        `unshare -rm and ${program}`,
        `that runs out of ${what} at any moment ends 32 by name, and is never taken for a fault of the kit: ${shell}`,
        () => {
          let done: Finished;
          for (let left = step; ; left += step) {
            two.reset("nothing");
            const under = withTemporary(`${option}=${left}${unit}`);
            done = two.host.install(two.kit, { shell: [program, ...args], under });
            if (done.code === 0) break;
            expect({ left, code: done.code, errors: errorsOf(done) }).toEqual({
              left,
              code: 32,
              errors: ["AIRGO_DISK"],
            });
            expect(left).toBeLessThan(4096);
          }
          expect(two.host.ask("go", "version")).toContain("go1.99.2");
          expect(two.host.leavings()).toEqual([]);
        },
      );
    }
  }

  testWhen(mounts, "unshare -rm", "that is full lets no damaged kit pass", () => {
    two.reset("nothing");
    const bad = damaged(two.kit);
    const errors = new Set<string>();
    for (let left = 12; left < 400; left += 12) {
      const done = two.host.install(bad, { under: withTemporary(`size=${left}k`) });
      expect({ left, code: done.code }).not.toEqual({ left, code: 0 });
      for (const error of errorsOf(done)) errors.add(error);
    }
    expect([...errors]).toEqual(["AIRGO_DISK", "AIRGO_CHECKSUM_MISMATCH"]);
    expect(existsSync(two.host.prefix)).toBe(false);
  });
});

function errorsOf({ stderr }: Finished): string[] {
  return [...stderr.matchAll(/^ERROR (\w+):/gm)].map((line) => line[1] ?? "");
}
