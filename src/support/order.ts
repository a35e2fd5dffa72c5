/**
 * Compares by UTF-8 bytes, as `LC_ALL=C sort` and Go's sort.Strings do. JavaScript's own order is by UTF-16 units,
 * which differs beyond the basic plane.
 */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A sorted copy, by bytes of what `key` gives. */
export function sortedBy<T>(items: Iterable<T>, key: (item: T) => string): T[] {
  const keyed = [...items].map((item) => ({ item, key: key(item) }));
  // The two orders differ by surrogates only; without them the strings are compared as they are, which is far faster.
  const compare = keyed.some((one) => surrogate.test(one.key)) ? byBytes : byUnits;
  return keyed.sort((a, b) => compare(a.key, b.key)).map(({ item }) => item);
}

const surrogate = /[\ud800-\udfff]/;

function byUnits(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
