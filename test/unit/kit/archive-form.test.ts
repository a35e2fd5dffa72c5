import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "@jest/globals";

import { scanArchive } from "../../../src/kit/archive-reader.js";
import { writeArchive } from "../../../src/kit/archive-writer.js";
import { sha256Hex, sha256OfFile } from "../../../src/support/digest.js";
import { scratchFolder } from "../../support/scratch.js";

const root = scratchFolder("archive-form");

/** Names of every kind of header: short, in two parts, and beyond ustar; sizes around a block. */
const files = [
  { name: "top/a", text: "", mode: 0o644 },
  { name: "top/b.sh", text: "b".repeat(511), mode: 0o755 },
  { name: "top/c", text: "c".repeat(512), mode: 0o644 },
  { name: "top/d", text: "d".repeat(70_000), mode: 0o644 },
  { name: `top/${"e".repeat(99)}/${"f".repeat(90)}`, text: "ef", mode: 0o644 },
  { name: `top/${"g".repeat(240)}`, text: "g".repeat(1025), mode: 0o644 },
] as const;

async function archive(name: string): Promise<string> {
  const packed = files.map(({ name, text, mode }, index) => {
    const file = join(root, `file-${index}`);
    writeFileSync(file, text);
    return { name, file, size: text.length, sha256: sha256Hex(text), mode };
  });
  await writeArchive(join(root, name), packed);
  return join(root, name);
}

test("an archive that airgo wrote has the digest of its form", async () => {
  const file = await archive("sound.tar");
  const { formSha256, contents } = await scanArchive(file, {});
  expect(formSha256).toBe(await sha256OfFile(file));
  expect([...contents.keys()]).toEqual(files.map(({ name }) => name));
});

test("whatever else is altered in an archive and still read, its form tells", async () => {
  const sound = readFileSync(await archive("whole.tar"));
  const file = join(root, "altered.tar");
  let read = 0;
  for (let at = 0; at < sound.length; at += at % 512 < 345 ? 3 : 13) {
    // Contents have digests of their own.
    const bytes = Buffer.from(sound);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    // A header's own sum is made anew, as whoever alters it on purpose would.
    mendSums(bytes, at);
    writeFileSync(file, bytes);
    const scanned = await scanArchive(file, {}).catch(() => undefined);
    if (scanned === undefined) continue;
    read++;
    const isContent = [...scanned.contents].some(
      ([name, { sha256 }]) => sha256Hex(files.find((one) => one.name === name)?.text ?? "-") !== sha256,
    );
    if (!isContent) expect(`${at} ${scanned.formSha256}`).not.toBe(`${at} ${sha256Hex(bytes)}`);
    if (at > 8000) break;
  }
  expect(read).toBeGreaterThan(50);
  writeFileSync(file, sound);
  appendFileSync(file, Buffer.alloc(512));
  const { formSha256 } = await scanArchive(file, {});
  expect(formSha256).not.toBe(await sha256OfFile(file));
});

function mendSums(bytes: Buffer, at: number): void {
  const start = at - (at % 512);
  if (
    bytes.toString("latin1", start + 257, start + 262) !== "ustar" ||
    (at - start >= 148 && at - start < 156)
  )
    return;
  bytes.fill(" ", start + 148, start + 156);
  const sum = bytes.subarray(start, start + 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\u0000 `, start + 148, "latin1");
}

test("a visitor sees every file, may leave it unread, and what it throws ends the reading", async () => {
  const file = await archive("visited.tar");
  const seen: string[] = [];
  const { contents } = await scanArchive(file, {
    visit: async ({ name }, chunks) => {
      seen.push(name);
      // One piece at most.
      for await (const _ of chunks) break;
    },
  });
  expect(seen).toEqual([...contents.keys()]);
  expect(contents.get("top/d")?.sha256).toBe(sha256Hex("d".repeat(70_000)));
  const failing = scanArchive(file, { visit: () => Promise.reject(new Error("no further")) });
  await expect(failing).rejects.toThrow("no further");
  await expect(scanArchive(file, { maxEntries: 5 })).rejects.toMatchObject({ code: "AIRGO_ARCHIVE_INVALID" });
});
