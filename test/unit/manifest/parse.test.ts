import { describe, expect, test } from "@jest/globals";

import { parseManifest } from "../../../src/manifest/load.js";

describe("parseManifest", () => {
  test("fills in every default", () => {
    expect(parseManifest('version: 1\nkits: { a: { go: ["1.27.x"] } }', "bundles.yaml")).toEqual({
      version: 1,
      sources: {
        go: ["module", "https://go.dev/dl"],
        proxy: "env",
        policy: "order",
        sumdb: "sum.golang.org",
        private: [],
      },
      signers: {},
      kits: { a: { go: ["1.27.x"], arch: ["amd64", "arm64"], modules: [], sign: [], digests: ["sha256"] } },
    });
  });

  test("takes one that has nothing but signers, to sign kits of others with", () => {
    const text = "version: 1\nsigners: { audit: { type: rsa, key: file:audit.pem } }";
    expect(parseManifest(text, "bundles.yaml")).toMatchObject({
      signers: { audit: { type: "rsa", key: "file:audit.pem" } },
      kits: {},
    });
  });

  test("gives everything that is written, in one spelling", () => {
    const text = `
version: 1
sources:
  go: [module]
  proxy: "https://a.example|direct"
  policy: fastest
  sumdb: "sum.golang.org https://sums.example"
  private:
    - { match: git.corp.example/*, proxy: "https://goproxy.corp.example/", auth: env:CORP_TOKEN, ca: file:certs/corp-ca.pem }
    - { match: ["*.lab.example/", "lab/[a-z]*"], proxy: "http://localhost:3000/go", auth: netrc }
    - { match: [old.example], proxy: "http://old.example" }
signers:
  release: { type: ecdsa-p256, key: file:secrets/release.pem, passphrase: env:AIRGO_PASSPHRASE }
  audit: { type: ecdsa-p256, key: "file:a b.pem" }
kits:
  starter-1.x_y:
    go: ["1.27", stable, 1.28rc1, "1.26.3"]
    arch: [arm64, amd64]
    modules:
      - ./a/go.mod
      - { path: "services/*/go.mod" }
      - { path: golang.org/x/tools@v0.30.0, scope: tidy }
      - { path: ./go.work, scope: build }
    sign: [release, audit]
    digests: [sm3, sha256]
    expires: 2027-06-30
`;
    expect(parseManifest(text, "bundles.yaml")).toEqual({
      version: 1,
      sources: {
        go: ["module"],
        proxy: "https://a.example|direct",
        policy: "fastest",
        sumdb: "sum.golang.org https://sums.example",
        private: [
          {
            match: ["git.corp.example/*"],
            proxy: "https://goproxy.corp.example",
            auth: "env:CORP_TOKEN",
            ca: "file:certs/corp-ca.pem",
          },
          { match: ["*.lab.example", "lab/[a-z]*"], proxy: "http://localhost:3000/go", auth: "netrc" },
          { match: ["old.example"], proxy: "http://old.example" },
        ],
      },
      signers: {
        release: { type: "ecdsa-p256", key: "file:secrets/release.pem", passphrase: "env:AIRGO_PASSPHRASE" },
        audit: { type: "ecdsa-p256", key: "file:a b.pem" },
      },
      kits: {
        "starter-1.x_y": {
          go: ["1.27.x", "stable", "1.28rc1", "1.26.3"],
          arch: ["amd64", "arm64"],
          modules: [
            { path: "a/go.mod", scope: "all" },
            { path: "services/*/go.mod", scope: "all" },
            { path: "golang.org/x/tools@v0.30.0", scope: "tidy" },
            { path: "go.work", scope: "build" },
          ],
          sign: ["release", "audit"],
          digests: ["sha256", "sm3"],
          expires: "2027-06-30",
        },
      },
    });
  });

  test.each([
    ["anchors", 'version: 1\nkits:\n  a: { go: &go ["1.27.x"] }\n  b: { go: *go }'],
    [
      "Windows line ends",
      'version: 1\r\nkits:\r\n  a:\r\n    go: ["1.27.x"]\r\n  b:\r\n    go: ["1.27.x"]\r\n',
    ],
    ["a byte order mark", '\u{feff}version: 1\nkits: { a: { go: ["1.27.x"] }, b: { go: ["1.27.x"] } }'],
    [
      "a YAML 1.2 directive",
      '%YAML 1.2\n---\nversion: 1\nkits: { a: { go: ["1.27.x"] }, b: { go: ["1.27.x"] } }',
    ],
  ])("reads %s", (_, text) => {
    const { kits } = parseManifest(text, "bundles.yaml");
    expect(Object.values(kits).map(({ go }) => go)).toEqual([["1.27.x"], ["1.27.x"]]);
  });

  test("takes a kit's name as it is written, also one that looks like a number", () => {
    const manifest = parseManifest('version: 1\nkits: { 1.20: { go: ["1.20"] } }', "bundles.yaml");
    expect(Object.keys(manifest.kits)).toEqual(["1.20"]);
  });

  test("takes nothing from names that every object has", () => {
    const text = 'version: 1\nkits: { constructor: { go: ["1.27.x"], sign: [constructor] } }';
    expect(() => parseManifest(text, "bundles.yaml")).toThrow(
      /expected the name of a signer, found "constructor"/,
    );
  });
});
