/** Text or bytes as SSH writes them: a length of four bytes, then the bytes (RFC 4251, section 5). */
export function sshString(data: string | Uint8Array): Buffer {
  const bytes = Buffer.from(data);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A number of any size, most significant byte first, without needless zeros. */
export function sshNumber(unsigned: Uint8Array): Buffer {
  let from = 0;
  while (from < unsigned.length && unsigned[from] === 0) from++;
  const bytes = Buffer.from(unsigned.subarray(from));
  const isSigned = ((bytes[0] ?? 0) & 0x80) !== 0;
  return sshString(isSigned ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

/** Reads what SSH writes, in order. Every method throws a RangeError where the bytes end too early. */
export class SshReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  raw(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new RangeError("it is cut off");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  uint32(): number {
    return this.raw(4).readUInt32BE();
  }

  string(): Buffer {
    return this.raw(this.uint32());
  }

  text(): string {
    return this.string().toString("latin1");
  }

  /**
   * A number, without its sign, in exactly so many bytes.
   * @throws RangeError also when it has more
   */
  number(size: number): Buffer {
    const bytes = this.string();
    const digits = bytes[0] === 0 ? bytes.subarray(1) : bytes;
    if (digits.length > size) throw new RangeError("a number is too large");
    return Buffer.concat([Buffer.alloc(size - digits.length), digits]);
  }

  end(): void {
    if (this.at !== this.bytes.length) throw new RangeError("something follows it");
  }
}
