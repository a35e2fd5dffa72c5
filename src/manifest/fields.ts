import { z } from "zod";

import { keyKinds } from "../signing/key-kinds.js";
import { archiveBasePattern, proxyForm, proxyPattern, sumdbPattern } from "./addresses.js";
import { goRangePattern } from "./go-range.js";
import { moduleRefPattern } from "./module-ref.js";
import { matchForm, matchPattern, privateProxyForm, privateProxyPattern } from "./private-sources.js";

/*
 * The single values of bundles.yaml. Every `error` is worded to follow "expected", since diagnostics print it so;
 * every description becomes one in the JSON Schema.
 */

/** The architectures that a kit can carry, in the order in which a normalised manifest names them. */
export const architectures = ["amd64", "arm64"] as const;
export type Arch = (typeof architectures)[number];

/** How much of the module graph a kit can carry for one entry of `modules:`, least first. */
export const scopes = ["build", "tidy", "all"] as const;
export type Scope = (typeof scopes)[number];

/** How sources of which any will do can be ordered. */
export const policies = ["order", "fastest"] as const;
export type Policy = (typeof policies)[number];

/** The digests that a kit's files can be listed with. */
export const digestNames = ["sha256", "sm3"] as const;
export type DigestName = (typeof digestNames)[number];

/** What can sign: keys of all kinds, or a program that has one. */
export const signerTypes = [...keyKinds, "command"] as const;

/** What holds where the manifest is silent. */
export const defaults = {
  go: ["module", "https://go.dev/dl"],
  proxy: "env",
  policy: "order",
  sumdb: "sum.golang.org",
  private: [],
  arch: architectures,
  modules: [],
  scope: "all",
  sign: [],
  digests: ["sha256"],
} as const;

/** A text of a stated form: one wording, whether it is no text at all or one of another form. */
const text = (pattern: RegExp, error: string) => z.string({ error }).regex(pattern, { error });

/** What a name that users choose may be. */
export interface NameForm {
  readonly pattern: RegExp;
  /** Worded to follow "expected". */
  readonly expected: string;
}

const fileNamePattern = /^[a-z0-9][a-z0-9._-]*$/;
export const names = {
  signers: { pattern: /^[a-z0-9][a-z0-9-]*$/, expected: "a signer's name of a-z, 0-9 and -" },
  kits: { pattern: fileNamePattern, expected: "a kit's name of a-z, 0-9, ., _ and -" },
  profiles: { pattern: fileNamePattern, expected: "a profile's name of a-z, 0-9, ., _ and -" },
} as const satisfies Readonly<Record<string, NameForm>>;

export const goSources = z
  .array(
    text(archiveBasePattern, "module, or the https://, http:// or file:/// address of official archives"),
    {
      error: "a list of sources of Go",
    },
  )
  .min(1, { error: "at least one source of Go" })
  .meta({ uniqueItems: true })
  .describe(
    "Where Go itself comes from, first choice first. `module` is the golang.org/toolchain module from `proxy`; an address has official archives, such as https://go.dev/dl or a mirror of it. All addresses together are one source, at the place of the first.",
  );
export const archiveKeys = text(/^file:.+$/, "file:PATH").describe(
  "Further OpenPGP keys that official archives may be signed with, armored: `file:PATH`, relative to the manifest. Google's own is built in.",
);
export const proxy = text(proxyPattern, proxyForm).describe(
  "Where modules come from: `env` for Go's own setting (GOPROXY, `go env GOPROXY`), or a list with GOPROXY's rules (`,` and `|`), in which `file:///path` is a folder.",
);
export const policy = z
  .enum(policies, { error: policies.join(" or ") })
  .describe(
    "Of several sources of which any will do (in `proxy`, those with `|` between them), which is asked first: `order` as they are written, `fastest` the one that answers soonest, measured once per run.",
  );
export const sumdb = text(
  sumdbPattern,
  "sum.golang.org, or a verifier key name+hash+key, perhaps with a space and an address",
).describe("The checksum database that everything is verified against, written as for GOSUMDB.");

const matchGlob = text(matchPattern, matchForm);
export const match = z
  .union(
    [matchGlob, z.array(matchGlob).min(1, { error: "at least one pattern" }).meta({ uniqueItems: true })],
    { error: `${matchForm}, or a list of them` },
  )
  .describe(
    "The private modules: a glob of module path prefixes, or a list of them, as in GOPRIVATE. The last two parts of a host hold no wildcard, and a host of everybody's, such as github.com, needs a path.",
  );
