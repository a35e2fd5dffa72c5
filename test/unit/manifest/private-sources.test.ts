import { describe, expect, test } from "@jest/globals";

import { checkManifest } from "../../../src/manifest/check-manifest.js";
import { formatDiagnostic } from "../../../src/manifest/diagnostics.js";
import { parseManifest } from "../../../src/manifest/load.js";
import { matchHint, matchPattern, normaliseMatch } from "../../../src/manifest/private-sources.js";
import { linesOf, marked } from "./marked.js";

const check = (text: string): string[] =>
  linesOf(checkManifest(text, "bundles.yaml").diagnostics.map(formatDiagnostic));

const list = (entries: string): string =>
  `version: 1\nsources:\n  private:\n    - ${entries}\nkits: { a: { go: [stable] } }\n`;
const matching = (match: string): string => list(`{ match: ${match}, proxy: "https://p.example" }`);
const proxied = (proxy: string, rest = ""): string => list(`{ match: a.example, proxy: ${proxy}${rest} }`);

const glob = "a glob of module path prefixes such as git.corp.example/*";
const one = "one https://, http:// or file:/// address";
const everything =
  "it matches every module: the public ones would go to this proxy too, and past the checksum database";
const ofOthers =
  "it matches hosts of others: the public ones would go to this proxy too, and past the checksum database";
const ofAll = (pattern: string): string =>
  `everybody's modules are there: the public ones would go to this proxy too, and past the checksum database; add your own path: ${pattern.split("/")[0]}/mycompany/*`;
const clear =
  "the secret of `auth` would travel in the clear; only localhost, 127.0.0.1 and [::1] may be asked over http";

