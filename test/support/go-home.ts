import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Makes a folder a home for the real go that leaves nobody behind: with telemetry on it may leave a process that still
 * writes there while the folder is being removed.
 */
export function makeGoHome(folder: string): void {
  const telemetry = join(folder, ".config", "go", "telemetry");
  mkdirSync(telemetry, { recursive: true });
  writeFileSync(join(telemetry, "mode"), "off");
}
