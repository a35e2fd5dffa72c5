import { isFileUrl, pathOfFileUrl } from "../support/file-url.js";
import type { Mistake, Path } from "./mistake.js";
import { itemsOf, member } from "./values.js";
import { quoted } from "./wording.js";

/** What a pattern of private modules is, worded to follow "expected". */
export const matchForm = "a glob of module path prefixes such as git.corp.example/*";

/** What the one proxy of private modules is, worded to follow "expected". */
export const privateProxyForm = "one https://, http:// or file:/// address";

const inClass = "[A-Za-z0-9._~]";
const characterClass = `\\[\\^?(?:${inClass}(?:-${inClass})?)+\\]`;

/**
 * One glob of GOPRIVATE (`go help module-private`, path.Match), of what can match a module path at all: one that
 * silently matched nothing would let private modules be asked for in public. Every character may stand in a kit's tables.
 */
export const matchPattern = new RegExp(
  `^(?![/.])(?!.*//)(?!.*\\.\\.\\.)(?:[A-Za-z0-9._~*?/-]|${characterClass})+$`,
);

/**
 * An http(s) address without a query and without credentials: wherever an @ stands, it may be that of a password. Or a
 * folder, as file:///path.
 */
export const privateProxyPattern =
  /^(?:https?:\/\/[^\s,|?#@/\\]+(?:\/[^\s,|?#@\\]*)?|file:\/\/(?:localhost)?\/+[^\s,|?#@/\\][^\s,|?#@\\]*)$/;

/** Without letters and digits of its own a pattern tells nobody's modules from anybody else's. */
const everything = new RegExp(`^(?:[*?./]|${characterClass})+$`);

/**
 * Hosts that most public modules of an ordinary go.sum come from, and that nobody owns alone: as a whole, such a host is
 * never what is meant. No list could be complete; these are what is written by mistake, for `github.com/mycompany`.
 */
const publicHosts: readonly string[] = [
  "github.com",
  "gitlab.com",
  "bitbucket.org",
  "golang.org",
  "google.golang.org",
  "gopkg.in",
  "go.uber.org",
  "k8s.io",
  "sigs.k8s.io",
];

/** One spelling for each pattern: Go passes over a slash at its end. */
export function normaliseMatch(pattern: string): string {
  return pattern.replace(/\/$/, "");
}

/** What to do about a text that is no pattern of modules, where its writer's intention is plain. */
export function matchHint(text: string): string | undefined {
  if (text.includes("://")) return "a module path has no scheme: leave it out, with ://";
  if (/[\s,]/.test(text.trim())) return "write a list with one pattern in each entry";
  if (/\s/.test(text)) return "write it without spaces";
  if (text.includes("...")) return "a pattern also matches what lies below: leave ... out";
  if (/^[/.]/.test(text)) return "a module path begins with the name of a host";
  if (text.includes("@")) return "a pattern names modules in every version: leave out @ and what follows";
  if (text.includes(":")) return "a module path has no port";
  return text === "" ? undefined : "a glob knows *, ? and [a-z], and each matches within one folder";
}

/** What to do about a text that is not the address of one proxy, where its writer's intention is plain. */
export function privateProxyHint(text: string): string | undefined {
  if (text.includes("@") && !isFileUrl(text))
    return "leave credentials out, and name where they are: auth: env:CORP_TOKEN";
  if (/[,|]/.test(text)) return "private modules are asked for at one address, without a list";
  if (/[?#]/.test(text))
    return "what is asked for is written behind the address: leave out ? and # and what follows";
  if (/^(env|direct|off)$/i.test(text))
    return "Go's keywords are for `sources.proxy`; airgo runs no version control";
  if (/^file:|^\//.test(text))
    return "a folder is written as file:///path, percent-encoded, and without a host";
  if (!/^https?:\/\//.test(text)) return "an address begins with https://, http:// or file:///";
  return privateProxyPattern.test(text)
    ? "it cannot be read: see its host and port"
    : "write it without spaces and backslashes";
}

/** What no schema can say of `sources.private`: patterns that take everything, or come twice; secrets in the clear. */
export function privateMistakes(list: unknown): Mistake[] {
  const entries = itemsOf(list).map((entry, index) => ({ entry, path: ["sources", "private", index] }));
  return [
    ...patternMistakes(entries.flatMap(({ entry, path }) => patternsOf(entry, path))),
    ...entries.flatMap(({ entry, path }) => proxyMistakes(entry, path)),
  ];
}

interface Pattern {
  readonly text: string;
  readonly path: Path;
}

function patternsOf(entry: unknown, above: Path): Pattern[] {
  const match = member(entry, "match");
  const path = [...above, "match"];
  const texts = Array.isArray(match)
    ? itemsOf(match).map((text, index) => ({ text, path: [...path, index] }))
    : [{ text: match, path }];
  return texts.flatMap((one) =>
    typeof one.text === "string" ? { text: normaliseMatch(one.text), path: one.path } : [],
  );
}

function patternMistakes(patterns: readonly Pattern[]): Mistake[] {
  const seen = new Map<string, Path>();
  return patterns.flatMap(({ text, path }): Mistake[] => {
    const earlier = seen.get(text);
    if (earlier !== undefined) {
      return [{ path, at: "value", expected: "each pattern once", found: `${quoted(text)} again`, earlier }];
    }
    seen.set(text, path);
    return matchPattern.test(text) ? tooWide(text).map((one) => ({ path, at: "value", ...one })) : [];
  });
}

const consequence = "the public ones would go to this proxy too, and past the checksum database";

/** What is wrong with a pattern that also takes the modules of others. */
function tooWide(pattern: string): Pick<Mistake, "expected" | "hint">[] {
  const expected = "a pattern that names whose modules these are";
  if (everything.test(pattern)) return [{ expected, hint: `it matches every module: ${consequence}` }];
  const [host = "", ...path] = pattern.split("/");
  const domain = literalEnd(host);
  if (domain.length < 2 && domain.join(".") !== host)
    return [
      {
        expected: "a host that is written out, or one whose last two parts are, such as *.corp.example",
        hint: `it matches hosts of others: ${consequence}`,
      },
    ];
  if (!isPublicHost(host, domain.join(".")) || /[A-Za-z0-9]/.test(withoutClasses(path.join("/")))) return [];
  return [
    {
      expected,
      hint: `everybody's modules are there: ${consequence}; add your own path: ${host}/mycompany/*`,
    },
  ];
}

/** The parts at the end of a host that hold no wildcard. */
function literalEnd(host: string): string[] {
  const parts = host.split(".");
  return parts.slice(parts.findLastIndex((part) => !/^[A-Za-z0-9_~-]+$/.test(part)) + 1);
}

/** @param domain the host, or what it ends in behind its last wildcard */
function isPublicHost(host: string, domain: string): boolean {
  return host === domain
    ? publicHosts.includes(host)
    : publicHosts.some((one) => `.${one}`.endsWith(`.${domain}`));
}

function withoutClasses(glob: string): string {
  return glob.replace(new RegExp(characterClass, "g"), "");
}

function proxyMistakes(entry: unknown, above: Path): Mistake[] {
  const proxy = member(entry, "proxy");
  if (typeof proxy !== "string" || !privateProxyPattern.test(proxy)) return [];
  const path = [...above, "proxy"];
  if (isFileUrl(proxy)) return folderMistakes(entry, above);
  if (!URL.canParse(proxy)) return [{ path, at: "value", expected: privateProxyForm }];
  if (member(entry, "auth") === undefined || isProtected(new URL(proxy))) return [];
  const hint =
    "the secret of `auth` would travel in the clear; only localhost, 127.0.0.1 and [::1] may be asked over http";
  return [{ path, at: "value", expected: "an https:// address", hint }];
}

/** What is of no use for a folder: nobody asks for a secret there, and nobody shows a certificate. */
function folderMistakes(entry: unknown, above: Path): Mistake[] {
  const proxy = String(member(entry, "proxy"));
  const unused = ["auth", "ca"].filter((key) => member(entry, key) !== undefined);
  return [
    ...(pathOfFileUrl(proxy) === undefined
      ? [{ path: [...above, "proxy"], at: "value" as const, expected: privateProxyForm }]
      : []),
    ...unused.map((key) => ({
      path: [...above, key],
      at: "value" as const,
      expected: `no \`${key}\``,
      hint: "a folder is read as the user who runs airgo; leave it out",
    })),
  ];
}

/** True where nobody on the way can read what is sent. */
function isProtected({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}
