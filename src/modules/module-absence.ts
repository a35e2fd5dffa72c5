import { AirgoError } from "../support/errors.js";
import { keyOf, type ModuleVersion } from "./module-version.js";
import { compareModuleVersions } from "./semver.js";

/** Said where a list goes on to version control, which go would ask and airgo does not. */
const neverGit = "airgo fetches from module proxies only and never runs git";

/** The error for what no proxy of a list knows. */
export function moduleNotFound(subject: string, proxies: readonly string[]): AirgoError {
  return new AirgoError("AIRGO_MODULE_NOT_FOUND", {
    what: `no module proxy knows ${subject}`,
    where: subject,
    found: `not found at ${proxies.join(", ")}`,
    hint: "check the module's path, its case too; a private module needs a proxy that serves it, see `sources.private`",
  });
}

/** The error for a version that stands for what lies in a folder, where go has only the version to go by. */
export function notPublished(module: ModuleVersion): AirgoError {
  return new AirgoError("AIRGO_MODULE_NOT_FOUND", {
    what: `${keyOf(module)} is in a folder here and nowhere else: no module proxy was asked for it`,
    where: keyOf(module),
    expected: "a version that was published, or a folder",
    hint: "`replace` it by its folder in the very go.mod or go.work that is built: no other file's `replace` lines count, and a go.mod alone has no go.work",
  });
}

/** The error for what a proxy has taken away. */
export function moduleGone(subject: string, proxies: readonly string[]): AirgoError {
  return new AirgoError("AIRGO_MODULE_GONE", {
    what: `${subject} was there once, and is no longer served`,
    where: subject,
    found: `HTTP status 410 from ${proxies.join(", ")}`,
    hint: "build where the store still has it (a colleague's, with the same lock), take a proxy that kept it, or `replace` it in go.mod",
  });
}

/** What the proxies of a list say about a module of which they lack a version. */
export interface KnownModule {
  /** What `@v/list` names. */
  readonly versions: readonly string[];
  readonly proxies: readonly string[];
  /** True when the list goes on to `direct` or `off`. */
  readonly endsInDirect: boolean;
}

/** The error for a version that no proxy has of a module that they know. */
export function versionNotFound(module: ModuleVersion, known: KnownModule): AirgoError {
  const { versions, proxies, endsInDirect } = known;
  const near = nearVersions(versions, module.version);
  const isListed = versions.includes(module.version);
  const remedy = isListed
    ? "ask whoever runs the proxy: it lists the version and does not serve it; or take another proxy"
    : "require a version that there is, or take a proxy that has this one";
  return new AirgoError("AIRGO_VERSION_NOT_FOUND", {
    what: `the module proxies know ${module.path}, but do not have ${module.version} of it`,
    where: keyOf(module),
    expected: isListed
      ? "the version, which the module's own list names"
      : near.length === 0
        ? "one of the module's versions, of which none is listed"
        : `a version that is listed: ${near.join(", ")}`,
    found: `${isListed ? "listed, but not found" : "not found"} at ${proxies.join(", ")}`,
    hint: endsInDirect ? `${remedy}; ${neverGit}` : remedy,
  });
}

/** How many versions are told of on either side. */
const nearCount = 2;

/** Of the listed versions those next to one that is missing, and the newest of all; newest first. */
export function nearVersions(listed: readonly string[], missing: string): string[] {
  const sorted = [...new Set(listed)].filter((version) => version !== missing).sort(compareModuleVersions);
  const place = sorted.findIndex((version) => compareModuleVersions(version, missing) > 0);
  const next = place === -1 ? sorted.length : place;
  const near = sorted.slice(Math.max(0, next - nearCount), next + nearCount);
  return [...new Set([...near, ...sorted.slice(-1)])].toReversed();
}

/** The error for a list that leads to version control: what `direct` would bring, airgo does not fetch. */
export function reachedDirect(
  kind: "direct" | "off",
  isAlone: boolean,
  subject: string,
  failure: { readonly found: string; readonly cause: unknown } | undefined,
): AirgoError {
  return new AirgoError("AIRGO_PROXY_DIRECT", {
    what: isAlone
      ? `GOPROXY is \`${kind}\`: there is no module proxy to ask for ${subject}`
      : `no module proxy has ${subject}, and the list goes on to \`${kind}\``,
    where: subject,
    expected: `a proxy that serves it: ${neverGit}`,
    hint: isAlone
      ? "set GOPROXY to the address of your module proxy"
      : `check the name and version; put a proxy that serves this module into GOPROXY, in front of \`${kind}\``,
    ...failure,
  });
}
