import { AirgoError } from "../../support/errors.js";

/** As much of an answer as is told; characters. */
const told = 200;
/** As much of it as is looked at; bytes. */
const lookedAt = 1024;

/** True for the beginning of a page as portals, filters and balancers give it. */
export function isWebPage(text: string): boolean {
  return /^(?:\u{feff})?\s*<(?:!doctype|!--|html|head|body|title|script|meta|\?xml)/iu.test(text);
}

/** The beginning of a text on one line. */
export function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > told ? `${line.slice(0, told)} …` : line;
}

/**
 * Nothing that is fetched into memory is ever a web page: not a list, a go.mod or an .info, and no part of a checksum
 * database. Taken for one of these it would be told as damage, or as a list of nothing.
 * @throws AIRGO_WEB_PAGE
 */
export function refuseWebPage(data: Buffer, url: string): void {
  const text = data.toString("utf8", 0, lookedAt);
  if (!isWebPage(text)) return;
  throw new AirgoError("AIRGO_WEB_PAGE", {
    what: "the server answers with a web page",
    where: url,
    expected: "an answer of a module proxy or checksum database",
    found: shortened(text),
    hint: "a login page, a captive portal or a filter may stand in between: open the address by hand, check GOPROXY and the credentials",
  });
}
