import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, test } from "@jest/globals";

import { readArchive } from "../../support/read-archive.js";
import { writeArchive, type PackedFile } from "../../../src/kit/archive-writer.js";
import { sha256Hex } from "../../../src/support/digest.js";
import { built, startNode } from "../../support/node-script.js";
import { scratchFolder } from "../../support/scratch.js";
import { testIf } from "../../support/tools.js";

const root = scratchFolder("writer");
let names = 0;
const fresh = (): string => join(root, `${++names}`);

/** Small, empty, large, and names of all lengths that tar treats in its own ways. */
const contents: Record<string, string | Buffer> = {
  "top/empty": "",
  "top/install.sh": "#!/bin/sh\n",
  "top/block": Buffer.alloc(512, 1),
  "top/large": Buffer.alloc((3 << 20) + 7, 2),
  "top/B": "capital",
  "top/a": "small",
  [`top/${"d".repeat(60)}/${"e".repeat(60)}`]: "a name of two parts",
  [`top/${"f".repeat(160)}`]: "a name that fits no header",
  [`top/${"g/".repeat(150)}h`]: "a long path",
};

function staged(): PackedFile[] {
  const folder = fresh();
  return Object.entries(contents).map(([name, data]) => {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, data);
    return {
      name,
      file,
      size: Buffer.from(data).length,
      sha256: sha256Hex(data),
      mode: name.endsWith(".sh") ? 0o755 : 0o644,
    };
  });
}

async function written(
  files: readonly PackedFile[],
): Promise<{ target: string; sha256: string; size: number }> {
  const target = fresh();
  return { target, ...(await writeArchive(target, files)) };
}

describe("the bytes of an archive", () => {
  test("are what it says: digest, size and progress", async () => {
    const target = fresh();
    let counted = 0;
    const { sha256, size } = await writeArchive(target, staged(), { onBytes: (bytes) => (counted += bytes) });
    expect(sha256Hex(readFileSync(target))).toBe(sha256);
    expect([statSync(target).size, counted]).toEqual([size, size]);
  });

  test("depend on names, modes and contents only: not on order, times or rights of the files, umask, zone or locale", async () => {
    const { sha256 } = await written(staged());
    const other = staged();
    for (const { file } of other) utimesSync(file, 1, 2);
    const before = process.umask(0o077);
    try {
      expect((await written(other.toReversed())).sha256).toBe(sha256);
    } finally {
      process.umask(before);
    }
    const script = startNode(
      `import { writeArchive } from ${built("kit/archive-writer.js")};
       process.umask(0o027);
       const files = JSON.parse(process.argv[2]);
       console.log((await writeArchive(process.argv[1], files)).sha256);`,
      {
        args: [fresh(), JSON.stringify(staged())],
        env: { TZ: "Pacific/Kiritimati", LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8" },
      },
    );
    expect(await script.ended).toMatchObject({ stderr: "", stdout: `${sha256}\n` });
  });

  test("differ when a mode differs", async () => {
    const files = staged();
    const changed = files.map((file) => ({ ...file, mode: 0o755 as const }));
    expect((await written(files)).sha256).not.toBe((await written(changed)).sha256);
  });

  test("of nothing are an archive of nothing", async () => {
    const { target } = await written([]);
    expect((await readArchive(target)).size).toBe(0);
  });
});

describe("what is written is read back", () => {
  test("by airgo: every file once, with digest, size and mode", async () => {
    const files = staged();
    const found = await readArchive((await written(files)).target);
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(files.map(({ name, sha256, size, mode }) => [name, { sha256, size, mode }])),
    );
  });

  for (const [tool, ...args] of [["tar"], ["busybox", "tar"]] as [string, ...string[]][]) {
    testIf(tool, `by ${[tool, ...args].join(" ")}, without a word of warning`, async () => {
      const { target } = await written(staged());
      const out = fresh();
      mkdirSync(out);
      expect(spawnSync(tool, [...args, "-xf", target, "-C", out], { encoding: "utf8" })).toMatchObject({
        status: 0,
        stdout: "",
        stderr: "",
      });
      for (const [name, data] of Object.entries(contents)) {
        expect([name, readFileSync(join(out, name)).equals(Buffer.from(data))]).toEqual([name, true]);
        expect(statSync(join(out, name)).mode & 0o777).toBe(name.endsWith(".sh") ? 0o755 : 0o644);
        expect(statSync(join(out, name)).mtime.toISOString()).toBe("2000-01-01T00:00:00.000Z");
      }
    });
  }

  testIf("tar", "by GNU tar as the format has it: sorted, regular, of root without names", async () => {
    const { target } = await written(staged());
    const lines = execFileSync("tar", ["--utc", "--full-time", "-tvf", target], { encoding: "utf8" })
      .trimEnd()
      .split("\n");
    const entries = lines.map((line) => /^(\S+) (\S+) +\d+ (\S+ \S+) (.*)$/.exec(line)?.slice(1) ?? []);
    expect(entries.map(([, , , name]) => name)).toEqual(Object.keys(contents).sort());
    expect(new Set(entries.map(([mode]) => mode))).toEqual(new Set(["-rw-r--r--", "-rwxr-xr-x"]));
    expect(new Set(entries.map(([, owner, time]) => `${owner} ${time}`))).toEqual(
      new Set(["0/0 2000-01-01 00:00:00"]),
    );
  });
});

