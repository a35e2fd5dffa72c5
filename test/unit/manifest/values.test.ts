import { createHash } from "node:crypto";

import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import {
  isProxyList,
  isSumdbKeySound,
  proxyHint,
  proxyPattern,
  sumdbPattern,
} from "../../../src/manifest/addresses.js";
import { checkManifest } from "../../../src/manifest/check-manifest.js";
import { goRangeHint, goRangePattern, normaliseGoRange } from "../../../src/manifest/go-range.js";
import {
  moduleRefHint,
  moduleRefKind,
  moduleRefPattern,
  normaliseModuleRef,
} from "../../../src/manifest/module-ref.js";
import { parseGoProxy } from "../../../src/modules/goproxy.js";

describe("Go ranges", () => {
  test.each(["1.27.x", "1.27", "1.27.0", "1.27.13", "1.28rc1", "1.28beta2", "stable", "oldstable", "1.0.x"])(
    "%s is one",
    (range) => expect(range).toMatch(goRangePattern),
  );
  test.each([
    "",
    "1",
    "1.x",
    "2.0",
    "1.27.X",
    "01.2",
    "1.07",
    "1.27.03",
    "1.28rc",
    "1.28.1rc1",
    "latest",
    " 1.27",
    "1.27\n",
  ])("%j is none", (range) => expect(range).not.toMatch(goRangePattern));
  test("1.27 means 1.27.x", () => {
    expect(["1.27", "1.27.x", "1.27.1", "1.28rc1", "stable"].map(normaliseGoRange)).toEqual([
      "1.27.x",
      "1.27.x",
      "1.27.1",
      "1.28rc1",
      "stable",
    ]);
  });
  test.each([
    ["go1.27.3", 'did you mean "1.27.3"?'],
    ["v1.27", 'did you mean "1.27"?'],
    ["~1.27.1", 'did you mean "1.27.1"?'],
    ["1.27.*", 'did you mean "1.27.x"?'],
    ["1.27.X", 'did you mean "1.27.x"?'],
    ["latest", 'did you mean "stable"?'],
    ["newest", undefined],
  ])("%s: %s", (text, hint) => expect(goRangeHint(text)).toBe(hint));
});

describe("module entries", () => {
  test.each([
    ["go.mod", "file"],
    ["a/go.mod", "file"],
    ["../a b/go.mod", "file"],
    ["cache/x@v1.2.3/go.mod", "file"],
    ["go.work", "file"],
    ["../a/go.work", "file"],
    ["*/go.mod", "glob"],
    ["*/go.work", "glob"],
    ["services/**/go.mod", "glob"],
    ["services/{api,web}/go.mod", "glob"],
    ["v?/go.mod", "glob"],
    ["golang.org/x/tools@v0.30.0", "module"],
    ["example.com/A~b/v2@v2.0.0-20240102030405-abcdefabcdef", "module"],
    ["gopkg.in/yaml.v3@v3.0.1", "module"],
    ["example.com@v1.0.0+incompatible", "module"],
  ])("%s is a %s", (path, kind) => {
    expect(path).toMatch(moduleRefPattern);
    expect(moduleRefKind(path)).toBe(kind);
  });
  test.each([
    ["services/api", 'did you mean "services/api/go.mod"?'],
    ["services/api/", 'did you mean "services/api/go.mod"?'],
    ["", 'did you mean "go.mod"?'],
    ["services/*", 'did you mean "services/*/go.mod"?'],
    ["a/go.sum", 'did you mean "a/go.mod"?'],
    ["/srv/a/go.mod", "write the path relative to the folder of the manifest"],
    ["~/a/go.mod", "write the path relative to the folder of the manifest"],
    ["a\\go.mod", "write / between folders"],
    ["https://example.com/a", "an address cannot be listed; write module@version"],
    ["golang.org/x/tools@latest", "write the whole version, as in example.com/tool@v1.2.3"],
    ["golang.org/x/tools@v1", "write the whole version, as in example.com/tool@v1.2.3"],
    ["!a/go.mod", "a glob knows *, **, ? and {a,b}"],
    ["[ab]/go.mod", "a glob knows *, **, ? and {a,b}"],
    ["{a/go.mod", undefined],
    ["a{b{c}}/go.mod", undefined],
    ["xgo.mod", "a go.mod is expected, by this name"],
    ["Go.mod", "a go.mod is expected, by this name"],
    ["*.mod", "a go.mod is expected, by this name"],
    ["foo.mod", "a go.mod is expected, by this name"],
    ["services/*/foo.mod", "a go.mod is expected, by this name"],
    ["go.sum", 'did you mean "go.mod"?'],
    ["a/go.work.sum", 'did you mean "a/go.work"?'],
    ["a/Go.work", "a go.work is expected, by this name"],
    ["a/team.work", "a go.work is expected, by this name"],
    ["/srv/go.work", "write the path relative to the folder of the manifest"],
    ["rsc.io/quote", "write module@version, such as rsc.io/quote@v1.2.3"],
    ["rsc.io/quote/", "write module@version, such as rsc.io/quote@v1.2.3"],
    ["rsc.io/quote/...", "write module@version, such as rsc.io/quote@v1.2.3"],
    ["rsc.io/quote v1.5.2", "write module@version, such as rsc.io/quote@v1.2.3"],
    ["gopkg.in/yaml.v3", "write module@version, such as gopkg.in/yaml.v3@v1.2.3"],
    ["./rsc.io/quote", 'did you mean "rsc.io/quote/go.mod"?'],
    ["../api", 'did you mean "../api/go.mod"?'],
    ["api/v1.2", 'did you mean "api/v1.2/go.mod"?'],
  ])("%j is none: %s", (text, hint) => {
    expect(text).not.toMatch(moduleRefPattern);
    expect(moduleRefHint(text)).toBe(hint);
  });
  test("have one spelling", () => {
    expect(
      ["./a//go.mod", "a/../b/go.mod", "**/go.mod", "example.com/x@v1.0.0"].map(normaliseModuleRef),
    ).toEqual(["a/go.mod", "b/go.mod", "**/go.mod", "example.com/x@v1.0.0"]);
  });
});

