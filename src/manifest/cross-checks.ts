import { isProxyList, isSumdbKeySound, proxyForm } from "./addresses.js";
import { names, type NameForm } from "./fields.js";
import { normaliseGoRange } from "./go-range.js";
import type { Mistake, Path } from "./mistake.js";
import { normaliseModuleRef } from "./module-ref.js";
import { privateMistakes } from "./private-sources.js";
import { signerMistakes } from "./signers.js";
import { closest } from "./suggest.js";
import { entriesOf, isMapValue, itemsOf, member } from "./values.js";
import { quoted } from "./wording.js";

/*
 * What no schema can say. These look at whatever YAML gave, and pass over what has the wrong shape, because the
 * schema reports that: so a misspelt signer and a misspelt key elsewhere are told in the same run.
 */

/**
 * Mistakes within one name, list or value: a name of another form, what is said twice, an empty map of kits, an
 * address or a checksum database key with a slip, a private source that is none.
 */
export function valueMistakes(root: unknown): Mistake[] {
  const mistakes = Object.entries(names).flatMap(([section, form]) => misnamed(root, section, form));
  const kits = member(root, "kits");
  mistakes.push(...nothingToDo(root, kits));
  for (const [name, kit] of entriesOf(kits)) {
    for (const [list, spelling] of Object.entries(spellings)) {
      mistakes.push(...repeated(["kits", name, list], member(kit, list), spelling));
    }
    mistakes.push(...digestMistakes(["kits", name, "digests"], member(kit, "digests")));
    mistakes.push(...dateMistakes(["kits", name, "expires"], member(kit, "expires")));
  }
  const sources = member(root, "sources");
  mistakes.push(...repeated(["sources", "go"], member(sources, "go"), asText));
  const proxy = member(sources, "proxy");
  if (typeof proxy === "string" && !isProxyList(proxy)) {
    mistakes.push({ path: ["sources", "proxy"], at: "value", expected: proxyForm });
  }
  const sumdb = member(sources, "sumdb");
  if (typeof sumdb === "string" && !isSumdbKeySound(sumdb)) {
    mistakes.push({
      path: ["sources", "sumdb"],
      at: "value",
      expected: "a verifier key whose hash is that of its name and key",
      hint: "copy the whole line again from where the checksum database publishes it",
    });
  }
  return [
    ...mistakes,
    ...privateMistakes(member(sources, "private")),
    ...signerMistakes(member(root, "signers")),
  ];
}

/** Kits are to be built, or there are signers for kits of others (`airgo sign`). */
function nothingToDo(root: unknown, kits: unknown): Mistake[] {
  if (isMapValue(kits) && Object.keys(kits).length === 0)
    return [{ path: ["kits"], at: "value", expected: "at least one kit", found: "an empty map" }];
  if (!isMapValue(root) || kits !== undefined || entriesOf(member(root, "signers")).length > 0) return [];
  return [{ path: ["kits"], at: "value", expected: "a map of kits by name", found: "nothing" }];
}

function digestMistakes(path: Path, list: unknown): Mistake[] {
  if (!Array.isArray(list) || list.includes("sha256")) return [];
  const hint = "every host can check sha256; sm3 stands beside it";
  return [{ path, at: "value", expected: "sha256 among the digests", hint }];
}

/** A date that looks like one and is in no calendar. */
function dateMistakes(path: Path, value: unknown): Mistake[] {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return [];
  const date = new Date(`${value}T00:00:00Z`);
  const isReal = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
  return isReal ? [] : [{ path, at: "value", expected: "a day of the calendar, YYYY-MM-DD" }];
}

function misnamed(root: unknown, section: string, { pattern, expected }: NameForm): Mistake[] {
  return entriesOf(member(root, section)).flatMap(([name]): Mistake[] =>
    pattern.test(name) ? [] : [{ path: [section, name], at: "key", expected, found: quoted(name) }],
  );
}

/** Names that refer to nothing: a kit's signer that the manifest does not have. */
export function referenceMistakes(root: unknown): Mistake[] {
  const signers = entriesOf(member(root, "signers")).map(([name]) => name);
  return entriesOf(member(root, "kits")).flatMap(([kit, spec]) =>
    itemsOf(member(spec, "sign")).flatMap((name, index): Mistake[] => {
      if (typeof name !== "string" || signers.includes(name)) return [];
      const near = closest(name, signers);
      const known = signers.length === 0 ? "there are none yet" : `there are: ${signers.join(", ")}`;
      const hint = near === undefined ? known : `did you mean "${near}"?`;
      return [{ path: ["kits", kit, "sign", index], at: "value", expected: "the name of a signer", hint }];
    }),
  );
}

type Spelling = (item: unknown) => string | undefined;

const asText: Spelling = (item) => (typeof item === "string" ? item : undefined);

/** How items of a kit's lists are told to be the same. */
const spellings: Readonly<Record<string, Spelling>> = {
  go: (item) => (typeof item === "string" ? normaliseGoRange(item) : undefined),
  arch: asText,
  modules: (item) => {
    const path = isMapValue(item) ? member(item, "path") : item;
    return typeof path === "string" ? normaliseModuleRef(path) : undefined;
  },
  sign: asText,
  digests: asText,
};

function repeated(path: Path, list: unknown, spelling: Spelling): Mistake[] {
  const seen = new Map<string, number>();
  return itemsOf(list).flatMap((item, index): Mistake[] => {
    const text = spelling(item);
    if (text === undefined) return [];
    const first = seen.get(text);
    if (first === undefined) {
      seen.set(text, index);
      return [];
    }
    const found = `${quoted(text)} again`;
    return [
      { path: [...path, index], at: "value", expected: "each entry once", found, earlier: [...path, first] },
    ];
  });
}
