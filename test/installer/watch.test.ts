import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { writeTinyKit } from "../support/tiny-kit.js";
import { findTool, testIf, testWhen } from "../support/tools.js";
import { damages, DamagedHost } from "./damage.js";
import { Host, makeWorkspace, pathWith, removeWorkspace, run, toolsOf } from "./harness.js";

const workspace = makeWorkspace();
const isRoot = process.getuid?.() === 0;
const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
let host: DamagedHost;

beforeAll(async () => {
  host = await DamagedHost.install(workspace);
});
beforeEach(() => host.reset());
afterAll(() => removeWorkspace(workspace));

/** Each shell has its half of the damages; the whole cycle runs in all shells (repair.test.ts). */
const shellOf = (index: number): [string, ...string[]] => (index % 2 === 0 ? ["dash"] : ["busybox", "ash"]);

describe("what is whole", () => {
  testIf("dash", "ends 0, says what was checked and with what, and changes nothing", () => {
    const before = host.snapshot();
    for (const verb of ["watch", "verify"]) {
      const done = host.airgo([verb], { shell: ["dash"] });
      expect(done).toMatchObject({ code: 0, stderr: "" });
      expect(done.stdout).toMatch(
        /^checked: 2 kits, 2 generations, 2 Go versions .*; key sha256:[0-9a-f]{64}, by OpenSSL/m,
      );
      expect(done.stdout).toMatch(/^not checked: h1 of module zips: /m);
      expect(done.stdout).toMatch(/^whole: .*generation 2 is current/m);
    }
    expect(host.snapshot()).toBe(before);
    expect(host.leavings()).toEqual([]);
  });

  testWhen(
    isRoot && findTool("setpriv") !== undefined,
    "root and setpriv",
    "any user can tell, with no rights at all",
    () => {
      const before = host.snapshot();
      expect(host.airgo(["watch"], { under: nobody })).toMatchObject({
        code: 0,
        stderr: expect.stringContaining("not in the log"),
      });
      damages["a byte of Go"]?.harm(host);
      expect(host.airgo(["watch"], { under: nobody }).code).toBe(8);
      host.reset();
      expect(host.snapshot()).toBe(before);
    },
  );

  testIf("unshare", "a file system that can't be written is enough", () => {
    const script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"';
    const done = host.airgo(["watch"], { under: ["unshare", "-rm", "sh", "-c", script, host.prefix] });
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining("whole: ") });
  });

  test("choices that changed since, and kits without signatures, are no damage", async () => {
    const other = new Host(workspace, "choices");
    const kit = await writeTinyKit(join(workspace, "kits"), { name: "unsigned", versions: ["1.99.1"] });
    const args = ["--prefix", other.prefix, "--insecure-no-signature"];
    expect(other.script(kit, [...args, "--umask", "027"]).code).toBe(0);
    expect(other.script(kit, [...args, "--umask", "022", "--private-gopath", "yes"]).code).toBe(0);
    const done = run(["sh", other.path("bin/airgo-kit"), "watch"], {
      env: { HOME: other.home, TMPDIR: other.tmp },
    });
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(done.stdout).toMatch(/^no signature: not checked: kit unsigned-1-\w+ .*--insecure-no-signature/m);
  });

  test("where no program can check who signed it ends 32, though all files are whole", () => {
    const path = pathWith(join(workspace, "no-openssl"), [...toolsOf(host.kit.script), "printf"]);
    const done = host.airgo(["watch"], { shell: ["/bin/sh"], env: { PATH: path } });
    expect(done).toMatchObject({ code: 32, stderr: expect.stringContaining("AIRGO_VERIFIER_MISSING") });
  });
});

describe("damage ends 8 by path, and nothing is changed", () => {
  for (const [index, [name, { harm, told }]] of Object.entries(damages).entries()) {
    testWhen(isRoot, "root", name, () => {
      harm(host);
      const before = host.snapshot();
      const done = host.airgo([index % 3 === 0 ? "verify" : "watch"], { shell: shellOf(index) });
      expect({ ...done, stderr: "" }).toMatchObject({ code: 8, stdout: expect.stringContaining(told) });
      expect(done.stderr).toContain("ERROR AIRGO_INSTALLED_DAMAGED");
      expect(host.snapshot()).toBe(before);
      expect(host.leavings()).toEqual([]);
    });
  }

  test("a key that is given counts as much as one that is kept", () => {
    damages["a key that was withdrawn"]?.harm(host);
    expect(host.airgo(["watch", "--key", host.kit.key]).code).toBe(0);
    expect(existsSync(host.path("trust/release.pub.pem"))).toBe(false);
  });
});

