import { open } from "node:fs/promises";

import { isWebPage, shortened } from "../transfer/download/web-page.js";
import { AirgoError } from "../support/errors.js";
import { keyOf, type ModuleVersion } from "./module-version.js";

/** As much of an answer as is looked at; bytes. */
const lookedAt = 1024;

/** What an answer is that does not begin as zips do, and the beginning of a text; undefined for the beginning of a zip. */
export function otherKind(head: Buffer): { readonly kind: string; readonly text?: string } | undefined {
  if (head.length === 0) return { kind: "nothing" };
  if (head.subarray(0, 2).toString("latin1") === "PK") return undefined;
  // The cut may have gone through a letter.
  const text = new TextDecoder().decode(head).replace(/\u{fffd}$/u, "");
  if (/[\u0000-\u0008\u{fffd}]/u.test(text)) return { kind: "other bytes" };
  return { kind: kindOfText(text.trimStart()), text: shortened(text) };
}

function kindOfText(text: string): string {
  if (isWebPage(text)) return "a web page";
  return /^[{[]/.test(text) ? "JSON" : "text";
}

/** The error for a downloaded file that is no zip at all; undefined when it begins as one. */
export async function notAZip(file: string, module: ModuleVersion): Promise<AirgoError | undefined> {
  const other = otherKind(await headOf(file));
  if (other === undefined) return undefined;
  const { kind, text } = other;
  return new AirgoError("AIRGO_NOT_A_ZIP", {
    what: `a module proxy answers with ${kind} instead of the zip of ${keyOf(module)}`,
    where: keyOf(module),
    expected: "a zip",
    found: text === undefined ? kind : `${kind}: ${text}`,
    hint: "a login page, a captive portal or a filter may stand in between: open the proxy's address by hand, check GOPROXY and the credentials",
  });
}

async function headOf(file: string): Promise<Buffer> {
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(lookedAt), 0, lookedAt, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
