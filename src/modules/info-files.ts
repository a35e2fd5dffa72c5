import { canonicalInfo, parseInfo, type VersionInfo } from "./info.js";
import { filePath, type ModuleFiles, type ModuleFilesOptions } from "./module-files.js";
import { keyOf, type ModuleVersion } from "./module-version.js";
import { once } from "./once.js";

const maxInfo = 1 << 20;

/** The `.info` files of versions. The store remembers what they said; nothing vouches for them. */
export function createInfoFiles({
  store,
  upstreamOf,
  isPrivate,
  traffic,
}: ModuleFilesOptions): Pick<ModuleFiles, "info"> {
  const infos = new Map<string, Promise<VersionInfo>>();

  async function find(module: ModuleVersion): Promise<VersionInfo> {
    const below = filePath(module, "info");
    const noteName = `modules/${below}`;
    const stored = isPrivate(module.path) ? undefined : await store.note(noteName);
    const known = infoIfFine(stored, module.version, below);
    if (known !== undefined) {
      traffic.hit(keyOf(module));
      return known;
    }
    const answer = await upstreamOf(module.path).bytes(below, keyOf(module), maxInfo);
    const info = parseInfo(answer, module.version, below);
    await store.setNote(noteName, Buffer.from(canonicalInfo(info)));
    return info;
  }

  return { info: (module) => once(infos, keyOf(module), () => find(module)) };
}

function infoIfFine(data: Buffer | undefined, version: string, where: string): VersionInfo | undefined {
  if (data === undefined) return undefined;
  try {
    return parseInfo(data, version, where);
  } catch {
    return undefined;
  }
}
