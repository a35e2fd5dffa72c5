import type { KitFile } from "./layout.js";
import { gosumdbOf, type KitFacts } from "./metadata.js";
import { toolchainModule } from "../golang/go-source.js";
import type { LockedModule, LockedToolchain } from "../lock/schema.js";
import { filePath } from "../modules/module-files.js";
import { keyOf } from "../modules/module-version.js";

/** Where something was fetched from, by the SHA-256 of what was fetched; undefined where nobody noted it. */
export type OriginOf = (sha256: string) => string | undefined;

export interface ProvenanceFacts {
  readonly id: string;
  readonly facts: KitFacts;
  readonly files: readonly KitFile[];
  /** SHA-256 of the built airgo. */
  readonly airgoDigest: string;
  readonly node: string;
  /** `linux amd64` */
  readonly machine: string;
  /** How isolated the rehearsal was. */
  readonly rehearsal: string;
  readonly originOf: OriginOf;
  /** Where the checksum database was asked; undefined where nobody noted it. */
  readonly databaseAddress: string | undefined;
}

/** One thing that was fetched, for a file of the kit. */
interface Fetched {
  /** `path@version`, or what else it is. */
  readonly of: string;
  readonly address: string;
  readonly sha256?: string;
}

/** What is told of one file. */
interface FileOrigin {
  /** `fetched` as it is, or `made` by airgo, of what was fetched where that is so. */
  readonly how: "fetched" | "made";
  readonly from?: readonly Fetched[];
  /** What vouches for it. */
  readonly verified: readonly string[];
}

const unnoted = "not noted: it was in the store already";

/** The text of provenance.json (docs/kit-format.md): for each file of a kit, where it came from and what vouches for it. */
export function provenanceJson(about: ProvenanceFacts): string {
  const { facts, files, id } = about;
  const { lock, treeHead } = facts;
  const originOfFile = fileOrigins(about);
  const document = {
    format: 1,
    kit: { name: facts.name, serial: lock.serial, id },
    airgo: { version: facts.airgoVersion, sha256: about.airgoDigest },
    go: [...new Set(facts.goroots.map(({ toolchain }) => toolchain.version))],
    builtOn: { machine: about.machine, node: about.node },
    rehearsal: about.rehearsal,
    checksumDatabase: {
      name: lock.checksumDatabase.name,
      ...(gosumdbOf(lock.checksumDatabase) === undefined ? {} : { gosumdb: lock.checksumDatabase.key }),
      treeSize: treeHead.size,
      rootHash: treeHead.root,
      address: about.databaseAddress ?? unnoted,
    },
    files: files.map(({ path, sha256, size }) => ({ path, sha256, size, ...originOfFile(path) })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Tells what is known of each file by its path in the kit. */
function fileOrigins(about: ProvenanceFacts): (path: string) => FileOrigin {
  const known = new Map<string, FileOrigin>([...moduleFiles(about), ...layerFiles(about)]);
  const { lock } = about.facts;
  const database = `proxy/sumdb/${lock.checksumDatabase.name}/`;
  const ofDatabase: FileOrigin = {
    how: "made",
    from: [{ of: "checksum database", address: about.databaseAddress ?? unnoted }],
    verified: [`proven to belong to the signed tree of ${about.facts.treeHead.size} records`],
  };
  const ofAirgo: FileOrigin = { how: "made", verified: ["made from the lock by airgo"] };
  known.set("install.sh", { how: "made", verified: ["part of airgo"] });
  known.set("SHA256SUMS", { how: "made", verified: ["made from all other files by airgo"] });
  return (path) => known.get(path) ?? (path.startsWith(database) ? ofDatabase : ofAirgo);
}

function* moduleFiles({ facts, originOf }: ProvenanceFacts): Generator<[string, FileOrigin]> {
  const fetched = (module: LockedModule, sha256: string): Fetched => ({
    of: keyOf(module),
    address: originOf(sha256) ?? unnoted,
  });
  for (const module of facts.lock.modules) {
    const vouches = recordOf(module, facts);
    yield [
      `proxy/${filePath(module, "mod")}`,
      { how: "fetched", from: [fetched(module, module.mod.sha256)], verified: [pinned, vouches("go.mod")] },
    ];
    if (module.zip === undefined) continue;
    yield [
      `proxy/${filePath(module, "zip")}`,
      { how: "fetched", from: [fetched(module, module.zip.sha256)], verified: [pinned, vouches("zip")] },
    ];
  }
}

const pinned = "sha256 pinned in bundles.lock";

function recordOf(module: LockedModule, { lock }: KitFacts): (what: "go.mod" | "zip") => string {
  if (module.record === undefined)
    return (what) => `h1 of the ${what} pinned in bundles.lock; private, so in no checksum database`;
  return (what) => `h1 of the ${what} in record ${module.record} of ${lock.checksumDatabase.name}`;
}

function* layerFiles({ facts, originOf }: ProvenanceFacts): Generator<[string, FileOrigin]> {
  for (const { version, layer, path } of facts.layers) {
    const toolchains = facts.lock.toolchains.filter(
      (one) => one.version === version && (layer === "common" || one.arch === layer),
    );
    const origin: FileOrigin = {
      how: "made",
      from: toolchains.map((one) => toolchainOrigin(one, originOf)),
      verified: [
        "sha256 of what it was made of pinned in bundles.lock",
        ...toolchains.map(
          ({ record }) => `h1 of the whole tree in record ${record} of ${facts.lock.checksumDatabase.name}`,
        ),
      ],
    };
    yield [path, origin];
  }
}

function toolchainOrigin(toolchain: LockedToolchain, originOf: OriginOf): Fetched {
  const { file, source } = toolchain;
  const of =
    source === "archive"
      ? `official archive of go${toolchain.version} linux-${toolchain.arch}`
      : keyOf(toolchainModule(toolchain));
  return { of, address: originOf(file.sha256) ?? unnoted, sha256: file.sha256 };
}
