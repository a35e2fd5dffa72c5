import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { hideAuthorization, redact } from "../../../src/support/redact.js";

describe("credentials in addresses go, the host stays", () => {
  test.each([
    ["https://user:pw@host/path", "https://***@host/path"],
    ["https://token@host", "https://***@host"],
    ["https://user:p@ss@w@host/x", "https://***@host/x"],
    ["https://a:b@one,https://c:d@two|https://three", "https://***@one,https://***@two|https://three"],
    ["socks5://u:p@h:1080", "socks5://***@h:1080"],
    ["GOPROXY=https://u:p@h", "GOPROXY=https://***@h"],
    ["proxy_https://u:p@h", "proxy_https://***@h"],
    ["\u001b[31mhttps://u:p@h\u001b[0m", "\ufffd[31mhttps://***@h\ufffd[0m"],
    ["a-very-long-scheme-that-no-one-knows://u:p@h", "a-very-long-scheme-that-no-one-knows://***@h"],
    ["https://u:it's@h/x", "https://***@h/x"],
    [
      '{"a":"https://u:p@h","b":"https://x/y?k=1","c":1}',
      '{"a":"https://***@h","b":"https://x/y?***","c":1}',
    ],
  ])("%j", (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  test.each([
    ["a slash", "https://user:pa/ss@host/x"],
    ["a question mark", "https://user:pa?ss@host/x"],
    ["a number sign", "https://user:#pass@host/x"],
    ["a carriage return", "https://user:pa\rss@host/x"],
    ["a line separator", "https://user:pa\u2028ss@host/x"],
    ["a null", "https://user:pa\u0000ss@host/x"],
  ])("also with %s in the password", (_what, text) => {
    expect(redact(text)).not.toMatch(/pa|ss/);
    expect(redact(text)).toContain("@host/x");
  });

  test.each([
    "https://proxy.example/golang.org/x/net/@v/list",
    "https://proxy.example:8080/golang.org/x/net/@v/v0.30.0.mod",
    "https://[::1]:8080/m/@v/list",
    "https://[fe80::1]/m/@v/list",
    "https://a:443,https://b/m/@v/list",
    "golang.org/x/net@v0.30.0",
    "git@host:path",
    "what is this?",
    "line one\n\tline two",
  ])("an address without any stays: %s", (text) => {
    expect(redact(text)).toBe(text);
  });
});

describe("credentials without a scheme, or behind a misspelt one, go as well", () => {
  test.each([
    ["user:SECRETPW@host", "***@host"],
    ["user:SECRETPW@host:8080/x", "***@host:8080/x"],
    ["user:SECRETPW@host/?t=SECRET", "***@host/?***"],
    [":SECRET@host", "***@host"],
    ["//user:SECRETPW@host", "//***@host"],
    ["https:/user:SECRETPW@host/x", "https:/***@host/x"],
    ["https;//user:SECRETPW@host", "https;//***@host"],
    ["https:user:SECRETPW@host", "***@host"],
    ["user:SECRET,PW@host", "***@host"],
    ["user:SECRET|PW@host", "***@host"],
    ["user:SECRET@PW@host", "***@host"],
    ["user:SECRET/PW@host.example/x", "***@host.example/x"],
    ["user:SECRET/PW@host:80", "***@host:80"],
    ["user:it'sSECRET@host", "***@host"],
    ["GOPROXY=user:SECRET@host", "GOPROXY=***@host"],
    ["(user:SECRET@host)", "(***@host)"],
    ['"user:SECRET@host"', '"***@host"'],
    ["user:SECRET@host/m@v1.0.0", "***@host/m@v1.0.0"],
    ["user:SECRET@host,m@v1.0.0", "***@host,m@v1.0.0"],
    ["user:SECRET@10.0.0.1", "***@10.0.0.1"],
  ])("%j", (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  test.each([
    "module@v1.2.3",
    "go: example.com/m@v1.2.3: not found",
    "needs:example.com/m@v1.2.3-0.20200102030405-abcdef123456",
    "needs:m@v1.2.3,n@v2.0.0+incompatible",
    "needs:m@latest",
    "golang.org/x/net/@v/list",
    "proxy.example:8080/golang.org/x/net/@v/list",
    "proxy.example:8080/example.com/m@main",
    "localhost:8080",
    "@latest",
    "@v/list",
    `sha256:${"a".repeat(64)}`,
    `registry.example:5000/image:tag@sha256:${"a".repeat(64)}`,
    "go.mod:5:2: require m: version v1",
    "bundles.yaml:4:19 go.0.arch.1: expected amd64|arm64",
    '{"module":"example.com/m@main","a":"b@c"}',
    "{'module':'m@main'}",
    "[fe80::1]:443",
    "12:30:00",
    "a:b",
  ])("what only looks like it stays: %s", (text) => {
    expect(redact(text)).toBe(text);
  });
});

test.each([
  ["https://host/path?X-Sig=abc&b=c rest", "https://host/path?*** rest"],
  ['get "https://host/p?token=1": no', 'get "https://host/p?***": no'],
  ["is https://host/p wrong? yes", "is https://host/p wrong? yes"],
  ["https://host/#a?secret", "https://host/#a?***"],
])("query strings go: %s", (text, expected) => {
  expect(redact(text)).toBe(expected);
});

test.each([
  ["Authorization: Basic dXNlcjpwdw==", "Authorization: ***"],
  ["proxy-authorization: Bearer abc.def", "proxy-authorization: ***"],
  ["authorization=abc rest", "authorization: *** rest"],
  ['{"authorization":"Bearer abc","x":1}', '{"authorization: ***","x":1}'],
  ["authorization: ***abc", "authorization: ***"],
])("authorization headers go: %s", (text, expected) => {
  expect(redact(text)).toBe(expected);
});

test("what could rewrite a terminal goes: escapes, controls, reordering; line feeds and tabs stay", () => {
  const hostile = "\u001b]0;title\u0007\u009b31m\r\u0008\u202eabc\u2066\u2028\n\t";
  expect(redact(hostile)).toBe("\ufffd]0;title\ufffd\ufffd31m\ufffd\ufffd\ufffdabc\ufffd\ufffd\n\t");
});

/** Texts made of what the patterns look at. */
const pieces = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "https://",
        "://",
        "@",
        ":",
        "/",
        "?",
        "#",
        " ",
        "\n",
        "\u001b[1m",
        '"',
        "'",
        "***",
        "8080",
        "h.x",
        "v1.0.0",
        "/",
      ),
      fc.constantFrom("Authorization: ", "authorization", "Basic ", "=", "\f", "\r", "[::1]", "\ufffd", ","),
      fc.string({ maxLength: 6, unit: "binary" }),
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(""));

test("a redacted text comes out unchanged", () => {
  fc.assert(
    fc.property(pieces, (text) => {
      expect(redact(redact(text))).toBe(redact(text));
    }),
    { numRuns: 3000 },
  );
});

test("no password that an address can hold survives, wherever the address stands", () => {
  const password = fc
    .string({ minLength: 1, maxLength: 12, unit: "grapheme-ascii" })
    .map((text) => `S3${text.replaceAll(/[\s/?#]/g, "@")}cret`);
  const around = fc.constantFrom("", " ", "get ", "x=", '"', "\u001b[31m", "(", "1", "_");
  fc.assert(
    fc.property(around, password, around, (before, secret, after) => {
      const text = redact(`${before}https://user:${secret}@host.example/path${after}`);
      expect(text).not.toContain("S3");
      expect(text).not.toContain("cret");
    }),
    { numRuns: 3000 },
  );
});

test.each([
  ["letters", "a"],
  ["addresses without end", "a://"],
  ["addresses with a colon", "://a:b"],
  ["at signs and addresses", "@://a:b"],
  ["question marks", "://?"],
  ["header names", "authorization: basic "],
  ["spaces after a header name", " "],
  ["escapes", "\u001b["],
  ["colons", "a:"],
  ["at signs", "a@"],
  ["passwords", "a:b@"],
  ["passwords in paths", "/a:b@h.x"],
  ["brackets", "[("],
])("a megabyte of %s takes no time to speak of", (_what, unit) => {
  // A pattern of quadratic time would need hours for this, and the test's own time limit would tell.
  expect(redact(`authorization:${unit.repeat(2 ** 20 / unit.length)}`).length).toBeGreaterThan(0);
});

describe("hideAuthorization", () => {
  test("a secret in use is masked wherever a server repeats it: as it was sent, decoded and percent-encoded", () => {
    const password = "Zq/7 wonder-token";
    const basic = Buffer.from(`robot:${password}`).toString("base64");
    hideAuthorization(`Basic ${basic}`);
    hideAuthorization("Bearer tok_5f2e8");
    const page = `<p>Basic ${basic} ${password} ${encodeURIComponent(password)} tok_5f2e8 are not welcome, robot</p>`;
    expect(redact(page)).toBe("<p>Basic *** *** *** *** are not welcome, robot</p>");
    expect(redact(redact(page))).toBe(redact(page));
  });

  test("one too short to be told from ordinary words is not looked for", () => {
    hideAuthorization("Bearer abc");
    expect(redact("the abc of it")).toBe("the abc of it");
  });
});
