import { expect, test } from "@jest/globals";

import { keyOf, parseModuleVersion } from "../../../src/modules/module-version.js";

test.each([
  "example.com/m@v1.0.0",
  "example.com/M@v2.0.0+incompatible",
  "a.b/c@v0.0.0-20240102030405-abcdef123456",
])("%s is taken apart and put together again", (text) => {
  const module = parseModuleVersion(text);
  expect(module === undefined ? undefined : keyOf(module)).toBe(text);
});

test.each([
  "",
  "m",
  "m@",
  "@v1.0.0",
  "m@1.0.0",
  "m@latest",
  "m@v1@v2",
  "m @v1.0.0",
  "m@v1.0.0\nx",
  "a/go.mod",
])("%j is no module version", (text) => expect(parseModuleVersion(text)).toBeUndefined());
