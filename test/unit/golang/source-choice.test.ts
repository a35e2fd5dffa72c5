import { describe, expect, test } from "@jest/globals";

import type { Architecture, GoSource, GoSourceKind } from "../../../src/golang/go-source.js";
import { chooseFromSources } from "../../../src/golang/source-choice.js";
import { AirgoError } from "../../../src/support/errors.js";

const both: readonly Architecture[] = ["amd64", "arm64"];
type Listing = Record<string, readonly Architecture[]>;
const listed: Listing = { "1.26.9": both, "1.27.2": both, "1.27.3": both };
const always = async (): Promise<boolean> => true;

function having(kind: GoSourceKind, versions: Listing): GoSource {
  return {
    kind,
    versions: async () => new Map(Object.entries(versions).map(([one, arches]) => [one, new Set(arches)])),
    has: always,
  } as unknown as GoSource;
}

function failing(kind: GoSourceKind, error: unknown): GoSource {
  return { kind, versions: () => Promise.reject(error) } as unknown as GoSource;
}

const network = new AirgoError("AIRGO_NETWORK", { what: "no whole answer", where: "https://go.dev/dl" });
const damaged = new AirgoError("AIRGO_CHECKSUM_MISMATCH", { what: "changed" });

async function chosenFrom(ranges: string[], sources: GoSource[], acceptable = always) {
  const told: string[] = [];
  const onPassedOver = (kind: GoSourceKind, reason: string): void => void told.push(`${kind}: ${reason}`);
  const chosen = await chooseFromSources(ranges, both, sources, { acceptable, onPassedOver });
  return { chosen: [...chosen].map(([kind, { versions }]) => [kind, versions]), told };
}

describe("choosing from several sources", () => {
  test("the first source does where it can, and the next is not asked", async () => {
    const sources = [having("module", listed), failing("archive", damaged)];
    expect(await chosenFrom(["1.27.x"], sources)).toEqual({
      chosen: [["module", { "1.27.x": "1.27.3" }]],
      told: [],
    });
  });

  test("each range is chosen by itself", async () => {
    const sources = [having("module", listed), having("archive", { ...listed, "1.25.1": both })];
    const { chosen, told } = await chosenFrom(["1.27.x", "1.25.x"], sources);
    expect(chosen).toEqual([
      ["module", { "1.27.x": "1.27.3" }],
      ["archive", { "1.25.x": "1.25.1" }],
    ]);
    expect(told).toEqual([
      expect.stringContaining('module: no Go version fits "1.25.x" on linux amd64 and arm64'),
    ]);
  });

  test.each(["AIRGO_PROXY_UNSET", "AIRGO_MODULE_NOT_FOUND", "AIRGO_UPSTREAM_DENIED"] as const)(
    "one that answers %s has no Go, and leads on",
    async (code) => {
      const none = new AirgoError(code, { what: "no" });
      const { chosen } = await chosenFrom(["1.27.x"], [failing("module", none), having("archive", listed)]);
      expect(chosen).toEqual([["archive", { "1.27.x": "1.27.3" }]]);
    },
  );

  test("one that does not work ends it: the next might have an older Go only", async () => {
    for (const error of [network, damaged]) {
      const sources = [failing("module", error), having("archive", listed)];
      await expect(chosenFrom(["1.27.x"], sources)).rejects.toBe(error);
    }
  });

  test("a condition that cannot be looked at says nothing against a source", async () => {
    const sources = [having("module", listed), having("archive", { "1.27.2": both })];
    await expect(chosenFrom(["1.27.x"], sources, () => Promise.reject(network))).rejects.toBe(network);
  });

  test("when all answer and none has it, that is told; an outage of the last one is told with what the others said", async () => {
    const sources = [having("module", listed), having("archive", listed)];
    await expect(chosenFrom(["1.99.x"], sources)).rejects.toMatchObject({ code: "AIRGO_GO_VERSION_UNKNOWN" });
    const out = [having("module", listed), failing("archive", network)];
    await expect(chosenFrom(["1.99.x"], out)).rejects.toMatchObject({
      code: "AIRGO_NETWORK",
      message: expect.stringContaining('no source before this one has a Go that fits "1.99.x"'),
      found: expect.stringContaining("https://go.dev/dl"),
    });
  });
});
