import { statsOf } from "../../store/upkeep/listing.js";
import { openStore } from "../../store/store.js";
import { verifyStore, type Verification } from "../../store/upkeep/verify.js";
import { AirgoError } from "../../support/errors.js";
import { isInteractive } from "../reporters/create-reporter.js";
import { formatAmount } from "../reporters/format.js";
import { LiveArea } from "../reporters/live-area.js";
import { fit } from "../reporters/text.js";
import { storeFolder } from "../store-folder.js";
import { counted, jsonLine } from "../output.js";
import { amount, fact, noStore, textOf } from "./output.js";

/**
 * `airgo store verify`: holds every object and note to its digest.
 * @returns the exit code
 * @throws AIRGO_STORE_DAMAGED once all is looked at, when something was damaged
 */
export async function verifyCommand({ json: isJson = false }: { readonly json?: boolean }): Promise<number> {
  const { env, stdout, stderr } = process;
  const root = storeFolder(env);
  // Opening would make one.
  if ((await statsOf(root)) === undefined) {
    stdout.write(noStore(root, isJson));
    return 0;
  }
  const area = new LiveArea(stderr, Date.now);
  const isShown = !isJson && isInteractive({ stderr }, env);
  const found = await verifyStore(await openStore(root), (done, total) => {
    if (isShown) area.refresh((width) => fit(`reading ${formatAmount(done, total, "bytes")}`, width));
  }).finally(() => area.erase());
  stdout.write(
    isJson ? jsonLine({ type: "store-verified", store: root, ...found }) : textOf(lines(root, found)),
  );
  const { damagedObjects, damagedNotes } = found;
  if (damagedObjects.length + damagedNotes.length > 0) throw damage(root, found);
  return 0;
}

function lines(root: string, { objects, objectBytes, notes, noteBytes }: Verification): string[] {
  return [
    fact("store", root),
    fact("objects", `${amount(objects, "object", objectBytes)} read`),
    fact("notes", `${amount(notes, "note", noteBytes)} read`),
  ];
}

function damage(root: string, { damagedObjects, damagedNotes, stays }: Verification): AirgoError {
  const named = [
    ...damagedObjects.map(({ sha256, found }) => `object ${sha256} has sha256 ${found}`),
    ...damagedNotes.map((name) => `note ${name}`),
  ];
  const counts = `${counted(damagedObjects.length, "object")} and ${counted(damagedNotes.length, "note")}`;
  const what = stays
    ? `${counts} in the store are damaged, and stay, since the store cannot be written`
    : `${counts} in the store were damaged and set aside`;
  return new AirgoError("AIRGO_STORE_DAMAGED", {
    what: `${what}:\n${named.map((line) => `  ${line}`).join("\n")}`,
    where: root,
    hint: stays
      ? "run it where the store can be written: damage is set aside there, and fetched anew"
      : "what a run needs of it is fetched anew; if it happens again, check the disk",
  });
}
