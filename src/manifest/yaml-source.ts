import { parseDocument, type YAMLError } from "yaml";

import { findingAt as at, type Finding } from "./mistake.js";
import { placesIn, type Place } from "./places.js";
import { tooDeepAt } from "./yaml-depth.js";
import type { YamlDocument } from "./yaml-nodes.js";
import { YamlWalk } from "./yaml-walk.js";

/** A YAML text as read: its mistakes as YAML, and, unless they make it unreadable, its value. */
export interface YamlSource {
  readonly document: YamlDocument;
  /** The place of an offset. */
  readonly placeOf: (offset: number) => Place;
  readonly findings: readonly Finding[];
  /** Present when what was read is worth looking at further. */
  readonly content?: { readonly value: unknown };
}

/** Uses of anchors, all told, that a document may have; nested ones multiply. */
const mostAliases = 100;

/** Reads a text as YAML 1.2. Throws nothing: whatever is wrong is among the findings. */
export function readYaml(text: string): YamlSource {
  const placeOf = placesIn(text);
  const tooDeep = tooDeepAt(text);
  if (tooDeep !== undefined) {
    const finding = {
      ...at(tooDeep, [], "valid YAML", "a mistake of syntax"),
      hint: plainWords.RESOURCE_EXHAUSTION,
    };
    return { document: parseDocument(""), placeOf, findings: [finding] };
  }
  // Repeated keys are found by the walk: the parser does not say which key it was.
  const document: YamlDocument = parseDocument(text, {
    prettyErrors: false,
    logLevel: "error",
    uniqueKeys: false,
    stringKeys: true,
  });
  const syntax = [...document.errors, ...document.warnings].map(syntaxFinding);
  if (document.errors.length > 0) return { document, placeOf, findings: syntax };
  const { version, explicit } = document.directives?.yaml ?? {};
  if (explicit === true && version !== "1.2") {
    const other = at(0, [], "YAML 1.2", `a %YAML directive of ${version}`);
    return { document, placeOf, findings: [...syntax, other] };
  }
  if (document.contents === null) {
    const empty = at(0, [], "a map with version and kits", "an empty file");
    return { document, placeOf, findings: [...syntax, empty] };
  }
  const walk = new YamlWalk(document, placeOf);
  walk.node(document.contents, []);
  const findings = [...syntax, ...walk.findings];
  if (walk.stopped) return { document, placeOf, findings };
  const content = contentOf(document);
  if (content !== undefined) return { document, placeOf, findings, content };
  const expected = `at most ${mostAliases} uses of anchors, nested ones multiplied`;
  findings.push(at(walk.firstAlias ?? 0, [], expected, "more"));
  return { document, placeOf, findings };
}

/** The document's value; undefined when its aliases unfold to more than may be. */
function contentOf(document: YamlDocument): { readonly value: unknown } | undefined {
  try {
    return { value: document.toJS({ maxAliasCount: mostAliases }) as unknown };
  } catch {
    // The walk before has ruled out every other reason for which toJS throws.
    return undefined;
  }
}

/** What the parser's own words would not tell a user, or quote from the text, where it may be a secret. */
const plainWords = {
  BAD_ALIAS: "an anchor or an alias has no proper name",
  MULTIPLE_DOCS: "there is more than one document; remove what follows ---",
  NON_STRING_KEY: "a key is a map, a list or an alias",
  RESOURCE_EXHAUSTION: "it is nested too deep",
  TAG_RESOLVE_FAILED: "a tag that is not known here",
} satisfies Partial<Record<YAMLError["code"], string>>;

function syntaxFinding({ code, message, pos }: YAMLError): Finding {
  // After a colon the parser quotes the text.
  const [said = message] = message.split(": ");
  const words: Partial<Record<YAMLError["code"], string>> = plainWords;
  const hint = words[code] ?? said.slice(0, 1).toLowerCase() + said.slice(1);
  return { ...at(pos[0], [], "valid YAML", "a mistake of syntax"), hint };
}
