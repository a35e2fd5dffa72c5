import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import type { Lock } from "../../src/lock/schema.js";
import { hash1 } from "../../src/modules/dirhash.js";
import { sha256Hex } from "../../src/support/digest.js";
import { makeProject, type TestProject } from "../support/airgo.js";
import { createFakeChecksumDb } from "../support/fake-checksumdb.js";
import {
  copyOf,
  insiderPem,
  lockOf,
  readKit,
  retell,
  rewriteLayer,
  writeKit,
  type ForgedKit,
} from "../support/forged-kit.js";
import { makeZip } from "../support/make-zip.js";
import { scratchFolder } from "../support/scratch.js";
import type { VerificationEvent } from "../../src/verification/verification.js";
import { createVerifier, type Verifier } from "../support/verify-here.js";

/*
 * Somebody inside who signs whatever he likes: sums, tables and signature all fit. What he cannot make is a record in
 * the checksum database's log.
 */

const scratch = scratchFolder("verify-forged");
let project: TestProject;
let verifier: Verifier;
let sound: ForgedKit;

beforeAll(async () => {
  project = await makeProject();
  // Two heads, so that an earlier one has to be connected.
  expect((await project.airgo(["bundle"])).code).toBe(0);
  sound = await readKit(await project.kit());
  verifier = createVerifier(insiderPem);
});
afterAll(async () => {
  await verifier.close();
  await project.close();
});

async function refusal(change: (kit: ForgedKit) => void | Promise<void>) {
  const kit = copyOf(sound);
  await change(kit);
  const { folder } = await writeKit(join(scratch, "kit"), kit);
  const { error } = await verifier.verify(folder);
  return error === undefined ? "verified" : `${error.code} ${error.message} ${error.where ?? ""}`;
}

/** Alters the lock, and all tables after it. */
function withLock(change: (lock: Lock, kit: ForgedKit) => void) {
  return async (kit: ForgedKit) => {
    const lock = lockOf(kit);
    change(lock, kit);
    await retell(kit, lock);
  };
}

const zipPath = "proxy/example.com/hello/@v/v1.0.0.zip";
const modPath = zipPath.replace(".zip", ".mod");
const otherZip = (): Buffer =>
  makeZip([
    { name: "example.com/hello@v1.0.0/go.mod", data: "module example.com/hello\n" },
    { name: "example.com/hello@v1.0.0/evil.go", data: "package hello\n" },
  ]);

function moduleOf(lock: Lock, path: string) {
  const module = lock.modules.find((one) => one.path === path && one.zip !== undefined);
  if (module === undefined) throw new Error(`no ${path}`);
  return module;
}

/** An edited file of Go, with the tables made anew. */
const editGo = async (kit: ForgedKit): Promise<void> => {
  await rewriteLayer(kit, layerWith(kit, "common"), (files) => {
    const [path] = [...files.keys()].filter((name) => name.endsWith(".go"));
    const file = files.get(path ?? "");
    if (path === undefined || file === undefined) throw new Error("no file to edit");
    files.set(path, { ...file, content: Buffer.concat([file.content, Buffer.from("// evil\n")]) });
  });
  await retell(kit);
};

/** A kit without the first file of such a path. */
const remove = (part: RegExp) => (kit: ForgedKit) => {
  const path = [...kit.files.keys()].find((name) => part.test(name)) ?? "";
  expect(kit.files.delete(path)).toBe(true);
};

/** A changed common layer, with the tables made anew. */
const edited = (change: Parameters<typeof rewriteLayer>[2]) => async (kit: ForgedKit) => {
  await rewriteLayer(kit, layerWith(kit, "common"), change);
  await retell(kit);
};

/** The first file whose path ends so. */
const first = (files: Map<string, unknown>, end: string): string =>
  [...files.keys()].find((name) => name.endsWith(end)) ?? "";

