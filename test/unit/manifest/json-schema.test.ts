import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "@jest/globals";

import { manifestJsonSchema, manifestJsonSchemaText } from "../../../src/manifest/json-schema.js";
import { loadManifest } from "../../../src/manifest/load.js";

const root = join(import.meta.dirname, "..", "..", "..");

test("docs/bundles.schema.json is current (`airgo schema` prints it)", async () => {
  expect(await readFile(join(root, "docs", "bundles.schema.json"), "utf8")).toBe(manifestJsonSchemaText());
});

test("the repository's own manifest is valid and tells editors of the schema", async () => {
  const file = join(root, "bundles.yaml");
  const { kits } = await loadManifest(file);
  expect(kits).toEqual({
    starter: {
      go: ["1.27.x", "1.26.x"],
      arch: ["amd64", "arm64"],
      modules: [{ path: "docs/examples/service/go.mod", scope: "all" }],
      sign: [],
      digests: ["sha256"],
    },
  });
  const [first] = (await readFile(file, "utf8")).split("\n");
  expect(first).toBe("# yaml-language-server: $schema=./docs/bundles.schema.json");
});

test("the schema has a title, no $id, and a description for every key", () => {
  const schema = manifestJsonSchema();
  expect(schema).toMatchObject({
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "airgo bundles.yaml, version 1",
    additionalProperties: false,
    required: ["version"],
  });
  expect(schema).not.toHaveProperty("$id");
  expect(undescribed(schema, "")).toEqual([]);
});

test("the schema tells what names may be, at each map of things by name", () => {
  const named = { type: "string", pattern: "^[a-z0-9][a-z0-9._-]*$" };
  const signers = { propertyNames: { type: "string", pattern: "^[a-z0-9][a-z0-9-]*$" } };
  const properties = { kits: { propertyNames: named }, signers };
  const profiles = { propertyNames: named, additionalProperties: { properties } };
  expect(manifestJsonSchema()).toMatchObject({ properties: { ...properties, profiles } });
});

/** The keys of maps, by path, that an editor could say nothing about. */
function undescribed(schema: unknown, path: string): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, inner]: [string, unknown]) => {
    if (keyword !== "properties" || typeof inner !== "object" || inner === null)
      return undescribed(inner, path);
    return Object.entries(inner).flatMap(([key, value]: [string, unknown]) => {
      const here = `${path}.${key}`;
      const said = typeof value === "object" && value !== null && "description" in value;
      return [...(said ? [] : [here]), ...undescribed(value, here)];
    });
  });
}
