import { entriesPath, kitFormat, layerPath } from "../kit/layout.js";
import {
  gosumdbOf,
  kitJson,
  kitTables,
  type GorootFacts,
  type KitFacts,
  type LayerFacts,
} from "../kit/metadata.js";
import type { Lock } from "../lock/schema.js";
import { AirgoError } from "../support/errors.js";
import type { KitContents } from "./contents-step.js";
import { createFindings, kitError, type Findings } from "./findings.js";
import { readKitLock } from "./kit-lock.js";
import type { LayerFile } from "./layer-reader.js";
import { findDifference, readKeyTable, textOf } from "./table.js";

/** What the kit's papers say, all of one voice. */
export interface KitPapers {
  readonly lock: Lock;
  readonly serial: number;
  /** The version of airgo that made it. */
  readonly airgo: string;
  /** The last day, UTC, as YYYY-MM-DD. */
  readonly expires: string | undefined;
  /** By version and layer, `1.27.3 common`. */
  readonly layers: ReadonlyMap<string, readonly LayerFile[]>;
}

/** kit.tsv by its keys, of a format that is known here. */
export function readKitTable(text: string): ReadonlyMap<string, string> {
  const rows = readKeyTable(text, "kit/kit.tsv");
  const format = rows.get("format");
  if (format === String(kitFormat)) return rows;
  throw new AirgoError("AIRGO_KIT_FORMAT", {
    what: "the kit has a format that this airgo does not know",
    where: "kit/kit.tsv",
    expected: `format ${kitFormat}`,
    found: `format ${format ?? "unknown"}`,
    hint: "verify it with the airgo that made it, or a newer one",
  });
}

/**
 * Step 4: the papers agree with each other, and the layers with their tables. All of them follow from the lock and the
 * layers, so they are made again and compared.
 * @param name the kit's name, by its folder
 * @throws AIRGO_ARCHIVE_INVALID, AIRGO_KIT_FORMAT
 */
export function checkPapers({ files, sizes, parts }: KitContents, name: string, where: string): KitPapers {
  const rows = readKitTable(textOf(parts, "kit/kit.tsv"));
  const lock = readKitLock(textOf(parts, "bundles.lock"), name);
  const findings = createFindings();
  const layers = layersOf(lock, parts.layers, findings);
  findings.throwIfAny("the kit's layers cannot be used", where);

  // It comes from the manifest, and nothing else in the kit knows it.
  const expires = expiryIn(rows, findings);
  const facts: KitFacts = {
    name,
    airgoVersion: rows.get("airgo") ?? "",
    lock,
    treeHead: statedHead(lock.checksumDatabase.head),
    goroots: gorootFacts(lock, layers),
    layers: layerFacts(layers, files, sizes),
    expires,
    gosumdb: gosumdbOf(lock.checksumDatabase),
    privatePatterns: lock.checksumDatabase.notCovered,
  };
  for (const [path, text] of kitTables(facts)) findDifference(path, textOf(parts, path), text, findings);
  findDifference("kit.json", textOf(parts, "kit.json"), kitJson(facts), findings);
  for (const [key, layer] of layers) {
    const [version = "", title = ""] = key.split(" ");
    const path = entriesPath(version, title);
    findDifference(path, textOf(parts, path), entriesText(layer), findings);
  }
  findStrangers(files, layers, findings);
  findings.throwIfAny("the papers in the kit do not agree with each other", where);
  return { lock, serial: lock.serial, airgo: facts.airgoVersion, expires, layers };
}

/** Size and root as the lock's head states them; the checksum database's step verifies that head. */
function statedHead(note: string): { size: number; root: string } {
  const [, size, root] = /^go\.sum database tree\n(\d{1,16})\n([A-Za-z0-9+/]{43}=)\n/.exec(note) ?? [];
  if (size !== undefined && root !== undefined) return { size: Number(size), root };
  throw kitError("AIRGO_ARCHIVE_INVALID", "the lock's tree head is none", "bundles.lock", { found: note });
}

