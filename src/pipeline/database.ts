import { golangOrgKey } from "../checksumdb/note.js";
import type { Manifest } from "../manifest/schema.js";

/** The checksum database of a manifest. */
export interface Database {
  readonly name: string;
  /** A verifier key, as GOSUMDB has it. */
  readonly key: string;
  /** Where it is, when no proxy serves it. */
  readonly address: string;
  /** Patterns of the module paths that it does not cover: those of the private sources. */
  readonly notCovered: readonly string[];
}

/** Reads `sources.sumdb`: a known name or a verifier key, with an address behind a space where it differs. */
export function databaseOf({ sumdb, private: privateSources }: Manifest["sources"]): Database {
  const [verifier = "", address] = sumdb.split(" ");
  const key = verifier === "sum.golang.org" ? golangOrgKey : verifier;
  const name = key.split("+")[0] ?? "";
  return {
    name,
    key,
    address: (address ?? `https://${name}`).replace(/\/+$/, ""),
    notCovered: [...new Set(privateSources.flatMap(({ match }) => match))],
  };
}
