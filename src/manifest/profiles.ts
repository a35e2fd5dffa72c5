import type { Path } from "./mistake.js";
import { isMapValue, member } from "./values.js";

const sections: readonly (string | number)[] = ["sources", "signers", "kits"];

/**
 * The manifest as it is under a profile: the profile's maps merge with the manifest's, its lists and single values
 * replace them. Works on what YAML gave, right or wrong, so that both can be checked. Without a name: the manifest
 * itself, less its profiles.
 */
export function underProfile(root: unknown, name: string | undefined): unknown {
  if (!isMapValue(root)) return root;
  const { profiles, ...base } = root;
  const profile = name === undefined ? undefined : member(profiles, name);
  const merged: [string, unknown][] = Object.entries(base);
  for (const section of sections) {
    const patch = member(profile, section);
    if (patch !== undefined) merged.push([String(section), merge(member(base, section), patch)]);
  }
  return Object.fromEntries(merged);
}

function merge(base: unknown, patch: unknown): unknown {
  if (!isMapValue(base) || !isMapValue(patch)) return patch;
  const changed = Object.entries(patch).map(([key, value]): [string, unknown] => [
    key,
    merge(member(base, key), value),
  ]);
  return Object.fromEntries([...Object.entries(base), ...changed]);
}

/** Where in the written manifest that stands which has this path in the merged one. */
export function originOf(root: unknown, name: string | undefined, path: Path): Path {
  if (name === undefined || path[0] === undefined || !sections.includes(path[0])) return path;
  let base: unknown = root;
  let patch = member(member(root, "profiles"), name);
  const inProfile: Path = ["profiles", name, ...path];
  for (const part of path) {
    const ahead = member(patch, part);
    // What neither has is told at the manifest's own map, where there is one: the profile only adds to it.
    if (ahead === undefined) return isMapValue(base) || !isMapValue(patch) ? path : inProfile;
    base = member(base, part);
    if (!isMapValue(base) || !isMapValue(ahead)) return inProfile;
    patch = ahead;
  }
  return inProfile;
}
