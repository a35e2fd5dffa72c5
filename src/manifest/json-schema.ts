import { z } from "zod";

import { manifestSchema } from "./schema.js";

/**
 * The JSON Schema of bundles.yaml, from the definition that checks it. Draft 7, the one that editors' YAML support
 * reads best. A manifest that airgo accepts is always valid under it, not the reverse: names that refer to each other,
 * for one, are beyond it.
 */
export function manifestJsonSchema(): object {
  const { $schema, ...rest } = z.toJSONSchema(manifestSchema, { target: "draft-7", io: "input" });
  return { $schema, title: "airgo bundles.yaml, version 1", ...rest };
}

/** The JSON Schema as docs/bundles.schema.json holds it. */
export function manifestJsonSchemaText(): string {
  return `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`;
}
