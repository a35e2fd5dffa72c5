import { isScalar, type Node } from "yaml";

import { archiveBaseHint, proxyHint, sumdbHint } from "./addresses.js";
import { architectures, digestNames, policies, scopes, signerTypes } from "./fields.js";
import { goRangeHint } from "./go-range.js";
import type { Path } from "./mistake.js";
import { moduleRefHint } from "./module-ref.js";
import { matchHint, privateProxyHint } from "./private-sources.js";
import { closest } from "./suggest.js";
import { quoted, shown, withoutProfile } from "./wording.js";

/** What to do about a bad value, judged by where it stands and what it is; undefined when "expected" says it all. */
export function hintFor(node: Node | undefined, path: Path): string | undefined {
  if (!isScalar(node)) return undefined;
  const { value } = node;
  if (value === null) return "give the key a value, or leave it out";
  const place = placeOf(path);
  const source = typeof value === "string" ? value : (node.source ?? "");
  if (lists.has(place)) return `write a list: [${quoted(source)}]`;
  if (typeof value === "string" || secrets.has(place)) return textHints[place]?.(source);
  if (!quotable.has(place)) return undefined;
  const read = typeof value === "number" ? String(value) : source;
  return read === source ? `quote it: ${quoted(source)}` : `quote it: YAML reads ${shown(source)} as ${read}`;
}

/** A path with the names that users choose, and indexes, left open: `kits.*.arch.*`. */
function placeOf(path: Path): string {
  return withoutProfile(path)
    .map((part, index, all) =>
      typeof part === "number" || (index === 1 && all[0] !== "sources") ? "*" : part,
    )
    .join(".");
}

const lists = new Set([
  "sources.go",
  "kits.*.go",
  "kits.*.arch",
  "kits.*.modules",
  "kits.*.sign",
  "kits.*.digests",
]);
const quotable = new Set(["kits.*.go.*", "kits.*.sign.*"]);

/** Where a secret of digits is a number to YAML; what is said of it must not quote it. */
const secrets = new Set(["signers.*.passphrase", "sources.private.*.auth"]);

const textHints: Readonly<Record<string, (text: string) => string | undefined>> = {
  version: (text) => (text === "1" ? "write it without quotes" : undefined),
  "sources.go.*": archiveBaseHint,
  "sources.archiveKeys": () => "name the file of the keys: file:keys/google-linux.asc",
  "sources.proxy": proxyHint,
  "sources.policy": (text) => didYouMean(closest(text, policies)),
  "sources.sumdb": sumdbHint,
  "sources.private.*.match": matchHint,
  "sources.private.*.match.*": matchHint,
  "sources.private.*.proxy": privateProxyHint,
  "sources.private.*.auth": () => "never write a secret here; name where it is: env:CORP_TOKEN",
  "sources.private.*.ca": () => "name the file of the certificates: file:certs/corp-ca.pem",
  "signers.*.type": (text) => didYouMean(closest(text, signerTypes)),
  "signers.*.public": () => "name the file of the public key: file:keys/release.pub.pem",
  "signers.*.key": () => "name the file of the key: file:secrets/release.pem",
  "signers.*.passphrase": () => "never write a passphrase here; name where it is: env:AIRGO_PASSPHRASE",
  "kits.*.go.*": goRangeHint,
  "kits.*.arch.*": (text) => didYouMean(otherNames.get(text.toLowerCase()) ?? closest(text, architectures)),
  "kits.*.digests.*": (text) => didYouMean(closest(text, digestNames)),
  "kits.*.modules.*": moduleRefHint,
  "kits.*.modules.*.path": moduleRefHint,
  "kits.*.modules.*.scope": (text) => didYouMean(closest(text, scopes)),
};

/** What other systems call the architectures. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ["x86", "amd64"],
  ["x64", "amd64"],
  ["x86_64", "amd64"],
  ["x86-64", "amd64"],
  ["aarch64", "arm64"],
  ["armv8", "arm64"],
]);

function didYouMean(word: string | undefined): string | undefined {
  return word === undefined ? undefined : `did you mean "${word}"?`;
}
