/** Symbols 257 to 285 stand for lengths from these bases, each with so many extra bits (RFC 1951, 3.2.5). */
const lengthBase = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
const lengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const firstLength = 257;
const endOfBlock = 256;
const shortestMatch = 3;
const longestMatch = 258;
/** One block, the last, with fixed codes: the bits 1, then 01, from the lowest up. */
const blockHeader = 0b011;

interface Code {
  /** With the first bit lowest, as it is written. */
  readonly bits: number;
  readonly width: number;
}

/** The fixed Huffman codes of RFC 1951, 3.2.6. */
const codes: readonly Code[] = Array.from({ length: 286 }, (_, symbol) => {
  if (symbol < 144) return reversed(0x30 + symbol, 8);
  if (symbol < 256) return reversed(0x190 + symbol - 144, 9);
  if (symbol < 280) return reversed(symbol - 256, 7);
  return reversed(0xc0 + symbol - 280, 8);
});

/**
 * A raw deflate stream of `data`, the same on every machine and with every release of Node: zlib's own output may
 * change between its versions, and these bytes are part of a locked digest. It knows one thing, runs of a byte,
 * which is what tar headers and padding are made of.
 */
export function deflateRuns(data: Uint8Array): Uint8Array {
  // A literal takes 9 bits at most, and the block's header and end take 10.
  const out = new Uint8Array(Math.ceil((data.length * 9 + 10) / 8));
  let at = 0;
  let held = 0;
  let width = 0;
  const put = (bits: number, count: number): void => {
    held |= bits << width;
    for (width += count; width >= 8; width -= 8) {
      out[at++] = held & 0xff;
      held >>>= 8;
    }
  };
  const putSymbol = (symbol: number): void => {
    const code = codes[symbol];
    if (code !== undefined) put(code.bits, code.width);
  };

  put(blockHeader, 3);
  for (let from = 0; from < data.length;) {
    const run = runLength(data, from);
    if (run < shortestMatch) {
      putSymbol(data[from++] ?? 0);
      continue;
    }
    const index = lengthBase.findLastIndex((base) => base <= run);
    putSymbol(firstLength + index);
    put(run - (lengthBase[index] ?? 0), lengthExtra[index] ?? 0);
    put(0, 5); // distance 1
    from += run;
  }
  putSymbol(endOfBlock);
  if (width > 0) out[at++] = held;
  return out.subarray(0, at);
}

/** How many bytes from `from` on equal the byte before it, up to what one match can say. */
function runLength(data: Uint8Array, from: number): number {
  const end = Math.min(data.length, from + longestMatch);
  const byte = data[from - 1];
  let at = from;
  while (at < end && data[at] === byte) at++;
  return at - from;
}

function reversed(code: number, width: number): Code {
  let bits = 0;
  for (let bit = 0; bit < width; bit++) bits |= ((code >> bit) & 1) << (width - 1 - bit);
  return { bits, width };
}
