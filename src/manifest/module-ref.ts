import { posix } from "node:path";

import { shown } from "./wording.js";

/** One character of a path or glob; the ones left out would mean something else to a glob matcher, or to Windows. */
const plain = "[^\\\\\\[\\]!()|{}\\u0000-\\u001f]";
const fileOrGlob = `(?![/~])(?:(?:${plain}|\\{${plain}+\\})*/)?go\\.(?:mod|work)`;
const modulePath = "[a-z0-9][a-z0-9-]*(?:\\.[a-z0-9-]+)+(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*";
const number = "(?:0|[1-9][0-9]*)";
const version = `v${number}\\.${number}\\.${number}(?:-[0-9A-Za-z.-]+)?(?:\\+incompatible)?`;
const moduleAtVersion = new RegExp(`^${modulePath}@${version}$`);

/** A module's path as `go get` or a go.mod has it: folders of the repository are rarely named like a host. */
const moduleWithoutVersion = new RegExp(`^(${modulePath})(?:/(?:\\.\\.\\.)?)?(?:\\s.*)?$`);

/** What one entry of `modules:` may say: the path of a go.mod or go.work, a glob that ends in one, or module@version. */
export const moduleRefPattern = new RegExp(`^(?:${fileOrGlob}|${modulePath}@${version})$`);

/** What the path of a valid module entry stands for. */
export type ModuleRefKind = "file" | "glob" | "module";

/** Tells the path of a go.mod or go.work, a glob of such paths and module@version apart. */
export function moduleRefKind(path: string): ModuleRefKind {
  if (moduleAtVersion.test(path)) return "module";
  return /[*?{]/.test(path) ? "glob" : "file";
}

/** One spelling for each path: `./a//go.mod` is `a/go.mod`. A module@version stays as it is. */
export function normaliseModuleRef(path: string): string {
  return moduleRefKind(path) === "module" ? path : posix.normalize(path);
}

/** What to do about a text that is no module entry, where its writer's intention is plain. */
export function moduleRefHint(text: string): string | undefined {
  const last = text.slice(text.lastIndexOf("/") + 1);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return "an address cannot be listed; write module@version";
  if (text.includes("\\")) return "write / between folders";
  if (/^[/~]/.test(text)) return "write the path relative to the folder of the manifest";
  const kind = /\.(mod|work)$/i.exec(last)?.[1]?.toLowerCase();
  if (kind !== undefined && last !== `go.${kind}`) return `a go.${kind} is expected, by this name`;
  if (new RegExp(`^${modulePath}(@.*)?$`).test(text) && text.includes("@")) {
    return "write the whole version, as in example.com/tool@v1.2.3";
  }
  if (/[[\]!()|]/.test(text)) return "a glob knows *, **, ? and {a,b}";
  if (last === "go.sum") return `did you mean ${JSON.stringify(text.replace(/sum$/, "mod"))}?`;
  if (last === "go.work.sum") return `did you mean ${JSON.stringify(text.replace(/\.sum$/, ""))}?`;
  const module = moduleWithoutVersion.exec(text)?.[1];
  if (module !== undefined) return `write module@version, such as ${shown(module)}@v1.2.3`;
  const inside = posix.join(text === "" ? "." : text, "go.mod");
  return moduleRefPattern.test(inside) ? `did you mean ${JSON.stringify(inside)}?` : undefined;
}
