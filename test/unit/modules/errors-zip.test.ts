import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";

import { packError, unpackError } from "../../../src/modules/hash-messages.js";
import { otherKind } from "../../../src/modules/not-a-zip.js";
import { isZipFault, zipInvalid, zipTooLarge, zipUnsafe } from "../../../src/modules/zip-error.js";
import { inspectZip, type ZipLimits } from "../../../src/modules/zip-inspect.js";
import { AirgoError } from "../../../src/support/errors.js";
import { startFakeUpstream, type FakeUpstream, type ModuleHashes } from "../../support/fake-upstream.js";
import { makeZip } from "../../support/make-zip.js";
import { openRig, type Rig } from "./rig.js";

const module = { path: "example.com/m", version: "v1.0.0" };
const prefix = "example.com/m@v1.0.0/";
const zipUrl = /\/m\/@v\/v1\.0\.0\.zip$/;

const file = (name: string, data = "x") => ({ name: prefix + name, data });
const inspect = (entries: { name: string; data: string }[], limits: Partial<ZipLimits> = {}) =>
  inspectZip(makeZip(entries), { prefix, keepEntries: false, limits });
const tooLarge = (expected: string, found: string) => zipTooLarge("too large", "m", { expected, found });

describe("a module zip", () => {
  test.each([
    ["a way out", [file("../x")]],
    ["a rooted name", [file("/etc/passwd")]],
    ["a name outside the module's folder", [{ name: "example.com/other@v1.0.0/x", data: "" }]],
    ["names that differ in case only", [file("a.go"), file("A.go")]],
    ["a go.mod below the root", [file("sub/go.mod")]],
    ["a name with a line break", [file("a\nb")]],
    ["one name twice", [file("a"), file("a")]],
  ])("with %s is unsafe", async (_, entries) => {
    await expect(inspect(entries)).rejects.toMatchObject({ code: "AIRGO_ZIP_UNSAFE" });
  });

  test.each<[string, Partial<ZipLimits>, string]>([
    ["bytes", { zipBytes: 100 }, "the zip is too large"],
    ["bytes unpacked", { unpackedBytes: 100 }, "the zip unpacks to too much"],
    ["entries", { entries: 1 }, "the zip has too many entries"],
    ["bytes of one name", { nameBytes: 10 }, "an entry's name has too many bytes"],
    ["bytes of the go.mod", { rootFileBytes: 3 }, "the file is too large for Go"],
  ])("of too many %s is too large", async (_, limits, what) => {
    const entries = [file("go.mod", "module example.com/m\n"), file("a.txt", "a".repeat(5000))];
    await expect(inspect(entries)).resolves.toMatchObject({ files: 2 });
    await expect(inspect(entries, limits)).rejects.toMatchObject({
      code: "AIRGO_ZIP_TOO_LARGE",
      message: what,
      expected: expect.stringMatching(/^at most \d+/),
    });
  });

  test("that is cut off is damaged, and nothing else", async () => {
    const zip = makeZip([file("a.go", "package a\n")]);
    await expect(inspectZip(zip.subarray(0, -9), { prefix, keepEntries: false })).rejects.toMatchObject({
      code: "AIRGO_ZIP_INVALID",
    });
  });

  test("its faults keep their codes from thread to thread", () => {
    const faults = [
      zipInvalid("a", "b"),
      zipTooLarge("a", "b", { expected: "c", found: "d" }),
      zipUnsafe("a", "b"),
      new AirgoError("AIRGO_NOT_A_ZIP", { what: "a" }),
    ];
    for (const fault of faults) {
      const { code, where, expected, found, hint } = fault;
      expect(unpackError(packError(fault))).toMatchObject({ code, where, expected, found, hint });
      expect(isZipFault(unpackError(packError(fault)))).toBe(true);
    }
    expect(isZipFault(new AirgoError("AIRGO_CHECKSUM_MISMATCH", { what: "a" }))).toBe(false);
  });
});

