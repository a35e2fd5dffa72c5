import { z } from "zod";

import { scopes } from "../modules/scope.js";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const h1 = z.string().regex(/^h1:[A-Za-z0-9+/]{43}=$/);
const object = z.strictObject({ sha256, size: z.int().nonnegative() });
const architecture = z.enum(["amd64", "arm64"]);
const moduleKey = z.string().regex(/^[^@\s]+@v[^@\s]+$/);

/**
 * A Go release for one architecture; `record` is its number in the checksum database, `file` what its source served: the
 * toolchain module's zip, or the official archive. Of an archive `zip` is what was made of it, which kits are made from.
 */
const toolchain = z.strictObject({
  version: z.string(),
  arch: architecture,
  source: z.enum(["module", "archive"]),
  h1,
  goModH1: h1,
  record: z.int().nonnegative(),
  file: object,
  zip: object.optional(),
});

/**
 * A module version. One that is not carried whole has no `zip`; one of which only the go.mod is carried has no `time`
 * either, and neither has one whose .info says none. A private one is in no checksum database, so it has no `record`,
 * and without a zip no `h1`.
 */
const module = z.strictObject({
  path: z.string(),
  version: z.string(),
  h1: h1.optional(),
  goModH1: h1,
  record: z.int().nonnegative().optional(),
  mod: object,
  zip: object.optional(),
  time: z.string().optional(),
});

/** One go.mod or go.work that the manifest names, and its closure. */
const input = z.strictObject({
  /** As the manifest's entry resolves: a path relative to the manifest, or `module@version`. */
  name: z.string(),
  scope: z.enum(scopes),
  /** SHA-256 of each file that the closure was computed from, by its name beside the go.mod. */
  files: z.record(z.string(), sha256),
  /** Modules carried whole: .info, .mod and .zip. */
  modules: z.array(moduleKey),
  /** The rest of the build list: .info and .mod, which listing needs. */
  listed: z.array(moduleKey),
  /** Further versions whose go.mod alone the module graph reads. */
  graph: z.array(moduleKey),
});

const kit = z.strictObject({
  /** Each range of the manifest with the version that it stands for. */
  go: z.record(z.string(), z.string()),
  arch: z.array(architecture).min(1),
  inputs: z.array(input),
});

/** The schema of bundles.lock. It names no address: digests, not places, so that every mirror serves every lock. */
export const lockSchema = z.strictObject({
  version: z.literal(1),
  /** Rises by one each time the lock moves. */
  serial: z.int().positive(),
  checksumDatabase: z.strictObject({
    name: z.string(),
    key: z.string(),
    /** The signed tree head that every snapshot of this lock is pinned to. */
    head: z.string(),
    /** Sizes of the heads that earlier kits of this lock were built with. */
    earlier: z.array(z.int().positive()),
    /** Patterns of private module paths, which it does not cover. */
    notCovered: z.array(z.string()),
  }),
  toolchains: z.array(toolchain),
  modules: z.array(module),
  kits: z.record(z.string(), kit),
});

export type Lock = z.infer<typeof lockSchema>;
export type LockedToolchain = z.infer<typeof toolchain>;
export type LockedModule = z.infer<typeof module>;
export type LockedInput = z.infer<typeof input>;
export type LockedKit = z.infer<typeof kit>;
