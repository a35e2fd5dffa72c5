import { normaliseGoRange } from "./go-range.js";
import { normaliseModuleRef } from "./module-ref.js";
import { digestNames } from "./fields.js";
import { normaliseMatch } from "./private-sources.js";
import {
  architectures,
  defaults,
  type KitSpec,
  type Manifest,
  type ManifestInput,
  type ModuleSpec,
  type PrivateSourceSpec,
  type SignerSpec,
} from "./schema.js";

type KitInput = NonNullable<ManifestInput["kits"]>[string];
type PrivateSourceInput = NonNullable<NonNullable<ManifestInput["sources"]>["private"]>[number];
type SignerInput = NonNullable<ManifestInput["signers"]>[string];
type ModuleInput = NonNullable<KitInput["modules"]>[number];

/** A valid manifest with one spelling for everything and nothing left out. Profiles are to be merged before. */
export function normalise(input: ManifestInput): Manifest {
  const { go = defaults.go, proxy = defaults.proxy, sumdb = defaults.sumdb } = input.sources ?? {};
  const { policy = defaults.policy, private: privateSources = defaults.private } = input.sources ?? {};
  const { archiveKeys } = input.sources ?? {};
  return {
    version: input.version,
    sources: {
      go: go.map((source) => source.replace(/\/+$/, "")),
      ...(archiveKeys === undefined ? {} : { archiveKeys }),
      proxy,
      policy,
      sumdb,
      private: privateSources.map(privateSourceOf),
    },
    signers: mapValues(input.signers ?? {}, signerOf),
    kits: mapValues(input.kits ?? {}, kitOf),
  };
}

function privateSourceOf({ match, proxy, auth, ca }: PrivateSourceInput): PrivateSourceSpec {
  return {
    match: [match].flat().map(normaliseMatch),
    proxy: proxy.replace(/\/+$/, ""),
    ...(auth === undefined ? {} : { auth }),
    ...(ca === undefined ? {} : { ca }),
  };
}

/** Which keys a type needs was checked (signers.ts): what is missing here cannot be. */
function signerOf({
  type,
  key = "",
  passphrase,
  command = [],
  public: publicKey = "",
}: SignerInput): SignerSpec {
  if (type === "command") {
    const [program = "", ...args] = command;
    return { type, command: [program, ...args], public: publicKey };
  }
  return passphrase === undefined ? { type, key } : { type, key, passphrase };
}

function kitOf({ go, arch, modules, sign, digests, expires }: KitInput): KitSpec {
  const wanted = new Set<string>(arch ?? defaults.arch);
  return {
    go: go.map(normaliseGoRange),
    arch: architectures.filter((one) => wanted.has(one)),
    modules: (modules ?? defaults.modules).map(moduleOf),
    sign: sign ?? defaults.sign,
    digests: digestNames.filter((name) => (digests ?? defaults.digests).some((one) => one === name)),
    ...(expires === undefined ? {} : { expires }),
  };
}

function moduleOf(entry: ModuleInput): ModuleSpec {
  const { path, scope = defaults.scope } = typeof entry === "string" ? { path: entry } : entry;
  return { path: normaliseModuleRef(path), scope };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