/** A kit with a last day. */
const expiring = (day: string) => async () => {
  const kit = copyOf(sound);
  const table = kit.files.get("kit/kit.tsv")?.toString("utf8") ?? "";
  kit.files.set("kit/kit.tsv", Buffer.from(table.replace(/(tree-root.*\n)/, `$1expires\t${day}\n`)));
  const json = kit.files.get("kit.json")?.toString("utf8") ?? "";
  kit.files.set("kit.json", Buffer.from(json.replace(/( {2}"airgo": .*\n)/, `$1  "expires": "${day}",\n`)));
  return (await writeKit(join(scratch, "expiring"), kit)).folder;
};

/** A file that lies in the layer of an architecture too. */
const twice = async (kit: ForgedKit): Promise<void> => {
  let copied = "";
  await rewriteLayer(kit, layerWith(kit, "common"), (files) => void (copied = first(files, ".go")));
  await rewriteLayer(kit, layerWith(kit, "amd64"), (files) => {
    files.set(copied, { content: Buffer.from("package evil\n"), mode: 0o644 });
  });
  await retell(kit);
};

test("an insider's copy of a sound kit is verified, so that what follows is refused for what it says", async () => {
  expect(await refusal(() => undefined)).toBe("verified");
  expect(await refusal((kit) => retell(kit))).toBe("verified");
});

