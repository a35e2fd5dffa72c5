import { describe, expect, test } from "@jest/globals";

import { failureLines } from "../../../src/cli/reporters/failure.js";
import { failed } from "./fakes.js";

describe("failureLines", () => {
  test("a failure with one sentence is one line", () => {
    expect(failureLines(failed())).toEqual(["error AIRGO_NETWORK: the proxy did not answer"]);
  });

  test("tells all that is known, aligned", () => {
    const event = failed({
      kit: "starter",
      code: "AIRGO_CHECKSUM_MISMATCH",
      what: "the zip is not the one in go.sum",
      where: "golang.org/x/text@v0.30.0",
      expected: "h1:abc=",
      found: "h1:xyz=",
      hint: "try another proxy\nor delete the store",
      causes: ["first", "second"],
    });
    expect(failureLines(event)).toEqual([
      "error AIRGO_CHECKSUM_MISMATCH: the zip is not the one in go.sum",
      "  kit        starter",
      "  where      golang.org/x/text@v0.30.0",
      "  expected   h1:abc=",
      "  found      h1:xyz=",
      "  what next  try another proxy",
      "             or delete the store",
      "  cause      first",
      "  cause      second",
    ]);
  });

  test("keeps the mistakes of a manifest readable", () => {
    const what =
      "bundles.yaml has 2 mistakes\nbundles.yaml:4:19 kits.starter.arch.1\n  expected: arm64\n\nbundles.yaml:9:3\n";
    expect(failureLines(failed({ what, hint: "correct them" }))).toEqual([
      "error AIRGO_NETWORK: bundles.yaml has 2 mistakes",
      "  bundles.yaml:4:19 kits.starter.arch.1",
      "    expected: arm64",
      "",
      "  bundles.yaml:9:3",
      "",
      "  what next  correct them",
    ]);
  });

  test("survives texts that say nothing, and hides secrets", () => {
    expect(failureLines(failed({ what: "\n", where: "", causes: ["https://a:b@host/"] }))).toEqual([
      "error AIRGO_NETWORK:",
      "  cause      https://***@host/",
    ]);
  });
});