const mistakes: readonly (readonly [text: string, said: string])[] = [
  [
    "version: 1\nsources: { private: ‸{ match: a } }\nkits: { a: { go: [stable] } }",
    ": expected a list of private sources, found a map",
  ],
  [
    list("‸git.corp.example/*"),
    ".0: expected a map of match, proxy, auth, ca, found a text that is not shown",
  ],
  [list('‸{ proxy: "https://p.example" }'), `.0.match: expected ${glob}, or a list of them, found nothing`],
  [list("‸{ match: a.example }"), `.0.proxy: expected ${one}, found nothing`],
  [
    list('{ match: a.example, ‸prox: "https://p.example", proxy: "https://p.example" }'),
    '.0.prox: expected one of match, proxy, auth, ca, found the unknown key "prox"; did you mean `proxy`?',
  ],
  [
    list('{ match: a.example, proxy: "https://p.example", ‸atuh: netrc }'),
    '.0.atuh: expected one of match, proxy, auth, ca, found the unknown key "atuh"; did you mean `auth`?',
  ],
  [matching("‸[]"), ".0.match: expected at least one pattern, found an empty list"],
  [matching("‸7"), `.0.match: expected ${glob}, or a list of them, found 7`],
  [matching('[a.example, ‸""]'), `.0.match.1: expected ${glob}, found ""`],
  [
    matching("‸https://git.corp.example/*"),
    `.0.match: expected ${glob}, found "https://git.corp.example/*"; a module path has no scheme: leave it out, with ://`,
  ],
  [
    matching('‸"a.example,b.example"'),
    `.0.match: expected ${glob}, found "a.example,b.example"; write a list with one pattern in each entry`,
  ],
  [
    matching('‸"*"'),
    `.0.match: expected a pattern that names whose modules these are, found "*"; ${everything}`,
  ],
  [
    matching('[a.example, ‸"*.*/"]'),
    `.0.match.1: expected a pattern that names whose modules these are, found "*.*/"; ${everything}`,
  ],
  [
    matching('‸"[a-z]*/?*"'),
    `.0.match: expected a pattern that names whose modules these are, found "[a-z]*/?*"; ${everything}`,
  ],
  ...[
    "*o*",
    "*.com",
    "g*",
    "git?ub.com",
    "github.co[m]",
    "*/corp",
    "git.*",
    "*.c*.example",
    "git.corp.exampl?/x",
  ].map((wide): readonly [string, string] => [
    matching(`[a.example, ‸"${wide}"]`),
    `.0.match.1: expected a host that is written out, or one whose last two parts are, such as *.corp.example, found "${wide}"; ${ofOthers}`,
  ]),
  ...[
    "github.com",
    "github.com/*",
    "gitlab.com/[a-z]*/?",
    "golang.org",
    "k8s.io/*/*",
    "*.k8s.io",
    "*.golang.org",
  ].map((wide): readonly [string, string] => [
    matching(`‸"${wide}"`),
    `.0.match: expected a pattern that names whose modules these are, found "${wide}"; ${ofAll(wide)}`,
  ]),
  [
    matching("[a.example, ‸a.example/]"),
    '.0.match.1: expected each pattern once, found "a.example" again; the first is at 4:17',
  ],
  [
    list(
      '{ match: a.example, proxy: "https://p.example" }\n    - { match: [b.example, ‸a.example], proxy: "https://q.example" }',
    ),
    '.1.match.1: expected each pattern once, found "a.example" again; the first is at 4:16',
  ],
  [
    proxied("‸https://user:pw@p.example"),
    `.0.proxy: expected ${one}, found "https://***@p.example"; leave credentials out, and name where they are: auth: env:CORP_TOKEN`,
  ],
  [
    proxied('‸"https://p.example,direct"'),
    `.0.proxy: expected ${one}, found "https://p.example,direct"; private modules are asked for at one address, without a list`,
  ],
  [
    proxied("‸https://p.example?x=1"),
    `.0.proxy: expected ${one}, found "https://p.example?***"; what is asked for is written behind the address: leave out ? and # and what follows`,
  ],
  [
    proxied("‸direct"),
    `.0.proxy: expected ${one}, found "direct"; Go's keywords are for \`sources.proxy\`; airgo runs no version control`,
  ],
  [
    proxied("‸p.example"),
    `.0.proxy: expected ${one}, found "p.example"; an address begins with https://, http:// or file:///`,
  ],
  [
    proxied("‸file://host/proxy"),
    `.0.proxy: expected ${one}, found "file://host/proxy"; a folder is written as file:///path, percent-encoded, and without a host`,
  ],
  [
    proxied("‸file:///srv/%zz"),
    `.0.proxy: expected ${one}, found "file:///srv/%zz"; a folder is written as file:///path, percent-encoded, and without a host`,
  ],
  [
    proxied("file:///srv/proxy", ", auth: ‸netrc"),
    ".0.auth: expected no `auth`, found a text that is not shown; a folder is read as the user who runs airgo; leave it out",
  ],
  [
    proxied("file:///srv/proxy", ", ca: ‸file:ca.pem"),
    '.0.ca: expected no `ca`, found "file:ca.pem"; a folder is read as the user who runs airgo; leave it out',
  ],
  [
    proxied("‸https://p.example:99999"),
    `.0.proxy: expected ${one}, found "https://p.example:99999"; it cannot be read: see its host and port`,
  ],
  [
    proxied("‸http://p.example", ", auth: netrc"),
    `.0.proxy: expected an https:// address, found "http://p.example"; ${clear}`,
  ],
  [
    proxied("‸http://localhost.evil.example", ", auth: netrc"),
    `.0.proxy: expected an https:// address, found "http://localhost.evil.example"; ${clear}`,
  ],
  [
    proxied("https://p.example", ", auth: ‸$CORP_TOKEN"),
    ".0.auth: expected netrc, env:NAME or file:PATH, found a text that is not shown; never write a secret here; name where it is: env:CORP_TOKEN",
  ],
  [
    proxied("https://p.example", ", auth: ‸12345678"),
    ".0.auth: expected netrc, env:NAME or file:PATH, found a number that is not shown; never write a secret here; name where it is: env:CORP_TOKEN",
  ],
  [
    proxied("https://p.example", ", ca: ‸certs/ca.pem"),
    '.0.ca: expected file:PATH, found "certs/ca.pem"; name the file of the certificates: file:certs/corp-ca.pem',
  ],
];

