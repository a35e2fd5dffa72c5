import { escapePath } from "./escape.js";
import { maxGoMod } from "./go-mod-file.js";
import { createInfoFiles } from "./info-files.js";
import { createModFiles } from "./mod-files.js";
import type { ModuleFiles, ModuleFilesOptions } from "./module-files.js";
import { createZipFiles } from "./zip-files.js";

/** The files of module versions over a store and the places they come from. */
export function createModuleFiles(options: ModuleFilesOptions): ModuleFiles {
  return {
    ...createInfoFiles(options),
    ...createModFiles(options),
    ...createZipFiles(options),
    raw: (path, tail) => options.upstreamOf(path).index(`${escapePath(path)}/${tail}`, path, maxGoMod),
  };
}
