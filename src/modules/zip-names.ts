/** Names that Windows keeps for devices, whatever their extension (golang.org/x/mod/module, badWindowsNames). */
const deviceName = /^(con|prn|aux|nul|com[1-9]|lpt[1-9])$/i;
const allowedAscii = /^[A-Za-z0-9!#$%&()+,\-.=@[\]^_{}~ ]*$/;
const nonAscii = /[^\u0000-\u007f]/gu;
/** Names as nearly all are: words with single dots between. What these two say is sound needs no closer look. */
const plainPath = /^(?:[\w-]+(?:\.[\w-]+)*\/)*[\w-]+(?:\.[\w-]+)*$/;
const devicePart = /(?:^|\/)(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:[./]|$)/i;
/** Control, format, private and space characters. */
const misleading = /[\p{Cc}\p{Cf}\p{Co}\p{Z}]/u;

/**
 * What Go would refuse about a path below a module's root, or undefined: golang.org/x/mod/module, CheckFilePath.
 * Go's one further rule, that characters beyond ASCII are letters, is Go's own to apply: its Unicode tables
 * are newer or older than ours. Only what could mislead a terminal or a file system is refused here.
 * @param path relative, with slashes, without a final one
 */
export function filePathFault(path: string): string | undefined {
  if (plainPath.test(path) && !devicePart.test(path)) return undefined;
  for (const part of path.split("/")) {
    if (part === "") return "it has an empty part, or is absolute";
    if (/^\.+$/.test(part)) return "a part of it is only dots";
    if (part.endsWith(".")) return "a part of it ends with a dot";
    const beyondAscii = part.match(nonAscii)?.join("") ?? "";
    if (misleading.test(beyondAscii)) return "it has a control or space character beyond ASCII";
    if (!allowedAscii.test(part.replace(nonAscii, "")))
      return "it has a character that Go does not allow in file names";
    if (deviceName.test(part.split(".", 1)[0] ?? "")) return "it has the name of a device on Windows";
  }
  return undefined;
}

/**
 * A key that two names share when they differ in case only, by Unicode's simple folding (Go's strings.EqualFold).
 * JavaScript's full case mapping lengthens some letters and joins i with its dotless form; these stay as they are.
 */
export function foldCase(name: string): string {
  if (!/[^\u0000-\u007f]/.test(name)) return name.toLowerCase();
  return Array.from(name, (letter) => {
    if (letter === "\u0130" || letter === "\u0131") return letter;
    const upper = letter.toUpperCase();
    return (upper.length === letter.length ? upper : letter).toLowerCase();
  }).join("");
}

interface Seen {
  readonly path: string;
  readonly isFolder: boolean;
}

/** Files and folders that one zip may name: each takes memory, and a short name can have many folders. */
const maxNames = 400_000;

/**
 * Finds names that are there twice, differ in case only, or are a file and a folder at once
 * (golang.org/x/mod/zip, collisionChecker), and names of too many folders. Gives what is wrong, or undefined.
 */
export function createCollisionCheck(): (path: string, isFolder: boolean) => string | undefined {
  const seen = new Map<string, Seen>();
  return function check(path, isFolder): string | undefined {
    // Folded once, and cut beside the path: the folders' names then share its letters in memory.
    let [name, key, isParent] = [path, foldCase(path), isFolder];
    for (;;) {
      const other = seen.get(key);
      if (other !== undefined) return faultBeside(other, name, isParent);
      if (seen.size >= maxNames) return `with it there are more than ${maxNames} files and folders`;
      seen.set(key, { path: name, isFolder: isParent });
      const slash = name.lastIndexOf("/");
      if (slash === -1) return undefined;
      [name, key, isParent] = [name.slice(0, slash), key.slice(0, key.lastIndexOf("/")), true];
    }
  };
}

/** A folder met before is no fault, and has had its parents checked. */
function faultBeside(other: Seen, path: string, isFolder: boolean): string | undefined {
  if (other.path !== path) return `it differs from ${other.path} in case only`;
  if (other.isFolder !== isFolder) return "it is both a file and a folder";
  return isFolder ? undefined : "it is there twice";
}
