import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { findTool, testIf, testWhen } from "../support/tools.js";
import { Host, makeWorkspace, removeWorkspace, run, type Finished } from "./harness.js";

const workspace = makeWorkspace();
const isRoot = process.getuid?.() === 0;
const image = join(workspace, "image");
const units = join(image, "etc/systemd/system");
/** Everything that units give a meaning to. */
const oddPlace = `/opt/it's 100%h $HOME "quoted" back\\slash`;
let kit: TinyKit;

beforeAll(async () => {
  kit = await writeTinyKit(join(workspace, "kits"), {
    versions: ["1.99.2"],
    modules: [{ path: "example.com/one", version: "v1.0.0" }],
  });
});
beforeEach(() => {
  removeWorkspace(image);
  mkdirSync(image);
});
afterAll(() => removeWorkspace(workspace));

/** Runs install.sh for an image; the prefix is that of the image. */
function inImage(args: readonly string[], shell: [string, ...string[]] = ["dash"]): Finished {
  return new Host(workspace, "unused").script(kit, [...args, "--root", image], { shell });
}

function install(prefix = "/opt/airgo"): void {
  expect(inImage(["--insecure-no-signature", "--prefix", prefix])).toMatchObject({ code: 0 });
}

function expectExposure(service: string, user: readonly string[] = []): void {
  const argv = [
    "systemd-analyze",
    ...user,
    "security",
    "--offline=true",
    "--threshold=10",
    "--no-pager",
    service,
  ];
  const done = run(argv, { env: { LC_ALL: "C.UTF-8", XDG_RUNTIME_DIR: workspace } });
  expect({ service, ...done, stdout: /Overall exposure level.*/.exec(done.stdout)?.[0] }).toMatchObject({
    code: 0,
  });
}

describe("--schedule systemd", () => {
  for (const shell of [["dash"], ["busybox", "ash"]] as [string, ...string[]][]) {
    testIf(
      [shell[0], "systemd-analyze"],
      `writes units that systemd accepts and calls safe: ${shell.join(" ")}`,
      () => {
        install();
        const before = readdirSync(join(image, "opt/airgo")).filter((name) => name !== "log");
        for (const more of [[], ["--quarantine"]]) {
          expect(inImage(["watch", "--schedule", "systemd", ...more], shell)).toMatchObject({
            code: 0,
            stderr: "",
          });
          const service = join(units, "airgo-watch.service");
          const text = readFileSync(service, "utf8");
          expect(text).toContain(
            `\nExecStart=/bin/sh "/opt/airgo/bin/airgo-kit" watch${more.map((word) => ` ${word}`).join("")}\n`,
          );
          expect(text.includes("\nDynamicUser=yes\n")).toBe(more.length === 0);
          expect(text.includes('\nReadWritePaths="/opt/airgo"\n')).toBe(more.length > 0);
          expect(run(["systemd-analyze", "verify", service, join(units, "airgo-watch.timer")])).toMatchObject(
            { code: 0 },
          );
          expectExposure(service);
        }
        expect(readFileSync(join(units, "airgo-watch.timer"), "utf8")).toMatch(
          /OnCalendar=daily\nRandomizedDelaySec=1h\nPersistent=true/,
        );
        expect(readlinkSync(join(units, "timers.target.wants/airgo-watch.timer"))).toBe(
          "../airgo-watch.timer",
        );
        const rows = readFileSync(join(image, "opt/airgo/outside.tsv"), "utf8");
        expect(rows).toMatch(/^[0-9a-f]{64}\t\/etc\/systemd\/system\/airgo-watch\.service$/m);
        expect(rows).toMatch(/^link\t\/etc\/systemd\/system\/timers\.target\.wants\/airgo-watch\.timer$/m);
        // And all of it goes again, with the folders that were made for it.
        expect(inImage(["watch", "--schedule", "none"], shell)).toMatchObject({ code: 0, stderr: "" });
        expect(existsSync(join(image, "etc"))).toBe(false);
        expect(readdirSync(join(image, "opt/airgo")).filter((name) => name !== "log")).toEqual(before);
      },
    );
  }

  testIf(["dash", "systemd-analyze", "unshare"], "a prefix of odd characters is one word for systemd", () => {
    install(oddPlace);
    const args = ["watch", "--schedule", "systemd", "--quarantine", "--prefix", oddPlace];
    expect(inImage(args)).toMatchObject({ code: 0, stderr: "" });
    const service = join(units, "airgo-watch.service");
    const word = `"/opt/it's 100%%h $HOME \\"quoted\\" back\\\\slash`;
    expect(readFileSync(service, "utf8")).toContain(`\nReadWritePaths=${word}"\n`);
    expect(readFileSync(service, "utf8")).toContain(
      `\nExecStart=/bin/sh ${word.replace("$", "$$$$")}/bin/airgo-kit" watch --quarantine\n`,
    );
    expect(run(["systemd-analyze", "verify", service])).toMatchObject({ code: 0 });
    expectExposure(service);
  });

  testWhen(
    isRoot && findTool("setpriv") !== undefined && findTool("systemd-analyze") !== undefined,
    "root, setpriv and systemd-analyze",
    "a user gets units of his own",
    () => {
      const home = join(workspace, "user");
      mkdirSync(home);
      run(["chown", "65534:65534", home]);
      const host = new Host(workspace, "user/.local/share/airgo");
      const options = {
        under: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
        env: { HOME: home },
      };
      expect(host.script(kit, ["--insecure-no-signature"], options).code).toBe(0);
      const done = host.script(kit, ["watch", "--schedule", "systemd"], options);
      expect(done).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("systemctl --user start airgo-watch.timer"),
      });
      const service = join(home, ".config/systemd/user/airgo-watch.service");
      expect(readFileSync(service, "utf8")).not.toContain("DynamicUser");
      expectExposure(service, ["--user"]);
      expect(host.script(kit, ["watch"], options)).toMatchObject({ code: 0 });
      expect(host.script(kit, ["watch", "--schedule", "cron"], options)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(
          /crontab -e:\n\d+ [1-5] \* \* \* \/bin\/sh '.*\/bin\/airgo-kit' watch >\/dev\/null\n/,
        ),
      });
      expect(existsSync(join(home, ".config"))).toBe(false);
    },
  );

  testIf("dash", "what somebody else made, or edited, is neither overwritten nor removed", () => {
    install();
    mkdirSync(units, { recursive: true });
    writeFileSync(join(units, "airgo-watch.timer"), "mine\n");
    expect(inImage(["watch", "--schedule", "systemd"])).toMatchObject({
      code: 16,
      stderr: expect.stringContaining("AIRGO_OUTSIDE_FOREIGN"),
    });
    expect(readdirSync(units)).toEqual(["airgo-watch.timer"]);
    run(["rm", join(units, "airgo-watch.timer")]);
    expect(inImage(["watch", "--schedule", "systemd"]).code).toBe(0);
    writeFileSync(join(units, "airgo-watch.service"), "edited\n");
    expect(inImage(["watch"])).toMatchObject({
      code: 8,
      stdout: expect.stringContaining("airgo-watch.service: it was changed since airgo made it"),
      // A repair writes nothing outside the prefix, so none is advised.
      stderr: expect.stringMatching(/ {2}next: {5}what lies outside the prefix: move it aside/),
    });
    expect(inImage(["watch", "--schedule", "none"])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("it stays"),
    });
    expect(readdirSync(units)).toEqual(["airgo-watch.service"]);
    expect(inImage(["watch"]).code).toBe(8);
    expect(inImage(["watch", "--schedule", "systemd"]).code).toBe(16);
  });

  testIf("dash", "a file that is gone is told, and comes back by scheduling again", () => {
    install();
    expect(inImage(["watch", "--schedule", "systemd"]).code).toBe(0);
    run(["rm", join(units, "timers.target.wants/airgo-watch.timer")]);
    expect(inImage(["watch"])).toMatchObject({
      code: 8,
      stdout: expect.stringContaining("airgo-watch.timer: it is gone"),
    });
    expect(inImage(["watch", "--schedule", "systemd"]).code).toBe(0);
    expect(inImage(["watch"]).code).toBe(0);
  });

  testIf("dash", "a link that leads out of the image is not followed", () => {
    install();
    mkdirSync(join(image, "etc"));
    run(["ln", "-s", join(workspace, "tmp"), join(image, "etc/systemd")]);
    expect(inImage(["watch", "--schedule", "systemd"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("out of the image"),
    });
    expect(readdirSync(join(workspace, "tmp"))).toEqual([]);
  });
});

