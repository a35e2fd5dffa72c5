import type { createFakeChecksumDb } from "../fake-checksumdb.js";
import { makeZip, type ZipEntry } from "../make-zip.js";
import { hashOfGoMod, hashOfZip } from "./hashes.js";
import { compareVersions, escapeName, isPseudoVersion, latestOf } from "./names.js";

type FakeChecksumDb = ReturnType<typeof createFakeChecksumDb>;

/** A module version for the fake to serve. */
export interface FakeModule {
  readonly path: string;
  readonly version: string;
  /** The go.mod file; without it the zip has none either, as in modules from before go.mod. */
  readonly goMod?: string;
  /** The other files, by their name inside the module. */
  readonly files: Readonly<Record<string, string | Buffer>>;
  /** The commit time of `.info`, in RFC 3339. */
  readonly time?: string;
  /** Permission bits of files, by name; none by default, as in real module zips. */
  readonly modes?: Readonly<Record<string, number>>;
  /** False keeps the version out of `@v/list`. */
  readonly listed?: boolean;
  /** Its files answer 403. */
  readonly forbidden?: boolean;
}

/** What is served at one path below the proxy's base. */
export interface Resource {
  readonly body: Buffer;
  readonly type: string;
  /** The files of a module zip, so that a fault can pack them in another way. */
  readonly entries?: readonly ZipEntry[];
}

/** A module version's two hashes, as go.sum and the checksum database give them. */
export interface ModuleHashes {
  readonly h1: string;
  readonly goModH1: string;
}

interface Served extends ModuleHashes {
  readonly version: string;
  readonly listed: boolean;
  readonly forbidden: boolean;
  readonly info: Resource;
  readonly mod: Resource;
  readonly zip: Resource;
}

/** Everything the fake upstream has: modules by path and version, and the checksum database that vouches for them. */
export class FakeWorld {
  readonly #modules = new Map<string, Map<string, Served>>();
  readonly #database: FakeChecksumDb;

  constructor(database: FakeChecksumDb) {
    this.#database = database;
  }

  /** Publishes a module version and records it in the checksum database. A version cannot be published twice. */
  add(module: FakeModule): ModuleHashes {
    const { path, version, goMod = `module ${path}\n` } = module;
    const versions = this.#modules.get(escapeName(path)) ?? new Map<string, Served>();
    if (versions.has(escapeName(version))) throw new Error(`${path}@${version} is there already`);
    const entries = zipEntriesOf(module);
    const time = module.time ?? "2026-01-02T03:04:05Z";
    const served: Served = {
      version,
      listed: module.listed ?? !isPseudoVersion(version),
      forbidden: module.forbidden ?? false,
      h1: hashOfZip(entries),
      goModH1: hashOfGoMod(goMod),
      info: resource(JSON.stringify({ Version: version, Time: time }), "application/json"),
      mod: resource(goMod, "text/plain; charset=UTF-8"),
      zip: { body: makeZip(entries), type: "application/zip", entries },
    };
    this.#database.add(path, version, served.h1, served.goModH1);
    this.#modules.set(escapeName(path), versions.set(escapeName(version), served));
    return { h1: served.h1, goModH1: served.goModH1 };
  }

  /** The hashes of a published version. Throws when there is none. */
  hashes(path: string, version: string): ModuleHashes {
    const served = this.#modules.get(escapeName(path))?.get(escapeName(version));
    if (served === undefined) throw new Error(`the fake upstream has no ${path}@${version}`);
    return { h1: served.h1, goModH1: served.goModH1 };
  }

  /** What a GET of `path` (below the base path, without a leading slash) answers; a status when there is nothing. */
  find(path: string): Resource | { readonly status: number } {
    const database = `sumdb/${this.#database.name}/`;
    if (path.startsWith(database)) return this.#fromDatabase(path.slice(database.length));
    return this.#fromModules(path) ?? { status: 404 };
  }

  #fromDatabase(path: string): Resource | { readonly status: number } {
    if (path === "supported") return resource("", "text/plain; charset=UTF-8");
    const { status, body } = this.#database.respond(path);
    return status === 200 ? { body: Buffer.from(body), type: "application/octet-stream" } : { status };
  }

  #fromModules(path: string): Resource | { readonly status: number } | undefined {
    const [, module = "", asked = ""] = /^(.+)\/(@latest|@v\/[^/]+)$/.exec(path) ?? [];
    const versions = this.#modules.get(module);
    if (versions === undefined) return undefined;
    const all = [...versions.values()];
    if (asked === "@v/list") return resource(listOf(all), "text/plain; charset=UTF-8");
    if (asked === "@latest") {
      const latest = latestOf(all.map(({ version }) => version));
      return all.find(({ version }) => version === latest)?.info;
    }
    const [, version = "", kind = ""] = /^@v\/(.+)\.(info|mod|zip)$/.exec(asked) ?? [];
    const served = versions.get(version);
    if (served?.forbidden === true) return { status: 403 };
    return kind === "info" || kind === "mod" || kind === "zip" ? served?.[kind] : undefined;
  }
}

function zipEntriesOf({ path, version, goMod, files, modes = {} }: FakeModule): ZipEntry[] {
  const all = goMod === undefined ? files : { "go.mod": goMod, ...files };
  return Object.entries(all).map(([name, data]) => {
    const mode = modes[name];
    return { name: `${path}@${version}/${name}`, data, ...(mode === undefined ? {} : { mode }) };
  });
}

function listOf(all: readonly Served[]): string {
  const listed = all.filter((served) => served.listed).map(({ version }) => version);
  return listed
    .toSorted(compareVersions)
    .map((version) => `${version}\n`)
    .join("");
}

function resource(text: string, type: string): Resource {
  return { body: Buffer.from(text), type };
}