/** The layers that the lock's toolchains make. */
function layersOf(
  lock: Lock,
  outcomes: KitContents["parts"]["layers"],
  findings: Findings,
): Map<string, readonly LayerFile[]> {
  const layers = new Map<string, readonly LayerFile[]>();
  for (const version of new Set(lock.toolchains.map((one) => one.version))) {
    const arches = lock.toolchains.filter((one) => one.version === version).map(({ arch }) => arch as string);
    for (const layer of arches.length > 1 ? ["common", ...arches] : arches) {
      const path = layerPath(version, layer);
      const outcome = outcomes.get(path);
      if (outcome === undefined)
        findings.add("AIRGO_ARCHIVE_INVALID", path, "the lock needs it, and it is not there");
      else if ("error" in outcome) findings.addError(outcome.error, path);
      else layers.set(`${version} ${layer}`, outcome.files);
    }
  }
  return layers;
}

/** The files of one unpacked GOROOT: the common layer's, if there is one, and its architecture's. */
export function filesOfGoroot(
  layers: ReadonlyMap<string, readonly LayerFile[]>,
  { version, arch }: { readonly version: string; readonly arch: string },
): LayerFile[] {
  return [...(layers.get(`${version} common`) ?? []), ...(layers.get(`${version} ${arch}`) ?? [])];
}

function gorootFacts(lock: Lock, layers: ReadonlyMap<string, readonly LayerFile[]>): GorootFacts[] {
  return lock.toolchains.map((toolchain) => {
    const files = filesOfGoroot(layers, toolchain);
    return { toolchain, files: files.length, unpackedBytes: bytesOf(files) };
  });
}

function layerFacts(
  layers: ReadonlyMap<string, readonly LayerFile[]>,
  digests: ReadonlyMap<string, string>,
  sizes: ReadonlyMap<string, number>,
): LayerFacts[] {
  return [...layers].map(([key, files]) => {
    const [version = "", layer = ""] = key.split(" ");
    const path = layerPath(version, layer);
    return {
      version,
      layer,
      path,
      sha256: digests.get(path) ?? "",
      size: sizes.get(path) ?? 0,
      files: files.length,
      unpackedBytes: bytesOf(files),
    };
  });
}

function bytesOf(files: readonly LayerFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

function entriesText(files: readonly LayerFile[]): string {
  return files.map(({ mode, sha256, path }) => `0${mode.toString(8)}\t${sha256}\t${path}\n`).join("");
}

function expiryIn(rows: ReadonlyMap<string, string>, findings: Findings): string | undefined {
  const expires = rows.get("expires");
  if (expires === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\d$/.test(expires) ? Date.parse(`${expires}T00:00:00Z`) : NaN;
  // 31 February is read as a day in March.
  const isDay = !Number.isNaN(time) && new Date(time).toISOString().startsWith(expires);
  if (!isDay)
    findings.add("AIRGO_ARCHIVE_INVALID", "kit/kit.tsv", `${JSON.stringify(expires)} is no day (YYYY-MM-DD)`);
  return expires;
}

const papers = ["README.txt", "install.sh", "kit.json", "bundles.lock"];

/** What lies outside `proxy/` and belongs to nothing that the lock names. */
function findStrangers(
  files: ReadonlyMap<string, string>,
  layers: ReadonlyMap<string, readonly LayerFile[]>,
  findings: Findings,
): void {
  const tables = ["kit", "heads", "toolchains", "layers", "modules", "promises"].map(
    (name) => `kit/${name}.tsv`,
  );
  const ofLayers = [...layers.keys()].flatMap((key) => {
    const [version = "", layer = ""] = key.split(" ");
    return [layerPath(version, layer), entriesPath(version, layer)];
  });
  const known = new Set([...papers, ...tables, ...ofLayers]);
  for (const path of files.keys())
    if (!path.startsWith("proxy/") && !known.has(path))
      findings.add("AIRGO_ARCHIVE_INVALID", path, "nothing in bundles.lock accounts for it");
  for (const path of papers)
    if (!files.has(path)) findings.add("AIRGO_ARCHIVE_INVALID", path, "it is missing");
}