describe("the log refuses", () => {
  test("another zip", async () => {
    expect(await refusal((kit) => void kit.files.set(zipPath, otherZip()))).toMatch(
      /^AIRGO_CHECKSUM_MISMATCH .*hello\/@v\/v1\.0\.0\.zip: expected h1:/s,
    );
  });

  test("another zip whose digest the lock names", async () => {
    const change = withLock((lock, kit) => {
      const zip = otherZip();
      kit.files.set(zipPath, zip);
      moduleOf(lock, "example.com/hello").zip = { sha256: sha256Hex(zip), size: zip.length };
    });
    expect(await refusal(change)).toMatch(
      /^AIRGO_CHECKSUM_MISMATCH .*v1\.0\.0\.zip: expected h1:.*by its record/s,
    );
  });

  test("another zip with its h1 in the lock and in its lookup", async () => {
    const change = withLock((lock, kit) => {
      const zip = otherZip();
      const h1 = hash1([
        { name: "example.com/hello@v1.0.0/go.mod", sha256Hex: sha256Hex("module example.com/hello\n") },
        { name: "example.com/hello@v1.0.0/evil.go", sha256Hex: sha256Hex("package hello\n") },
      ]);
      kit.files.set(zipPath, zip);
      const module = moduleOf(lock, "example.com/hello");
      const lookup = "proxy/sumdb/sum.example.com/lookup/example.com/hello@v1.0.0";
      const text =
        kit.files
          .get(lookup)
          ?.toString("utf8")
          .replace(module.h1 ?? "", h1) ?? "";
      kit.files.set(lookup, Buffer.from(text));
      module.h1 = h1;
      module.zip = { sha256: sha256Hex(zip), size: zip.length };
    });
    expect(await refusal(change)).toMatch(
      /^AIRGO_SUMDB_PROOF .*example\.com\/hello@v1\.0\.0 is not what its log holds/s,
    );
  });

  test("another go.mod, also with its h1 in the lock", async () => {
    const other = Buffer.from("module example.com/hello\n\nrequire evil.example v1.0.0\n");
    expect(await refusal((kit) => void kit.files.set(modPath, other))).toMatch(
      /^AIRGO_CHECKSUM_MISMATCH .*v1\.0\.0\.mod: expected h1:/s,
    );
    const change = withLock((lock, kit) => {
      kit.files.set(modPath, other);
      const module = moduleOf(lock, "example.com/hello");
      module.mod = { sha256: sha256Hex(other), size: other.length };
      module.goModH1 = hash1([{ name: "go.mod", sha256Hex: sha256Hex(other) }]);
    });
    expect(await refusal(change)).toMatch(/^AIRGO_SUMDB_PROOF /);
  });

  test("an edited file of Go with all tables made anew, also with its h1 in the lock", async () => {
    expect(await refusal(editGo)).toMatch(
      /^AIRGO_CHECKSUM_MISMATCH .*go1\.90\.1 for linux-amd64: expected h1:.*linux-arm64/s,
    );
    const change = withLock((lock) => {
      for (const one of lock.toolchains) one.h1 = `h1:${Buffer.alloc(32, 1).toString("base64")}`;
    });
    expect(
      await refusal(async (kit) => {
        await editGo(kit);
        await change(kit);
      }),
    ).toMatch(/^AIRGO_SUMDB_PROOF .*golang\.org\/toolchain@/s);
  });

  test.each(["lookup/example.com/hello@v1.0.0", "lookup/golang.org/toolchain@v0.0.1-go1.90.1.linux-amd64"])(
    "a %s that came with another head",
    async (path) => {
      const change = (kit: ForgedKit): void => {
        const file = `proxy/sumdb/sum.example.com/${path}`;
        const text = kit.files.get(file)?.toString("utf8") ?? "";
        kit.files.set(file, Buffer.from(text.replace(/\n— .*\n/, (line) => `${line}${line.slice(1)}`)));
      };
      expect(await refusal(change)).toMatch(/^AIRGO_SUMDB_PROOF .*it has another tree head than the rest/s);
    },
  );

  test("a missing tile, and a lookup that is missing", async () => {
    expect(await refusal(remove(/\/tile\/8\/0\//))).toMatch(/^AIRGO_SUMDB_PROOF .*tile\/8\/0/s);
    expect(await refusal(remove(/\/lookup\//))).toMatch(/^AIRGO_SUMDB_PROOF .*lookup.*it is missing/s);
    expect(await refusal(remove(/\/supported$/))).toMatch(/^AIRGO_SUMDB_PROOF .*supported: it is missing/s);
  });

  test("an altered tile, of any size", async () => {
    const path = [...sound.files.keys()].find((name) => name.includes("/tile/8/0/")) ?? "";
    const data = sound.files.get(path) ?? Buffer.alloc(0);
    for (const other of [
      Buffer.concat([data, data]),
      data.subarray(32),
      Buffer.alloc(data.length),
      Buffer.alloc(0),
    ])
      expect(await refusal((kit) => void kit.files.set(path, other))).toMatch(
        /^AIRGO_(SUMDB_PROOF|ARCHIVE_INVALID) /,
      );
  });

  test("a head by another key, and one of another log by a key of the same name", async () => {
    const other = createFakeChecksumDb("sum.example.com", { seed: "another key" });
    other.growTo(20);
    const wrongKey = withLock((lock) => void (lock.checksumDatabase.head = other.headAt(20)));
    expect(await refusal(wrongKey)).toMatch(/^AIRGO_SUMDB_SIGNATURE /);
    const otherLog = withLock((lock) => {
      lock.checksumDatabase.head = other.headAt(20);
      lock.checksumDatabase.key = other.verifierKey;
    });
    expect(await refusal(otherLog)).toMatch(/^AIRGO_SUMDB_PROOF /);
  });

  test("a database that only calls itself Go's own", async () => {
    const other = createFakeChecksumDb("sum.golang.org");
    other.growTo(20);
    const change = withLock((lock) => {
      Object.assign(lock.checksumDatabase, {
        name: "sum.golang.org",
        key: other.verifierKey,
        head: other.headAt(20),
      });
    });
    expect(await refusal(change)).toMatch(/^AIRGO_SUMDB_SIGNATURE .*not that of sum\.golang\.org/s);
  });

  test("an earlier head that the kit does not connect, and one that is newer than the newest", async () => {
    const change = withLock((lock) => void lock.checksumDatabase.earlier.push(7));
    expect(await refusal(change)).toMatch(/^AIRGO_SUMDB_PROOF .*tile\/8\/0\/000\.p\/7: it is missing/s);
    const newer = withLock((lock) => void lock.checksumDatabase.earlier.push(7000));
    expect(await refusal(newer)).toMatch(/^AIRGO_SUMDB_PROOF /);
  });
});

test("a public module that the lock calls private is named as one that no log speaks for", async () => {
  const kit = copyOf(sound);
  const lock = lockOf(kit);
  lock.checksumDatabase.notCovered.push("example.com/hello");
  for (const module of lock.modules.filter(({ path }) => path === "example.com/hello")) delete module.record;
  for (const path of kit.files.keys())
    if (path.includes("/lookup/example.com/hello@")) kit.files.delete(path);
  // A module of which only the go.mod is carried has no h1 then.
  for (const module of lock.modules)
    if (module.record === undefined && module.zip === undefined) delete module.h1;
  await retell(kit, lock);
  const { error, notChecked } = await verifier.verify(
    (await writeKit(join(scratch, "called-private"), kit)).folder,
  );
  expect(error).toBeUndefined();
  expect(notChecked.map(({ what }) => what).join("\n")).toMatch(
    /private module versions.*example\.com\/hello@v1\.0\.0/,
  );
});

function layerWith(kit: ForgedKit, part: string): string {
  return [...kit.files.keys()].find((path) => path.startsWith("toolchains/") && path.includes(part)) ?? "";
}

describe("what the log does not see is refused by the kit's own rules", () => {
  test("files that nothing accounts for", async () => {
    for (const path of [
      "evil.sh",
      "kit/evil.tsv",
      "toolchains/go9.9.9.common.tar.gz",
      "proxy/example.com/hello/@v/v1.0.9.zip",
      "proxy/example.com/hello/@v/v1.0.9.mod",
      "proxy/example.com/hello/@v/v1.0.9.info",
      "proxy/example.com/hello/@latest",
      "proxy/cache/x",
      "proxy/sumdb/sum.example.com/latest",
      "proxy/sumdb/sum.golang.org/supported",
      "proxy/sumdb/sum.example.com/tile/8/0/001",
    ])
      expect(await refusal((kit) => void kit.files.set(path, Buffer.from("x\n")))).toMatch(
        /^AIRGO_ARCHIVE_INVALID .*nothing in bundles\.lock accounts for it/s,
      );
  });

  test("every file that is taken away", async () => {
    for (const path of sound.files.keys()) {
      const said = await refusal((kit) => void kit.files.delete(path));
      expect(said).toMatch(/^AIRGO_(ARCHIVE_INVALID|SUMDB_PROOF) /);
      expect(said).toContain(path.split("/").at(-1));
    }
  });

  test("every file that is altered, but for what people read and install.sh, which the signature alone covers", async () => {
    const taken: string[] = [];
    for (const [path, data] of sound.files) {
      const altered = data.length === 0 ? Buffer.from("x") : Buffer.from(data);
      altered[altered.length >> 1] = (altered[altered.length >> 1] ?? 0) ^ 1;
      if ((await refusal((kit) => void kit.files.set(path, altered))) === "verified") taken.push(path);
    }
    expect(taken.sort()).toEqual(["README.txt", "install.sh"]);
  });

  test("modes of Go's files, a go.mod under its other name, and files in two layers", async () => {
    expect(
      await refusal(
        edited((files) => {
          const path = first(files, ".go");
          files.set(path, { content: files.get(path)?.content ?? Buffer.alloc(0), mode: 0o755 });
        }),
      ),
    ).toMatch(/^AIRGO_ARCHIVE_INVALID .*its mode is 0755, not 0644/s);
    expect(
      await refusal(
        edited((files) => {
          const path = first(files, "go.mod");
          const file = files.get(path);
          expect(file).toBeDefined();
          files.delete(path);
          if (file !== undefined) files.set(path.replace(/go\.mod$/, "_go.mod"), file);
        }),
      ),
    ).toMatch(/^AIRGO_ARCHIVE_INVALID .*in a GOROOT it is called go\.mod/s);
    expect(await refusal(twice)).toMatch(/^AIRGO_ARCHIVE_INVALID .*it lies in two layers/s);
  });

  test("layers that are no plain tar.gz", async () => {
    const path = layerWith(sound, "common");
    const data = sound.files.get(path) ?? Buffer.alloc(0);
    for (const other of [
      Buffer.alloc(0),
      Buffer.from("no gzip"),
      data.subarray(0, -9),
      Buffer.concat([data, Buffer.from("garbage behind it")]),
      Buffer.concat([data, Buffer.alloc(512)]),
    ])
      expect(
        await refusal(async (kit) => {
          kit.files.set(path, other);
          const rows = kit.files.get("kit/layers.tsv")?.toString("utf8") ?? "";
          const text = rows
            .replace(sha256Hex(data), sha256Hex(other))
            .replace(`\t${data.length}\t`, `\t${other.length}\t`);
          kit.files.set("kit/layers.tsv", Buffer.from(text));
        }),
      ).toMatch(/^AIRGO_ARCHIVE_INVALID .*go1\.90\.1\.common\.tar\.gz/s);
  });

  test("every row of kit.tsv that is altered, taken away or added, and another format by its own code", async () => {
    const table = sound.files.get("kit/kit.tsv")?.toString("utf8") ?? "";
    const lines = table.trimEnd().split("\n");
    for (const [index, line] of lines.entries()) {
      const key = line.split("\t")[0] ?? "";
      for (const other of [`${line}x`, undefined, `${line}\n${line}`]) {
        const text = `${lines.flatMap((one, at) => (at === index ? (other ?? []) : one)).join("\n")}\n`;
        const said = await refusal((kit) => void kit.files.set("kit/kit.tsv", Buffer.from(text)));
        if (key === "format" && other !== `${line}\n${line}`) expect(said).toMatch(/^AIRGO_KIT_FORMAT /);
        else expect(said).toMatch(/^AIRGO_ARCHIVE_INVALID /);
      }
    }
    const added = await refusal(
      (kit) => void kit.files.set("kit/kit.tsv", Buffer.from(`${table}evil\tyes\n`)),
    );
    expect(added).toMatch(/^AIRGO_ARCHIVE_INVALID /);
  });
});

describe("of the lock itself", () => {
  const other = "f".repeat(64);

  test.each<[string, (lock: Lock) => void]>([
    [
      "the size of a zip",
      (lock) => void ((moduleOf(lock, "example.com/hello").zip ?? { size: 0 }).size += 1),
    ],
    ["the size of a go.mod", (lock) => void (moduleOf(lock, "example.com/hello").mod.size += 1)],
    ["the digest of a go.mod", (lock) => void (moduleOf(lock, "example.com/hello").mod.sha256 = other)],
    [
      "the time of a version",
      (lock) => void (moduleOf(lock, "example.com/hello").time = "2001-01-01T00:00:00Z"),
    ],
    ["the record of a toolchain", (lock) => void ((lock.toolchains[0] ?? { record: 0 }).record += 1)],
    [
      "the go.mod's h1 of a toolchain",
      (lock) => Object.assign(lock.toolchains[0] ?? {}, { goModH1: lock.modules[0]?.h1 }),
    ],
    ["the scope of what is promised", (lock) => Object.assign(inputOf(lock), { modules: [] })],
  ])("%s is held to the kit", async (_what, change) => {
    expect(await refusal(withLock(change))).toMatch(
      /^AIRGO_(CHECKSUM_MISMATCH|SUMDB_PROOF|ARCHIVE_INVALID) /,
    );
  });

  test.each<[string, (lock: Lock) => void]>([
    ["the serial", (lock) => void (lock.serial += 1)],
    [
      "what Go's own files were made of",
      (lock) => Object.assign(lock.toolchains[0] ?? {}, { file: { sha256: other, size: 1 } }),
    ],
    ["the name of a go.mod", (lock) => Object.assign(inputOf(lock), { name: "other/go.mod" })],
    [
      "the digest of a go.mod that the closure was computed from",
      (lock) => Object.assign(inputOf(lock), { files: { "go.mod": other } }),
    ],
  ])("%s is not in the kit: for it the signature speaks alone", async (_what, change) => {
    expect(await refusal(withLock(change))).toBe("verified");
  });
});

function inputOf(lock: Lock): object {
  return Object.values(lock.kits)[0]?.inputs[0] ?? {};
}

describe("the last day of a kit", () => {
  test("is a warning once it is over, and with --enforce-expiry the end", async () => {
    const folder = await expiring("2026-01-31")();
    const on = (today: string, enforceExpiry: boolean) =>
      verifier.verify(folder, { enforceExpiry }, { today });
    expect(await on("2026-01-31", true)).toMatchObject({
      warnings: [expect.stringContaining("checksum database")],
    });
    expect((await on("2026-01-31", true)).error).toBeUndefined();
    const late = await on("2026-02-01", false);
    expect(late.error).toBeUndefined();
    expect(late.warnings.join()).toContain("the kit's last day was 2026-01-31");
    expect((await on("2026-02-01", true)).error).toMatchObject({ code: "AIRGO_EXPIRED", exitCode: 16 });
  });

  test.each(["2026-02-31", "soon", "2026-1-1", ""])("is refused where it is no day: %j", async (day) => {
    expect((await verifier.verify(await expiring(day)())).error).toMatchObject({
      code: "AIRGO_ARCHIVE_INVALID",
    });
  });
});

test("an end that is asked for comes at every step, with its reason", async () => {
  const { folder } = await writeKit(join(scratch, "ended"), sound);
  const { checked } = await verifier.verify(folder);
  const ends = verifier.events.filter(({ type }) => type === "progress").length;
  expect(checked.length).toBeGreaterThan(5);
  for (let at = 1; at < ends; at += Math.ceil(ends / 8)) {
    const controller = new AbortController();
    let seen = 0;
    const emit = ({ type }: VerificationEvent): void => {
      if (type === "progress" && ++seen === at) controller.abort(new Error("stop"));
    };
    await expect(verifier.verify(folder, {}, { signal: controller.signal, emit })).rejects.toThrow("stop");
  }
});

test("texts that are altered anyhow, at random, are refused by name, and never a bug of ours", async () => {
  const random = seededRandom(7);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const texts = [...sound.files.keys()].filter(
    (path) => /\.tsv$|kit\.json$|bundles\.lock$|\/sumdb\//.test(path) && sound.files.get(path)?.length !== 0,
  );
  const odd = [
    "",
    "-1",
    "1e999",
    "null",
    "[]",
    "{}",
    "__proto__",
    "../..",
    "\t",
    "\n",
    "\u0000",
    "9".repeat(40),
    "é",
  ];
  for (let round = 0; round < 250; round++) {
    const path = pick(random() < 0.4 ? ["bundles.lock"] : texts);
    const text = sound.files.get(path)?.toString("latin1") ?? "";
    const at = Math.floor(random() * text.length);
    const to = at + Math.floor(random() * 30);
    const word = /[\w.:+/=-]+/g;
    word.lastIndex = at;
    const found = word.exec(text);
    const altered = pick([
      text.slice(0, at) + pick(odd) + text.slice(at),
      text.slice(0, at) + text.slice(to),
      text.slice(0, to) + text.slice(at),
      text.slice(0, at),
      found === null
        ? ""
        : text.slice(0, found.index) + pick(odd) + text.slice(found.index + found[0].length),
    ]);
    if (altered === text) continue;
    const outcome = await refusal((kit) => void kit.files.set(path, Buffer.from(altered, "latin1")));
    expect(`${round} ${path} ${at}: ${outcome}`).toMatch(
      /: AIRGO_(ARCHIVE_INVALID|CHECKSUM_MISMATCH|SUMDB_\w+|KIT_FORMAT) /,
    );
  }
});

/** Numbers from 0 up to 1, always the same ones (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
