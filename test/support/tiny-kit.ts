import { createHash, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { pack } from "tar-stream";

import { sha256Hex } from "../../src/support/digest.js";
import { sortedBy } from "../../src/support/order.js";
import { writeKey, type KitSigner } from "./signers.js";

const installer = join(dirname(fileURLToPath(import.meta.url)), "../../dist/installer/install.sh");

/** A module of the tiny proxy tree. `zip` is any text: install.sh does not read zips. */
export interface TinyModule {
  readonly path: string;
  readonly version: string;
  readonly zip?: string;
}

type FakeBuild = "works" | "fails" | "lies" | "interrupts";

/** A question that the fake go answers with an error. */
type FakeFailure = "vet" | "test" | "list" | "cross" | "cgo" | "module" | "GOPROXY" | "GOROOT";

export interface TinyKitOptions {
  readonly name?: string;
  readonly serial?: number;
  /** Go versions, newest first; the first one is the default. */
  readonly versions?: readonly string[];
  readonly archs?: readonly string[];
  readonly modules?: readonly TinyModule[];
  /** The whole proxy tree, by path below `proxy/`, instead of the one made of `modules`. */
  readonly proxy?: ReadonlyMap<string, string | Buffer>;
  /** A go that the kit's go runs for all that it does not answer itself. */
  readonly realGo?: string;
  /** Size of the current tree, and of the earlier ones that the kit can connect it to. */
  readonly head?: number;
  readonly earlierHeads?: readonly number[];
  /** Base64; made from the size of the tree when not given. */
  readonly treeRoot?: string;
  readonly gosumdb?: string;
  /** GONOSUMDB patterns of private modules, as kit.tsv has them. */
  readonly nosumdb?: string;
  /** The checksum database that kit.tsv names. */
  readonly sumdb?: string;
  /** What the fake `go build` does: work, fail, make a program that says something else, or be ended by Ctrl-C. */
  readonly build?: FakeBuild;
  /** What else of the health checks fails. */
  readonly fails?: FakeFailure;
  /** States a wrong h1 for the toolchains, as a kit would whose layers are not the database's. */
  readonly wrongH1?: boolean;
  /** So many more files in each GOROOT. */
  readonly extraFiles?: number;
  readonly signer?: TinySigner;
  /** Those who sign instead, with real programs. */
  readonly signers?: readonly KitSigner[];
  /** Whether the kit has SM3 digests too. */
  readonly sm3?: boolean;
  /** What kit.tsv says of the last day. */
  readonly expires?: string;
}

export interface TinySigner {
  readonly name: string;
  readonly key: KeyObject;
}

export interface TinyKit {
  /** The folder that is carried. */
  readonly outer: string;
  /** The unpacked kit in it. */
  readonly folder: string;
  readonly script: string;
  readonly id: string;
  /** The public key file. */
  readonly key: string;
  readonly name: string;
}

export function newSigner(name = "release"): TinySigner {
  return { name, key: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey };
}

/** One key for all kits that name none: making keys is slow, and which one it is does not matter. */
const defaultSigner = newSigner();

interface TreeFile {
  readonly path: string;
  readonly text: string;
  readonly mode: 0o644 | 0o755;
}

/** A program in sh that answers as go does, as far as install.sh and its tests ask. */
function fakeGo(version: string, arch: string, { build = "works", fails, realGo }: TinyKitOptions): string {
  const says = build === "lies" ? "goodbye" : "hello from airgo";
  const makes = `printf '#!/bin/sh\\necho "${says}"\\n' >"$out" && chmod 0755 "$out"`;
  const buildLine = {
    interrupts: "kill -INT 0",
    fails: "echo 'no space for gophers' >&2; exit 1",
    works: makes,
    lies: makes,
  }[build];
  return `#!/bin/sh
# As in Go itself, the nearest go.mod says which version runs, and GOTOOLCHAIN=local only keeps it from being fetched.
wanted() {
  folder=$PWD
  while [ -n "$folder" ] && [ ! -f "$folder/go.mod" ]; do folder=\${folder%/*}; done
  [ -f "$folder/go.mod" ] || return 0
  while read -r word rest; do
    case $word in go | toolchain) echo "go: $folder/go.mod asks for $word $rest" >&2; exit 1 ;; esac
  done <"$folder/go.mod"
}
failing() { [ "${fails ?? ""}" != "$1" ] || { echo "$1 is broken here" >&2; exit 1; }; }
case $1 in
version)
  [ "\${GOTOOLCHAIN-}" = local ] || wanted
  echo "go version go${version} linux/${arch}"
  ;;
build)
  wanted
  [ -z "\${GOARCH-}" ] || failing cross
  [ "\${CGO_ENABLED-}" != 1 ] || failing cgo
  case $2 in -mod=mod) failing module ;; esac
  while [ "$1" != -o ]; do shift; done; out=$2; PATH=/usr/bin:/bin; ${buildLine}
  ;;
vet | test) wanted; failing "$1" ;;
list) wanted; failing list; shift 4; echo "\${1%/...}/package" ;;
env) shift; failing "$1"; GOROOT=\${GOROOT:-\${0%/bin/go}}; for name; do eval "printf '%s\\n' \\"\\\${$name-}\\""; done ;;
run-on-path) shift; "$@" ;;
*) ${realGo === undefined ? `echo "fake go: $*" >&2; exit 2` : `exec '${realGo}' "$@"`} ;;
esac
`;
}

function commonFiles(version: string, extra: number): TreeFile[] {
  const extraFiles = Array.from({ length: extra }, (_, index): TreeFile => {
    return {
      path: `src/some/folder/with/a/long/name/file-${index}.go`,
      text: `package file // ${index}\n`,
      mode: 0o644,
    };
  });
  return [
    ...extraFiles,
    { path: "VERSION", text: `go${version}\ntime 2026-01-01T00:00:00Z\n`, mode: 0o644 },
    { path: "go.env", text: "GOPROXY=off\n", mode: 0o644 },
    { path: "src/cmd/go.mod", text: "module cmd\n", mode: 0o644 },
    { path: "src/fmt/print.go", text: `package fmt // ${version}\n`, mode: 0o644 },
    { path: "src/fmt/empty", text: "", mode: 0o644 },
    { path: "src/cmd/go/testdata/example.com_!a+b@v1~2.txt", text: "odd but plain\n", mode: 0o644 },
    { path: "src/make.bash", text: "#!/bin/sh\n", mode: 0o755 },
  ];
}

function archFiles(version: string, arch: string, options: TinyKitOptions): TreeFile[] {
  return [
    { path: "bin/go", text: fakeGo(version, arch, options), mode: 0o755 },
    { path: "bin/gofmt", text: `#!/bin/sh\necho gofmt ${version} ${arch}\n`, mode: 0o755 },
    { path: `pkg/tool/linux_${arch}/compile`, text: `compile ${version} ${arch}\n`, mode: 0o755 },
  ];
}

/** dirhash Hash1 of the files as a toolchain module names them, raw. */
function toolchainH1(module: string, files: readonly TreeFile[]): Buffer {
  const named = files.map((file) => ({
    name: `${module}/${file.path.replace(/(^|\/)go\.mod$/, "$1_go.mod")}`,
    digest: sha256Hex(file.text),
  }));
  const text = sortedBy(named, (file) => file.name).map((file) => `${file.digest}  ${file.name}\n`);
  return Buffer.from(sha256Hex(text.join("")), "hex");
}

async function layerArchive(files: readonly TreeFile[]): Promise<Buffer> {
  const archive = pack();
  for (const file of files) {
    archive.entry(
      { name: file.path, mode: file.mode, uid: 0, gid: 0, mtime: new Date(946684800_000) },
      file.text,
    );
  }
  archive.finalize();
  return gzipSync(await buffer(archive));
}

function escapePath(path: string): string {
  return path.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
}

/** What the checksum database answers for a module: the record is the same at every tree size. */
export function lookupText(module: TinyModule, size: number): string {
  const digest = Buffer.from(sha256Hex(module.zip ?? module.path), "hex").toString("base64");
  return [
    "17",
    `${module.path} ${module.version} h1:${digest}`,
    `${module.path} ${module.version}/go.mod h1:${digest}`,
    "",
    "go.sum database tree",
    String(size),
    "root",
    "",
    "— sum.example.org signature",
    "",
  ].join("\n");
}

function proxyFiles(
  modules: readonly TinyModule[],
  head: number,
  earlier: readonly number[],
): [string, string][] {
  const files: [string, string][] = [["proxy/sumdb/sum.example.org/supported", ""]];
  for (const size of [head, ...earlier])
    files.push([`proxy/sumdb/sum.example.org/tile/8/0/000.p/${size}`, `tile ${size}\n`]);
  const versions = new Map<string, string[]>();
  for (const module of modules) {
    const escaped = escapePath(module.path);
    const base = `proxy/${escaped}/@v`;
    files.push([
      `${base}/${module.version}.info`,
      `{"Version":"${module.version}","Time":"2026-01-01T00:00:00Z"}`,
    ]);
    files.push([`${base}/${module.version}.mod`, `module ${module.path}\n`]);
    files.push([`${base}/${module.version}.zip`, module.zip ?? `zip of ${module.path}@${module.version}`]);
    files.push([`proxy/sumdb/sum.example.org/lookup/${escaped}@${module.version}`, lookupText(module, head)]);
    versions.set(base, [...(versions.get(base) ?? []), module.version]);
  }
  for (const [base, list] of versions) files.push([`${base}/list`, `${list.join("\n")}\n`]);
  return files;
}

const table = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((row) => `${row.join("\t")}\n`).join("");

/**
 * Writes a signed kit folder as docs/kit-format.md has it, below `parent`, with programs in sh in the place of Go.
 * The tar itself is not written: SHA256SUMS names it, and install.sh works from what was unpacked from it.
 */
export async function writeTinyKit(parent: string, options: TinyKitOptions = {}): Promise<TinyKit> {
  const name = options.name ?? "tiny";
  const versions = options.versions ?? ["1.99.2", "1.98.7"];
  const archs = options.archs ?? ["amd64", "arm64"];
  const modules = options.modules ?? [
    { path: "example.com/one", version: "v1.0.0" },
    { path: "example.com/Upper/two", version: "v1.2.3" },
  ];
  const head = options.head ?? 100;
  const earlier = options.earlierHeads ?? [];

  const contents = new Map<string, string | Buffer>(
    options.proxy === undefined
      ? proxyFiles(modules, head, earlier)
      : [...options.proxy].map(([path, data]) => [`proxy/${path}`, data]),
  );
  const toolchains: (string | number)[][] = [];
  const layers: (string | number)[][] = [];
  for (const version of versions) {
    const parts = new Map<string, TreeFile[]>(archs.map((arch) => [arch, archFiles(version, arch, options)]));
    if (archs.length > 1) parts.set("common", commonFiles(version, options.extraFiles ?? 0));
    else
      parts.set(archs[0] ?? "", [
        ...commonFiles(version, options.extraFiles ?? 0),
        ...(parts.get(archs[0] ?? "") ?? []),
      ]);
    for (const [layer, files] of parts) {
      const suffix = layer === "common" ? "common" : `linux-${layer}`;
      const archive = await layerArchive(files);
      const path = `toolchains/go${version}.${suffix}.tar.gz`;
      contents.set(path, archive);
      layers.push([version, layer, path, sha256Hex(archive), archive.length, files.length, bytesOf(files)]);
      const sorted = sortedBy(files, (file) => file.path);
      contents.set(
        `kit/go${version}.${suffix}.entries.tsv`,
        table(sorted.map((file) => [`0${file.mode.toString(8)}`, sha256Hex(file.text), file.path])),
      );
    }
    for (const arch of archs) {
      const files = [...(parts.get("common") ?? []), ...(parts.get(arch) ?? [])];
      const module = `golang.org/toolchain@v0.0.1-go${version}.linux-${arch}`;
      const h1 = options.wrongH1 ? Buffer.alloc(32, 7) : toolchainH1(module, files);
      toolchains.push([
        version,
        arch,
        module,
        `h1:${h1.toString("base64")}`,
        h1.toString("hex"),
        files.length,
        bytesOf(files),
      ]);
    }
  }

  const facts: [string, string | number][] = [
    ["format", 1],
    ["name", name],
    ["serial", options.serial ?? 1],
    ["airgo", "0.0.0"],
    ["default-go", versions[0] ?? ""],
    ["sumdb", options.sumdb ?? "sum.example.org"],
    ["tree-size", head],
    ["tree-root", options.treeRoot ?? Buffer.from(sha256Hex(`root ${head}`), "hex").toString("base64")],
    ...(options.gosumdb === undefined ? [] : [["gosumdb", options.gosumdb] as [string, string]]),
    ...(options.nosumdb === undefined ? [] : [["nosumdb", options.nosumdb] as [string, string]]),
    ...(options.expires === undefined ? [] : [["expires", options.expires] as [string, string]]),
  ];
  contents.set("kit/kit.tsv", table(facts));
  contents.set("kit/heads.tsv", table([[head, "current"], ...earlier.map((size) => [size, "earlier"])]));
  contents.set("kit/toolchains.tsv", table(toolchains));
  contents.set("kit/layers.tsv", table(layers));
  contents.set(
    "kit/modules.tsv",
    table(modules.map((module) => [module.path, module.version, "h1:zip", "h1:mod"])),
  );
  contents.set("kit/promises.tsv", table([["go.mod", "build"]]));
  contents.set("kit.json", `${JSON.stringify({ format: 1, ...Object.fromEntries(facts) })}\n`);
  contents.set("bundles.lock", "a lock\n");
  contents.set("README.txt", "read me\n");
  contents.set("install.sh", readFileSync(installer));

  const sums = sumsOf(contents);
  const id = sha256Hex(sums).slice(0, 12);
  const outer = join(parent, id);
  const folder = join(outer, `${name}-${id}`);
  for (const [path, data] of contents) writeInto(folder, path, data);
  chmodSync(join(folder, "install.sh"), 0o755);
  writeInto(folder, "SHA256SUMS", sums);
  return {
    outer,
    folder,
    script: join(folder, "install.sh"),
    id,
    name,
    key: seal(outer, `${name}-${id}`, new Map([...contents, ["SHA256SUMS", sums]]), options),
  };
}

function bytesOf(files: readonly TreeFile[]): number {
  return files.reduce((sum, file) => sum + Buffer.byteLength(file.text), 0);
}

function sumsOf(contents: ReadonlyMap<string, string | Buffer>, digest = sha256Hex): string {
  return sortedBy(contents, ([path]) => path)
    .map(([path, data]) => `${digest(data)}  ${path}\n`)
    .join("");
}

function sm3Hex(data: string | Uint8Array): string {
  return createHash("sm3").update(data).digest("hex");
}

function writeInto(folder: string, path: string, data: string | Buffer): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, data);
}