describe("a file that changed after it was staged", () => {
  test.each<[string, (file: string) => void, string]>([
    ["is of another content", (file) => writeFileSync(file, "smalL"), `sha256 ${sha256Hex("smalL")}`],
    ["is shorter", (file) => writeFileSync(file, "smal"), "4 bytes"],
    ["is longer", (file) => writeFileSync(file, "smaller"), "7 bytes"],
    ["is empty", (file) => writeFileSync(file, ""), "0 bytes"],
  ])("and %s stops the packing, by name", async (_what, change, found) => {
    const files = staged();
    const victim = files.find(({ name }) => name === "top/a") as PackedFile;
    change(victim.file);
    const damaged = { code: "AIRGO_STORE_DAMAGED", where: victim.file, found };
    await expect(written(files)).rejects.toMatchObject(damaged);
    await expect(written([victim])).rejects.toMatchObject(damaged);
  });

  test("and is gone or cannot be read stops it too", async () => {
    const files = staged();
    rmSync(files[0]?.file ?? "");
    await expect(written(files)).rejects.toMatchObject({ code: "ENOENT" });
    mkdirSync(files[0]?.file ?? "");
    await expect(
      written([{ ...(files[0] as PackedFile), size: statSync(files[0]?.file ?? "").size }]),
    ).rejects.toMatchObject({ code: "AIRGO_DISK" });
  });
});

test("a target that is there already is not overwritten", async () => {
  const target = fresh();
  writeFileSync(target, "mine");
  await expect(writeArchive(target, staged())).rejects.toMatchObject({ code: "EEXIST" });
  expect(readFileSync(target, "utf8")).toBe("mine");
});

test("an abort, before or in the middle, ends it with its reason", async () => {
  await expect(
    writeArchive(fresh(), staged(), { signal: AbortSignal.abort(new Error("stop")) }),
  ).rejects.toThrow("stop");
  const controller = new AbortController();
  const options = { signal: controller.signal, onBytes: () => controller.abort(new Error("stop")) };
  await expect(writeArchive(fresh(), staged(), options)).rejects.toThrow("stop");
});

testIf(["unshare", "mount"], "a full disk ends it in AIRGO_DISK", async () => {
  const folder = fresh();
  mkdirSync(folder);
  const script = startNode(
    `import { writeArchive } from ${built("kit/archive-writer.js")};
     const [target, files] = process.argv.slice(1);
     await writeArchive(target, JSON.parse(files)).catch((error) => console.log(error.code));`,
    {
      args: [join(folder, "a.tar"), JSON.stringify(staged())],
      under: ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"', folder],
    },
  );
  expect(await script.ended).toMatchObject({ stderr: "", stdout: "AIRGO_DISK\n" });
});
