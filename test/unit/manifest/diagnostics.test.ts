import { describe, expect, test } from "@jest/globals";

import { checkManifest } from "../../../src/manifest/check-manifest.js";
import { formatDiagnostic } from "../../../src/manifest/diagnostics.js";

import { linesOf, marked } from "./marked.js";

function check(text: string): string[] {
  return linesOf(checkManifest(text, "bundles.yaml").diagnostics.map(formatDiagnostic));
}

const goVersion = 'a Go version such as "1.27.x", "1.27.3", "1.28rc1", "stable" or "oldstable"';
const goSource = "expected module, or the https://, http:// or file:/// address of official archives";
const proxyList = 'expected "env", or a list of https://, http:// and file:/// addresses, "direct" and "off"';
const moduleEntry = "the path of a go.mod or go.work, a glob that ends in one, or module@version";

/** A kit in which only one line is of interest. */
const kit = (line: string) => `version: 1\nkits:\n  a:\n    go: ["1.27.x"]\n    ${line}\n`;
const go = (list: string) => `version: 1\nkits:\n  a:\n    go: ${list}\n`;
const modules = (entry: string) => kit(`modules: [${entry}]`);
const sources = (line: string) => `version: 1\nsources:\n  ${line}\nkits: { a: { go: [stable] } }\n`;
const signer = (map: string) => `version: 1\nsigners:\n  s: ${map}\nkits: { a: { go: [stable] } }\n`;