describe("a mistake in sources.private is told", () => {
  test.each(mistakes)("%j", (withMark, said) => {
    const { text, place } = marked(withMark);
    expect(check(text)).toEqual([`${place} sources.private${said}`]);
  });

  test("with the others, all at once", () => {
    const text = list(
      '{ match: ["*", /a, a.example, a.example], proxy: "https://u:p@h", auth: pw, ca: x, more: 1 }',
    );
    expect(check(text).map((line) => line.replace(/: expected.*/, ""))).toEqual([
      "4:17 sources.private.0.match.0",
      "4:22 sources.private.0.match.1",
      "4:37 sources.private.0.match.3",
      "4:56 sources.private.0.proxy",
      "4:79 sources.private.0.auth",
      "4:87 sources.private.0.ca",
      "4:90 sources.private.0.more",
    ]);
  });
});

test.each([
  "http://localhost:3000",
  "http://127.0.0.1",
  "http://[::1]:3000/go",
  "https://p.example:8443/go/v2",
])("credentials may be sent to %s", (proxy) =>
  expect(check(proxied(`"${proxy}"`, ", auth: netrc"))).toEqual([]),
);

test.each([
  "git.corp.example",
  "*.corp.example",
  "git[12].Corp.example/team-?/v2",
  "corp",
  "corp/*",
  "github.com/mycompany",
  "github.com/mycompany/*",
  "github.com/my*",
  "*.github.com/mycompany",
  "golang.org/toolchain",
  "mygithub.com",
])("%s names whose modules these are", (pattern) => expect(check(matching(`"${pattern}"`))).toEqual([]));

test("a profile's private sources replace the manifest's", () => {
  const text = `${matching("a.example")}profiles:\n  lab: { sources: { private: [{ match: b.example, proxy: "https://q.example" }] } }\n`;
  const { sources } = parseManifest(text, "bundles.yaml", { profile: "lab" });
  expect(sources.private).toEqual([{ match: ["b.example"], proxy: "https://q.example" }]);
});

describe("a pattern of private modules", () => {
  test.each([
    "git.corp.example",
    "*.corp.example/",
    "git[12].Corp.example/team-?/v2",
    "corp/lib",
    "git.corp/**",
    "a[^b-d]",
  ])("%s is one", (pattern) => {
    expect(pattern).toMatch(matchPattern);
    expect(normaliseMatch(pattern)).toMatch(matchPattern);
  });

  test.each([
    ["", undefined],
    ["https://git.corp.example", "a module path has no scheme: leave it out, with ://"],
    ["a.example b.example", "write a list with one pattern in each entry"],
    ["{a,b}.example", "write a list with one pattern in each entry"],
    [" a.example", "write it without spaces"],
    ["git.corp.example/...", "a pattern also matches what lies below: leave ... out"],
    ["/git.corp.example", "a module path begins with the name of a host"],
    [".corp.example", "a module path begins with the name of a host"],
    ["git.corp.example/x@v1.0.0", "a pattern names modules in every version: leave out @ and what follows"],
    ["git.corp.example:8443/*", "a module path has no port"],
    ...[
      "a[",
      "a[]",
      "a[]b]",
      "a[^]",
      "a[^]b]",
      "a[b-]",
      "a[-b]",
      "a]",
      "a\\",
      "a\\.b",
      "[a\\-b]",
      "[!a]",
      "a//b",
      "é",
      "!a",
      "a\n",
    ].map((text): [string, string] => [
      text,
      text === "a\n"
        ? "write it without spaces"
        : "a glob knows *, ? and [a-z], and each matches within one folder",
    ]),
  ])("%j is none: %s", (text, hint) => {
    expect(text).not.toMatch(matchPattern);
    expect(matchHint(text)).toBe(hint);
  });

  test("is decided on quickly, however long the text", () => {
    expect(`${"[a".repeat(200_000)}!`).not.toMatch(matchPattern);
    expect(`${"a*".repeat(200_000)}!`).not.toMatch(matchPattern);
    expect(`${"[a-b]".repeat(200_000)}!`).not.toMatch(matchPattern);
  });
});
