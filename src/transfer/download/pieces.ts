/** Servers send parts of 16 kB and less: a write for each would cost more than all else. Bytes. */
const pieceSize = 1 << 20;

/** Collects parts until there are enough of them. */
export interface Pieces {
  /** @returns a promise when it writes; nothing may come before it is kept */
  readonly add: (part: Uint8Array) => Promise<void> | undefined;
  /** Writes what is left, after what is being written. */
  readonly end: () => Promise<void>;
}

/** @param write is given the parts in their order, one piece after another */
export function inPieces(write: (parts: readonly Uint8Array[], bytes: number) => Promise<void>): Pieces {
  let waiting: Uint8Array[] = [];
  let size = 0;
  let writing = Promise.resolve();

  async function writeAll(): Promise<void> {
    const [parts, bytes] = [waiting, size];
    waiting = [];
    size = 0;
    if (bytes > 0) await write(parts, bytes);
  }

  const next = (): Promise<void> => (writing = writing.then(writeAll));
  return {
    add(part) {
      waiting.push(part);
      size += part.byteLength;
      return size < pieceSize ? undefined : next();
    },
    end: next,
  };
}
