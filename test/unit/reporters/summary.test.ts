import { describe, expect, test } from "@jest/globals";

import { summaryLines, trafficLine, unchangedLine } from "../../../src/cli/reporters/summary.js";
import { finished } from "./fakes.js";

describe("summaryLines", () => {
  test("says what was made, how big, how long, how much was downloaded, and what to run next", () => {
    expect(summaryLines(finished())).toEqual([
      "",
      "starter: made kit 3f9c2a1b4d5e",
      "  folder      kits/starter/3f9c2a1b4d5e",
      "  archive     kits/starter/3f9c2a1b4d5e/starter-3f9c2a1b4d5e.tar",
      "  size        188 MB (187654321 bytes)",
      `  sha256      ${"ab".repeat(32)}`,
      "  downloaded  145 MB",
      `  signed by   release, key sha256:${"cd".repeat(32)}`,
      "  took        1 min 02 s",
      "              resolve   1.2 s",
      "              fetch     1 min 01 s",
      "",
      "Next, on the isolated host, in a copy of that folder, with release.pub.pem (handed over another way) as KEY.pem:",
      "  cd kits/starter/3f9c2a1b4d5e",
      "  sha256sum -c SHA256SUMS",
    ]);
  });

  test("of several signers names the key that the next steps use, as they call it", () => {
    const signers = [
      { name: "audit", key: `openpgp:${"AB".repeat(20)}`, file: "audit.pub.asc" },
      { name: "release", key: `sha256:${"cd".repeat(32)}`, file: "release.pub.pem" },
    ];
    expect(summaryLines(finished({ signers, keyFile: "KEY.asc" }))).toContain(
      "Next, on the isolated host, in a copy of that folder, with audit.pub.asc (handed over another way) as KEY.asc:",
    );
  });

  test("without a download and without next steps", () => {
    const lines = summaryLines(finished({ downloadedBytes: 0, stages: [], nextSteps: [] }));
    expect(lines).toContain("  downloaded  nothing");
    expect(lines.at(-1)).toBe("  took        0 ms");
  });
});

test("trafficLine says how much was fetched and what took the longest", () => {
  const slowest = [
    { subject: "example.com/a@v1.0.0", bytes: 72_100_000, ms: 4200 },
    { subject: "checksum database", bytes: 600_000, ms: 900 },
  ];
  expect(trafficLine({ type: "traffic", hits: 45, misses: 232, bytes: 356_000_000, slowest })).toBe(
    "fetched 232 files, 356 MB (45 more from the store); longest: example.com/a@v1.0.0 (72.1 MB, 4.2 s), checksum database (600 kB, 900 ms)",
  );
});

describe("unchangedLine", () => {
  test.each([
    [20, "under 0.1 s"],
    [200, "0.2 s"],
    [949, "0.9 s"],
    [950, "950 ms"],
    [1500, "1.5 s"],
  ])("after %p ms", (ms, time) => {
    const line = unchangedLine({ type: "kit-unchanged", kit: "starter", id: "3f9c", folder: "kits/a b", ms });
    expect(line).toBe(`starter: unchanged (id 3f9c, folder kits/a b) in ${time}`);
  });
});