describe("what is installed while it looks", () => {
  test("is looked at once more", () => {
    const path = pathWith(join(workspace, "meanwhile"), [...toolsOf(host.kit.script), "printf", "openssl"]);
    run(["rm", join(path, "base64")]);
    // A kit's key is read after the first look at the top of the prefix.
    const once = join(workspace, "once");
    const install = `"${host.path("bin/airgo-kit")}" rollback --prefix "${host.prefix}" >/dev/null`;
    writeFileSync(
      join(path, "base64"),
      `#!/bin/sh\nPATH=/usr/bin:/bin\n[ -e "${once}" ] || { : >"${once}"; sh ${install}; }\nexec base64 "$@"\n`,
      { mode: 0o755 },
    );
    const done = host.airgo(["watch"], { shell: ["/bin/sh"], env: { PATH: path } });
    expect(done).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/once more[^]*generation 1 is current/),
    });
  });
});

test("a kit that was installed without a signature is in order, until a key is given that should vouch for it", () => {
  const unsigned = new Host(workspace, "unsigned");
  const args = ["--prefix", unsigned.prefix];
  expect(unsigned.script(host.kit, [...args, "--insecure-no-signature"]).code).toBe(0);
  expect(unsigned.script(host.kit, ["watch", ...args])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("no signature: not checked"),
  });
  expect(unsigned.script(host.kit, ["watch", ...args, "--key", host.kit.key])).toMatchObject({
    code: 8,
    stdout: expect.stringContaining("it was installed with --insecure-no-signature"),
  });
});

describe("--alert", () => {
  const told = join(workspace, "told");
  const program = join(workspace, "alert me");

  test("gets the findings, and its failure changes no exit code", () => {
    writeFileSync(
      program,
      `#!/bin/sh\n{ echo "$AIRGO_ALERT_RESULT $AIRGO_ALERT_PREFIX $#"; cat; } >'${told}'\nexit 3\n`,
    );
    chmodSync(program, 0o755);
    expect(host.airgo(["watch", "--alert", program]).code).toBe(0);
    expect(existsSync(told)).toBe(false);
    damages["a byte of Go"]?.harm(host);
    const done = host.airgo(["watch", "--alert", program]);
    expect(done).toMatchObject({
      code: 8,
      stderr: expect.stringContaining("the program of --alert failed (exit code 3)"),
    });
    expect(readFileSync(told, "utf8")).toMatch(
      new RegExp(`^AIRGO_INSTALLED_DAMAGED ${host.prefix} 0\n.*other contents: src/fmt/print.go\n$`),
    );
  });

  test("is told of a watch that could not look, too", () => {
    writeFileSync(host.path("trust/bad.pem"), "no key\n");
    expect(host.airgo(["watch", "--alert", program]).code).toBe(32);
    expect(readFileSync(told, "utf8")).toContain("AIRGO_KEY_UNREADABLE");
  });

  testWhen(isRoot, "root", "is not taken from choices that others could have written", () => {
    writeFileSync(host.path("choices.tsv"), `alert\t${program}\n`);
    run(["rm", "-f", told]);
    expect(host.airgo(["watch"]).code).toBe(0);
    damages["a byte of Go"]?.harm(host);
    expect(host.airgo(["watch"]).code).toBe(8);
    expect(existsSync(told)).toBe(true);
    run(["rm", "-f", told]);
    chmodSync(host.path("choices.tsv"), 0o666);
    expect(host.airgo(["watch"]).code).toBe(8);
    expect(existsSync(told)).toBe(false);
  });

  test("is not run where another user could have changed it, or its folder", () => {
    run(["rm", "-f", told]);
    damages["a byte of Go"]?.harm(host);
    const open = join(workspace, "open");
    mkdirSync(open);
    copyFileSync(program, join(open, "alert"));
    for (const [file, place] of [
      [program, program],
      [join(open, "alert"), open],
    ] as const) {
      chmodSync(place, 0o777);
      const done = host.airgo(["watch", "--alert", file]);
      expect(done).toMatchObject({
        code: 8,
        stderr: expect.stringContaining("was not run, because another user"),
      });
      chmodSync(place, 0o755);
    }
    expect(existsSync(told)).toBe(false);
    expect(host.airgo(["watch", "--alert", join(open, "alert")]).code).toBe(8);
    expect(existsSync(told)).toBe(true);
  });

  test("that was chosen can be taken back", () => {
    writeFileSync(host.path("choices.tsv"), `alert\t${program}\n`);
    run(["rm", "-f", told]);
    damages["a byte of Go"]?.harm(host);
    expect(host.airgo(["watch", "--alert", "none"])).toMatchObject({
      code: 8,
      stderr: expect.not.stringContaining("the program of --alert failed"),
    });
    expect(existsSync(told)).toBe(false);
    writeFileSync(host.path("choices.tsv"), "alert\tnone\n");
    const done = host.airgo(["watch"]);
    expect(done.stdout).not.toContain("choices.tsv");
    expect(done.stderr).not.toContain("the program of --alert failed");
    expect(existsSync(told)).toBe(false);
  });

  test("is a whole path", () => {
    expect(host.airgo(["watch", "--alert", "mail me"]).code).toBe(2);
  });
});

