import type { ExitClass } from "./exit-codes.js";

/** What the catalogue says of a code: which exit code it ends with, and what it means (docs/errors.md). */
interface ErrorKind {
  readonly exit: ExitClass;
  readonly meaning: string;
}

/** Every error a user can meet, by its stable code. docs/errors.md is held to this table by a test. */
export const errorCatalogue = {
  AIRGO_BUG: { exit: "bug", meaning: "airgo itself is at fault: an assumption of its code did not hold" },
  AIRGO_USAGE: { exit: "usage", meaning: "the command line is not one that airgo knows" },
  AIRGO_MANIFEST_MISSING: { exit: "usage", meaning: "there is no manifest where it was looked for" },
  AIRGO_MANIFEST_INVALID: {
    exit: "usage",
    meaning: "the manifest has mistakes; each is listed with its place",
  },
  AIRGO_INPUT_MISSING: { exit: "usage", meaning: "a go.mod that the manifest names is not there" },
  AIRGO_INPUT_INVALID: {
    exit: "usage",
    meaning:
      "Go refuses a go.mod that the manifest names, or airgo does: a link out of the project, no regular file, too large, or oddly named",
  },
  AIRGO_GO_VERSION_UNKNOWN: {
    exit: "usage",
    meaning: "no Go version fits a range of the manifest on every architecture",
  },
  AIRGO_GO_LINE_TOO_NEW: {
    exit: "usage",
    meaning: "a `go` or `toolchain` line asks for a newer Go than the kit has",
  },
  AIRGO_PROXY_UNSET: {
    exit: "usage",
    meaning: "no module proxy is configured: neither GOPROXY nor a go on PATH nor `go env -w` says one",
  },
  AIRGO_PROXY_INVALID: { exit: "usage", meaning: "the module proxy list cannot be used as it is written" },
  AIRGO_PRIVATE_SOURCE_MISSING: {
    exit: "usage",
    meaning:
      "a module that GOPRIVATE, GONOPROXY or GONOSUMDB calls private matches no entry of `sources.private`",
  },
  AIRGO_PROXY_DIRECT: {
    exit: "network",
    meaning: "the module proxy list reaches `direct` or `off`: airgo runs no version control",
  },
  AIRGO_NETWORK: { exit: "network", meaning: "a server could not be reached, broke off, or was too slow" },
  AIRGO_UPSTREAM_STATUS: { exit: "network", meaning: "a server answered with a status that is no answer" },
  AIRGO_UPSTREAM_DENIED: {
    exit: "network",
    meaning: "a server refuses access (401, 403), or a file of a source may not be read",
  },
  AIRGO_MODULE_NOT_FOUND: { exit: "network", meaning: "no module proxy of the list knows the module at all" },
  AIRGO_VERSION_NOT_FOUND: {
    exit: "network",
    meaning: "the module proxies know the module, but not this version of it",
  },
  AIRGO_MODULE_GONE: {
    exit: "network",
    meaning: "a module proxy no longer serves what was there once (410)",
  },
  AIRGO_UPSTREAM_MISSING: {
    exit: "network",
    meaning: "no source has what was asked for, such as a record of the checksum database",
  },
  AIRGO_UPSTREAM_MALFORMED: {
    exit: "network",
    meaning: "a server's answer is not in the format it should have",
  },
  AIRGO_NOT_A_ZIP: {
    exit: "network",
    meaning: "a server's answer is a web page, JSON or nothing where a module zip should be",
  },
  AIRGO_WEB_PAGE: {
    exit: "network",
    meaning:
      "a server's answer is a web page where a go.mod, a list or a part of the checksum database should be",
  },
  AIRGO_OFFLINE: {
    exit: "network",
    meaning: "something is not in the store, and --offline forbids fetching it",
  },
  AIRGO_CHECKSUM_MISMATCH: {
    exit: "integrity",
    meaning: "bytes do not have the digest that they should have",
  },
  AIRGO_GOSUM_MISMATCH: {
    exit: "integrity",
    meaning: "a go.sum disagrees with the checksum database, or with what the module proxy serves",
  },
  AIRGO_SUMDB_SIGNATURE: {
    exit: "integrity",
    meaning: "a tree head of the checksum database is not signed by the expected key",
  },
  AIRGO_SUMDB_PROOF: {
    exit: "integrity",
    meaning: "a record is not in the checksum database's tree, or two trees disagree",
  },
  AIRGO_SUMDB_RECORD: {
    exit: "integrity",
    meaning: "the checksum database's record does not speak of the module asked for",
  },
  AIRGO_ZIP_INVALID: {
    exit: "integrity",
    meaning: "a zip file is damaged, or does not hold what it should",
  },
  AIRGO_ZIP_TOO_LARGE: {
    exit: "integrity",
    meaning: "a module zip goes beyond Go's limits, packed or unpacked",
  },
  AIRGO_ZIP_UNSAFE: {
    exit: "integrity",
    meaning: "a module zip holds a name that Go's rules for module zips refuse",
  },
  AIRGO_STORE_DAMAGED: {
    exit: "integrity",
    meaning: "an object or note in the store no longer has its digest",
  },
  AIRGO_ARCHIVE_INVALID: {
    exit: "integrity",
    meaning: "an archive holds something that its SHA256SUMS does not list, or the reverse",
  },
  AIRGO_GO_ARCHIVE_INVALID: {
    exit: "integrity",
    meaning: "an official archive of Go is damaged, holds what none does, or its OpenPGP signature is bad",
  },
  AIRGO_SIGNATURE_BAD: {
    exit: "integrity",
    meaning: "a signature does not verify with its key, is none, or its key was revoked or has expired",
  },
  AIRGO_SIGNATURE_MISSING: { exit: "policy", meaning: "a kit has no signature" },
  AIRGO_KEY_UNTRUSTED: {
    exit: "policy",
    meaning:
      "a kit is signed, and by no key that is trusted; or two keys have the name of one who must have signed",
  },
  AIRGO_SIGNATURE_REQUIRED: {
    exit: "policy",
    meaning: "a kit lacks a signature that was required",
  },
  AIRGO_SIGNER_FAILED: {
    exit: "machine",
    meaning: "the program of a `command` signer failed, or answered with no signature of the pinned key",
  },
  AIRGO_LOCK_INVALID: { exit: "usage", meaning: "bundles.lock cannot be read" },
  AIRGO_LOCK_DRIFT: {
    exit: "policy",
    meaning: "the manifest or an input has changed since bundles.lock was written",
  },
  AIRGO_LOCK_MISSING: {
    exit: "policy",
    meaning: "there is no lock, and --frozen or --offline forbids writing one",
  },
  AIRGO_KEY_MISSING: {
    exit: "policy",
    meaning: "a kit is to be verified, and nothing was given to hold its signatures against",
  },
  AIRGO_KIT_FORMAT: { exit: "policy", meaning: "the kit has a format that this airgo does not know" },
  AIRGO_EXPIRED: {
    exit: "policy",
    meaning: "the last day of the kit is over, and --enforce-expiry was given",
  },
  AIRGO_REHEARSAL_FAILED: { exit: "policy", meaning: "the staged kit did not work without a network" },
  AIRGO_KEY_UNREADABLE: {
    exit: "machine",
    meaning: "a signing key cannot be read, or its passphrase does not fit",
  },
  AIRGO_KEY_EXPOSED: { exit: "machine", meaning: "a private key is readable by others" },
  AIRGO_CREDENTIALS: {
    exit: "machine",
    meaning:
      "the credentials or CA certificates for a private module proxy are missing, malformed or readable by others",
  },
  AIRGO_DISK: { exit: "machine", meaning: "the disk is full, read-only or refuses access" },
  AIRGO_BUSY: {
    exit: "machine",
    meaning: "another airgo run is writing here, or has removed what this one needs",
  },
  AIRGO_PLATFORM: { exit: "machine", meaning: "this machine's system or architecture is not supported" },
  AIRGO_INTERRUPTED: { exit: "interrupted", meaning: "the run was interrupted (Ctrl-C)" },
  AIRGO_TERMINATED: { exit: "terminated", meaning: "the run was told to end (SIGTERM, SIGHUP)" },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorCatalogue;
