import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { afterAll, beforeAll, expect } from "@jest/globals";

import { makeProject, type TestProject } from "../support/airgo.js";
import { fencedBlocks } from "../support/docs.js";
import { scratchFolder } from "../support/scratch.js";
import { findTool, testWhen } from "../support/tools.js";

/*
 * docs/operator.md, taken at its word: every command of the page, in its order, by root on a host without a network, from the
 * medium to the day on which the host is given back.
 */

const scratch = scratchFolder("operator");
const canPlay =
  ["unshare", "openssl", "tar", "bash"].every((tool) => findTool(tool) !== undefined) &&
  execFileSync("sh", ["-c", "unshare -rnm true && echo yes || :"], { encoding: "utf8" }).trim() === "yes";

let project: TestProject;
/** The folders that are carried: the first kit, and the next one. */
let first: string;
let next: string;

const manifest = (modules: string): string =>
  `  starter:\n    go: ["1.90.x", "1.89.x"]\n    modules: [${modules}]\n    sign: [release]\n`;

beforeAll(async () => {
  project = await makeProject();
  const key = join(project.folder, "release.pem");
  const curve = "ec_paramgen_curve:P-256";
  execFileSync("openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", curve, "-out", key], {
    stdio: "ignore",
  });
  first = await build("first", manifest("app/go.mod"));
  next = await build("next", manifest("app/go.mod, example.com/hello@v1.1.0"), "--update");
});
afterAll(() => project.close());

/** Builds the kit and copies what is to be carried. */
async function build(name: string, kits: string, ...args: readonly string[]): Promise<string> {
  const sources = `{ proxy: "${project.upstream.proxyUrl}", sumdb: "${project.upstream.verifierKey}" }\nsigners:\n  release: { type: ecdsa-p256, key: "file:release.pem" }`;
  await project.manifest(kits, sources);
  expect(await project.airgo(["bundle", ...args])).toMatchObject({
    code: 0,
    stderr: expect.not.stringContaining("error"),
  });
  const carried = join(scratch, name);
  cpSync(realpathSync(join(project.folder, "kits/starter/latest")), carried, { recursive: true });
  return carried;
}

function idOf(carried: string): string {
  const tar = readdirSync(carried).find((file) => file.endsWith(".tar")) ?? "";
  return basename(tar, ".tar").slice("starter-".length);
}

/** What the page's names stand for. */
function inPlace(text: string): string {
  return text
    .replaceAll("starter-ID", `starter-${idOf(first)}`)
    .replaceAll("starter-NEXT", `starter-${idOf(next)}`);
}

testWhen(
  canPlay,
  "unshare -rnm, openssl, tar and bash",
  "every command of the page works, in its order",
  () => {
    const blocks = fencedBlocks("docs/operator.md", "sh").map(inPlace);
    expect(blocks.length).toBeGreaterThan(8);
    const script = join(scratch, "day.sh");
    const medium = join(scratch, "medium");
    for (const folder of ["media/kit", "media/next", "root"])
      mkdirSync(join(medium, folder), { recursive: true });
    cpSync(first, join(medium, "media/kit"), { recursive: true });
    cpSync(next, join(medium, "media/next"), { recursive: true });
    cpSync(join(first, "release.pub.pem"), join(medium, "root/KEY.pem"));
    writeFileSync(
      script,
      [
        "set -e; trap 'ls -lAR /opt/airgo | head -60 >&2' EXIT",
        `mount --rbind '${medium}/media' /media && mount --rbind '${medium}/root' /root`,
        "for folder in /opt /var/tmp /etc/profile.d /etc/systemd/system; do",
        '  [ -d "$folder" ] || continue; mount -t tmpfs -o mode=755 none "$folder"',
        "done",
        ...blocks.map((block, index) => `echo "== block ${index}"\n${block.replaceAll("OLDER", "1.89")}`),
        'echo "== left: $(ls -A /opt /etc/profile.d | tr "\\n" " ")"',
      ].join("\n"),
    );
    const env = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root" };
    const out = execFileSync("unshare", ["-rnm", "sh", script], {
      env,
      encoding: "utf8",
      cwd: "/",
      stdio: "pipe",
    });
    expect(out).toContain("plan for /opt/airgo; nothing was changed");
    expect(out).toMatch(/go version go1\.90\.\d/);
    expect(out).toMatch(/go version go1\.89\.\d/);
    expect(out).toContain('"verb":"watch"');
    expect(out).toMatch(/== left: \/etc\/profile\.d:\s+\/opt:\s*$/);
  },
);
