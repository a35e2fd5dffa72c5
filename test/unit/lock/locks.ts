import * as fc from "fast-check";

import type { Lock, LockedInput, LockedModule, LockedToolchain } from "../../../src/lock/schema.js";
import { keyOf } from "../../../src/modules/module-version.js";
import { scopes } from "../../../src/modules/scope.js";

const hex = fc.string({
  unit: fc.constantFrom(..."0123456789abcdef".split("")),
  minLength: 64,
  maxLength: 64,
});
const h1 = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => `h1:${Buffer.from(bytes).toString("base64")}`);
const object = fc.record({ sha256: hex, size: fc.nat() });
const modulePath = fc
  .array(fc.stringMatching(/^[a-zA-Z0-9~_-]{1,6}$/), { minLength: 1, maxLength: 3 })
  .map((parts) => `x.${parts.join("/")}`);
const moduleVersion = fc
  .tuple(fc.nat(20), fc.nat(20), fc.constantFrom("", "-rc.1", "+incompatible"))
  .map(([major, minor, rest]) => `v${major}.${minor}.0${rest}`);
const goVersion = fc.tuple(fc.nat(30), fc.nat(12)).map(([minor, patch]) => `1.${minor}.${patch}`);
/** Also names that mean something to JavaScript or to the lock itself. */
const kitName = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9-]{0,6}$/),
  fc.constantFrom("record", "modules", "toolchains", "zip", "constructor", "toString", "1"),
);
const facts = { h1, goModH1: h1, record: fc.nat() };

const time = fc.constant("2020-01-02T03:04:05Z");
const modules = fc.uniqueArray(
  fc.oneof(
    // A private one: no database has a record of it, and its h1 is known by its zip only.
    fc.record({ path: modulePath, version: moduleVersion, goModH1: h1, mod: object }),
    fc.record({ path: modulePath, version: moduleVersion, goModH1: h1, mod: object, time }),
    fc.record(
      { path: modulePath, version: moduleVersion, h1, goModH1: h1, mod: object, zip: object, time },
      { requiredKeys: ["path", "version", "h1", "goModH1", "mod", "zip"], noNullPrototype: true },
    ),
    fc.record({ path: modulePath, version: moduleVersion, ...facts, mod: object }),
    fc.record(
      {
        path: modulePath,
        version: moduleVersion,
        ...facts,
        mod: object,
        zip: object,
        time,
      },
      { requiredKeys: ["path", "version", "h1", "goModH1", "record", "mod", "zip"], noNullPrototype: true },
    ),
  ) as fc.Arbitrary<LockedModule>,
  { maxLength: 8, selector: keyOf },
);
const toolchains = fc.uniqueArray(goVersion, { minLength: 1, maxLength: 3 }).chain((versions) =>
  fc.tuple(
    ...versions.flatMap((version) =>
      (["amd64", "arm64"] as const).map(
        (arch) =>
          fc.record(
            {
              version: fc.constant(version),
              arch: fc.constant(arch),
              source: fc.constantFrom("module", "archive"),
              ...facts,
              file: object,
              zip: object,
            },
            { requiredKeys: ["version", "arch", "source", "h1", "goModH1", "record", "file"] },
          ) as fc.Arbitrary<LockedToolchain>,
      ),
    ),
  ),
);

function inputOf(known: readonly LockedModule[]): fc.Arbitrary<LockedInput> {
  const whole = known.filter(({ zip }) => zip !== undefined).map(keyOf);
  return fc.record({
    name: fc.oneof(fc.stringMatching(/^[a-z ]{1,6}\/go\.mod$/), fc.constant("record")),
    scope: fc.constantFrom(...scopes),
    files: fc.dictionary(fc.constantFrom("go.mod", "go.sum", "../record/go.mod", "record"), hex, {
      noNullPrototype: true,
    }),
    modules: fc.subarray(whole),
    listed: fc.subarray(known.map(keyOf)),
    graph: fc.subarray(known.map(keyOf)),
  });
}

/** Locks that say nothing that contradicts itself. */
export const lockArbitrary: fc.Arbitrary<Lock> = fc.tuple(modules, toolchains).chain(([known, chains]) =>
  fc.record({
    version: fc.constant(1 as const),
    serial: fc.integer({ min: 1 }),
    checksumDatabase: fc.record({
      name: fc.constant("sum.example"),
      key: fc.string(),
      head: fc.string({ unit: "grapheme" }),
      earlier: fc.uniqueArray(fc.integer({ min: 1 }), { maxLength: 4 }),
      // Every path here begins so: what has no record is private.
      notCovered: fc
        .uniqueArray(fc.constantFrom("x.a", "corp.example", "*.bank.example"))
        .map((others) => ["x.*", ...others]),
    }),
    toolchains: fc.constant([...chains]),
    modules: fc.constant(known),
    kits: fc.dictionary(
      kitName,
      fc.record({
        go: fc.dictionary(
          fc.constantFrom("1.27.x", "stable", "record", "1"),
          fc.constantFrom(...chains.map(({ version }) => version)),
          { noNullPrototype: true },
        ),
        arch: fc.constantFrom(["amd64"], ["arm64"], ["amd64", "arm64"]) as fc.Arbitrary<
          ("amd64" | "arm64")[]
        >,
        inputs: fc.uniqueArray(inputOf(known), { maxLength: 3, selector: ({ name }) => name }),
      }),
      { maxKeys: 3, noNullPrototype: true },
    ),
  }),
);

/** The same lock with every list turned round and the keys of every object in another order. */
export function shuffled<T>(value: T): T {
  if (Array.isArray(value)) return value.map(shuffled).toReversed() as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, item]) => [key, shuffled(item)]),
  ) as T;
}

const digest = (letter: string) => ({ sha256: letter.repeat(64), size: 7 });
const sum = (byte: number): string => `h1:${Buffer.alloc(32, byte).toString("base64")}`;

/** A lock of one kit, to change in tests. */
export function sampleLock(): Lock {
  const shared = { h1: sum(1), goModH1: sum(2), record: 3 };
  return {
    version: 1,
    serial: 4,
    checksumDatabase: {
      name: "sum.example",
      key: "sum.example+1+k",
      head: "head\n",
      earlier: [9, 5],
      notCovered: [],
    },
    toolchains: (["amd64", "arm64"] as const).map((arch) => ({
      version: "1.27.3",
      arch,
      source: "module",
      ...shared,
      file: digest("a"),
    })),
    modules: [
      {
        path: "example.com/a",
        version: "v1.0.0",
        ...shared,
        mod: digest("b"),
        zip: digest("c"),
        time: "2020-01-02T03:04:05Z",
      },
      { path: "example.com/b", version: "v1.0.0", ...shared, mod: digest("d") },
    ],
    kits: {
      starter: {
        go: { "1.27.x": "1.27.3" },
        arch: ["amd64", "arm64"],
        inputs: [
          {
            name: "go.mod",
            scope: "all",
            files: { "go.mod": "e".repeat(64) },
            modules: ["example.com/a@v1.0.0"],
            listed: [],
            graph: ["example.com/b@v1.0.0"],
          },
        ],
      },
    },
  };
}
