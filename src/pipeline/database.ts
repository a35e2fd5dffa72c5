import { golangOrgKey } from "../checksumdb/note.js";

/** The checksum database of a manifest. */
export interface Database {
  readonly name: string;
  /** A verifier key, as GOSUMDB has it. */
  readonly key: string;
  /** Where it is, when no proxy serves it. */
  readonly address: string;
}

/** Reads `sources.sumdb`: a known name or a verifier key, with an address behind a space where it differs. */
export function databaseOf(setting: string): Database {
  const [verifier = "", address] = setting.split(" ");
  const key = verifier === "sum.golang.org" ? golangOrgKey : verifier;
  const name = key.split("+")[0] ?? "";
  return { name, key, address: (address ?? `https://${name}`).replace(/\/+$/, "") };
}
