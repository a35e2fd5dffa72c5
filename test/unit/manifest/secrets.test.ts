import { describe, expect, test } from "@jest/globals";

import { checkManifest } from "../../../src/manifest/check-manifest.js";
import { parseManifest } from "../../../src/manifest/load.js";

const secret = "hunter2hunter2";
const kits = "kits: { a: { go: [stable] } }";

describe("a secret in the manifest is never echoed", () => {
  test.each([
    ["a passphrase inline", `signers: { s: { type: ecdsa-p256, key: file:k, passphrase: ${secret} } }`],
    ["a passphrase of digits", "signers: { s: { type: ecdsa-p256, key: file:k, passphrase: 14142135 } }"],
    ["a key inline", `signers: { s: { type: ecdsa-p256, key: "${secret}" } }`],
    ["a passphrase in place of the signer", `signers: { s: ${secret} }`],
    ["a passphrase in place of the signers", `signers: ${secret}`],
    ["a passphrase in a list", `signers: { s: { type: ecdsa-p256, key: file:k, passphrase: [${secret}] } }`],
    ["a passphrase in a profile", `profiles: { p: { signers: { s: { passphrase: ${secret} } } } }`],
    [
      "a passphrase under a misspelt key",
      `signers: { s: { type: ecdsa-p256, key: file:k, passfrase: ${secret} } }`,
    ],
    ["a PEM key elsewhere", `sources: { proxy: "-----BEGIN PRIVATE KEY----- ${secret}" }`],
    ["a password in a proxy's address", `sources: { proxy: "https://user:${secret}@a.example, direct" }`],
    ["a password with a comma", `sources: { proxy: "https://user:12,${secret}@a.example" }`],
    ["a password with a comma and a slash", `sources: { proxy: "https://user:12,${secret}:/x@a.example" }`],
    ["a password in an address without scheme", `sources: { proxy: "user:${secret}@a.example, direct" }`],
    [
      "a password in the checksum database's address",
      `sources: { sumdb: "sum.example https://u:${secret}@a.example" }`,
    ],
    ["a password in a source", `sources: { go: ["https://u:${secret}@a.example"] }`],
    ["a password in a long address", `sources: { go: ["https://${"u".repeat(50)}:${secret}@a.example"] }`],
    [
      "a password in a repeated source",
      `sources: { go: ["https://u:${secret}@a", "https://u:${secret}@a"] }`,
    ],
    ["a password in an address in a wrong place", `sources: "https://u:${secret}@a.example"`],
    ["credentials of a private source", `sources: { private: [{ auth: ${secret} }] }`],
    ["credentials of digits", "sources: { private: [{ auth: 14142135 }] }"],
    ["credentials in a list", `sources: { private: [{ auth: [${secret}] }] }`],
    ["credentials under a misspelt key", `sources: { private: [{ atuh: ${secret} }] }`],
    ["credentials in place of a private source", `sources: { private: [${secret}] }`],
    ["credentials in place of the private sources", `sources: { private: ${secret} }`],
    ["credentials in a profile", `profiles: { p: { sources: { private: [{ auth: ${secret} }] } } }`],
    ["credentials in a private proxy", `sources: { private: [{ proxy: "https://u:${secret}@a.example" }] }`],
    ["a token as the user of a private proxy", `sources: { private: [{ proxy: "https://${secret}@a" }] }`],
    ["credentials without a scheme", `sources: { private: [{ proxy: "u:${secret}@a.example" }] }`],
    ["credentials with a slash", `sources: { private: [{ proxy: "https://u:12/${secret}@a.example" }] }`],
    ["a token in a query", `sources: { private: [{ proxy: "https://a.example?t=${secret}" }] }`],
    ["a token in a query without a scheme", `sources: { private: [{ proxy: "a.example/go?t=${secret}" }] }`],
    ["credentials in a pattern", `sources: { private: [{ match: "https://u:${secret}@a.example/*" }] }`],
    [
      "credentials in a pattern twice",
      `sources: { private: [{ match: ["u:${secret}@a.example/*", "u:${secret}@a.example/*"] }] }`,
    ],
    ["an unclosed quote", `signers: { s: { type: ecdsa-p256, key: file:k, passphrase: "${secret} } }`],
    ["a text read as a tag", `signers: { s: { type: ecdsa-p256, key: file:k, passphrase: !${secret} x } }`],
    ["a text read as an alias", `signers: { s: { type: ecdsa-p256, key: file:k, passphrase: *${secret} } }`],
    ["a text after a block's mark", `signers:\n  s:\n    passphrase: | ${secret}\n      x`],
    ["a directive", `...\n%${secret}\n---`],
  ])("%s", (_, section) => {
    const text = `version: 1\n${kits}\n${section}\n`;
    const shown = JSON.stringify(checkManifest(text, "bundles.yaml").diagnostics);
    expect(shown).toMatch(/"line"/);
    expect(shown).not.toMatch(/hunter|14142135/);
    expect(() => parseManifest(text, "bundles.yaml")).toThrow(/^(?![^]*(hunter|14142135))/);
  });
});
