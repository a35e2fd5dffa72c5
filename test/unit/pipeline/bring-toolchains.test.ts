import { describe, expect, test } from "@jest/globals";

import type { GoSourceKind } from "../../../src/golang/go-source.js";
import type { LockedToolchain } from "../../../src/lock/schema.js";
import { planSource } from "../../../src/pipeline/bring-toolchains.js";

const file = { sha256: "a".repeat(64), size: 7 };
const zip = { sha256: "b".repeat(64), size: 8 };
const locked = (source: GoSourceKind, arch: "amd64" | "arm64" = "amd64"): LockedToolchain => ({
  version: "1.27.3",
  arch,
  source,
  h1: "h1:x",
  goModH1: "h1:m",
  record: 1,
  file,
  zip,
});
const chosen = (kind: GoSourceKind) => new Map([["1.27.3", kind]]);
const wanted = { version: "1.27.3", arch: "amd64", h1: "h1:x" } as const;

describe("where a toolchain comes from while the lock moves", () => {
  test("what a lock has stays, though another source was chosen first", () => {
    const known = {
      toolchains: [locked("archive")],
      kinds: ["module", "archive"] as const,
      chosen: chosen("module"),
    };
    expect(planSource(wanted, known)).toEqual({ kind: "archive", locked: { file, zip } });
  });

  test("not where the manifest no longer names that kind", () => {
    const known = { toolchains: [locked("archive")], kinds: ["module"] as const, chosen: chosen("module") };
    expect(planSource(wanted, known)).toEqual({ kind: "module", locked: undefined });
  });

  test("it does where nothing was chosen anew", () => {
    const known = { toolchains: [locked("archive")], kinds: ["module"] as const, chosen: new Map() };
    expect(planSource(wanted, known)).toEqual({ kind: "archive", locked: { file, zip } });
  });

  test("another architecture of the same version comes from the same kind, and its file is not known yet", () => {
    const known = {
      toolchains: [locked("archive", "arm64")],
      kinds: ["module", "archive"] as const,
      chosen: chosen("module"),
    };
    expect(planSource(wanted, known)).toEqual({ kind: "archive", locked: undefined });
  });

  test("a file whose tree has another hash now is not held to", () => {
    const known = { toolchains: [locked("module")], kinds: ["module"] as const, chosen: chosen("module") };
    expect(planSource({ ...wanted, h1: "h1:y" }, known)).toEqual({ kind: "module", locked: undefined });
  });

  test("what is new comes from where it was chosen", () => {
    const known = { toolchains: [], kinds: ["module", "archive"] as const, chosen: chosen("archive") };
    expect(planSource(wanted, known)).toEqual({ kind: "archive", locked: undefined });
  });
});
