import { describe, expect, test } from "@jest/globals";

import { parseManifest } from "../../../src/manifest/load.js";
import { originOf, underProfile } from "../../../src/manifest/profiles.js";

const base = `version: 1
sources: { proxy: "https://dev.example" }
signers:
  release: { type: ecdsa-p256, key: file:dev.pem, passphrase: env:DEV }
kits:
  starter: { go: ["1.27.x", "1.26.x"], modules: [a/go.mod], sign: [release] }
`;
const withProfiles = (profiles: string) => `${base}profiles:\n${profiles}`;
const parse = (text: string, profile?: string) =>
  parseManifest(text, "bundles.yaml", profile === undefined ? {} : { profile });

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return String(error).replace(/^[^\n]*\n/, "");
  }
  return "no error";
}

describe("a profile", () => {
  const text = withProfiles(`  prod:
    sources: { proxy: "https://prod.example" }
    signers:
      release: { key: file:prod.pem }
      audit: { type: ecdsa-p256, key: file:audit.pem }
    kits:
      starter: { go: [stable], sign: [release, audit] }
      extra: { go: [oldstable] }
  empty: {}
`);

  test("merges maps and replaces lists", () => {
    expect(parse(text, "prod")).toEqual({
      version: 1,
      sources: {
        go: ["module", "https://go.dev/dl"],
        proxy: "https://prod.example",
        policy: "order",
        sumdb: "sum.golang.org",
        private: [],
      },
      signers: {
        release: { type: "ecdsa-p256", key: "file:prod.pem", passphrase: "env:DEV" },
        audit: { type: "ecdsa-p256", key: "file:audit.pem" },
      },
      kits: {
        starter: {
          go: ["stable"],
          arch: ["amd64", "arm64"],
          modules: [{ path: "a/go.mod", scope: "all" }],
          sign: ["release", "audit"],
          digests: ["sha256"],
        },
        extra: { go: ["oldstable"], arch: ["amd64", "arm64"], modules: [], sign: [], digests: ["sha256"] },
      },
    });
  });

  test("changes nothing unless it is asked for", () => {
    expect(parse(text)).toEqual(parse(base));
    expect(parse(text, "empty")).toEqual(parse(base));
  });

  test.each([
    ["prdo", 'did you mean "prod"?'],
    ["x", "its profiles are: prod, empty"],
    ["constructor", "its profiles are: prod, empty"],
  ])("that is not there is a mistake of the command line: %s", (name, hint) => {
    expect(() => parse(text, name)).toThrow(expect.objectContaining({ code: "AIRGO_USAGE", hint }));
  });

  test("asked of a manifest without any", () => {
    const hint = "the manifest has no profiles";
    expect(() => parse(base, "prod")).toThrow(expect.objectContaining({ code: "AIRGO_USAGE", hint }));
  });
});

describe("mistakes of profiles", () => {
  test.each([
    [
      "a signer that neither has",
      "  prod: { kits: { starter: { sign: [release, audit] } } }\n",
      'bundles.yaml:8:46 profiles.prod.kits.starter.sign.1: expected the name of a signer, found "audit"; there are: release',
    ],
    [
      "a new kit that is not whole",
      "  prod: { kits: { extra: { arch: [amd64] } } }\n",
      "bundles.yaml:8:19 profiles.prod.kits.extra.go: expected a list of Go versions, found nothing",
    ],
    [
      "a new signer that is not whole",
      "  prod: { signers: { audit: { type: ecdsa-p256 } } }\n",
      "bundles.yaml:8:22 profiles.prod.signers.audit.key: expected file:PATH of the private key, found nothing",
    ],
    [
      "a bad value, told once",
      "  prod: { kits: { starter: { arch: [amd64, x86] } } }\n",
      'bundles.yaml:8:44 profiles.prod.kits.starter.arch.1: expected amd64 or arm64, found "x86"; did you mean "amd64"?',
    ],
    [
      "an empty list",
      "  prod: { kits: { starter: { go: [] } } }\n",
      "bundles.yaml:8:34 profiles.prod.kits.starter.go: expected at least one Go version, found an empty list",
    ],
    [
      "the same twice",
      "  prod: { kits: { starter: { go: [stable, stable] } } }\n",
      'bundles.yaml:8:43 profiles.prod.kits.starter.go.1: expected each entry once, found "stable" again; the first is at 8:35',
    ],
    [
      "a key that a profile cannot change",
      "  prod: { version: 1 }\n",
      'bundles.yaml:8:11 profiles.prod.version: expected one of sources, signers, kits, found the unknown key "version"',
    ],
    [
      "no map",
      "  prod: []\n",
      "bundles.yaml:8:9 profiles.prod: expected a map of sources, signers, kits, found an empty list",
    ],
    [
      "a bad name",
      "  Prod: {}\n",
      'bundles.yaml:8:3 profiles.Prod: expected a profile\'s name of a-z, 0-9, ., _ and -, found "Prod"',
    ],
  ])("%s", (_, profiles, said) => {
    expect(messageOf(() => parse(withProfiles(profiles)))).toBe(said);
    expect(messageOf(() => parse(withProfiles(profiles), "prod"))).toBe(said);
  });

  const signedByProfile = `version: 1
kits: { a: { go: [stable], sign: [release] } }
profiles:
  dev: {}
  prod: { signers: { release: { type: ecdsa-p256, key: file:a } } }
`;

  test("a manifest may leave its signers to the profile that is used", () => {
    expect(parse(signedByProfile, "prod").kits["a"]?.sign).toEqual(["release"]);
    const said =
      'bundles.yaml:2:35 kits.a.sign.0: expected the name of a signer, found "release"; there are none yet';
    expect(messageOf(() => parse(signedByProfile))).toBe(said);
    expect(messageOf(() => parse(signedByProfile, "dev"))).toBe(said);
  });
});

describe("originOf", () => {
  const root = {
    kits: { a: { go: ["x"], modules: [{ path: "p", scope: "all" }] } },
    profiles: { prod: { kits: { a: { modules: [{ scope: "all" }] }, b: {} } } },
  };
  test.each([
    ["kits.a.go.0", "kits.a.go.0"],
    ["kits.a.modules.0.scope", "profiles.prod.kits.a.modules.0.scope"],
    ["kits.a.modules.0.path", "profiles.prod.kits.a.modules.0.path"],
    ["kits.a.sign", "kits.a.sign"],
    ["kits.b.go", "profiles.prod.kits.b.go"],
    ["kits.c", "kits.c"],
    ["version", "version"],
    ["signers", "signers"],
  ])("%s comes from %s", (path, origin) => {
    const parts = path.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part));
    expect(originOf(root, "prod", parts).join(".")).toBe(origin);
  });
});

describe("underProfile", () => {
  test("leaves what is no map as it is", () => {
    expect(underProfile([], "prod")).toEqual([]);
    expect(underProfile({ kits: 1, profiles: 2 }, "prod")).toEqual({ kits: 1 });
    expect(underProfile({ kits: { a: 1 }, profiles: { p: { kits: [2] } } }, "p")).toEqual({ kits: [2] });
  });
});
