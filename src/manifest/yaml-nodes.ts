import { type Document, isAlias, isMap, isScalar, isSeq } from "yaml";

export type YamlDocument = Document.Parsed;

/** The text of a map's key. */
export function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

/** Where a node begins in the text; undefined for one that the parser made up. */
export function startOf(node: unknown): number | undefined {
  return isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? node.range?.[0] : undefined;
}