/** Each: a manifest with one mistake, its place marked with ‸, and what is said of it. */
const mistakes: readonly (readonly [text: string, said: string])[] = [
  // the manifest as a whole
  ["‸", "expected a map with version and kits, found an empty file"],
  ["‸# nothing here\n", "expected a map with version and kits, found an empty file"],
  ["‸- version", "expected a map of version, sources, signers, kits, profiles, found a list"],
  ["‸kits", 'expected a map of version, sources, signers, kits, profiles, found "kits"'],
  ["‸version: 1", "kits: expected a map of kits by name, found nothing"],
  [
    "‸kits: { a: { go: [stable] } }",
    "version: expected 1 (the one version of this format so far), found nothing",
  ],
  [
    "version: ‸2\nkits: { a: { go: [stable] } }",
    "version: expected 1 (the one version of this format so far), found 2",
  ],
  [
    'version: ‸"1"\nkits: { a: { go: [stable] } }',
    'version: expected 1 (the one version of this format so far), found "1"; write it without quotes',
  ],
  ["‸version: 1\nsigners: {}", "kits: expected a map of kits by name, found nothing"],
  ["version: 1\nkits: ‸{}", "kits: expected at least one kit, found an empty map"],
  ["version: 1\nkits: ‸[a]", "kits: expected a map of kits by name, found a list"],
  [
    "version: 1\n‸kits:\n",
    "kits: expected a map of kits by name, found nothing; give the key a value, or leave it out",
  ],
  [
    "version: 1\n‸kit: {}\nkits: { a: { go: [stable] } }",
    'kit: expected one of version, sources, signers, kits, profiles, found the unknown key "kit"; did you mean `kits`?',
  ],
  [
    "version: 1\n‸unheard-of: {}\nkits: { a: { go: [stable] } }",
    'unheard-of: expected one of version, sources, signers, kits, profiles, found the unknown key "unheard-of"',
  ],
  [
    "version: 1\n‸__proto__: {}\nkits: { a: { go: [stable] } }",
    '__proto__: expected one of version, sources, signers, kits, profiles, found the unknown key "__proto__"',
  ],
  // sources
  [
    sources("go: [module, ‸go.dev/dl]"),
    `sources.go.1: ${goSource}, found "go.dev/dl"; write it with https:// in front`,
  ],
  [sources("go: [‸modules]"), `sources.go.0: ${goSource}, found "modules"; did you mean "module"?`],
  [
    sources("go: [‸https://go.dev/dl?mode=json]"),
    `sources.go.0: ${goSource}, found "https://go.dev/dl?***"; the address of a folder, without ? and # and spaces`,
  ],
  [sources("go: ‸[]"), "sources.go: expected at least one source of Go, found an empty list"],
  [
    sources("go: ‸module"),
    'sources.go: expected a list of sources of Go, found "module"; write a list: ["module"]',
  ],
  [
    sources("go: [module, ‸module]"),
    'sources.go.1: expected each entry once, found "module" again; the first is at 3:8',
  ],
  [sources("proxy: ‸enw"), `sources.proxy: ${proxyList}, found "enw"; did you mean "env"?`],
  [sources("proxy: ‸drect"), `sources.proxy: ${proxyList}, found "drect"; did you mean "direct"?`],
  [
    sources("proxy: ‸https://proxy.corp.example|of"),
    `sources.proxy: ${proxyList}, found "https://proxy.corp.example|of"; did you mean "off"?`,
  ],
  [sources("proxy: ‸proxies"), `sources.proxy: ${proxyList}, found "proxies"`],
  [
    sources("proxy: ‸file://host/srv"),
    `sources.proxy: ${proxyList}, found "file://host/srv"; a folder is written as file:///path, percent-encoded, and without a host`,
  ],
  [
    sources('proxy: ‸"https://proxy.corp.example,/srv/proxy"'),
    `sources.proxy: ${proxyList}, found "https://proxy.corp.example,/srv/proxy"; a folder is written as file:///path, percent-encoded, and without a host`,
  ],
  [
    sources("proxy: ‸https://proxy.corp.example:99999"),
    `sources.proxy: ${proxyList}, found "https://proxy.corp.example:99999"; an address in it cannot be read: see its host and port`,
  ],
  [
    sources('proxy: ‸"https://a.example, direct"'),
    `sources.proxy: ${proxyList}, found "https://a.example, direct"; write the list without spaces`,
  ],
  [
    sources('proxy: ‸""'),
    `sources.proxy: ${proxyList}, found ""; leave the key out, or write "env" for Go's own setting`,
  ],
  [
    sources("sumdb: ‸off"),
    'sources.sumdb: expected sum.golang.org, or a verifier key name+hash+key, perhaps with a space and an address, found "off"; a kit is always checked against a checksum database; leave the key out for the default',
  ],
  [
    sources("sumdb: ‸sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn9"),
    'sources.sumdb: expected a verifier key whose hash is that of its name and key, found "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18h..."; copy the whole line again from where the checksum database publishes it',
  ],
  [
    sources("‸prox: env"),
    'sources.prox: expected one of go, archiveKeys, proxy, policy, sumdb, private, found the unknown key "prox"; did you mean `proxy`?',
  ],
  [
    sources("policy: ‸fastst"),
    'sources.policy: expected order or fastest, found "fastst"; did you mean "fastest"?',
  ],
  // signers
  [
    signer("{ type: ‸opengpg, key: file:a }"),
    'signers.s.type: expected ecdsa-p256, rsa, ed25519, sm2, openpgp, sshsig, minisign, command, found "opengpg"; did you mean "openpgp"?',
  ],
  [
    signer("{ type: command, ‸key: file:a, public: file:b, command: [c] }"),
    "signers.s.key: expected no `key` in a signer of type command, found a text that is not shown",
  ],
  [
    signer("{ type: sshsig, key: file:a, ‸command: [c] }"),
    "signers.s.command: expected no `command` in a signer of type other than command, found a list",
  ],
  [
    signer("{ type: command, public: file:b, command: ‸c d }"),
    "signers.s.command: expected a list: the program, then its arguments, each a text of its own, found a text that is not shown",
  ],
  [
    signer("{ type: command, public: file:b, command: ‸[] }"),
    "signers.s.command: expected a program, found an empty list",
  ],
  [
    signer("{ type: command, command: [c], public: ‸b }"),
    "signers.s.public: expected file:PATH, found a text that is not shown; name the file of the public key: file:keys/release.pub.pem",
  ],
  [
    "version: 1\nsigners:\n  ‸s: { type: command, command: [c] }\nkits: { a: { go: [stable] } }",
    "signers.s.public: expected file:PATH of the public key that the program's answers are held to, found nothing",
  ],
  [
    "version: 1\nsigners:\n  ‸s: { type: ecdsa-p256 }\nkits: { a: { go: [stable] } }",
    "signers.s.key: expected file:PATH of the private key, found nothing",
  ],
  [
    signer("{ type: ecdsa-p256, key: file:a, ‸pass: x }"),
    'signers.s.pass: expected one of type, key, passphrase, command, public, found the unknown key "pass"',
  ],
  [
    "version: 1\nsigners:\n  ‸Release: { type: ecdsa-p256, key: file:a }\nkits: { a: { go: [stable] } }",
    'signers.Release: expected a signer\'s name of a-z, 0-9 and -, found "Release"',
  ],
  // kits
  [
    'version: 1\nkits:\n  ‸"my kit": { go: [stable] }',
    'kits."my kit": expected a kit\'s name of a-z, 0-9, ., _ and -, found "my kit"',
  ],
  ["version: 1\nkits:\n  ‸a: { arch: [amd64] }", "kits.a.go: expected a list of Go versions, found nothing"],
  [
    "version: 1\nkits:\n  ‸a:\n",
    "kits.a: expected a map of go, arch, modules, sign, digests, expires, found nothing; give the key a value, or leave it out",
  ],
  [
    kit("‸module: []"),
    'kits.a.module: expected one of go, arch, modules, sign, digests, expires, found the unknown key "module"; did you mean `modules`?',
  ],
  [kit('‸go: ["1.26.x"]'), 'kits.a.go: expected each key once, found "go" again; the first is at 4:5'],
  [
    "version: 1\nkits:\n  a: { go: [stable] }\n  ‸a: { go: [oldstable] }\n",
    'kits.a: expected each key once, found "a" again; the first is at 3:3',
  ],
  [
    "version: 1\nkits:\n  a: { go: [stable] }\n  b: ‸~\n",
    "kits.b: expected a map of go, arch, modules, sign, digests, expires, found nothing; give the key a value, or leave it out",
  ],
  [
    "version: 1\nkits: { a: { go: [stable] }, ‸b }\n",
    "kits.b: expected a map of go, arch, modules, sign, digests, expires, found nothing; give the key a value, or leave it out",
  ],
  [
    "version: 1\nkits:\n  a: { go: [stable] }\nprofiles:\n  p: { kits: { ‸b: } }\n",
    "profiles.p.kits.b: expected a map of go, arch, modules, sign, digests, expires, found nothing; give the key a value, or leave it out",
  ],
  [
    "version: 1\nkits:\n  ‸__proto__: { go: [stable] }\n",
    'kits.__proto__: expected a kit\'s name of a-z, 0-9, ., _ and -, found "__proto__"',
  ],
  [go("‸1.27.x"), 'kits.a.go: expected a list of Go versions, found "1.27.x"; write a list: ["1.27.x"]'],
  [go("‸[]"), "kits.a.go: expected at least one Go version, found an empty list"],
  [go("[‸1.20]"), `kits.a.go.0: expected ${goVersion}, found 1.20; quote it: YAML reads 1.20 as 1.2`],
  [go("\n      - stable\n      - ‸1.27"), `kits.a.go.1: expected ${goVersion}, found 1.27; quote it: "1.27"`],
  [
    go('["1.27.x", ‸go1.26.3]'),
    `kits.a.go.1: expected ${goVersion}, found "go1.26.3"; did you mean "1.26.3"?`,
  ],
  [go("[‸latest]"), `kits.a.go.0: expected ${goVersion}, found "latest"; did you mean "stable"?`],
  [go("[‸[stable]]"), `kits.a.go.0: expected ${goVersion}, found a list`],
  [
    go("[stable, ‸~]"),
    `kits.a.go.1: expected ${goVersion}, found nothing; give the key a value, or leave it out`,
  ],
  [
    go('["1.27.x", stable, ‸"1.27"]'),
    'kits.a.go.2: expected each entry once, found "1.27.x" again; the first is at 4:10',
  ],
  [kit("arch: [amd64, ‸x86]"), 'kits.a.arch.1: expected amd64 or arm64, found "x86"; did you mean "amd64"?'],
  [kit("arch: [‸aarch64]"), 'kits.a.arch.0: expected amd64 or arm64, found "aarch64"; did you mean "arm64"?'],
  [kit("arch: [‸arm46]"), 'kits.a.arch.0: expected amd64 or arm64, found "arm46"; did you mean "arm64"?'],
  [kit("arch: [‸riscv64]"), 'kits.a.arch.0: expected amd64 or arm64, found "riscv64"'],
  [kit("arch: [‸constructor]"), 'kits.a.arch.0: expected amd64 or arm64, found "constructor"'],
  [kit("arch: [‸386]"), "kits.a.arch.0: expected amd64 or arm64, found 386"],
  [
    kit("arch: [arm64, ‸arm64]"),
    'kits.a.arch.1: expected each entry once, found "arm64" again; the first is at 5:12',
  ],
  [
    kit("arch: ‸amd64"),
    'kits.a.arch: expected a list of architectures, found "amd64"; write a list: ["amd64"]',
  ],
  [kit("arch: ‸{ amd64: true }"), "kits.a.arch: expected a list of architectures, found a map"],
  [kit("arch: ‸[]"), "kits.a.arch: expected at least one architecture, found an empty list"],
  [
    modules("‸/srv/go.work"),
    `kits.a.modules.0: expected ${moduleEntry}, found "/srv/go.work"; write the path relative to the folder of the manifest`,
  ],
  [modules("‸api"), `kits.a.modules.0: expected ${moduleEntry}, found "api"; did you mean "api/go.mod"?`],
  [
    modules("‸rsc.io/quote"),
    `kits.a.modules.0: expected ${moduleEntry}, found "rsc.io/quote"; write module@version, such as rsc.io/quote@v1.2.3`,
  ],
  [
    modules('‸"*.mod"'),
    `kits.a.modules.0: expected ${moduleEntry}, found "*.mod"; a go.mod is expected, by this name`,
  ],
  [
    modules("‸7"),
    "kits.a.modules.0: expected the path of a go.mod or go.work, a glob, module@version, or a map of path and scope, found 7",
  ],
  [modules("‸{ scope: all }"), `kits.a.modules.0.path: expected ${moduleEntry}, found nothing`],
  [
    modules("{ path: ‸a/go.sum }"),
    `kits.a.modules.0.path: expected ${moduleEntry}, found "a/go.sum"; did you mean "a/go.mod"?`,
  ],
  [
    modules("{ path: go.mod, scope: ‸biuld }"),
    'kits.a.modules.0.scope: expected build, tidy or all, found "biuld"; did you mean "build"?',
  ],
  [
    modules("{ path: go.mod, scope: ‸[build, tidy] }"),
    "kits.a.modules.0.scope: expected build, tidy or all, found a list",
  ],
  [
    modules("{ path: go.mod, ‸scop: all }"),
    'kits.a.modules.0.scop: expected one of path, scope, found the unknown key "scop"; did you mean `scope`?',
  ],
  [
    modules("a/go.mod, ‸{ path: ./a/go.mod }"),
    'kits.a.modules.1: expected each entry once, found "a/go.mod" again; the first is at 5:15',
  ],
  [
    modules("{ path: go.work, scope: all }, ‸{ path: ./go.work, scope: build }"),
    'kits.a.modules.1: expected each entry once, found "go.work" again; the first is at 5:15',
  ],
  [
    kit("digests: ‸[sm3]"),
    "kits.a.digests: expected sha256 among the digests, found a list; every host can check sha256; sm3 stands beside it",
  ],
  [kit("digests: [sha256, ‸md5]"), 'kits.a.digests.1: expected sha256 or sm3, found "md5"'],
  [
    kit("digests: [sha256, ‸sha256]"),
    'kits.a.digests.1: expected each entry once, found "sha256" again; the first is at 5:15',
  ],
  [
    kit("expires: ‸2027-02-30"),
    'kits.a.expires: expected a day of the calendar, YYYY-MM-DD, found "2027-02-30"',
  ],
  [kit("expires: ‸next year"), 'kits.a.expires: expected a date, YYYY-MM-DD, found "next year"'],
  [
    kit("sign: [‸release]"),
    'kits.a.sign.0: expected the name of a signer, found "release"; there are none yet',
  ],
  [kit("sign: [‸7]"), 'kits.a.sign.0: expected a signer\'s name, found 7; quote it: "7"'],
  [
    signer("{ type: ecdsa-p256, key: file:a }").replace("go: [stable]", "go: [stable], sign: [s, ‸release]"),
    'kits.a.sign.1: expected the name of a signer, found "release"; there are: s',
  ],
  [
    signer("{ type: ecdsa-p256, key: file:a }")
      .replace("  s:", "  release:")
      .replace("[stable]", "[stable], sign: [‸relaese]"),
    'kits.a.sign.0: expected the name of a signer, found "relaese"; did you mean "release"?',
  ],
];

