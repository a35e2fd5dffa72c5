import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

import { createMessage, generateKey, sign, type PrivateKey } from "openpgp";
import { pack } from "tar-stream";

import type { FakeModule, Resource } from "./world.js";

/** What of an archive is not as it should be. */
export interface ArchiveOptions {
  /** False leaves the `.asc` away; a key signs with that one instead of the server's. */
  readonly signed?: boolean | PrivateKey;
  /** False keeps it out of the index. */
  readonly listed?: boolean;
  /** Further entries of the tar, by name: a content, or the target of a symbolic link. */
  readonly extra?: Readonly<Record<string, string | { readonly linkTo: string }>>;
  /** Other contents than the toolchain module's, by name below GOROOT. */
  readonly changed?: Readonly<Record<string, string>>;
}

interface Listed {
  readonly version: string;
  readonly file: {
    filename: string;
    os: string;
    arch: string;
    version: string;
    sha256: string;
    size: number;
    kind: string;
  };
}

/** An OpenPGP key as whoever publishes archives has one. */
export async function makeArchiveKey(): Promise<{ privateKey: PrivateKey; publicKey: string }> {
  const { privateKey, publicKey } = await generateKey({
    type: "ecc",
    userIDs: [{ name: "Archive Signer", email: "archives@example.com" }],
    format: "object",
    date: new Date("2020-01-01T00:00:00Z"),
  });
  return { privateKey, publicKey: publicKey.armor() };
}

/** What stands at go.dev/dl: an index as JSON, archives, and their signatures. */
export class FakeDownloads {
  readonly #files = new Map<string, Resource>();
  readonly #listed: Listed[] = [];
  readonly #key = makeArchiveKey();

  /** The key that signs, armored. */
  async publicKey(): Promise<string> {
    return (await this.#key).publicKey;
  }

  /** Publishes the archive that has a toolchain module's tree, in the form of the real ones. */
  async add(version: string, arch: string, module: FakeModule, options: ArchiveOptions = {}): Promise<void> {
    const filename = `go${version}.linux-${arch}.tar.gz`;
    const body = gzipSync(await tarOf(module, options));
    this.#files.set(filename, { body, type: "application/x-gzip" });
    const { signed = true, listed = true } = options;
    if (signed !== false) {
      const key = signed === true ? (await this.#key).privateKey : signed;
      this.#files.set(`${filename}.asc`, {
        body: Buffer.from(await signatureOf(body, key)),
        type: "text/plain",
      });
    }
    const sha256 = createHash("sha256").update(body).digest("hex");
    const file = {
      filename,
      os: "linux",
      arch,
      version: `go${version}`,
      sha256,
      size: body.length,
      kind: "archive",
    };
    if (listed) this.#listed.push({ version: `go${version}`, file });
  }

  /** What a GET below the base answers; `query` with its question mark. */
  find(path: string, query: string): Resource | { readonly status: number } {
    if (path === "" && query === "?mode=json&include=all") {
      return { body: Buffer.from(JSON.stringify(this.#index(), null, 1)), type: "application/json" };
    }
    return this.#files.get(path) ?? { status: 404 };
  }

  #index() {
    const versions = [...new Set(this.#listed.map(({ version }) => version))];
    const source = { filename: "", os: "", arch: "", sha256: "", size: 0, kind: "source" };
    return versions.map((version) => ({
      version,
      stable: true,
      files: [
        { ...source, filename: `${version}.src.tar.gz`, version },
        ...this.#listed.filter((one) => one.version === version).map(({ file }) => file),
      ],
    }));
  }
}

/** go/…, folders first, with the four folders that the module leaves out, and each go.mod under its own name. */
async function tarOf(
  { files, modes = {} }: FakeModule,
  { extra = {}, changed = {} }: ArchiveOptions,
): Promise<Buffer> {
  const tar = pack();
  const time = new Date("2026-01-02T03:04:05Z");
  tar.entry({ name: "go/", type: "directory", mode: 0o755, mtime: time });
  const leftOut = {
    "api/go1.90.txt": "pkg fmt\n",
    "doc/go_spec.html": "<p>\n",
    "misc/cgo/go.mod": "module misc\n",
    "test/README.md": "tests\n",
  };
  for (const [name, content] of Object.entries({ ...leftOut, ...files, ...changed })) {
    const path = name.replace(/(^|\/)_go\.mod$/, "$1go.mod");
    tar.entry({ name: `go/${path}`, mode: modes[name] ?? 0o644, mtime: time }, content);
  }
  for (const [name, content] of Object.entries(extra)) {
    if (typeof content === "string") tar.entry({ name, mtime: time }, content);
    else tar.entry({ name, type: "symlink", linkname: content.linkTo, mtime: time });
  }
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

async function signatureOf(body: Buffer, signingKeys: PrivateKey): Promise<string> {
  const message = await createMessage({ binary: body });
  // Some years ago: whoever checks it asks no clock.
  return sign({ message, signingKeys, detached: true, date: new Date("2021-06-01T00:00:00Z") });
}
