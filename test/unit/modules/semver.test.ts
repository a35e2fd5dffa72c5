import { expect, test } from "@jest/globals";

import { compareModuleVersions } from "../../../src/modules/semver.js";
import { vectors } from "../../vectors/vectors.js";

test("releases, pre-releases, pseudo-versions and +incompatible, oldest first", () => {
  const sorted = [
    "v0.0.0-20240102030405-abcdef123456",
    "v0.0.0",
    "v0.9.0",
    "v0.10.0-0.20240102030405-abcdef123456",
    "v0.10.0",
    "v1.0.0-alpha",
    "v1.0.0-alpha.1",
    "v1.0.0-alpha.beta",
    "v1.0.0-beta.2",
    "v1.0.0-beta.11",
    "v1.0.0-rc.1",
    "v1.0.0",
    "v1.0.1-0.20240102030405-abcdef123456",
    "v2.0.0+incompatible",
    "v10.0.0",
  ];
  expect(sorted.toReversed().sort(compareModuleVersions)).toEqual(sorted);
});

test("versions are ordered as golang.org/x/mod/semver orders them, and equal ones by text", () => {
  const { modules } = vectors("order");
  const sorted = modules.flatMap((equal) => equal.toSorted());
  expect(sorted.length).toBeGreaterThan(100);
  const wrong = sorted.flatMap((a, i) =>
    sorted.flatMap((b, j) => (Math.sign(compareModuleVersions(a, b)) === Math.sign(i - j) ? [] : [[a, b]])),
  );
  expect(wrong).toEqual([]);
});