describe("--schedule cron", () => {
  testIf(
    "dash",
    "writes a file where there is a folder for it, in words that cron leaves as they are",
    () => {
      install(oddPlace);
      mkdirSync(join(image, "etc/cron.d"), { recursive: true });
      const args = ["watch", "--prefix", oddPlace, "--schedule"];
      expect(inImage([...args, "systemd"]).code).toBe(0);
      expect(inImage([...args, "cron", "--quarantine"])).toMatchObject({ code: 0, stderr: "" });
      expect(readdirSync(join(image, "etc"))).toEqual(["cron.d"]);
      const [, minute, hour, command] =
        /^(\d+) (\d+) \* \* \* root (.*)$/m.exec(
          readFileSync(join(image, "etc/cron.d/airgo-watch"), "utf8"),
        ) ?? [];
      expect(Number(minute)).toBeLessThan(60);
      expect(Number(hour)).toBeLessThan(6);
      // What cron hands to the shell.
      const words = run([
        "dash",
        "-c",
        `set -- ${(command ?? "").replaceAll("\\%", "%").replace(" >/dev/null", "")}; printf '%s\\n' "$@"`,
      ]).stdout;
      expect(words).toBe(`/bin/sh\n${oddPlace}/bin/airgo-kit\nwatch\n--quarantine\n`);
      expect(inImage([...args, "none"]).code).toBe(0);
      expect(readdirSync(join(image, "etc/cron.d"))).toEqual([]);
    },
  );

  test("to remove what is not there is said to be so", () => {
    install();
    expect(inImage(["watch", "--schedule", "none"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("no timer of airgo's is here"),
    });
  });

  test("keys are not for timers", () => {
    install();
    expect(inImage(["watch", "--schedule", "cron", "--key", kit.key]).code).toBe(2);
  });
});
