import { AirgoError } from "../support/errors.js";
import type { TreeHead } from "./tree-head.js";

/** The gravest finding: two heads, both signed, that do not tell one story. Their notes are the evidence. */
export function forked(older: TreeHead, newer: TreeHead, found: Buffer): AirgoError {
  return new AirgoError("AIRGO_SUMDB_PROOF", {
    what: "the checksum database shows two different logs",
    where: `tree of ${older.size} records`,
    expected: `${older.root.toString("base64")}, as signed in:\n${older.note}`,
    found: `${found.toString("base64")}, by what is signed in:\n${newer.note}`,
    hint: "keep this message, it is evidence: report it to the Go project, and build no kit until it is explained",
  });
}

/** A head older than one that was relied on before: the log only grows, so somebody hides its end. */
export function rolledBack(before: TreeHead, now: TreeHead): AirgoError {
  return new AirgoError("AIRGO_SUMDB_PROOF", {
    what: "the checksum database shows an older tree head than before",
    where: `tree of ${now.size} records`,
    expected: `at least ${before.size} records, as signed in:\n${before.note}`,
    found: `${now.size} records, by what is signed in:\n${now.note}`,
    hint: "this proxy serves an old head: take another one, or run again later; if none has a newer one, report it",
  });
}
