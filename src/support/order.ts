/**
 * Compares by UTF-8 bytes, as `LC_ALL=C sort` and Go's sort.Strings do. JavaScript's own order is by UTF-16 units,
 * which differs beyond the basic plane.
 */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A sorted copy, by bytes of what `key` gives. */
export function sortedBy<T>(items: Iterable<T>, key: (item: T) => string): T[] {
  return [...items]
    .map((item) => ({ item, bytes: Buffer.from(key(item)) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ item }) => item);
}
