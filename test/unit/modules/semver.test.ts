import { expect, test } from "@jest/globals";

import { compareModuleVersions } from "../../../src/modules/semver.js";

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