describe("otherKind", () => {
  test.each<[string | Buffer, string | undefined]>([
    ["PK\u0003\u0004rest", undefined],
    ["PK\u0005\u0006", undefined],
    ["", "nothing"],
    ["<!DOCTYPE html><title>Sign in</title>", "a web page"],
    ["\n  <html lang=en>", "a web page"],
    ["\u{feff}<!doctype html>", "a web page"],
    ['<?xml version="1.0"?><html/>', "a web page"],
    ['{"errors":[{"status":401}]}', "JSON"],
    ["[]", "JSON"],
    ["not found: unknown revision", "text"],
    ["<nothing of the kind>", "text"],
    [Buffer.from([0x1f, 0x8b, 8, 0, 0]), "other bytes"],
    [Buffer.from([0xff, 0xfe, 0x41]), "other bytes"],
  ])("%j is %p", (head, kind) => expect(otherKind(Buffer.from(head))?.kind).toBe(kind));

  test("a text is told in one line, cut", () => {
    const { text = "" } = otherKind(Buffer.from(`<html>\r\n\t<p>${"long ".repeat(100)}`)) ?? {};
    expect(text).toMatch(/^<html> <p>long long .* …$/);
    expect(text.length).toBeLessThan(210);
  });

  test("a text that ends within a letter is a text all the same", () => {
    expect(otherKind(Buffer.from("ä".repeat(20)).subarray(0, 39))).toEqual({
      kind: "text",
      text: "ä".repeat(19),
    });
  });
});

describe("what a proxy serves for a zip", () => {
  let upstream: FakeUpstream;
  let hashes: ModuleHashes;
  let rig: Rig;

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    hashes = upstream.addModule({ ...module, files: { "m.go": "package m\n" } });
  });
  beforeEach(async () => {
    upstream.requests.length = 0;
    rig = await openRig(upstream.proxyUrl);
  });
  afterEach(async () => {
    upstream.faults.clear();
    await rig.close();
  });
  afterAll(() => upstream.close());

  const serve = (body: string | Buffer, times?: number) =>
    upstream.faults.add(zipUrl, { kind: "rewrite", change: () => Buffer.from(body) }, times);
  const keep = () => rig.files.keepZip(module, hashes.h1);

  test.each([
    ["<!doctype html><title>Sign in</title>", "a web page: <!doctype html><title>Sign in</title>"],
    ['{"errors": [ {"status": 401} ]}', 'JSON: {"errors": [ {"status": 401} ]}'],
    ["", "nothing"],
  ])("%j is no zip: its beginning is told, and it is asked for again", async (body, found) => {
    serve(body);
    await expect(keep()).rejects.toMatchObject({
      code: "AIRGO_NOT_A_ZIP",
      where: "example.com/m@v1.0.0",
      found,
      hint: expect.stringMatching(/portal.*GOPROXY/),
    });
    expect(upstream.requests).toHaveLength(4);
    expect(await rig.stored("objects")).toEqual([]);
  });

  test("a page that a balancer shows once is no failure", async () => {
    serve("<html>503</html>", 1);
    expect(await rig.store.has(await keep())).toBe(true);
  });

  test("a secret in the page is not told", async () => {
    serve("<html> see https://robot:hunter2@login.example/?token=s3cret");
    const error: unknown = await keep().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "AIRGO_NOT_A_ZIP", found: expect.stringContaining("login.example") });
    expect(JSON.stringify(error)).not.toMatch(/hunter2|s3cret/);
  });

  test("a bomb is refused by what it declares, once", async () => {
    serve(declaring(makeZip([{ name: `${prefix}m.go`, data: "package m\n" }]), (500 << 20) + 1));
    await expect(keep()).rejects.toMatchObject({
      code: "AIRGO_ZIP_TOO_LARGE",
      where: "example.com/m@v1.0.0",
      expected: `at most ${500 << 20} bytes`,
    });
    expect(upstream.requests).toHaveLength(1);
    expect(await rig.stored("objects")).toEqual([]);
  });

  test("an unsafe name is refused whatever vouches for it", async () => {
    const names = [`${prefix}m.go`, `${prefix}../../m.go`];
    serve(makeZip(names.map((name) => ({ name, data: "package m\n" }))));
    await expect(keep()).rejects.toMatchObject({ code: "AIRGO_ZIP_UNSAFE" });
    expect(await rig.stored("objects")).toEqual([]);
  });

  test("more bytes than Go takes are not even received", async () => {
    const request = {
      below: "example.com/m/@v/v1.0.0.zip",
      subject: "m",
      maxBytes: 10,
      tooLarge,
      check: async () => true,
    };
    await expect(rig.upstream.file(request)).rejects.toMatchObject({
      code: "AIRGO_ZIP_TOO_LARGE",
      expected: "at most 10 bytes",
    });
    expect(upstream.requests).toHaveLength(1);
  });
});

/** A zip whose first entry says in the directory that it has this many bytes unpacked. */
function declaring(zip: Buffer, size: number): Buffer {
  const copy = Buffer.from(zip);
  copy.writeUInt32LE(size, copy.indexOf("PK\u0001\u0002") + 24);
  return copy;
}
