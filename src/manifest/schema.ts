import { z } from "zod";

import type { KeyKind } from "../signing/key-kinds.js";
import * as field from "./fields.js";
import { defaults, type Arch, type DigestName, type Policy, type Scope } from "./fields.js";

export { architectures, defaults } from "./fields.js";
export type { DigestName } from "./fields.js";

/*
 * bundles.yaml, version 1: the one definition that checks it and that the JSON Schema is made from. It only accepts
 * or refuses; defaults are filled in by normalise.ts, because a profile must be able to leave a key out.
 */

/** An optional key whose default an editor can show. Nothing is filled in here. */
const optional = <T extends z.ZodType>(schema: T, byDefault: unknown) =>
  schema.optional().meta({ default: byDefault });

/** A map of stated keys and no others. */
const map = <T extends z.core.$ZodLooseShape>(shape: T) =>
  z.strictObject(shape, { error: `a map of ${Object.keys(shape).join(", ")}` });

/**
 * A map of things by their names. The names' form is for the JSON Schema only: zod would not look at what stands under
 * a wrong name, so cross-checks.ts checks names.
 */
const named = <T extends z.ZodType>(things: keyof typeof field.names, value: T) =>
  z.record(z.string().meta({ pattern: field.names[things].pattern.source }), value, {
    error: `a map of ${things} by name`,
  });

const privateSource = map({
  match: field.match,
  proxy: field.privateProxy,
  auth: field.auth.optional(),
  ca: field.ca.optional(),
}).describe("Private modules, and the one proxy that has them.");

const sourcesShape = {
  go: field.goSources,
  archiveKeys: field.archiveKeys,
  proxy: field.proxy,
  policy: field.policy,
  sumdb: field.sumdb,
  private: z
    .array(privateSource, { error: "a list of private sources" })
    .describe(
      "Where private modules come from: from these proxies alone, never from `proxy`, and they are not in the checksum database. The first entry that matches counts.",
    ),
};
const sources = map({
  go: optional(sourcesShape.go, defaults.go),
  archiveKeys: sourcesShape.archiveKeys.optional(),
  proxy: optional(sourcesShape.proxy, defaults.proxy),
  policy: optional(sourcesShape.policy, defaults.policy),
  sumdb: optional(sourcesShape.sumdb, defaults.sumdb),
  private: optional(sourcesShape.private, defaults.private),
});

const signer = map({
  type: field.signerType,
  key: field.key.optional(),
  passphrase: field.passphrase.optional(),
  command: field.command.optional(),
  public: field.publicKey.optional(),
}).describe("One key that kits can be signed with, or a program that has it.");

const kitShape = {
  go: field.goRanges,
  arch: field.archs,
  modules: field.modules,
  sign: field.sign,
  digests: field.digests,
  expires: field.expires,
};
const kit = map({
  go: kitShape.go,
  arch: optional(kitShape.arch, defaults.arch),
  modules: optional(kitShape.modules, defaults.modules),
  sign: optional(kitShape.sign, defaults.sign),
  digests: optional(kitShape.digests, defaults.digests),
  expires: kitShape.expires.optional(),
}).describe("One archive for isolated hosts.");

const profile = map({
  sources: map(sourcesShape).partial().optional().describe("Sources that differ."),
  signers: named("signers", signer.partial().describe("What differs in this signer."))
    .optional()
    .describe("Signers that differ or are added."),
  kits: named("kits", map(kitShape).partial().describe("What differs in this kit."))
    .optional()
    .describe("Kits that differ or are added."),
}).describe("What differs under `--profile NAME`: maps merge with the ones above, lists replace them.");

/** bundles.yaml as it is written, without regard to names and to what refers to what (see cross-checks.ts). */
export const manifestSchema = map({
  version: z
    .literal(1, { error: "1 (the one version of this format so far)" })
    .describe("The version of this format: 1."),
  sources: sources.optional().describe("Where Go and modules come from, and what vouches for them."),
  signers: named("signers", signer).optional().describe("The keys that kits can be signed with, by name."),
  kits: named("kits", kit)
    .meta({ minProperties: 1 })
    .optional()
    .describe("The kits to build, by name. Whoever only signs kits of others needs none, but a signer."),
  profiles: named("profiles", profile)
    .optional()
    .describe("Variants of this manifest, by name: dev, staging, prod ..."),
}).describe("bundles.yaml: what airgo builds air-gapped Go kits from.");

/** A manifest as it is written: defaults not filled in, profiles not merged. */
export type ManifestInput = z.infer<typeof manifestSchema>;

/** A kit's request for one go.mod or go.work, for those that a glob finds, or for module@version. */
export interface ModuleSpec {
  /** A path or glob relative to the manifest, or module@version (moduleRefKind tells which). */
  readonly path: string;
  readonly scope: Scope;
}

/** One kit with nothing left out. */
export interface KitSpec {
  /** Ranges in the order written, never empty: `1.27.x`, `1.27.3`, `1.28rc1`, `stable`, `oldstable`. */
  readonly go: readonly string[];
  /** amd64 before arm64, never empty. */
  readonly arch: readonly Arch[];
  readonly modules: readonly ModuleSpec[];
  /** Names in `signers`; empty for the development key. */
  readonly sign: readonly string[];
  /** `sha256` first, always. */
  readonly digests: readonly DigestName[];
  /** YYYY-MM-DD, the last day, UTC. */
  readonly expires?: string;
}

/** One key to sign with, by reference: the manifest holds no secrets. Paths are relative to the manifest. */
export interface KeySignerSpec {
  readonly type: KeyKind;
  /** `file:PATH` */
  readonly key: string;
  /** `env:NAME` or `file:PATH` */
  readonly passphrase?: string;
}

/** A program that has the key. Paths are relative to the manifest. */
export interface CommandSignerSpec {
  readonly type: "command";
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  /** `file:PATH` of the public key that its answers are held to. */
  readonly public: string;
}

export type SignerSpec = KeySignerSpec | CommandSignerSpec;

/** Private modules and the one proxy that is asked for them. Paths are relative to the manifest. */
export interface PrivateSourceSpec {
  /** Globs of module path prefixes as in GOPRIVATE, never empty. */
  readonly match: readonly string[];
  /** An http(s) address without credentials, query or slash at its end. */
  readonly proxy: string;
  /** `netrc`, `env:NAME` or `file:PATH` */
  readonly auth?: string;
  /** `file:PATH` */
  readonly ca?: string;
}

/** A manifest that was checked: the profile merged, every default filled in. */
export interface Manifest {
  readonly version: 1;
  readonly sources: {
    /** `module`, or addresses of official archives without a slash at their end; never empty. */
    readonly go: readonly string[];
    /** `file:PATH` */
    readonly archiveKeys?: string;
    /** `env`, or a GOPROXY list. */
    readonly proxy: string;
    /** Of sources of which any will do, which is asked first. */
    readonly policy: Policy;
    /** As GOSUMDB has it: a known name or a verifier key, perhaps with a space and an address. */
    readonly sumdb: string;
    /** The first whose pattern matches a module is the one that is asked. */
    readonly private: readonly PrivateSourceSpec[];
  };
  readonly signers: Readonly<Record<string, SignerSpec>>;
  readonly kits: Readonly<Record<string, KitSpec>>;
}
