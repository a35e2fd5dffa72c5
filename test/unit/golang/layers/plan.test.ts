import { describe, expect, test } from "@jest/globals";

import { entriesTable, type LayerPlan, planLayers } from "../../../../src/golang/layers/plan.js";
import { sha256Hex } from "../../../../src/support/digest.js";
import { makeToolchain, toolchainFiles } from "./toolchain-zip.js";

const pathsOf = (plan: LayerPlan | undefined): string[] => (plan?.files ?? []).map(({ path }) => path);

describe("planLayers", () => {
  test("what all architectures share is common, the rest is each one's own", async () => {
    const plans = planLayers([await makeToolchain("arm64"), await makeToolchain("amd64")]);
    expect(plans.map(({ layer, source }) => [layer, source])).toEqual([
      ["common", "amd64"],
      ["amd64", "amd64"],
      ["arm64", "arm64"],
    ]);
    const [common, amd64, arm64] = plans;
    expect(pathsOf(amd64)).toEqual(["bin/go", "bin/gofmt", "pkg/tool/linux_amd64/compile"]);
    expect(pathsOf(arm64)).toEqual(["bin/go", "bin/gofmt", "pkg/tool/linux_arm64/compile"]);
    expect(pathsOf(common)).toHaveLength(toolchainFiles("amd64").length - 3);
    expect(pathsOf(common)).toContain("src/go.mod");
  });

  test("a single architecture has one layer with everything", async () => {
    const plans = planLayers([await makeToolchain("arm64")]);
    expect(plans.map(({ layer }) => layer)).toEqual(["arm64"]);
    expect(pathsOf(plans[0])).toHaveLength(toolchainFiles("arm64").length);
  });

  test("a file that one of three lacks is not common", async () => {
    const trees = await Promise.all(
      ["a", "b", "c"].map((arch) =>
        makeToolchain(arch, [
          { name: "all", data: "" },
          ...(arch === "c" ? [] : [{ name: "two", data: "" }]),
        ]),
      ),
    );
    expect(planLayers(trees).map((plan) => pathsOf(plan))).toEqual([["all"], ["two"], ["two"], []]);
  });

  test("no toolchain at all is a bug of the caller", () => {
    expect(() => planLayers([])).toThrow(expect.objectContaining({ code: "AIRGO_BUG" }));
  });
});

test("entriesTable gives mode, sha256 and path, sorted", async () => {
  const files = [
    { name: "src/_go.mod", data: "m" },
    { name: "bin/go", data: "g" },
  ];
  const [plan] = planLayers([await makeToolchain("amd64", files)]);
  expect(plan && entriesTable(plan)).toBe(
    `0755\t${sha256Hex("g")}\tbin/go\n0644\t${sha256Hex("m")}\tsrc/go.mod\n`,
  );
});
