import {
  forgeRecord,
  spoilSignatures,
  swapRecord,
  tamperTiles,
  withoutSumdb,
} from "../../support/fake-upstream.js";
import { hello, tiles, type FaultGroup } from "./fault-case.js";

/** A checksum database, or a mirror of it, that does not tell the truth. */
export const checksumDatabase: FaultGroup = {
  title: "A checksum database that lies or is not there",
  cases: [
    {
      name: "tiles that do not fit together",
      set: ({ door }) => void tamperTiles(door.faults),
      exit: 8,
      code: "AIRGO_SUMDB_PROOF",
    },
    {
      name: "a tree head whose signature does not verify",
      set: ({ door }) => void spoilSignatures(door.faults),
      exit: 8,
      code: "AIRGO_SUMDB_SIGNATURE",
      says: ["sum.example.com"],
    },
    {
      name: "a forged record",
      set: ({ door }) => void forgeRecord(door.faults, "example.com/hello", "v1.0.0"),
      exit: 8,
      code: "AIRGO_GOSUM_MISMATCH",
      says: ["example.com/hello"],
    },
    {
      name: "the record of another module",
      set: ({ door }) =>
        void swapRecord(door.faults, "example.com/hello", "v1.0.0", {
          database: "sum.example.com",
          key: "example.com/words@v1.1.0",
        }),
      exit: 8,
      code: "AIRGO_SUMDB_RECORD",
      says: [hello],
    },
    {
      name: "tiles that are missing",
      set: ({ door }) => void door.faults.add(tiles, { kind: "status", status: 404 }),
      exit: 4,
      code: "AIRGO_UPSTREAM_MISSING",
      says: ["/tile/"],
    },
    {
      name: "a proxy without it, from a list whose next proxy has it",
      set: ({ door }) => void withoutSumdb(door.faults),
      proxy: ({ door, sound }) => `${door.proxyUrl},${sound.proxyUrl}`,
      exit: 0,
    },
  ],
};