describe("--quarantine", () => {
  for (const shell of [["dash"], ["busybox", "ash"]] as const) {
    testIf(shell[0], `goes back to the newest generation that is whole: ${shell.join(" ")}`, () => {
      damages["a byte of Go"]?.harm(host);
      const done = host.airgo(["watch", "--quarantine"], { shell: [...shell] });
      expect(done).toMatchObject({
        code: 8,
        stdout: expect.stringContaining("generation 2 is disabled, generation 1 is current now"),
      });
      expect(readlinkSync(host.path("current"))).toBe("generations/1");
      expect(host.read("generations/2/disabled")).toContain("src/fmt/print.go");
      expect(host.ask("go", "version")).toContain("go1.99.2");
      expect(host.leavings()).toEqual([]);
      // Nothing goes back to it, and what is left is told until it is mended.
      expect(host.airgo(["rollback", "2"], { shell: [...shell] })).toMatchObject({
        code: 8,
        stderr: expect.stringContaining("disabled"),
      });
      expect(host.airgo(["watch", "--quarantine"], { shell: [...shell] }).code).toBe(8);
      expect(readlinkSync(host.path("current"))).toBe("generations/1");
    });
  }

  test("where none is whole no generation is current, and that is loud", () => {
    damages["no Go at all"]?.harm(host);
    const done = host.airgo(["watch", "--quarantine"]);
    expect(done).toMatchObject({ code: 8, stderr: expect.stringContaining("NO GO IS IN USE") });
    expect(existsSync(host.path("current"))).toBe(false);
    expect(existsSync(host.path("generations/2/disabled"))).toBe(true);
  });

  test("an earlier generation that is whole but does not work here is passed over", () => {
    damages["a wrapper that was edited"]?.harm(host);
    const hidden = host.path(
      "versions",
      readlinkSync(host.path("generations/1/go")).split("/").pop() ?? "",
      "bin/go",
    );
    const path = pathWith(join(workspace, "broken"), [...toolsOf(host.kit.script), "printf", "openssl"]);
    run(["rm", join(path, "env")]);
    writeFileSync(join(path, "env"), `#!/bin/sh\nexit 1 # ${hidden}\n`, { mode: 0o755 });
    const done = host.airgo(["watch", "--quarantine"], { shell: ["/bin/sh"], env: { PATH: path } });
    expect(done).toMatchObject({
      code: 8,
      stderr: expect.stringContaining("generation 1 is whole, but go 1.99.2 can't be run"),
    });
    expect(existsSync(host.path("current"))).toBe(false);
  });

  test("what all generations share disables none", () => {
    damages["a module's zip"]?.harm(host);
    expect(host.airgo(["watch", "--quarantine"]).code).toBe(8);
    expect(readlinkSync(host.path("current"))).toBe("generations/2");
    expect(existsSync(host.path("generations/2/disabled"))).toBe(false);
  });

  testWhen(
    isRoot && findTool("setpriv") !== undefined,
    "root and setpriv",
    "without rights it is said, and the finding stays",
    () => {
      damages["a byte of Go"]?.harm(host);
      expect(host.airgo(["watch", "--quarantine"], { under: nobody })).toMatchObject({
        code: 8,
        stderr: expect.stringContaining("this user can't write"),
      });
      expect(readlinkSync(host.path("current"))).toBe("generations/2");
    },
  );

  testIf("flock", "waits for no other run longer than it should", () => {
    damages["a byte of Go"]?.harm(host);
    const done = host.airgo(["watch", "--quarantine", "--wait", "0"], {
      under: ["flock", host.path(".airgo.lock")],
    });
    expect(done).toMatchObject({
      code: 32,
      stdout: expect.stringContaining("print.go"),
      stderr: expect.stringContaining("AIRGO_BUSY"),
    });
  });
});