describe("the proxy list", () => {
  test.each([
    "env",
    "off",
    "direct",
    "https://proxy.example",
    "http://127.0.0.1:8080/go,direct",
    "https://a.example|https://b.example/x,off",
    "proxy.example",
    "localhost:3000/go",
    "http://[::1]:8080",
    "file:///srv/proxy",
    "https://a.example,file://localhost/srv/a%20b/|off",
  ])("%s is one", (list) => expect(isProxyList(list)).toBe(true));
  test.each([
    "",
    "environment",
    "env,direct",
    "https://a.example, direct",
    ",",
    "https://a.example,",
    "ftp://a.example",
    "drect",
    "file://host/srv/proxy",
    "file:/srv/proxy",
    "file:srv",
    "file:///",
    "file:////",
    "file:///a%zz",
    "file:///a b",
    "https://a.example,FILE:///srv/proxy",
    "https://a.example?x=1",
    "a.example#x",
    "https://a.example:99999",
    "https://[a.example",
    "a.%zz",
    "https://user:12,pw.x@a.example",
  ])("%j is none", (list) => expect(isProxyList(list)).toBe(false));
  test.each([
    ["environment", undefined],
    ["drect", 'did you mean "direct"?'],
    ["https://a.example,OFF", 'did you mean "off"?'],
    ["env,direct", '"env" stands alone: it is Go\'s own list'],
    ["file://host/srv", "a folder is written as file:///path, percent-encoded, and without a host"],
    ["file:srv,direct", "a folder is written as file:///path, percent-encoded, and without a host"],
    ["/srv/proxy", "a folder is written as file:///path, percent-encoded, and without a host"],
    ["file:///srv/proxy, direct", "write the list without spaces"],
    ["ftp://a.example", "this version of airgo cannot fetch from ftp: addresses"],
    ["htps://a.example", "an address begins with https://, http:// or file:///"],
    [
      "https://user:12,pw.x@a.example",
      "write https:// before each address; write , and | in a password as %2C and %7C",
    ],
    ["https:/a.example", "an address begins with https://, http:// or file:///"],
    [
      "https://a.example?x=1",
      "what is asked for is written behind an address: leave out ? and # and what follows",
    ],
    ["https://a.example,", "an entry of the list is empty"],
    [",", "an entry of the list is empty"],
    ["https://a.example direct", "write the list without spaces"],
    ["", 'leave the key out, or write "env" for Go\'s own setting'],
  ])("%j is none: %s", (text, hint) => {
    expect(isProxyList(text)).toBe(false);
    expect(proxyHint(text)).toBe(hint);
  });
  test("is one that can be fetched from, wherever the manifest accepts it", () => {
    const word = fc.constantFrom(
      ..."direct off env drect OFF a a.example localhost A.B user:pw@a.example [::1] [::1 % %41 .. - é file".split(
        " ",
      ),
    );
    const scheme = fc.constantFrom(
      "",
      "",
      "https://",
      "http://",
      "HTTPS://",
      "file:///",
      "file:",
      "ftp://",
      "https:/",
      "//",
      "/",
    );
    const tail = fc.constantFrom(
      "",
      "",
      "",
      ":8080",
      ":99999",
      ":x",
      "/",
      "/go",
      "/%zz",
      "//",
      "?x=1",
      "#x",
      "\\x",
      "\u0001",
      " ",
    );
    const element = fc.tuple(scheme, word, tail, tail).map((parts) => parts.join(""));
    const list = fc
      .array(fc.tuple(fc.constantFrom(",", "|"), element), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.flat().join("").slice(1));
    const fixed = ["https://proxy.corp.example|direct", "proxy.corp.example,off", "file:///srv", "off"];
    let accepted = 0;
    fc.assert(
      fc.property(list, (proxy) => {
        const text = `version: 1\nsources: { proxy: ${JSON.stringify(proxy)} }\nkits: { a: { go: [stable] } }`;
        if (proxy === "env" || checkManifest(text, "bundles.yaml").diagnostics.length > 0) return;
        accepted += 1;
        expect(parseGoProxy(proxy)).not.toEqual([]);
      }),
      { numRuns: 3000, examples: fixed.map((one): [string] => [one]) },
    );
    expect(accepted).toBeGreaterThan(30);
  });
  test("of a single word is a keyword", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,8}$/), (word) => {
        expect(isProxyList(word)).toBe(["env", "direct", "off"].includes(word));
      }),
    );
  });
  test.each(["", "environment", "env,direct", ",", "file://host/srv"])(
    "%j is none in an editor either",
    (list) => expect(list).not.toMatch(proxyPattern),
  );
  test("is decided quickly, however long the text", () => {
    expect(`${"a.".repeat(200_000)} `).not.toMatch(proxyPattern);
    expect(`${"a/".repeat(200_000)}go.wrk`).not.toMatch(moduleRefPattern);
    expect(`${"a.".repeat(200_000)}@`).not.toMatch(moduleRefPattern);
    expect(moduleRefHint(`${"a.a/".repeat(200_000)} @`)).toBeDefined();
    expect(proxyHint(`${"a,".repeat(200_000)}direkt`)).toBe('did you mean "direct"?');
  });
});

