import { AirgoError } from "../support/errors.js";
import type { KitContents } from "./contents-step.js";
import type { CheckedDatabase } from "./database-step.js";
import type { KitFolder } from "./kit-folder.js";
import type { CheckedModules } from "./modules-step.js";
import type { KitPapers } from "./papers-step.js";
import type { Trust } from "./signatures-step.js";
import type { Steps } from "./steps.js";
import type { SummedFolder } from "./sums-step.js";

/** Where a step's findings go that are no reason to refuse the kit. */
export interface Tell {
  readonly steps: Steps;
  readonly warn: (text: string) => void;
}

/** Private modules that are named; of more only the number is told. */
const namedAtMost = 20;

/** Who has vouched, and how good that is. */
export function noteTrust(kit: KitFolder, trust: Trust, { steps, warn }: Tell): void {
  if (trust.require !== undefined) steps.done("signatures", {});
  else steps.notDone("signatures", "no key was given to hold them against");
  if (trust.expectSha256 !== undefined)
    steps.extraDone({ what: "SHA256SUMS has the SHA-256 that --expect-sha256 names" });
  for (const { file } of kit.publicKeys.filter(({ isTrusted }) => isTrusted)) {
    warn(`the key ${file} came with the kit: whoever made the kit may have made it`);
    steps.extraNotDone(`whose key ${file} is`, "it came with the kit");
  }
}

/** SM3 is not in every build of OpenSSL. */
export function noteSm3(isThere: boolean, { withSm3 }: SummedFolder, { steps }: Tell): void {
  if (isThere && withSm3) steps.extraDone({ what: "SM3 digests of the folder and of the kit" });
  else if (isThere) steps.extraNotDone("SM3 digests", "this Node has no SM3");
}

/** Whoever made the kit may have made its checksum database too. */
export function noteDatabase({ isDefault, title }: CheckedDatabase, { steps, warn }: Tell): void {
  if (isDefault) return;
  warn(`another checksum database than Go's default speaks for the modules: ${title}`);
  steps.extraNotDone(`whether ${title} is a checksum database to trust`, "it is not Go's default");
}

/** What no log speaks for. */
export function noteModules({ private: modules, infos }: CheckedModules, { steps }: Tell): void {
  if (modules.length > 0) {
    const names = [...modules.slice(0, namedAtMost), ...(modules.length > namedAtMost ? ["…"] : [])];
    steps.extraNotDone(
      `${modules.length} private module versions against any log: ${names.join(", ")}`,
      "they are in no checksum database; they have the digests that bundles.lock names",
    );
  }
  if (infos > 0)
    steps.extraNotDone(
      "the times in .info files",
      "they are in no checksum database: bundles.lock alone says them",
    );
}

/**
 * The last day of a kit, by this machine's clock, which may be wrong: hence a warning where nobody asks for more.
 * @throws AIRGO_EXPIRED when it is over and that is to be enforced
 */
export function checkExpiry(
  { expires }: KitPapers,
  today: string,
  isEnforced: boolean,
  where: string,
  { warn }: Tell,
): void {
  if (expires === undefined || today <= expires) return;
  if (!isEnforced) return warn(`the kit's last day was ${expires} (UTC)`);
  throw new AirgoError("AIRGO_EXPIRED", {
    what: "the kit's last day is over",
    where,
    expected: `${expires} (UTC) or before`,
    found: today,
    hint: "bring a newer kit; see whether this machine's clock is right",
  });
}

/** It is covered by the signatures whatever it is; here it is held against a second witness where there is one. */
export function noteInstaller(
  { files }: KitContents,
  { airgo }: KitPapers,
  own: { readonly version: string; readonly installerSha256: string },
  { steps }: Tell,
): void {
  const what = "install.sh against airgo's own";
  if (airgo !== own.version)
    steps.extraNotDone(what, `the kit was made by airgo ${airgo}, and this is ${own.version}`);
  else if (files.get("install.sh") === own.installerSha256)
    steps.extraDone({ what: "install.sh is that of this airgo" });
  else
    steps.extraNotDone(
      what,
      "install.sh is not that of this airgo, though of the same version: only the signature speaks for it",
    );
}

/** What the contents' step has looked at. */
export function whatContents({ hasArchive, hasUnpacked }: SummedFolder): string {
  if (!hasUnpacked) return "every file in the archive";
  return hasArchive
    ? "every file in the archive and of the unpacked kit"
    : "every file of the unpacked kit; there is no archive";
}

/** What the log's step has found. */
export function whatDatabase({ title, records, treeSize }: CheckedDatabase): string {
  return `${records} records are in the log of ${title}, in its tree of ${treeSize}`;
}
