import { bytesOfAll, takeInventory, type Inventory, type NamedObject } from "../../store/upkeep/inventory.js";
import type { Leftover } from "../../store/upkeep/leftovers.js";
import { formatBytes } from "../reporters/format.js";
import { printable } from "../reporters/text.js";
import { storeFolder } from "../store-folder.js";
import { counted, jsonLine } from "../output.js";
import { amount, fact, noStore, textOf } from "./output.js";

/** So many of the largest objects are listed. */
const listed = 10;

/**
 * `airgo store ls`: what the store holds; changes nothing in it.
 * @returns the exit code
 */
export async function lsCommand({ json: isJson = false }: { readonly json?: boolean }): Promise<number> {
  const root = storeFolder(process.env);
  const inventory = await takeInventory(root, Date.now());
  process.stdout.write(
    inventory === undefined
      ? noStore(root, isJson)
      : isJson
        ? jsonLine(contents(root, inventory))
        : textOf(lines(root, inventory)),
  );
  return 0;
}

function contents(root: string, inventory: Inventory): object {
  const { objects, notes } = inventory;
  return {
    type: "store-contents",
    store: root,
    objects: { count: objects.length, bytes: bytesOfAll(objects) },
    notes,
    damaged: summed(ofKind(inventory, "damaged")),
    unfinished: summed(ofKind(inventory, "temporary")),
    earlierFormats: summed(ofKind(inventory, "earlier")),
    largest: largestOf(objects).map(({ sha256, size, usedAt, names }) => ({
      sha256,
      bytes: size,
      lastUse: new Date(usedAt).toISOString(),
      names,
    })),
  };
}

function lines(root: string, inventory: Inventory): string[] {
  const { objects, notes } = inventory;
  const largest = largestOf(objects);
  const earlier = ofKind(inventory, "earlier");
  return [
    fact("store", root),
    fact("objects", amount(objects.length, "object", bytesOfAll(objects))),
    fact("notes", `${amount(notes.count, "note", notes.bytes)}, in ${counted(notes.files, "file")}`),
    fact("damaged", tally(ofKind(inventory, "damaged"), "set aside")),
    fact("unfinished", tally(ofKind(inventory, "temporary"), "temporary")),
    ...(earlier.length === 0 ? [] : [fact("earlier", tally(earlier, "of formats before this one"))]),
    ...(largest.length === 0 ? [] : ["", "largest objects, and what names them:"]),
    ...largest.map(largestLine),
  ];
}

function largestLine({ size, sha256, names }: NamedObject): string {
  const named = names.length === 0 ? "no name" : printable(names.join(", "));
  return `  ${formatBytes(size).padStart(8)}  sha256 ${sha256}  ${named}`;
}

function largestOf(objects: readonly NamedObject[]): NamedObject[] {
  return objects.toSorted((a, b) => b.size - a.size).slice(0, listed);
}

function ofKind({ leftovers }: Inventory, kind: Leftover["kind"]): Leftover[] {
  return leftovers.filter((one) => one.kind === kind);
}

function summed(leftovers: readonly Leftover[]): { count: number; bytes: number } {
  return { count: leftovers.length, bytes: bytesOfAll(leftovers) };
}

function tally(leftovers: readonly Leftover[], what: string): string {
  if (leftovers.length === 0) return "none";
  return `${leftovers.length} ${what}, ${formatBytes(bytesOfAll(leftovers))}`;
}
