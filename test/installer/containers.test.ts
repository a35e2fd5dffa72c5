import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { sha256Hex } from "../../src/support/digest.js";
import { fencedBlocks } from "../support/docs.js";
import { writeTinyKit, type TinyKit } from "../support/tiny-kit.js";
import { testWhen } from "../support/tools.js";
import { chrootNeeds, chroots, inImage } from "./chroot.js";
import { buildImage, startImage, type BuiltImage } from "./containerfile.js";
import { makeWorkspace, removeWorkspace, run } from "./harness.js";

const page = "docs/containers.md";
const workspace = makeWorkspace();
/** What the page calls the folder that was carried in, and its kit. */
const context = join(workspace, "context");
let kit: TinyKit;
let built: BuiltImage[];

beforeAll(async () => {
  kit = await writeTinyKit(join(workspace, "kits"), {
    name: "starter",
    versions: ["1.27.3"],
    modules: [{ path: "example.com/one", version: "v1.0.0" }],
  });
  run(["tar", "-cf", join(kit.outer, `starter-${kit.id}.tar`), "-C", kit.outer, `starter-${kit.id}`]);
  mkdirSync(context);
  symlinkSync(kit.outer, join(context, "starter"));
  symlinkSync(kit.key, join(context, "KEY.pem"));
});
afterAll(() => removeWorkspace(workspace));

const blocks = (language: string): string[] =>
  fencedBlocks(page, language).map((text) => text.replaceAll(/\bID\b/g, kit.id));

/** The page's builds: those of its blocks that begin an image. */
function build(): BuiltImage[] {
  const args = { KIT_SHA256: sha256Hex(readFileSync(join(kit.outer, "SHA256SUMS"))) };
  built ??= blocks("dockerfile")
    .filter((text) => text.startsWith("FROM "))
    .map((text, index) => buildImage(text, { folder: join(workspace, `build-${index}`), context, args }));
  return built;
}

describe("docs/containers.md", () => {
  test("its shell lines make the root of an image", () => {
    const [lines = ""] = blocks("sh");
    const done = run(["sh", "-ec", lines], {
      cwd: context,
      env: { HOME: join(workspace, "home"), TMPDIR: join(workspace, "tmp") },
    });
    expect(done).toMatchObject({ code: 0, stderr: "" });
    const names = run(["tar", "-tf", join(context, "image.tar")]).stdout.split("\n");
    expect(names).toEqual(expect.arrayContaining(["./opt/airgo/current", "./etc/profile.d/airgo.sh"]));
  });

  testWhen(chroots, chrootNeeds, "its builds give images that run go", () => {
    expect(build()).toHaveLength(2);
    for (const image of build()) {
      expect(startImage(image)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("go version go1.27.3"),
        stderr: "",
      });
      expect(inImage(image.root, "go env GOPROXY; airgo-kit list", { env: { ...image.env } }).stdout).toMatch(
        /^file:\/\/\/opt\/airgo\/proxy\n\* 1 /,
      );
      // The kit is no part of them.
      expect(readdirSync(join(image.root, "tmp"))).toEqual([]);
      expect(readdirSync(image.root)).not.toContain("kit");
    }
    const [first, second] = build().map(({ root }) => readdirSync(join(root, "opt/airgo")).sort());
    expect(second).toEqual(first);
  });

  testWhen(chroots, chrootNeeds, "a build from a kit that is another one fails", () => {
    const [text = ""] = blocks("dockerfile");
    const args = { KIT_SHA256: "0".repeat(64) };
    expect(() => buildImage(text, { folder: join(workspace, "wrong"), context, args })).toThrow("AIRGO_");
  });

  const hasStatus = readFileSync("dist/installer/install.sh", "utf8").includes("\nverb_status() {");

  testWhen(
    chroots && hasStatus,
    `${chrootNeeds}, and the verb status`,
    "its entry point lets only the expected, whole Go run",
    () => {
      const text = blocks("dockerfile").find((block) => block.startsWith("ENTRYPOINT")) ?? "";
      const image = build()[1];
      if (image === undefined) throw new Error("no image");
      const entered = (block: string): BuiltImage => ({
        ...image,
        entrypoint: JSON.parse(/^ENTRYPOINT (.*)$/m.exec(block)?.[1] ?? "") as string[],
        command: JSON.parse(/^CMD (.*)$/m.exec(block)?.[1] ?? "") as string[],
      });
      expect(startImage(entered(text))).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^go version go1\.27\.3 .*\n$/),
      });
      expect(startImage(entered(text.replace("1.27.3", "1.26.0")))).toMatchObject({ code: 16, stdout: "" });
      expect(startImage(entered(text.replace(kit.id, "000000000000")))).toMatchObject({
        code: 16,
        stdout: "",
      });
      const go = join(image.root, "opt/airgo/current/go/bin/go");
      const whole = readFileSync(go);
      run(["chmod", "u+w", go]);
      writeFileSync(go, "#!/bin/sh\necho hacked\n");
      expect(startImage(entered(text))).toMatchObject({ code: 8, stdout: "" });
      writeFileSync(go, whole);
      run(["chmod", "a-w", go]);
    },
  );

  testWhen(chroots, chrootNeeds, "its service finds go by the environment file alone", () => {
    const [unit = ""] = blocks("ini");
    const value = (name: string): string => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1] ?? "";
    const root = build()[0]?.root ?? "";
    mkdirSync(join(root, value("WorkingDirectory")), { recursive: true });
    const line = `cd ${value("WorkingDirectory")} && env -i $(grep -v '^#' ${value("EnvironmentFile")}) HOME=/root ${value("ExecStart")} && ./service`;
    expect(inImage(root, line)).toEqual({ code: 0, stdout: "hello from airgo\n", stderr: "" });
    const path = inImage(
      root,
      `env -i $(grep -v '^#' ${value("EnvironmentFile")}) sh -c 'command -v go airgo-kit'`,
    );
    expect(path.stdout).toContain("/opt/airgo/current/bin/go\n");
  });
});
