import { referenceMistakes, valueMistakes } from "./cross-checks.js";
import { diagnose, type Diagnostic } from "./diagnostics.js";
import type { Mistake } from "./mistake.js";
import { originOf, underProfile } from "./profiles.js";
import { schemaMistakes } from "./schema-mistakes.js";
import { entriesOf, member } from "./values.js";
import { readYaml } from "./yaml-source.js";

/** What may be said beside the manifest itself. */
export interface ManifestOptions {
  /** The profile to merge over the manifest. */
  readonly profile?: string;
}

/** A manifest that was looked at: right if there are no diagnostics. */
export interface CheckedManifest {
  /** Every mistake, in the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
  /** What the YAML says, profiles not merged; undefined when it cannot be read. */
  readonly root: unknown;
}

/**
 * Looks for every mistake in a manifest. Of a profile that is not asked for, what is written in it is checked too,
 * since another run will ask for it. Throws nothing.
 * @param file its name as it is to be shown
 */
export function checkManifest(text: string, file: string, options: ManifestOptions = {}): CheckedManifest {
  // Editors do not count a byte order mark as a column.
  const source = readYaml(text.replace(/^\u{feff}/u, ""));
  if (source.content === undefined) return { diagnostics: diagnose(source, [], file), root: undefined };
  const root = source.content.value;
  const mistakes = [...schemaMistakes(root), ...valueMistakes(root)];
  // A manifest that is only ever used under a profile may leave the signers to it.
  if (options.profile === undefined) mistakes.push(...referenceMistakes(root));
  for (const [name] of entriesOf(member(root, "profiles"))) {
    const found = mistakesUnder(root, name);
    mistakes.push(...(name === options.profile ? found : found.filter(({ path }) => path[0] === "profiles")));
  }
  return { diagnostics: diagnose(source, mistakes, file), root };
}

function mistakesUnder(root: unknown, profile: string): Mistake[] {
  const merged = underProfile(root, profile);
  const mistakes = [...schemaMistakes(merged), ...valueMistakes(merged), ...referenceMistakes(merged)];
  return mistakes.map(({ earlier, ...mistake }) => ({
    ...mistake,
    path: originOf(root, profile, mistake.path),
    ...(earlier === undefined ? {} : { earlier: originOf(root, profile, earlier) }),
  }));
}
