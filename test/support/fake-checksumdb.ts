import { createHash, createPrivateKey, createPublicKey, randomBytes, sign } from "node:crypto";

/** One answer of the fake, as a web server would give it. */
export interface FakeAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** How one answer differs from an honest one. */
export interface FakeSwitches {
  /** One bit of a tile is wrong. */
  readonly tamperTile?: boolean;
  /** The tree head has a signature of the right form that does not verify. */
  readonly wrongSignature?: boolean;
  /** A lookup answers with this record of the log instead. */
  readonly recordId?: number;
  /** Heads and tiles are those of a second tree, as long and signed by the same key, whose first record differs. */
  readonly fork?: boolean;
  /** The size of the tree head in this answer; else the newest. */
  readonly headSize?: number;
  /** A partial tile that has since become full is gone, so that the full one must be asked for. */
  readonly forgetPartials?: boolean;
}

export interface FakeOptions {
  /** The same seed gives the same key. */
  readonly seed?: string;
  /** The size of the head in a lookup; the real database gives whatever head was newest when it was first asked. */
  readonly lookupHead?: (id: number, size: number) => number;
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
  /** Adds records that nobody asks for, until there are this many. */
  growTo(size: number): void;
  /** The signed head of its first `size` records. */
  headAt(size: number, switches?: FakeSwitches): string;
  /** Answers `supported`, `latest`, `lookup/…` and `tile/8/…`. */
  respond(path: string, switches?: FakeSwitches): FakeAnswer;
}

/**
 * An empty checksum database.
 * @param name as in `sum.golang.org`
 */
export function createFakeChecksumDb(name: string, options: FakeOptions = {}): FakeChecksumDb {
  const { lookupHead = (_id, size) => size } = options;
  const key = createKey(name, options.seed);
  const log = new Log();
  const fork = new Log();
  const numbers = new Map<string, number>();
  const logOf = (switches: FakeSwitches): Log => (switches.fork === true ? fork : log);

  function append(record: string): number {
    fork.append(log.size === 0 ? `${record.slice(0, -1)}forked\n` : record);
    return log.append(record);
  }

  function headAt(size: number, switches: FakeSwitches = {}): string {
    const root = logOf(switches).root(0, size);
    const text = `go.sum database tree\n${size}\n${root.toString("base64")}\n`;
    const signature = key.sign(text);
    if (switches.wrongSignature === true) signature.writeUInt8(signature.readUInt8(9) ^ 1, 9);
    return `${text}\n\u2014 ${name} ${signature.toString("base64")}\n`;
  }

  function lookup(asked: string, switches: FakeSwitches): string | undefined {
    const number = numbers.get(asked);
    if (number === undefined) return undefined;
    const id = switches.recordId ?? number;
    const head = headAt(switches.headSize ?? lookupHead(id, log.size), switches);
    return `${id}\n${logOf(switches).records[id]}\n${head}`;
  }

  function tile(path: string, switches: FakeSwitches): Buffer | undefined {
    const match = /^tile\/8\/(\d)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(path);
    if (match === null) return undefined;
    const [, level, digits = "", width = "256"] = match;
    const first = Number(digits.replaceAll(/[x/]/g, "")) * 256;
    const there = (logOf(switches).rows[Number(level) * 8] ?? []).slice(first, first + 256);
    const isGone = switches.forgetPartials === true && width !== "256" && there.length === 256;
    if (there.length < Number(width) || isGone) return undefined;
    const data = Buffer.concat(there.slice(0, Number(width)));
    if (switches.tamperTile === true) data.writeUInt8(data.readUInt8(0) ^ 0x10, 0);
    return data;
  }

  function find(path: string, switches: FakeSwitches): string | Buffer | undefined {
    if (path === "supported") return "";
    if (path === "latest") return headAt(switches.headSize ?? log.size, switches);
    if (path.startsWith("lookup/")) return lookup(path.slice("lookup/".length), switches);
    return tile(path, switches);
  }

  return {
    name,
    verifierKey: key.verifierKey,
    get size() {
      return log.size;
    },
    add(path, version, h1, goModH1) {
      const number = append(`${path} ${version} ${h1}\n${path} ${version}/go.mod ${goModH1}\n`);
      numbers.set(`${escaped(path)}@${escaped(version)}`, number);
      return number;
    },
    growTo(size) {
      while (log.size < size) append(`filler.example/m v0.0.${log.size} h1:x\n`);
    },
    headAt,
    respond(path, switches = {}) {
      const found = find(path, switches);
      return found === undefined
        ? { status: 404, body: Buffer.from(`not found: ${path}`) }
        : { status: 200, body: Buffer.from(found) };
    },
  };
}

/** Records, and the hash of every perfect subtree: `rows[k][i]` covers 2^k records, from number i 2^k on (RFC 6962). */
class Log {
  readonly records: string[] = [];
  readonly rows: Buffer[][] = [];

  get size(): number {
    return this.records.length;
  }

  append(record: string): number {
    let hash = sha256("\0", record);
    for (let k = 0; ; k++) {
      const row = (this.rows[k] ??= []);
      row.push(hash);
      if (row.length % 2 === 1) break;
      hash = sha256("\u0001", row.at(-2) ?? "", hash);
    }
    return this.records.push(record) - 1;
  }

  /** The hash over the records from number `from` up to `to` (RFC 6962, section 2.1). */
  root(from: number, to: number): Buffer {
    if (to > this.size) throw new Error(`the fake log has only ${this.size} records`);
    if (from === to) return sha256();
    let k = 0;
    while (2 ** (k + 1) <= to - from) k++;
    const left = this.rows[k]?.[from / 2 ** k] ?? Buffer.of();
    return 2 ** k === to - from ? left : sha256("\u0001", left, this.root(from + 2 ** k, to));
  }
}

function sha256(...parts: (string | Buffer)[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function escaped(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
}

/** What precedes the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410). */
const pkcs8Prefix = "302e020100300506032b657004220420";

/** A signing key; its verifier key is `name+hash+base64` (golang.org/x/mod/sumdb/note). */
function createKey(name: string, seed: string | undefined) {
  const secret = seed === undefined ? randomBytes(32) : sha256(seed);
  const der = Buffer.concat([Buffer.from(pkcs8Prefix, "hex"), secret]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(-32);
  const data = Buffer.concat([Buffer.of(1), publicKey]);
  const hash = sha256(name, "\n", data).subarray(0, 4);
  return {
    verifierKey: `${name}+${hash.toString("hex")}+${data.toString("base64")}`,
    sign: (text: string): Buffer => Buffer.concat([hash, sign(null, Buffer.from(text), privateKey)]),
  };
}
