import pLimit from "p-limit";

import type { LockedInput } from "../lock/schema.js";
import { parseGoMod } from "../modules/go-mod-file.js";
import type { ModuleInput } from "../modules/inputs.js";
import type { ModuleFiles } from "../modules/module-files.js";
import { keyOf, type ModuleVersion } from "../modules/module-version.js";
import { explained, type ReadGoMod } from "../modules/with-requirement.js";
import { isAbsence } from "../support/absence.js";
import { isAirgoError } from "../support/errors.js";
import type { KitInputs } from "./wishes.js";

/** An input, and what its closure holds: `path@version`. */
export interface HoldingInput {
  readonly input: ModuleInput;
  readonly modules: readonly string[];
}

/** Runs what is done for a module. A failure then says which input requires the module, and through which chain. */
export type ForModule = <T>(module: ModuleVersion, action: () => Promise<T>) => Promise<T>;

/** go.mod files that are read at the same time to explain a failure. */
const readAtOnce = 8;

/** @param holders asked for once something has failed */
export function whoRequires(
  files: Pick<ModuleFiles, "readMod">,
  holders: () => readonly HoldingInput[],
): ForModule {
  return async (module, action) => {
    try {
      return await action();
    } catch (error) {
      const holder = holders().find(({ modules }) => modules.includes(keyOf(module)));
      if (holder === undefined) throw error;
      const canRead =
        !isAirgoError(error) || !["AIRGO_NETWORK", "AIRGO_UPSTREAM_STATUS"].includes(error.code);
      throw await explained(error, module, holder.input, readerOf(files, canRead ? holder.modules : []));
    }
  };
}

/** Reads the go.mod files of a closure. A server that breaks down is not asked for more: an explanation is not worth it. */
function readerOf(files: Pick<ModuleFiles, "readMod">, modules: readonly string[]): ReadGoMod {
  const known = new Set(modules);
  const limit = pLimit(readAtOnce);
  let isBroken = false;
  return (module) =>
    limit(async () => {
      if (isBroken || !known.has(keyOf(module))) return undefined;
      try {
        return parseGoMod((await files.readMod(module)).toString("utf8"));
      } catch (error) {
        isBroken = !isAbsence(error);
        return undefined;
      }
    });
}

/** The inputs of kits as they are locked, as far as this run has them. */
export function holdersIn(
  wishes: ReadonlyMap<string, KitInputs>,
  kits: Readonly<Record<string, { readonly inputs: readonly LockedInput[] }>>,
): HoldingInput[] {
  return [...wishes].flatMap(([kit, { inputs }]) =>
    inputs.flatMap((input) => {
      const locked = kits[kit]?.inputs.find(
        ({ name, scope }) => name === input.name && scope === input.scope,
      );
      return locked === undefined
        ? []
        : [{ input, modules: [...locked.modules, ...locked.listed, ...locked.graph] }];
    }),
  );
}
