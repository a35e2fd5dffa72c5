import { z } from "zod";

import type { Mistake, Path } from "./mistake.js";
import { manifestSchema } from "./schema.js";
import { closest } from "./suggest.js";
import { quoted } from "./wording.js";

type Issue = z.core.$ZodIssue;

/** Everything in which the schema disagrees with a value, by path. */
export function schemaMistakes(value: unknown): Mistake[] {
  const { error } = manifestSchema.safeParse(value);
  return error === undefined ? [] : error.issues.flatMap((issue) => mistakesOf(issue, []));
}

function mistakesOf(issue: Issue, above: Path): Mistake[] {
  const path: Path = [
    ...above,
    ...issue.path.map((part) => (typeof part === "number" ? part : String(part))),
  ];
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(path, key));
  if (issue.code === "invalid_union") {
    // The branch that was meant is the one whose kind of value it is, and its own issues say more than "no branch".
    const meant = issue.errors.filter((issues) => !issues.some(isOfOtherKind));
    const [only] = meant.length === 1 ? meant : [];
    if (only !== undefined) return only.flatMap((inner) => mistakesOf(inner, path));
  }
  return [{ path, at: "value", expected: issue.message }];
}

function isOfOtherKind(issue: Issue): boolean {
  return issue.code === "invalid_type" && issue.path.length === 0;
}

function unknownKey(parent: Path, key: string): Mistake {
  const known = knownKeys(manifestSchema, parent);
  const near = closest(key, known);
  return {
    path: [...parent, key],
    at: "key",
    expected: `one of ${known.join(", ")}`,
    found: `the unknown key ${quoted(key)}`,
    ...(near === undefined ? {} : { hint: `did you mean \`${near}\`?` }),
  };
}

/** The keys that a map at this path may have. */
function knownKeys(schema: unknown, path: Path): string[] {
  if (schema instanceof z.ZodOptional) return knownKeys(schema.unwrap(), path);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => knownKeys(option, path));
  const [first, ...rest] = path;
  if (schema instanceof z.ZodObject) {
    const shape: Readonly<Record<string, unknown>> = schema.shape;
    return first === undefined ? Object.keys(shape) : knownKeys(shape[first], rest);
  }
  if (schema instanceof z.ZodRecord) return knownKeys(schema.valueType, rest);
  return schema instanceof z.ZodArray ? knownKeys(schema.element, rest) : [];
}