describe("each kind of mistake", () => {
  test.each(mistakes)("%j", (withMark, said) => {
    const { text, place } = marked(withMark);
    const separator = said.startsWith("expected") ? ": " : " ";
    expect(check(text)).toEqual([`${place}${separator}${said}`]);
  });
});

describe("many mistakes", () => {
  test("are told at once, in the order of the text, each once", () => {
    const text = `version: 2
sources: { sumdb: off }
kits:
  starter:
    go: [1.20, "1.27.x"]
    arch: [amd64, x86]
    modulse: [a/go.mod]
    sign: [release]
  other: {}
profiles:
  prod: { kits: { starter: { go: [] } } }
`;
    expect(check(text).map((line) => line.replace(/: expected.*/, ""))).toEqual([
      "1:10 version",
      "2:19 sources.sumdb",
      "5:10 kits.starter.go.0",
      "6:19 kits.starter.arch.1",
      "7:5 kits.starter.modulse",
      "8:12 kits.starter.sign.0",
      "9:3 kits.other.go",
      "11:34 profiles.prod.kits.starter.go",
    ]);
  });

  test("include those of a map whose name is wrong too", () => {
    const text = `version: 1
kits:
  Platform: { go: [1.27.x, 1.20], arc: [amd64], modules: [] }
signers:
  Release: { type: opengpg, kye: file:a }
profiles:
  Prod:
    signer: {}
    signers: { Audit: { type: x } }
    kits: { Extra: { go: [newest] } }
`;
    expect(check(text).map((line) => line.replace(/: expected.*/, ""))).toEqual([
      "3:3 kits.Platform",
      "3:28 kits.Platform.go.1",
      "3:35 kits.Platform.arc",
      "5:3 signers.Release",
      "5:3 signers.Release.key",
      "5:20 signers.Release.type",
      "5:29 signers.Release.kye",
      "7:3 profiles.Prod",
      "8:5 profiles.Prod.signer",
      "9:16 profiles.Prod.signers.Audit",
      "9:16 profiles.Prod.signers.Audit.key",
      "9:31 profiles.Prod.signers.Audit.type",
      "10:13 profiles.Prod.kits.Extra",
      "10:27 profiles.Prod.kits.Extra.go.0",
    ]);
  });

  test("include a key that is there twice and is left empty", () => {
    expect(check("version: 1\nkits:\n  a: { go: [stable] }\n  a:\n")).toEqual([
      '4:3 kits.a: expected each key once, found "a" again; the first is at 3:3',
      "4:3 kits.a: expected a map of go, arch, modules, sign, digests, expires, found nothing; give the key a value, or leave it out",
    ]);
  });

  test("reach through an alias to the place that is wrong, once for each use", () => {
    const text = "version: 1\nkits:\n  a: { go: &go [stable, newest] }\n  b: { go: *go }\n";
    expect(check(text).map((line) => line.replace(/: expected.*/, ""))).toEqual([
      "3:25 kits.a.go.1",
      "3:25 kits.b.go.1",
    ]);
  });

  test("count a surrogate pair as two columns, as editors do, and a byte order mark as none", () => {
    expect(
      check('\u{feff}# \u{1f511}\nversion: 1\nkits: { a: { go: [stable] }, "\u{1f511}": 1 }')[0],
    ).toMatch(/^3:30 /);
    expect(check("\u{feff}versio: 1")[0]).toMatch(/^1:1 /);
  });
});
