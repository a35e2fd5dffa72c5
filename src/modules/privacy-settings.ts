import { settingsOfGo, type GoSurroundings } from "./go-setting.js";
import { matchesPrefixPatterns } from "./private-patterns.js";

/** A list of patterns as one of Go's variables has it. */
export interface PrivacySetting {
  /** The variable that says it. */
  readonly variable: "GOPRIVATE" | "GONOPROXY" | "GONOSUMDB";
  readonly patterns: readonly string[];
}

/** The engineer's own word on which modules are private (`go help module-private`). */
export interface PrivacySettings {
  /** What go asks no module proxy for. */
  readonly noProxy: PrivacySetting;
  /** What go asks no checksum database for. */
  readonly noDatabase: PrivacySetting;
}

/**
 * GONOPROXY and GONOSUMDB as Go has them: each where it is set, else GOPRIVATE, each from its variable, else as
 * `go env -w` stored it, else empty. `none` is a pattern like any other, and no module has that name.
 * @throws AIRGO_DISK when what was stored cannot be read
 */
export async function privacySettings(surroundings: GoSurroundings): Promise<PrivacySettings> {
  const names = ["GOPRIVATE", "GONOPROXY", "GONOSUMDB"];
  const told = await settingsOfGo(names, surroundings);
  const [forAll = "", noProxy = "", noDatabase = ""] =
    told ?? names.map((name) => surroundings.env[name] ?? "");
  const settingOf = (variable: PrivacySetting["variable"], own: string): PrivacySetting =>
    // Go tells the default in place of what is not set.
    own === "" || own === forAll
      ? { variable: "GOPRIVATE", patterns: forAll.split(",") }
      : { variable, patterns: own.split(",") };
  return { noProxy: settingOf("GONOPROXY", noProxy), noDatabase: settingOf("GONOSUMDB", noDatabase) };
}

/** The first pattern of a setting that matches a module's path. */
export function matchingPattern({ patterns }: PrivacySetting, modulePath: string): string | undefined {
  return patterns.find((pattern) => matchesPrefixPatterns([pattern], modulePath));
}
