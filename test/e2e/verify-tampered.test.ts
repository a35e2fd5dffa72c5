import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { makeProject, type TestProject } from "../support/airgo.js";
import {
  copyOf,
  insiderPem,
  readKit,
  signDocument,
  sumAndSign,
  writeKit,
  type ForgedKit,
} from "../support/forged-kit.js";
import { scratchFolder } from "../support/scratch.js";
import { createVerifier, type Verifier } from "../support/verify-here.js";

/*
 * A finished kit, altered in one place at a time: on its way (the signature is as it was), and by somebody who signs
 * again. No alteration of a byte may pass.
 */

const scratch = scratchFolder("verify-tampered");
let project: TestProject;
let sound: ForgedKit;
let onItsWay: Verifier;
let byInsider: Verifier;
let folder: string;
let pem: string;

beforeAll(async () => {
  project = await makeProject();
  expect((await project.airgo(["bundle"])).code).toBe(0);
  folder = await project.kit();
  pem = readFileSync(join(folder, "dev.pub.pem"), "utf8");
  onItsWay = createVerifier(pem);
  byInsider = createVerifier(insiderPem);
  sound = await readKit(folder);
});
afterAll(async () => {
  await Promise.all([onItsWay.close(), byInsider.close()]);
  await project.close();
});

/** A copy of the kit's folder, altered. */
function copied(change: (folder: string) => void): string {
  const copy = join(scratch, "copy");
  rmSync(copy, { recursive: true, force: true });
  cpSync(folder, copy, { recursive: true });
  change(copy);
  return copy;
}

async function said(verifier: Verifier, path: string): Promise<string> {
  const { error } = await verifier.verify(path);
  if (error === undefined) return "verified";
  expect([8, 16]).toContain(error.exitCode);
  return `${error.code} ${error.message}`;
}

function tarIn(at: string): string {
  return join(at, readdirSync(at).find((name) => name.endsWith(".tar")) ?? "");
}

function flip(bytes: Buffer, at: number, bit = 1): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ bit;
  return copy;
}

describe("on its way", () => {
  test("the kit as it was made is verified", async () => {
    expect(await said(onItsWay, folder)).toBe("verified");
    expect(await said(onItsWay, tarIn(folder))).toBe("verified");
    expect(await said(onItsWay, join(folder, "..", "latest"))).toBe("verified");
  });

  test("a byte of any file of the folder, but of public keys, which prove nothing", async () => {
    for (const name of readdirSync(folder).filter((one) => !one.endsWith(".pub.pem"))) {
      const bytes = readFileSync(join(folder, name));
      const step = name.endsWith(".tar") ? 1009 : Math.max(1, Math.floor(bytes.length / 12));
      for (let at = 0; at < bytes.length; at += step) {
        const copy = copied((to) => writeFileSync(join(to, name), flip(bytes, at)));
        expect(`${name} ${at} ${await said(onItsWay, copy)}`).toMatch(
          / AIRGO_(SIGNATURE_BAD|CHECKSUM_MISMATCH) /,
        );
      }
    }
  }, 240_000);

  test("a file that is cut off, longer, empty, missing, or in the place of another", async () => {
    const names = readdirSync(folder).filter((one) => !one.endsWith(".pub.pem"));
    for (const name of names) {
      const changes: ((file: string) => void)[] = [
        (file) => truncateSync(file, Math.max(0, readFileSync(file).length - 1)),
        (file) => appendFileSync(file, "\n"),
        (file) => writeFileSync(file, ""),
        (file) => copyFileSync(join(folder, names.find((one) => one !== name) ?? ""), file),
      ];
      for (const change of changes)
        expect(
          await said(
            onItsWay,
            copied((to) => change(join(to, name))),
          ),
        ).toMatch(/^AIRGO_/);
      if (name !== "SHA256SUMS")
        expect(
          await said(
            onItsWay,
            copied((to) => rmSync(join(to, name))),
          ),
        ).toMatch(/^AIRGO_/);
    }
  });

  test("anything that lies there besides", async () => {
    const strangers: ((to: string) => void)[] = [
      (to) => writeFileSync(join(to, "autorun.inf"), "x"),
      (to) => writeFileSync(join(to, ".hidden"), ""),
      (to) => writeFileSync(join(to, "k-000000000000.tar"), "x"),
      (to) => mkdirSync(join(to, "k-000000000000")),
      (to) => mkdirSync(join(to, "empty")),
      (to) => symlinkSync("README.txt", join(to, "link")),
      (to) => symlinkSync("/etc/passwd", join(to, "SHA256SUMS.other.sig")),
    ];
    for (const stranger of strangers)
      expect(await said(onItsWay, copied(stranger))).toMatch(/^AIRGO_ARCHIVE_INVALID /);
  });

  test("a link in the place of a file, even to the same bytes", async () => {
    for (const name of readdirSync(folder).filter((one) => !/^SHA256SUMS$|pub\.pem$/.test(one))) {
      const copy = copied((to) => {
        rmSync(join(to, name));
        symlinkSync(join(folder, name), join(to, name));
      });
      expect(await said(onItsWay, copy)).toMatch(/^AIRGO_/);
    }
    const document = copied((to) => {
      rmSync(join(to, "SHA256SUMS"));
      symlinkSync(join(folder, "SHA256SUMS"), join(to, "SHA256SUMS"));
    });
    expect(await said(onItsWay, document)).toMatch(/^AIRGO_ARCHIVE_INVALID /);
  });
});

