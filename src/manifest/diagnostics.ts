import { byBytes } from "../support/order.js";

import { describeFound } from "./found.js";
import { hintFor } from "./hints.js";
import { locate } from "./locate.js";
import type { Finding, Mistake } from "./mistake.js";
import { dotted } from "./wording.js";
import type { YamlSource } from "./yaml-source.js";

/** One mistake in a manifest, at its place. */
export interface Diagnostic {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** Dotted path; empty for the document as a whole. */
  readonly key: string;
  readonly expected: string;
  readonly found: string;
  readonly hint?: string;
}

/**
 * Gives every mistake its place in the text and says what was found there, each once, in the order of the text.
 * @param mistakes those beyond what `source` itself found wrong with the YAML
 */
export function diagnose(source: YamlSource, mistakes: readonly Mistake[], file: string): Diagnostic[] {
  const findings = [...source.findings, ...mistakes.map((mistake) => placed(source, mistake))];
  findings.sort((a, b) => a.offset - b.offset || byBytes(dotted(a.path), dotted(b.path)));
  const seen = new Set<string>();
  return findings.flatMap(({ offset, path, expected, found, hint }): Diagnostic[] => {
    const key = dotted(path);
    const same = JSON.stringify([offset, key, expected]);
    if (seen.has(same)) return [];
    seen.add(same);
    return [
      { file, ...source.placeOf(offset), key, expected, found, ...(hint === undefined ? {} : { hint }) },
    ];
  });
}

/** `bundles.yaml:4:19 kits.starter.arch.1: expected amd64 or arm64, found "x86"; did you mean "amd64"?` */
export function formatDiagnostic({ file, line, column, key, expected, found, hint }: Diagnostic): string {
  const place = `${file}:${line}:${column}${key === "" ? "" : ` ${key}`}`;
  return `${place}: expected ${expected}, found ${found}${hint === undefined ? "" : `; ${hint}`}`;
}

function placed(source: YamlSource, { path, at, expected, found, hint, earlier }: Mistake): Finding {
  const spot = locate(source.document, path);
  const advice =
    earlier === undefined
      ? (hint ?? (at === "value" ? hintFor(spot.node, path) : undefined))
      : firstOn(source, earlier);
  return {
    offset: spot[at],
    path,
    expected,
    found: found ?? describeFound(spot.node, path),
    ...(advice === undefined ? {} : { hint: advice }),
  };
}

function firstOn(source: YamlSource, earlier: Mistake["path"]): string {
  const { line, column } = source.placeOf(locate(source.document, earlier).value);
  return `the first is at ${line}:${column}`;
}
