/** True for what a YAML map becomes. */
export function isMapValue(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at one key of a map, own keys only. */
export function member(value: unknown, key: string | number): unknown {
  if (Array.isArray(value)) return typeof key === "number" ? (value as readonly unknown[])[key] : undefined;
  return isMapValue(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The keys and values of a map; none for anything else. */
export function entriesOf(value: unknown): readonly [string, unknown][] {
  return isMapValue(value) ? Object.entries(value) : [];
}

/** The items of a list; none for anything else. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
