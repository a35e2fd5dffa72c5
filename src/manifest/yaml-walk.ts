import { isAlias, isMap, isSeq, type Node } from "yaml";

import { findingAt as at, type Finding, type Path } from "./mistake.js";
import type { Place } from "./places.js";
import { quoted } from "./wording.js";
import { keyText, startOf, type YamlDocument } from "./yaml-nodes.js";

const deepest = 64;

/** One pass over a document for what its value no longer shows: repeated keys, aliases, depth. */
export class YamlWalk {
  readonly findings: Finding[] = [];
  /** True when the document must not be turned into a value. */
  stopped = false;
  /** Offset of the first alias. */
  firstAlias: number | undefined;
  readonly #above: Node[] = [];
  readonly #document: YamlDocument;

  readonly #placeOf: (offset: number) => Place;

  constructor(document: YamlDocument, placeOf: (offset: number) => Place) {
    this.#document = document;
    this.#placeOf = placeOf;
  }

  /** Looks at a node and all below it. */
  node(node: unknown, path: Path): void {
    if (isAlias(node)) return this.#alias(node, path);
    if (!isMap(node) && !isSeq(node)) return;
    if (this.#above.length >= deepest) {
      this.#stop(at(startOf(node) ?? 0, path.slice(0, 3), `at most ${deepest} levels`, "more"));
      return;
    }
    this.#above.push(node);
    if (isMap(node)) this.#map(node.items, path);
    else node.items.forEach((item, index) => this.node(item, [...path, index]));
    this.#above.pop();
  }

  #map(pairs: readonly { key: unknown; value: unknown }[], path: Path): void {
    const seen = new Map<string, unknown>();
    for (const { key, value } of pairs) {
      const name = keyText(key);
      const here = [...path, name];
      if (seen.has(name)) {
        const found = `${quoted(name)} again`;
        const { line, column } = this.#placeOf(startOf(seen.get(name)) ?? 0);
        const hint = `the first is at ${line}:${column}`;
        this.findings.push({ ...at(startOf(key) ?? 0, here, "each key once", found), hint });
      } else {
        seen.set(name, key);
      }
      this.node(value, here);
    }
  }

  #alias(alias: Node & { resolve(document: YamlDocument): Node | undefined }, path: Path): void {
    const offset = startOf(alias) ?? 0;
    this.firstAlias ??= offset;
    const target = alias.resolve(this.#document);
    if (target === undefined) {
      this.#stop(at(offset, path, "an anchor set before its use", "none of this name"));
    } else if (this.#above.includes(target)) {
      this.#stop(at(offset, path, "an alias of something complete", "one of what it is itself part of"));
    }
  }

  #stop(finding: Finding): void {
    this.findings.push(finding);
    this.stopped = true;
  }
}
