import { carriedBy, type Carried } from "../lock/draft.js";
import type { Lock, LockedModule, LockedToolchain } from "../lock/schema.js";
import { compareGoVersionTexts } from "../golang/version.js";
import { toolchainModule } from "../golang/go-source.js";
import { keyOf } from "../modules/module-version.js";
import { invariant } from "../support/errors.js";
import { sortedBy } from "../support/order.js";
import { kitFormat } from "./layout.js";

/** What is known of one layer once it is written. */
export interface LayerFacts {
  readonly version: string;
  /** `common` or an architecture. */
  readonly layer: string;
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  readonly files: number;
  readonly unpackedBytes: number;
}

/** What is known of one unpacked GOROOT. */
export interface GorootFacts {
  readonly toolchain: LockedToolchain;
  readonly files: number;
  readonly unpackedBytes: number;
}

/** Everything that a kit's papers are written from. */
export interface KitFacts {
  readonly name: string;
  readonly airgoVersion: string;
  /** The part of the lock that makes this kit: exactly one kit in it. */
  readonly lock: Lock;
  readonly treeHead: { readonly size: number; readonly root: string };
  readonly goroots: readonly GorootFacts[];
  readonly layers: readonly LayerFacts[];
  /** YYYY-MM-DD, where the manifest sets one. */
  readonly expires: string | undefined;
  /** The GOSUMDB value that hosts must set, where Go's own default would not do. */
  readonly gosumdb: string | undefined;
  /** GONOSUMDB patterns of the modules that are in no checksum database; none for a kit of public modules. */
  readonly privatePatterns: readonly string[];
}

const defaultDatabase = "sum.golang.org";

/** The GOSUMDB value a host needs for a database; none for Go's default one. */
export function gosumdbOf(database: { readonly name: string; readonly key: string }): string | undefined {
  return database.name === defaultDatabase ? undefined : database.key;
}

/** Go versions of a kit, newest first: the first one is the default on a host, because Go only switches upwards. */
export function goVersionsOf(facts: Pick<KitFacts, "goroots">): string[] {
  const versions = new Set(facts.goroots.map(({ toolchain }) => toolchain.version));
  return [...versions].sort((a, b) => compareGoVersionTexts(b, a));
}

/** `h1:` in hex, as coreutils print it. */
function hexOf(h1: string): string {
  return Buffer.from(h1.slice("h1:".length), "base64").toString("hex");
}

function moduleOf(toolchain: LockedToolchain): string {
  return keyOf(toolchainModule(toolchain));
}

function newestFirst(facts: KitFacts): GorootFacts[] {
  return [...facts.goroots].sort(
    (a, b) =>
      compareGoVersionTexts(b.toolchain.version, a.toolchain.version) ||
      (a.toolchain.arch < b.toolchain.arch ? -1 : 1),
  );
}

/** The tables for POSIX sh: file name to text, columns as in docs/kit-format.md. */
export function kitTables(facts: KitFacts): Map<string, string> {
  const { lock, treeHead } = facts;
  const earlier = [...lock.checksumDatabase.earlier].sort((a, b) => b - a);
  const kit = Object.values(lock.kits)[0];
  return new Map([
    [
      "kit/kit.tsv",
      table([
        ["format", kitFormat],
        ["name", facts.name],
        ["serial", lock.serial],
        ["airgo", facts.airgoVersion],
        ["default-go", goVersionsOf(facts)[0] ?? ""],
        ["sumdb", lock.checksumDatabase.name],
        ["tree-size", treeHead.size],
        ["tree-root", treeHead.root],
        ...(facts.expires === undefined ? [] : [["expires", facts.expires]]),
        ...(facts.gosumdb === undefined ? [] : [["gosumdb", facts.gosumdb]]),
        ...(facts.privatePatterns.length === 0 ? [] : [["nosumdb", facts.privatePatterns.join(",")]]),
      ]),
    ],
    ["kit/heads.tsv", table([[treeHead.size, "current"], ...earlier.map((size) => [size, "earlier"])])],
    [
      "kit/toolchains.tsv",
      table(
        newestFirst(facts).map(({ toolchain, files, unpackedBytes }) => [
          toolchain.version,
          toolchain.arch,
          moduleOf(toolchain),
          toolchain.h1,
          hexOf(toolchain.h1),
          files,
          unpackedBytes,
        ]),
      ),
    ],
    [
      "kit/layers.tsv",
      table(
        sortedBy(facts.layers, (one) => one.path).map((one) => [
          one.version,
          one.layer,
          one.path,
          one.sha256,
          one.size,
          one.files,
          one.unpackedBytes,
        ]),
      ),
    ],
    [
      "kit/modules.tsv",
      table(lock.modules.map((one) => [one.path, one.version, zipHashOf(one) ?? "-", one.goModH1])),
    ],
    ["kit/promises.tsv", table((kit?.inputs ?? []).map((input) => [input.name, input.scope]))],
  ]);
}

function table(rows: readonly (readonly (string | number)[])[]): string {
  for (const cell of rows.flat())
    invariant(!/[\t\n\r]/.test(String(cell)), `a table cannot hold ${JSON.stringify(cell)}`);
  return rows.map((row) => `${row.join("\t")}\n`).join("");
}

/** The `h1:` of a zip that is carried. */
function zipHashOf({ zip, h1 }: LockedModule): string | undefined {
  return zip === undefined ? undefined : h1;
}

/** The files of a version in the proxy tree. */
const filesOf = {
  whole: ["info", "mod", "zip"],
  listed: ["info", "mod"],
  mod: ["mod"],
} as const satisfies Record<Carried, readonly string[]>;

/** kit.json: the same facts for programs. */
export function kitJson(facts: KitFacts): string {
  const { lock } = facts;
  const kit = Object.values(lock.kits)[0];
  const carried = carriedBy(kit?.inputs ?? []);
  const document = {
    format: kitFormat,
    name: facts.name,
    serial: lock.serial,
    airgo: facts.airgoVersion,
    ...(facts.expires === undefined ? {} : { expires: facts.expires }),
    go: goVersionsOf(facts),
    arch: kit?.arch ?? [],
    toolchains: newestFirst(facts).map(({ toolchain, files, unpackedBytes }) => ({
      version: toolchain.version,
      arch: toolchain.arch,
      module: moduleOf(toolchain),
      h1: toolchain.h1,
      files,
      unpackedBytes,
    })),
    layers: sortedBy(facts.layers, (one) => one.path),
    modules: lock.modules.map((one) => ({
      path: one.path,
      version: one.version,
      ...(one.zip === undefined ? {} : { h1: one.h1 }),
      goModH1: one.goModH1,
      files: filesOf[carried.get(keyOf(one)) ?? "mod"],
    })),
    promises: (kit?.inputs ?? []).map((input) => ({
      goMod: input.name,
      scope: input.scope,
      modules: input.modules.length,
    })),
    checksumDatabase: {
      name: lock.checksumDatabase.name,
      ...(facts.gosumdb === undefined ? {} : { gosumdb: facts.gosumdb }),
      treeSize: facts.treeHead.size,
      rootHash: facts.treeHead.root,
      earlier: lock.checksumDatabase.earlier,
      ...(facts.privatePatterns.length === 0 ? {} : { notCovered: facts.privatePatterns }),
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
