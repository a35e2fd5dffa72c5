import { describe, expect, test } from "@jest/globals";

import type { Architecture, GoSource, Toolchain } from "../../../src/golang/go-source.js";
import { chooseReleases } from "../../../src/golang/release-choice.js";

const both: readonly Architecture[] = ["amd64", "arm64"];
type Listing = Record<string, readonly Architecture[]>;

/** A source that lists and serves these; what it was asked for is recorded. */
function sourceOf(listed: Listing, notServed: readonly string[] = []) {
  const asked: string[] = [];
  const source: Pick<GoSource, "versions" | "has"> = {
    versions: async () =>
      new Map(Object.entries(listed).map(([version, arches]) => [version, new Set(arches)])),
    async has({ version, arch }) {
      asked.push(`${version} ${arch}`);
      return !notServed.includes(`${version} ${arch}`);
    },
  };
  return { source: source as GoSource, asked };
}

const always = async (): Promise<boolean> => true;
const choose = (
  ranges: string[],
  listed: Listing,
  notServed: string[] = [],
  acceptable = always as (t: Toolchain) => Promise<boolean>,
) => chooseReleases(ranges, both, sourceOf(listed, notServed).source, acceptable);

const listed: Listing = {
  "1.26.8": both,
  "1.26.9": both,
  "1.27rc1": both,
  "1.27.2": both,
  "1.27.3": both,
};

describe("chooseReleases", () => {
  test("the newest of each range", async () => {
    expect(await choose(["1.27.x", "1.26.x", "1.26.8", "1.27rc1", "stable", "oldstable"], listed)).toEqual({
      versions: {
        "1.27.x": "1.27.3",
        "1.26.x": "1.26.9",
        "1.26.8": "1.26.8",
        "1.27rc1": "1.27rc1",
        stable: "1.27.3",
        oldstable: "1.26.9",
      },
      passedOver: [],
    });
  });

  test("one that is listed for one architecture before the other is passed over, and said once", async () => {
    const choice = await choose(["1.27.x", "stable"], { ...listed, "1.27.4": ["amd64"] });
    expect(choice).toEqual({
      versions: { "1.27.x": "1.27.3", stable: "1.27.3" },
      passedOver: ["go1.27.4 is not listed for linux-arm64 yet"],
    });
  });

  test("one architecture alone can have it", async () => {
    const { source } = sourceOf({ ...listed, "1.27.4": ["amd64"] });
    expect((await chooseReleases(["1.27.x"], ["amd64"], source, always)).versions).toEqual({
      "1.27.x": "1.27.4",
    });
  });

  test("one that is listed and not served is passed over", async () => {
    expect(await choose(["1.27.x"], listed, ["1.27.3 arm64"])).toEqual({
      versions: { "1.27.x": "1.27.2" },
      passedOver: ["go1.27.3 for linux-arm64 is listed but not served yet"],
    });
  });

  test("so is one that a further condition refuses", async () => {
    const choice = await choose(["1.27.x"], listed, [], async ({ version }) => version !== "1.27.3");
    expect(choice.versions).toEqual({ "1.27.x": "1.27.2" });
  });

  test("a line that is only being released is not the stable one yet", async () => {
    const choice = await choose(["stable", "oldstable", "1.27.x"], { ...listed, "1.28.0": ["amd64"] });
    expect(choice.versions).toEqual({ stable: "1.27.3", oldstable: "1.26.9", "1.27.x": "1.27.3" });
    expect(choice.passedOver).toEqual(["go1.28.0 is not listed for linux-arm64 yet"]);
  });

  test("stable and oldstable are never one line", async () => {
    const choice = await choose(["oldstable", "stable"], listed, ["1.27.3 amd64", "1.27.2 arm64"]).catch(
      (error: unknown) => error,
    );
    expect(choice).toMatchObject({ code: "AIRGO_GO_VERSION_UNKNOWN", where: 'go: "oldstable"' });
  });

  test("each version is asked about once, however many ranges it fits", async () => {
    const { source, asked } = sourceOf(listed);
    await chooseReleases(["1.27.x", "stable", "1.27.3"], both, source, always);
    expect(asked.sort()).toEqual(["1.27.3 amd64", "1.27.3 arm64"]);
  });

  test.each([
    ["1.25.x", "nothing listed in that range"],
    ["1.27.4", "go1.27.4 is not listed for linux-arm64 yet"],
  ])("%s fits nothing: says so, with what would", async (range, found) => {
    await expect(choose(["1.26.x", range], { ...listed, "1.27.4": ["amd64"] })).rejects.toMatchObject({
      code: "AIRGO_GO_VERSION_UNKNOWN",
      where: `go: "${range}"`,
      found,
    });
  });

  test("a source that breaks is no reason for an older version", async () => {
    const { source } = sourceOf(listed);
    const failure = new Error("broken");
    const broken: GoSource = { ...source, has: async () => Promise.reject(failure) };
    await expect(chooseReleases(["1.27.x"], both, broken, always)).rejects.toBe(failure);
  });
});