describe("the checksum database", () => {
  const published = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
  test.each([
    "sum.golang.org",
    "sum.golang.org https://sums.example",
    published,
    `${published} http://127.0.0.1:8080/sumdb`,
  ])("%s names one", (sumdb) => {
    expect(sumdb).toMatch(sumdbPattern);
    expect(isSumdbKeySound(sumdb)).toBe(true);
  });
  test.each([
    "",
    "off",
    "sum.example",
    "sum.golang.org,",
    "a+1234567+AAAA",
    `${published}  x`,
    `${published} ftp://x`,
  ])("%j does not", (sumdb) => expect(sumdb).not.toMatch(sumdbPattern));
  test.each([
    ["a wrong hash", published.replace("033de0ae", "033de0af")],
    ["another name", published.replace("sum.golang.org", "sum.golang.com")],
    ["a wrong letter in the key", published.replace("Ac4z", "Ac4y")],
    ["a key that is too short", "a+00000000+AQ=="],
    ["an algorithm that is not Ed25519", verifierKey("a", Buffer.alloc(33, 2))],
  ])("a verifier key with %s is not sound", (_, sumdb) => expect(isSumdbKeySound(sumdb)).toBe(false));
});

function verifierKey(name: string, key: Buffer): string {
  const hash = createHash("sha256").update(`${name}\n`).update(key).digest("hex").slice(0, 8);
  return `${name}+${hash}+${key.toString("base64")}`;
}
