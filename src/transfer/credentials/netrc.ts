/** A machine's credentials in a netrc file. */
export interface NetrcEntry {
  readonly machine: string;
  readonly login: string;
  readonly password: string;
}

/** What Go's strings.Fields splits at. */
const space = /[\t-\r \u{85}\u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}]+/u;

/**
 * Reads a netrc file as the go command does (cmd/go/internal/auth), so that one file serves both: quotes are part of a
 * word, a login or password counts once its machine is named, `default` is for no proxy, macros are passed over.
 */
export function parseNetrc(text: string): NetrcEntry[] {
  const entries: NetrcEntry[] = [];
  let current = { machine: "", login: "", password: "" };
  let inMacro = false;
  for (const line of text.split("\n")) {
    if (inMacro) {
      inMacro = line !== "";
      continue;
    }
    const words = line.split(space).filter((word) => word !== "");
    for (let i = 0; i + 1 < words.length; i += 2) {
      const [key, value = ""] = words.slice(i, i + 2);
      if (key === "machine") current = { machine: value, login: "", password: "" };
      else if (key === "login" || key === "password") current = { ...current, [key]: value };
      else if (key === "macdef") inMacro = true;
      if (current.machine !== "" && current.login !== "" && current.password !== "") {
        entries.push(current);
        current = { machine: "", login: "", password: "" };
      }
    }
    // Words go in pairs; a last one alone can only be this, which ends the machines.
    if (words.length % 2 === 1 && words.at(-1) === "default") break;
  }
  return entries;
}
