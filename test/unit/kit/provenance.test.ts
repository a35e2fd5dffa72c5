import { expect, test } from "@jest/globals";

import { provenanceJson, type ProvenanceFacts } from "../../../src/kit/provenance.js";
import { facts, object } from "./facts.js";

interface Told {
  readonly checksumDatabase: Readonly<Record<string, unknown>>;
  readonly go: readonly string[];
  readonly files: readonly {
    path: string;
    how: string;
    from?: { of: string; address: string; sha256?: string }[];
    verified: string[];
  }[];
}

function told(change: Partial<ProvenanceFacts> = {}, paths: readonly string[] = []): Told {
  const text = provenanceJson({
    id: "0123456789ab",
    facts: facts(),
    files: paths.map((path) => ({ path, file: "/x", mode: 0o644, ...object("f") })),
    airgoDigest: "d",
    node: "v20",
    machine: "linux amd64",
    rehearsal: "network namespace",
    originOf: (sha256) => `https://proxy.example/${sha256.slice(0, 1)}`,
    databaseAddress: "https://sum.example",
    ...change,
  });
  return JSON.parse(text) as Told;
}
const file = (path: string, change: Partial<ProvenanceFacts> = {}) => told(change, [path]).files[0];

test("what was fetched has its address, its digest in the lock and its record", () => {
  expect(file("proxy/example.com/a/@v/v1.0.0.zip")).toMatchObject({
    how: "fetched",
    from: [{ of: "example.com/a@v1.0.0", address: "https://proxy.example/c" }],
    verified: ["sha256 pinned in bundles.lock", "h1 of the zip in record 3 of sum.example"],
  });
  expect(file("proxy/example.com/b/@v/v1.0.0.mod")).toMatchObject({
    from: [{ of: "example.com/b@v1.0.0", address: "https://proxy.example/d" }],
    verified: ["sha256 pinned in bundles.lock", "h1 of the go.mod in record 3 of sum.example"],
  });
});

test("a private module says that no log speaks for it", () => {
  const own = facts();
  const [module, ...others] = own.lock.modules;
  if (module === undefined) throw new Error("the facts have modules");
  const { record: _, ...unrecorded } = module;
  const lock = { ...own.lock, modules: [unrecorded, ...others] };
  expect(file("proxy/example.com/a/@v/v1.0.0.zip", { facts: { ...own, lock } })?.verified[1]).toMatch(
    /private, so in no checksum database/,
  );
});

test("a layer is made of the toolchains that it is cut from, and an archive is called one", () => {
  const common = file("toolchains/go1.27.3.common.tar.gz");
  expect(common?.how).toBe("made");
  expect(common?.from?.map(({ of }) => of).sort()).toEqual([
    "golang.org/toolchain@v0.0.1-go1.27.3.linux-amd64",
    "golang.org/toolchain@v0.0.1-go1.27.3.linux-arm64",
  ]);
  expect(common?.from?.[0]?.sha256).toBe(object("a").sha256);
  expect(common?.verified[0]).toBe("sha256 of what it was made of pinned in bundles.lock");
  const own = facts();
  const toolchains = own.lock.toolchains.map((one) => ({ ...one, source: "archive" as const }));
  const amd64 = file("toolchains/go1.27.3.amd64.tar.gz", {
    facts: { ...own, lock: { ...own.lock, toolchains } },
  });
  expect(amd64?.from?.map(({ of }) => of)).toEqual(["official archive of go1.27.3 linux-amd64"]);
});

test("the rest is made by airgo, of the lock, of the checksum database, or of itself", () => {
  expect(file("kit/kit.tsv")).toMatchObject({ how: "made", verified: ["made from the lock by airgo"] });
  expect(file("SHA256SUMS")).toMatchObject({ verified: ["made from all other files by airgo"] });
  expect(file("install.sh")).toMatchObject({ how: "made", verified: ["part of airgo"] });
  expect(file("proxy/sumdb/sum.example/supported")).toMatchObject({
    how: "made",
    from: [{ of: "checksum database", address: "https://sum.example" }],
    verified: ["proven to belong to the signed tree of 30 records"],
  });
});

test("what nobody noted is said to be not noted", () => {
  const silent = { originOf: () => undefined, databaseAddress: undefined };
  expect(file("proxy/example.com/a/@v/v1.0.0.zip", silent)?.from?.[0]?.address).toMatch(/^not noted/);
  expect(told(silent).checksumDatabase["address"]).toMatch(/^not noted/);
});

test("the versions of Go stand there once, and the database with its key where it is not Go's own", () => {
  expect(told().go).toEqual(["1.9.7", "1.27.3", "1.27rc1"]);
  expect(told().checksumDatabase).toMatchObject({
    name: "sum.example",
    gosumdb: "sum.example+1+k",
    treeSize: 30,
  });
});
