import { manifestJsonSchemaText } from "../manifest/json-schema.js";

/** `airgo schema`: prints the JSON Schema of the manifest. */
export function schemaCommand(out: { write(text: string): unknown }): void {
  out.write(manifestJsonSchemaText());
}
