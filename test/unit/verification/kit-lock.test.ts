import { describe, expect, test } from "@jest/globals";

import { parseLock, formatLock } from "../../../src/lock/text.js";
import { readKitLock } from "../../../src/verification/kit-lock.js";

const h1 = `h1:${Buffer.alloc(32, 1).toString("base64")}`;
const object = { sha256: "0".repeat(64), size: 1 };

function lockOf(change: (lock: ReturnType<typeof plainLock>) => void = () => undefined): string {
  const lock = plainLock();
  change(lock);
  return JSON.stringify(lock);
}

function plainLock() {
  return {
    version: 1,
    serial: 1,
    checksumDatabase: {
      name: "sum.example.com",
      key: "k",
      head: "h",
      earlier: [] as number[],
      notCovered: [] as string[],
    },
    toolchains: [
      { version: "1.90.0", arch: "amd64", source: "module", h1, goModH1: h1, record: 1, file: object },
    ] as Record<string, unknown>[],
    modules: [
      { path: "example.com/m", version: "v1.0.0", h1, goModH1: h1, record: 2, mod: object, zip: object },
    ] as Record<string, unknown>[],
    kits: {
      k: {
        go: { "1.90.x": "1.90.0" } as Record<string, string>,
        arch: ["amd64"],
        inputs: [
          {
            name: "go.mod",
            scope: "build",
            files: {},
            modules: ["example.com/m@v1.0.0"],
            listed: [] as string[],
            graph: [] as string[],
          },
        ],
      },
    } as Record<string, unknown>,
  };
}

/** As airgo writes it. */
const written = (text: string): string => formatLock(parseLock(text, "bundles.lock"));

test("the lock of a kit is read when it is the part that makes this kit, as airgo writes it", () => {
  expect(readKitLock(written(lockOf()), "k").serial).toBe(1);
  expect(() => readKitLock(lockOf(), "k")).toThrow("as airgo writes it");
  expect(() => readKitLock(written(lockOf()), "other")).toThrow("of another kit");
});

const refused = expect.objectContaining({ code: "AIRGO_ARCHIVE_INVALID" });
function reading(text: string): unknown {
  try {
    return readKitLock(text, "k");
  } catch (error) {
    return error;
  }
}

describe("refused, and never a bug of ours, is a lock", () => {
  test.each<[string, string]>([
    ["that is empty", ""],
    ["that is no JSON", "{"],
    ["of null", "null"],
    ["of a list", "[]"],
    ["nested without end", "[".repeat(200_000)],
    ["of another version", lockOf((lock) => Object.assign(lock, { version: 2 }))],
    ["with a field nobody knows", lockOf((lock) => Object.assign(lock, { more: 1 }))],
    [
      "with a kit that every object has",
      lockOf((lock) => Object.assign(lock, { kits: { constructor: {} } })),
    ],
    ["with two kits", lockOf((lock) => void (lock.kits["l"] = lock.kits["k"]))],
    ["that contradicts itself", lockOf((lock) => void (lock.modules = []))],
  ])("%s", (_what, text) => {
    expect(reading(text)).toEqual(refused);
  });

  test.each<[string, (lock: ReturnType<typeof plainLock>) => void]>([
    ["more than it needs", (lock) => void lock.modules.push({ ...lock.modules[0], path: "example.com/n" })],
    ["a path that leads out", (lock) => rename(lock, "../../etc")],
    ["a path with a tab", (lock) => rename(lock, "example.com/m\tx")],
    ["a version that leads out", (lock) => version(lock, "v1.0.0/../../x")],
    ["a tab in the name of an input", (lock) => Object.assign(inputOf(lock), { name: "a\tb" })],
    ["a line feed in a pattern", (lock) => void lock.checksumDatabase.notCovered.push("a\nb")],
  ])("that holds %s", (_what, change) => {
    const text = lockOf(change);
    let canonical = text;
    try {
      canonical = written(text);
    } catch {
      // Refused by the schema already.
    }
    expect(reading(canonical)).toEqual(refused);
  });

  test("with lists that are meant to keep the reader busy", () => {
    const long = Array.from({ length: 200_000 }, () => "amd64");
    for (const change of [
      (lock: ReturnType<typeof plainLock>) => Object.assign(lock.kits["k"] as object, { arch: long }),
      (lock: ReturnType<typeof plainLock>) => Object.assign(lock.checksumDatabase, { notCovered: long }),
      (lock: ReturnType<typeof plainLock>) =>
        Object.assign(lock.checksumDatabase, { notCovered: ["*".repeat(10_000)] }),
      (lock: ReturnType<typeof plainLock>) =>
        Object.assign(lock.checksumDatabase, { earlier: long.map((_, at) => at + 1) }),
      (lock: ReturnType<typeof plainLock>) =>
        Object.assign(lock, { toolchains: long.map(() => lock.toolchains[0]) }),
      (lock: ReturnType<typeof plainLock>) =>
        Object.assign(lock, { modules: long.map(() => lock.modules[0]) }),
    ])
      expect(reading(lockOf(change))).toEqual(
        expect.objectContaining({ message: expect.stringMatching(/too long/) }),
      );
  });
});

function inputOf(lock: ReturnType<typeof plainLock>) {
  return (lock.kits["k"] as { inputs: { name: string; modules: string[] }[] }).inputs[0] as {
    name: string;
    modules: string[];
  };
}

function rename(lock: ReturnType<typeof plainLock>, path: string): void {
  Object.assign(lock.modules[0] as object, { path });
  inputOf(lock).modules = [`${path}@v1.0.0`];
}

function version(lock: ReturnType<typeof plainLock>, to: string): void {
  Object.assign(lock.modules[0] as object, { version: to });
  inputOf(lock).modules = [`example.com/m@${to}`];
}