/** Writes what lies beside the kit: the signed document, its signatures and the public keys. Gives back a key's file. */
function seal(
  outer: string,
  stem: string,
  contents: ReadonlyMap<string, string | Buffer>,
  options: TinyKitOptions,
): string {
  const beside = new Map<string, string>([
    ["contents.SHA256SUMS", String(contents.get("SHA256SUMS"))],
    ["provenance.json", "{}\n"],
    ["rehearsal.json", "{}\n"],
    ["rehearsal.txt", "rehearsed\n"],
    ["README.txt", "how to install\n"],
  ]);
  const tar: [string, string] = [`${stem}.tar`, "not carried by this fixture"];
  if (options.sm3) {
    beside.set("contents.SM3SUMS", sumsOf(contents, sm3Hex));
    beside.set("SM3SUMS", sumsOf(new Map([...beside, tar]), sm3Hex));
  }
  for (const [path, data] of beside) writeInto(outer, path, data);
  const document = sumsOf(new Map([...beside, tar]));
  writeInto(outer, "SHA256SUMS", document);
  const signers = options.signers ?? [kitSigner(options.signer ?? defaultSigner)];
  const keys = signers.map((signer) => {
    writeInto(outer, `SHA256SUMS.${signer.name}.${signer.ext}`, signer.sign(document));
    const sm3sums = beside.get("SM3SUMS");
    if (signer.ext === "sm2sig" && sm3sums !== undefined)
      writeInto(outer, `SM3SUMS.${signer.name}.sm2sig`, signer.sign(sm3sums));
    return writeKey(outer, signer);
  });
  return keys[0] ?? "";
}

/** A signer whose key this process holds, which is quicker than a program. */
function kitSigner(signer: TinySigner): KitSigner {
  return {
    name: signer.name,
    ext: "sig",
    keyExt: "pub.pem",
    publicKey: publicPem(signer),
    sign: (document) => signatureOver(document, signer),
  };
}

export function signatureOver(document: string, signer: TinySigner): Buffer {
  return sign("sha256", Buffer.from(document), { key: signer.key, dsaEncoding: "der" });
}

/** Writes the signer's public key and gives the file's name back. */
export function writePublicKey(file: string, signer: TinySigner): string {
  writeFileSync(file, publicPem(signer));
  return file;
}

function publicPem(signer: TinySigner): string {
  return createPublicKey(signer.key).export({ type: "spki", format: "pem" }).toString();
}

/** Every file of the unpacked kit, as paths in it. */
export function kitFiles(kit: TinyKit): string[] {
  return readdirSync(kit.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(kit.folder.length + 1))
    .sort();
}
