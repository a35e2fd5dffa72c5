/**
 * The same pieces, each shown to `tap` as it is read. Whoever stops reading early leaves the rest to the next reader.
 */
export function tapped(pieces: AsyncIterable<Buffer>, tap: (piece: Buffer) => void): AsyncIterable<Buffer> {
  const source = pieces[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const next = await source.next();
        if (next.done !== true) tap(next.value);
        return next;
      },
    }),
  };
}