export const privateProxy = text(privateProxyPattern, privateProxyForm).describe(
  "The address of the one module proxy that is asked for these modules, or `file:///path` of a folder that has them.",
);
export const auth = text(
  /^(netrc|file:.+|env:[A-Za-z_][A-Za-z0-9_]*)$/,
  "netrc, env:NAME or file:PATH",
).describe(
  "Where the credentials for this proxy are: `netrc` (the file that Go reads), `env:NAME` or `file:PATH`. Never the credentials themselves.",
);
export const ca = text(/^file:.+$/, "file:PATH").describe(
  "Further CA certificates for this proxy, PEM: `file:PATH`, relative to the manifest.",
);

export const signerType = z
  .enum(signerTypes, { error: signerTypes.join(", ") })
  .describe(
    "The kind of key, and with it of signature: `ecdsa-p256` is what every openssl verifies; or `command`, a program that has the key (docs/trust.md).",
  );
export const key = text(/^file:.+$/, "file:PATH").describe(
  "The private key: `file:PATH`, relative to the manifest. PEM (PKCS#8); of `openpgp` an armored private key.",
);
export const command = z
  .array(z.string({ error: "a word of the command" }), {
    error: "a list: the program, then its arguments, each a text of its own",
  })
  .min(1, { error: "a program" })
  .describe(
    "Of a `command` signer: program and arguments, run without a shell. The document comes on its standard input and as `{file}`, its digest as `{digest}` (a file of raw bytes), `{digest-hex}` or `{digest-base64}`; it answers on its standard output, or in the file `{signature}`.",
  );
export const publicKey = text(/^file:.+$/, "file:PATH").describe(
  "Of a `command` signer: the public key that its answers are held to, of any kind, `file:PATH`, relative to the manifest.",
);
export const passphrase = text(/^(file:.+|env:[A-Za-z_][A-Za-z0-9_]*)$/, "env:NAME or file:PATH").describe(
  "Where the key's passphrase is: `env:NAME` or `file:PATH`. Never the passphrase itself.",
);

export const goRanges = z
  .array(
    text(goRangePattern, 'a Go version such as "1.27.x", "1.27.3", "1.28rc1", "stable" or "oldstable"'),
    {
      error: "a list of Go versions",
    },
  )
  .min(1, { error: "at least one Go version" })
  .meta({ uniqueItems: true })
  .describe(
    'The Go versions of the kit: ranges ("1.27.x"), `stable`, `oldstable`, or exact ("1.27.3"). Quote them: YAML reads 1.20 as 1.2.',
  );
export const archs = z
  .array(z.enum(architectures, { error: architectures.join(" or ") }), { error: "a list of architectures" })
  .min(1, { error: "at least one architecture" })
  .meta({ uniqueItems: true })
  .describe("The architectures of the isolated hosts.");
const moduleRef = text(
  moduleRefPattern,
  "the path of a go.mod or go.work, a glob that ends in one, or module@version",
).describe(
  "The path of a go.mod or go.work, or a glob (*, **, ?, {a,b}) that ends in one, relative to the manifest; or module@version.",
);
const scope = z
  .enum(scopes, { error: "build, tidy or all" })
  .describe(
    "How much of the module graph the kit carries: `build` for building and testing, `tidy` for `go mod tidy` as well, `all` for every module of the graph.",
  );
const moduleEntry = z.union(
  [moduleRef, z.strictObject({ path: moduleRef, scope: scope.optional().meta({ default: defaults.scope }) })],
  { error: "the path of a go.mod or go.work, a glob, module@version, or a map of path and scope" },
);
export const modules = z
  .array(moduleEntry, { error: "a list of go.mod files, go.work files or modules" })
  .meta({ uniqueItems: true })
  .describe("The go.mod files, go.work files or modules whose dependencies the kit carries.");
export const sign = z
  .array(z.string({ error: "a signer's name" }), { error: "a list of signers' names" })
  .meta({ uniqueItems: true })
  .describe(
    "The names of the signers of this kit. Empty: signed with a development key, made on the first run.",
  );
export const digests = z
  .array(z.enum(digestNames, { error: digestNames.join(" or ") }), { error: "a list of digests" })
  .meta({ uniqueItems: true })
  .describe(
    "The digests that the kit's files are listed with: `sha256` always, and `sm3` beside it (docs/trust.md).",
  );
export const expires = text(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, "a date, YYYY-MM-DD").describe(
  "The last day (UTC) on which the kit should be installed. Later install.sh warns, and with --enforce-expiry refuses.",
);
