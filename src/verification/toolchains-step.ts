import { toolchainModule, nameOf } from "../golang/go-source.js";
import { gorootMode } from "../golang/layers/goroot-files.js";
import type { Lock } from "../lock/schema.js";
import { hash1 } from "../modules/dirhash.js";
import { keyOf } from "../modules/module-version.js";
import { createFindings, type Findings } from "./findings.js";
import type { LayerFile } from "./layer-reader.js";
import { filesOfGoroot, type KitPapers } from "./papers-step.js";

/** What the toolchains of the kit were found to be. */
export interface CheckedToolchains {
  readonly toolchains: number;
  /** Files of all of them. */
  readonly files: number;
}

/**
 * Step 7: the GOROOT that the layers make for each version and architecture has the `h1:` of its record in the log.
 * @throws AIRGO_CHECKSUM_MISMATCH, AIRGO_ARCHIVE_INVALID
 */
export function checkToolchains(
  { lock, layers }: Pick<KitPapers, "lock" | "layers">,
  where: string,
): CheckedToolchains {
  const findings = createFindings();
  let count = 0;
  for (const toolchain of lock.toolchains) {
    const files = filesOfGoroot(layers, toolchain);
    count += files.length;
    const title = nameOf(toolchain);
    findOddFiles(title, files, findings);
    const found = gorootH1(toolchain, files);
    if (found !== toolchain.h1)
      findings.add(
        "AIRGO_CHECKSUM_MISMATCH",
        title,
        `expected ${toolchain.h1} by its record, found ${found}`,
      );
  }
  findings.throwIfAny("the kit's Go is not the one that the log speaks for", where);
  return { toolchains: lock.toolchains.length, files: count };
}

/** As the checksum database records it: over the toolchain module's names, where a go.mod is `_go.mod`. */
function gorootH1(toolchain: Lock["toolchains"][number], files: readonly LayerFile[]): string {
  const prefix = keyOf(toolchainModule(toolchain));
  return hash1(
    files.map(({ path, sha256 }) => ({
      name: `${prefix}/${path.replace(/(^|\/)go\.mod$/, "$1_go.mod")}`,
      sha256Hex: sha256,
    })),
  );
}

/** What the `h1:` does not see: modes, a go.mod under its other name, and which layer wins. */
function findOddFiles(title: string, files: readonly LayerFile[], findings: Findings): void {
  const paths = new Set<string>();
  const add = (path: string, problem: string): void =>
    findings.add("AIRGO_ARCHIVE_INVALID", `${title}: ${path}`, problem);
  for (const { path, mode } of files) {
    if (paths.has(path)) add(path, "it lies in two layers");
    paths.add(path);
    if (/(^|\/)_go\.mod$/.test(path)) add(path, "in a GOROOT it is called go.mod");
    if (mode !== gorootMode(path))
      add(path, `its mode is 0${mode.toString(8)}, not 0${gorootMode(path).toString(8)}`);
  }
}