describe("by somebody who signs again", () => {
  const target = join(scratch, "forged");

  test("a line of the folder's sums: a digest, the spaces, a name, its order, one more, one less", async () => {
    const { folder: forged } = await writeKit(target, sound);
    const text = readFileSync(join(forged, "SHA256SUMS"), "utf8");
    await eachLine(text, async (altered) => {
      signDocument(forged, altered);
      expect(await said(byInsider, forged)).toMatch(/^AIRGO_(ARCHIVE_INVALID|CHECKSUM_MISMATCH) /);
    });
  });

  test("a line of the contents' sums", async () => {
    const { folder: forged } = await writeKit(target, sound);
    const file = join(forged, "contents.SHA256SUMS");
    const names = readdirSync(forged).filter((name) => !/^SHA256SUMS|pub\.pem$/.test(name));
    const lines = readFileSync(file, "utf8").split("\n");
    // Every tenth: there are many, all alike.
    await eachLine(
      lines.join("\n"),
      async (altered) => {
        writeFileSync(file, altered);
        sumAndSign(forged, names);
        expect(await said(byInsider, forged)).toMatch(/^AIRGO_(ARCHIVE_INVALID|CHECKSUM_MISMATCH) /);
      },
      10,
    );
  });

  /** Fields of a ustar header: where each begins, and how long it is. */
  const fields = {
    name: [0, 100],
    mode: [100, 8],
    uid: [108, 8],
    gid: [116, 8],
    size: [124, 12],
    mtime: [136, 12],
    checksum: [148, 8],
    typeflag: [156, 1],
    linkname: [157, 100],
    magic: [257, 6],
    version: [263, 2],
    uname: [265, 32],
    gname: [297, 32],
    devmajor: [329, 8],
    devminor: [337, 8],
    prefix: [345, 155],
    padding: [500, 12],
  } as const;

  test.each(Object.entries(fields))(
    "the field %s of a header, of every kind of entry",
    async (field, [start, length]) => {
      const passed: string[] = [];
      const original = await soundTar();
      // The sum made anew over an unaltered header is the one it has: what is refused below is not refused for that.
      for (const [, header] of entriesToAlter(original))
        expect(withHeaderSum(Buffer.from(original), header).equals(original)).toBe(true);
      for (const [kind, header] of entriesToAlter(await soundTar())) {
        for (const at of new Set([start, start + (length >> 1), start + length - 1])) {
          for (const value of [0x00, 0x31, 0x80]) {
            const tar = (bytes: Buffer): Buffer => {
              bytes[header + at] = value;
              return field === "checksum" ? bytes : withHeaderSum(bytes, header);
            };
            const before = (await soundTar())[header + at];
            if (before === value) continue;
            const { folder: forged } = await writeKit(target, sound, { tar });
            if ((await said(byInsider, forged)) === "verified")
              passed.push(`${kind} ${field}+${at - start} ${value}`);
          }
        }
      }
      expect(passed).toEqual([]);
    },
    240_000,
  );

  let tarBytes: Buffer | undefined;
  async function soundTar(): Promise<Buffer> {
    if (tarBytes === undefined) {
      const { tar } = await writeKit(target, sound);
      tarBytes = readFileSync(tar);
    }
    return tarBytes;
  }

  test("what lies between and behind the entries: padding, the end of the archive, truncations, appendices", async () => {
    const tar = await soundTar();
    const size = parseInt(tar.toString("latin1", 124, 135), 8);
    const changes: Record<string, (bytes: Buffer) => Buffer> = {
      "padding of the first entry": (bytes) => flip(bytes, 512 + Math.ceil(size / 512) * 512 - 1),
      "first block of the end": (bytes) => flip(bytes, bytes.length - 1024),
      "last byte of the end": (bytes) => flip(bytes, bytes.length - 1),
      "half of the end gone": (bytes) => bytes.subarray(0, -512),
      "all of the end gone": (bytes) => bytes.subarray(0, -1024),
      "the last byte gone": (bytes) => bytes.subarray(0, -1),
      "cut in a header": (bytes) => bytes.subarray(0, 300),
      "cut in a content": (bytes) => bytes.subarray(0, 700),
      "nothing at all": () => Buffer.alloc(0),
      "one more block": (bytes) => Buffer.concat([bytes, Buffer.alloc(512)]),
      "padded to a whole record": (bytes) =>
        Buffer.concat([bytes, Buffer.alloc(10240 - (bytes.length % 10240))]),
      "a byte more": (bytes) => Buffer.concat([bytes, Buffer.from("x")]),
      "a second archive": (bytes) => Buffer.concat([bytes, bytes]),
      "a second archive in the first": (bytes) => Buffer.concat([bytes.subarray(0, -1024), bytes]),
      "an empty block in front": (bytes) => Buffer.concat([Buffer.alloc(512), bytes]),
    };
    for (const [name, change] of Object.entries(changes)) {
      const { folder: forged } = await writeKit(target, sound, { tar: change });
      expect(`${name}: ${await said(byInsider, forged)}`).toMatch(/: AIRGO_ARCHIVE_INVALID /);
    }
  });

  test("entries that are there twice, unsorted, missing, unlisted, elsewhere, or of another mode", async () => {
    const names = [...sound.files.keys(), "SHA256SUMS"].sort();
    for (const others of [
      [...names, names[0] ?? ""],
      names.flatMap((name) => [name, name]),
      names.toReversed(),
      names.slice(1),
      names.slice(0, -1),
      [...names, "zz-unlisted"],
      ["../elsewhere", ...names],
      names.filter((name) => name !== "SHA256SUMS"),
    ]) {
      const { folder: forged } = await writeKit(target, sound, { names: others });
      expect(await said(byInsider, forged)).toMatch(/^AIRGO_ARCHIVE_INVALID /);
    }
    for (const mode of [() => 0o755, () => 0o644, () => 0o600, () => 0o4755]) {
      const { folder: forged } = await writeKit(target, sound, { mode });
      expect(await said(byInsider, forged)).toMatch(/^AIRGO_ARCHIVE_INVALID /);
    }
  });

  test("an archive under another name, or with the sums of another kit", async () => {
    const other = copyOf(sound);
    other.files.set("README.txt", Buffer.from("another\n"));
    const { folder: forged } = await writeKit(target, other);
    const { folder: original } = await writeKit(join(scratch, "original"), sound);
    copyFileSync(join(original, "contents.SHA256SUMS"), join(forged, "contents.SHA256SUMS"));
    sumAndSign(
      forged,
      readdirSync(forged).filter((name) => !/^SHA256SUMS|pub\.pem$/.test(name)),
    );
    expect(await said(byInsider, forged)).toMatch(/^AIRGO_CHECKSUM_MISMATCH .*should be called/s);
  });
});

