import type { KitFacts } from "../../../src/kit/metadata.js";
import type { Lock } from "../../../src/lock/schema.js";

/** An object of the store, told by one letter. */
export const object = (letter: string) => ({ sha256: letter.repeat(64), size: 7 });
export const h1 = `h1:${Buffer.alloc(32, 0xab).toString("base64")}`;
const shared = { h1, goModH1: "h1:m", record: 3 };

/** What a kit of three Go versions and two modules is made from. */
export function facts(change: Partial<KitFacts> = {}, inputName = "services/go.mod"): KitFacts {
  const toolchains: Lock["toolchains"] = ["1.9.7", "1.27.3", "1.27rc1"].flatMap((version) =>
    (["arm64", "amd64"] as const).map((arch) => ({
      version,
      arch,
      source: "module" as const,
      ...shared,
      file: object("a"),
    })),
  );
  const lock: Lock = {
    version: 1,
    serial: 4,
    checksumDatabase: {
      name: "sum.example",
      key: "sum.example+1+k",
      head: "",
      earlier: [5, 20, 9],
      notCovered: [],
    },
    toolchains,
    modules: [
      {
        path: "example.com/a",
        version: "v1.0.0",
        ...shared,
        mod: object("b"),
        zip: object("c"),
        time: "2020-01-02T03:04:05Z",
      },
      { path: "example.com/b", version: "v1.0.0", ...shared, mod: object("d") },
    ],
    kits: {
      starter: {
        go: {},
        arch: ["amd64", "arm64"],
        inputs: [
          {
            name: inputName,
            scope: "all",
            files: {},
            modules: ["example.com/a@v1.0.0"],
            listed: [],
            graph: [],
          },
        ],
      },
    },
  };
  return {
    name: "starter",
    airgoVersion: "0.1.0",
    lock,
    treeHead: { size: 30, root: "cm9vdA==" },
    goroots: toolchains.map((toolchain) => ({ toolchain, files: 2, unpackedBytes: 3 })),
    layers: ["common", "amd64"].map((layer) => ({
      version: "1.27.3",
      layer,
      path: `toolchains/go1.27.3.${layer}.tar.gz`,
      ...object("e"),
      files: 1,
      unpackedBytes: 2,
    })),
    expires: undefined,
    gosumdb: undefined,
    privatePatterns: [],
    ...change,
  };
}
