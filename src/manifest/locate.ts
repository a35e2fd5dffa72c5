import { isAlias, isMap, isScalar, isSeq, Scalar, type Node } from "yaml";

import type { Path } from "./mistake.js";
import { keyText, startOf, type YamlDocument } from "./yaml-nodes.js";

/** The place of a path in the text. */
export interface Spot {
  /** Offset of the key, of a list's item, or, for what is not there, of the nearest thing around it. */
  readonly key: number;
  /** Offset of the value; of the key when the value is left empty. */
  readonly value: number;
  /** What is there, aliases followed; undefined when nothing is. */
  readonly node: Node | undefined;
}

/** Finds a path in a document. Of a key written twice the last counts, as for its value. */
export function locate(document: YamlDocument, path: Path): Spot {
  let node: unknown = document.contents;
  let key = startOf(node) ?? 0;
  for (const part of path) {
    const within = follow(document, node);
    if (isMap(within)) {
      const pair = within.items.findLast((pair) => keyText(pair.key) === String(part));
      if (pair === undefined) return { key, value: key, node: undefined };
      // The parser makes no node for a key without a colon.
      node = pair.value ?? new Scalar(null);
      key = startOf(pair.key) ?? key;
    } else if (isSeq(within) && typeof part === "number" && part < within.items.length) {
      node = within.items[part];
      key = startOf(node) ?? key;
    } else {
      return { key, value: key, node: undefined };
    }
  }
  const empty = isScalar(node) && node.value === null && (node.source ?? "") === "";
  return { key, value: empty ? key : (startOf(node) ?? key), node: follow(document, node) };
}

function follow(document: YamlDocument, node: unknown): Node | undefined {
  if (isAlias(node)) return node.resolve(document);
  return isMap(node) || isSeq(node) || isScalar(node) ? node : undefined;
}