async function eachLine(text: string, check: (altered: string) => Promise<void>, step = 1): Promise<void> {
  const lines = text.trimEnd().split("\n");
  for (let at = 0; at < lines.length; at += step) {
    const line = lines[at] ?? "";
    const digit = line.startsWith("0") ? "1" : "0";
    const others: (string | undefined)[] = [
      digit + line.slice(1),
      line.replace("  ", " "),
      line.replace("  ", " *"),
      line.replace("  ", "\t "),
      line.slice(0, 64).toUpperCase() === line.slice(0, 64)
        ? ""
        : line.slice(0, 64).toUpperCase() + line.slice(64),
      `${line}x`,
      `${line} `,
      `${line}\r`,
      `\\${line}`,
      line.replace("  ", "  ./"),
      line.replace("  ", "  ../"),
      line.replace("  ", "  /"),
      undefined,
      `${line}\n${line}`,
      `${line}\n`,
    ];
    for (const other of others)
      await check(`${lines.flatMap((one, index) => (index === at ? (other ?? []) : one)).join("\n")}\n`);
  }
  await check(`${lines.toReversed().join("\n")}\n`);
  await check(lines.join("\n"));
  await check("");
}

/** Where the headers are of an executable, an empty file, one with a prefix, one of many blocks, the first, the last. */
function entriesToAlter(tar: Buffer): [string, number][] {
  const headers: { at: number; name: string; size: number; prefix: boolean }[] = [];
  for (let at = 0; at < tar.length && tar[at] !== 0;) {
    const size = parseInt(tar.toString("latin1", at + 124, at + 135), 8);
    headers.push({ at, name: tar.toString("latin1", at, at + 100), size, prefix: tar[at + 345] !== 0 });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  const kinds = {
    executable: headers.find(({ name }) => name.includes("/install.sh")),
    empty: headers.find(({ size }) => size === 0),
    "with a prefix": headers.find(({ prefix }) => prefix),
    large: headers.toSorted((a, b) => b.size - a.size)[0],
    last: headers.at(-1),
  };
  return Object.entries(kinds).flatMap(([kind, header]) => (header === undefined ? [] : [[kind, header.at]]));
}

function withHeaderSum(bytes: Buffer, header: number): Buffer {
  bytes.fill(" ", header + 148, header + 156);
  const sum = bytes.subarray(header, header + 512).reduce((total, byte) => total + byte, 0);
  // As tar-stream writes it.
  bytes.write(`${sum.toString(8).padStart(6, "0")} \u0000`, header + 148, "latin1");
  return bytes;
}
