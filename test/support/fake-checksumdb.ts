import { createHash, generateKeyPairSync, sign } from "node:crypto";

/** One answer of the fake, as a web server would give it. */
export interface FakeAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/**
 * A small transparency log that really works: it has its own Ed25519 key, proper tiles and signed heads, and the go
 * command accepts it (GOSUMDB=<verifierKey>). Written apart from src/checksumdb, so that the two check each other.
 */
export interface FakeChecksumDb {
  readonly name: string;
  readonly verifierKey: string;
  /** How many records it has. */
  readonly size: number;
  /** Adds a record and gives its number. */
  add(path: string, version: string, h1: string, goModH1: string): number;
  /** The signed head of its first `size` records. */
  headAt(size: number): string;
  /** Answers `supported`, `latest`, `lookup/…` and `tile/8/…`. */
  respond(path: string): FakeAnswer;
}

/**
 * @param name as in `sum.golang.org`
 * @param options.lookupHead gives the size of the head that the lookup of a record carries; the real database's
 *   lookups carry whatever head was newest when they were made
 */
export function createFakeChecksumDb(name: string, options: { lookupHead?: (id: number, size: number) => number } = {}): FakeChecksumDb {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const keyData = Buffer.concat([Buffer.of(1), publicKey.export({ type: "spki", format: "der" }).subarray(-32)]);
  const keyHash = sha256(Buffer.from(`${name}\n`), keyData).subarray(0, 4);
  const records: string[] = [];
  const numbers = new Map<string, number>();
  const leaves: Buffer[] = [];

  function treeHash(from: number, to: number): Buffer {
    if (to - from === 1) return leaves[from] as Buffer;
    let split = 1;
    while (split * 2 < to - from) split *= 2;
    return sha256(Buffer.of(1), treeHash(from, from + split), treeHash(from + split, to));
  }

  function headAt(size: number): string {
    const root = size === 0 ? sha256() : treeHash(0, size);
    const text = `go.sum database tree\n${size}\n${root.toString("base64")}\n`;
    const signature = Buffer.concat([keyHash, sign(null, Buffer.from(text), privateKey)]);
    return `${text}\n\u2014 ${name} ${signature.toString("base64")}\n`;
  }

  function lookup(key: string): FakeAnswer {
    const id = numbers.get(key);
    if (id === undefined) return answer(404, "not found: unknown module version");
    const head = headAt(options.lookupHead?.(id, records.length) ?? records.length);
    return answer(200, `${id}\n${records[id]}\n${head}`);
  }

  function tile(path: string): FakeAnswer {
    const match = /^8\/(\d+)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d+))?$/.exec(path);
    if (match === null) return answer(404, "no such tile");
    const level = Number(match[1]);
    const index = Number((match[2] as string).replaceAll(/[x/]/g, ""));
    const unit = 256 ** level;
    const there = Math.min(256, Math.floor(records.length / unit) - index * 256);
    const width = match[3] === undefined ? 256 : Number(match[3]);
    if (width > there) return answer(404, "the tile is not that wide yet");
    const first = index * 256;
    const hashes = Array.from({ length: width }, (_, i) => treeHash((first + i) * unit, (first + i + 1) * unit));
    return { status: 200, body: Buffer.concat(hashes) };
  }

  return {
    name,
    verifierKey: `${name}+${keyHash.toString("hex")}+${keyData.toString("base64")}`,
    get size() {
      return records.length;
    },
    add(path, version, h1, goModH1) {
      const record = `${path} ${version} ${h1}\n${path} ${version}/go.mod ${goModH1}\n`;
      records.push(record);
      leaves.push(sha256(Buffer.of(0), Buffer.from(record)));
      numbers.set(`${escaped(path)}@${escaped(version)}`, records.length - 1);
      return records.length - 1;
    },
    headAt,
    respond(path) {
      if (path === "supported") return answer(200, "");
      if (path === "latest") return answer(200, headAt(records.length));
      if (path.startsWith("lookup/")) return lookup(path.slice("lookup/".length));
      return path.startsWith("tile/") ? tile(path.slice("tile/".length)) : answer(404, "not found");
    },
  };
}

function answer(status: number, text: string): FakeAnswer {
  return { status, body: Buffer.from(text) };
}

function sha256(...parts: Buffer[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function escaped(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
}
