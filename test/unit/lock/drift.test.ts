import { expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { draftOf, lockedModule, lockedToolchain } from "../../../src/lock/draft.js";
import { databaseDrift, driftOf, type KitWish } from "../../../src/lock/drift.js";
import type { Lock } from "../../../src/lock/schema.js";
import { lockArbitrary, sampleLock, shuffled } from "./locks.js";

const database = { name: "sum.example", key: "sum.example+1+k", notCovered: [] };
const old = "e".repeat(64);

function wish(change: Partial<KitWish> = {}): KitWish {
  return { go: ["1.27.x"], arch: ["amd64", "arm64"], inputs: [input({ "go.mod": old })], ...change };
}
function input(files: Record<string, string>, name = "go.mod"): KitWish["inputs"][number] {
  return { name, scope: "all", files };
}

test.each<[string, KitWish, string[]]>([
  ["nothing", wish(), []],
  [
    "the order and repetition of words",
    wish({ go: ["1.27.x", "1.27.x"], arch: ["arm64", "amd64", "arm64"] }),
    [],
  ],
  ["a range", wish({ go: ["1.26.x", "1.27.x"] }), ["kit starter: go is now 1.26.x, 1.27.x, was 1.27.x"]],
  ["the architectures", wish({ arch: ["arm64"] }), ["kit starter: arch is now arm64, was amd64, arm64"]],
  [
    "a file's content",
    wish({ inputs: [input({ "go.mod": "f".repeat(64) })] }),
    ["kit starter: go.mod: go.mod has changed"],
  ],
  [
    "a new file",
    wish({ inputs: [input({ "go.mod": old, "go.sum": old })] }),
    ["kit starter: go.mod: go.sum is new"],
  ],
  ["a file that is gone", wish({ inputs: [input({})] }), ["kit starter: go.mod: go.mod is gone"]],
  [
    "a new input",
    wish({ inputs: [input({ "go.mod": old }), input({}, "b/go.mod")] }),
    ["kit starter: b/go.mod is new"],
  ],
  [
    "an input's scope",
    wish({ inputs: [{ ...input({ "go.mod": old }), scope: "tidy" }] }),
    ["kit starter: go.mod has another scope"],
  ],
  [
    "an input's scope and its files",
    wish({ inputs: [{ ...input({}), scope: "build" }] }),
    ["kit starter: go.mod: go.mod is gone", "kit starter: go.mod has another scope"],
  ],
  ["an input that is gone", wish({ inputs: [] }), ["kit starter: go.mod is no longer listed"]],
  [
    "several things at once",
    wish({ go: [], inputs: [input({}, "b/go.mod")] }),
    [
      "kit starter: go is now , was 1.27.x",
      "kit starter: go.mod is no longer listed",
      "kit starter: b/go.mod is new",
    ],
  ],
])("a change of %s is told in these words", (_what, wanted, sentences) => {
  expect(driftOf("starter", wanted, sampleLock()).map(({ text }) => text)).toEqual(sentences);
});

test.each(["other", "constructor", "toString", "__proto__"])(
  "a kit %s that the lock does not have is told",
  (name) => {
    expect(driftOf(name, wish(), sampleLock())).toEqual([
      { about: "modules", text: `kit ${name} is not in the lock` },
    ]);
  },
);

test.each([
  ["sum.other+1+k", "the checksum database is now sum.other+1, was sum.example+1"],
  ["sum.example+2+k", "the checksum database is now sum.example+2, was sum.example+1"],
])("another checksum database is told with its key's hash: %p", (key, text) => {
  const name = key.slice(0, key.indexOf("+"));
  expect(databaseDrift(sampleLock(), { name, key, notCovered: [] })).toEqual([{ about: "database", text }]);
  expect(databaseDrift(sampleLock(), database)).toEqual([]);
});

test.each<[readonly string[], readonly string[], string[]]>([
  [[], [], []],
  [["b.example", "a.example"], ["a.example", "b.example", "a.example"], []],
  [[], ["b.example", "a.example/*"], ["private modules are now a.example/*, b.example, were none"]],
  [["a.example"], [], ["private modules are now none, were a.example"]],
  [["a.example"], ["b.example"], ["private modules are now b.example, were a.example"]],
])("private modules of %j, now %j: %j", (before, now, texts) => {
  const lock = sampleLock();
  lock.checksumDatabase.notCovered = [...before];
  expect(databaseDrift(lock, { ...database, notCovered: now })).toEqual(
    texts.map((text) => ({ about: "database", text })),
  );
});

/** What a manifest would say that this lock was made from. */
function wishOf(lock: Lock, kit: string): KitWish {
  const { go = {}, arch = [], inputs = [] } = lock.kits[kit] ?? {};
  return { go: Object.keys(go), arch, inputs };
}

test("a lock does not drift from what it was made from, in whatever order that is told", () => {
  fc.assert(
    fc.property(lockArbitrary, (lock) => {
      for (const kit of Object.keys(lock.kits)) {
        expect(driftOf(kit, wishOf(lock, kit), lock)).toEqual([]);
        expect(driftOf(kit, shuffled(wishOf(lock, kit)), lock)).toEqual([]);
      }
    }),
  );
});

test("a draft of a whole lock lacks nothing: filled in again it is the lock", () => {
  fc.assert(
    fc.property(lockArbitrary, (lock) => {
      const draft = draftOf(lock);
      expect(
        draft.toolchains.map((one, index) =>
          lockedToolchain(
            one,
            lock.toolchains[index]?.file ?? { sha256: "", size: 0 },
            lock.toolchains[index]?.zip,
          ),
        ),
      ).toEqual(lock.toolchains);
      expect(
        draft.modules.map((one, index) =>
          lockedModule(
            one,
            lock.modules[index]?.mod ?? { sha256: "", size: 0 },
            one.whole ? one.zip : undefined,
          ),
        ),
      ).toEqual(lock.modules);
    }),
  );
});
