import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, jest } from "@jest/globals";

import { makeWorkspace, removeWorkspace, run, type Finished } from "../installer/harness.js";
import { SmallHost } from "../installer/small-hosts.js";
import { writeTwoKits } from "../installer/two-kits.js";
import { makeOpenpgpSigner } from "../support/signers.js";
import type { TinyKit } from "../support/tiny-kit.js";
import { findTool, testWhen } from "../support/tools.js";

/*
 * A host as small as Debian makes one: what `debootstrap --variant=minbase` installs of the release and from the mirror
 * that this machine's own sources name. With AIRGO_TEST_CACHE it is made once and kept there.
 */

const workspace = makeWorkspace();
const source = debianSource();
const cache = process.env["AIRGO_TEST_CACHE"] ?? join(workspace, "cache");
const root = join(cache, `debian-${source?.suite ?? "none"}-minbase`);
const needs = existsSync(root) ? missingTools("unshare", "gpg") : needsToMake();
const kits = join(workspace, "kits");
let kit: TinyKit;
let next: TinyKit;

jest.setTimeout(900_000);
beforeAll(async () => {
  if (needs.length > 0) return;
  for (const folder of [kits, join(workspace, "opt"), join(workspace, "state")]) mkdirSync(folder);
  if (!existsSync(root)) makeRoot();
  const signers = [makeOpenpgpSigner(join(workspace, "signers"), "release")];
  [kit, next] = await writeTwoKits(kits, { signers });
});
afterAll(() => removeWorkspace(workspace));

interface DebianSource {
  readonly mirror: string;
  readonly suite: string;
}

/** The first place of Debian's own packages in apt's sources, in either of their forms. */
function debianSource(): DebianSource | undefined {
  const folder = "/etc/apt/sources.list.d";
  const files = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  const texts = ["/etc/apt/sources.list", ...files]
    .filter(existsSync)
    .map((file) => readFileSync(file, "utf8"));
  const blocks = texts.flatMap((text) => text.split(/\n\n+/));
  return blocks.map(sourceOfBlock).find((found) => found !== undefined);
}

function sourceOfBlock(block: string): DebianSource | undefined {
  const line = /^deb (?:\[[^\]]*\] )?(\S+\/debian)\/? ([a-z]+) (?:.* )?main\b/m.exec(block);
  const mirror = line?.[1] ?? /^URIs: *(\S+\/debian)\/?$/m.exec(block)?.[1];
  const suite = line?.[2] ?? /^Suites: *([a-z]+)\b/m.exec(block)?.[1];
  return mirror === undefined || suite === undefined ? undefined : { mirror, suite };
}

function missingTools(...tools: string[]): string[] {
  return tools.filter((tool) => findTool(tool) === undefined).map((tool) => `no ${tool}`);
}

/** What is missing where the host must be made first. */
function needsToMake(): string[] {
  if (process.env["AIRGO_LIVE_TESTS"] === "0") return ["AIRGO_LIVE_TESTS is 0"];
  const missing = missingTools("unshare", "gpg", "debootstrap", "wget");
  if (missing.length > 0) return missing;
  if (process.getuid?.() !== 0) return ["debootstrap needs root"];
  if (source === undefined) return ["no Debian mirror in apt's sources"];
  const asked = run([
    "wget",
    "-q",
    "-t",
    "1",
    "-T",
    "20",
    "--spider",
    `${source.mirror}/dists/${source.suite}/Release`,
  ]);
  return asked.code === 0 ? [] : ["the Debian mirror does not answer"];
}

/** Makes the host under another name first, so that what was interrupted is never taken for one. */
function makeRoot(): void {
  const made = `${root}.${process.pid}`;
  mkdirSync(cache, { recursive: true });
  const done = run(["debootstrap", "--variant=minbase", source?.suite ?? "", made, source?.mirror ?? ""]);
  if (done.code !== 0) throw new Error(done.stdout.slice(-2000));
  writeFileSync(join(made, "dev", "null"), "");
  renameSync(made, root);
}

/** Runs something on the host, which may write nowhere but in its /opt, /tmp and root's home. */
function onHost(...argv: readonly string[]): Finished {
  return new SmallHost(root, {
    "/mnt": kits,
    "/opt": join(workspace, "opt"),
    "/tmp": join(workspace, "tmp"),
    "/root": join(workspace, "state"),
  }).run(...argv);
}

/** Runs the kit's script as the host's sh does. */
function script(what: TinyKit, ...words: readonly string[]): Finished {
  return onHost("/bin/sh", inside(what.script), ...words);
}

/** Where the host finds a file of the kits. */
function inside(file: string): string {
  return `/mnt${file.slice(kits.length)}`;
}

describe("a Debian of its required packages alone, without a network", () => {
  testWhen(
    needs.length === 0,
    needs.join(", "),
    "verifies with the program that it has, installs, upgrades, runs go",
    () => {
      const key = ["--key", inside(kit.key)];
      const prefix = ["--prefix", "/opt/airgo"];
      expect(onHost("/bin/sh", "-c", "command -v openssl gpg ssh-keygen").stdout).toBe("");
      const verified = script(kit, "verify", ...key);
      expect(verified).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/gpgv|sqv/) });
      expect(script(kit, ...prefix, ...key)).toMatchObject({ code: 0, stderr: "" });
      expect(onHost("/opt/airgo/current/bin/go", "version").stdout).toMatch(/^go version go1\.99\.2 linux\//);
      // The key that was given is trusted from then on.
      expect(script(next, ...prefix)).toMatchObject({ code: 0, stderr: "" });
      expect(onHost("/opt/airgo/current/bin/go", "version").stdout).toMatch(/^go version go1\.99\.3 linux\//);
      expect(onHost("/opt/airgo/current/bin/go", "env", "GOPROXY").stdout).toBe("file:///opt/airgo/proxy\n");
      expect(script(next, ...prefix)).toMatchObject({ stdout: expect.stringContaining("already current") });
      expect(script(kit, ...prefix)).toMatchObject({
        code: 16,
        stderr: expect.stringContaining("AIRGO_DOWNGRADE"),
      });
      expect(readdirSync(join(workspace, "tmp"))).toEqual([]);
      expect(readdirSync(join(workspace, "opt", "airgo")).filter((name) => name.startsWith("."))).toEqual([
        ".airgo.lock",
      ]);
    },
  );
});
