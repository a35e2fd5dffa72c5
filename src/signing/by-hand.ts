import { sshNamespace } from "./formats/sshsig.js";
import { signatureFile, type KeyKind } from "./key-kinds.js";

/** How a kind of signature is checked with nothing but the tools of a host. */
interface ByHand {
  /** What an operator calls the public key that was handed over. */
  readonly key: string;
  /** Lines of sh, where `$sig` is the signature's file. */
  readonly verify: readonly string[];
  /** The line of sh that shows the key's fingerprint as its owner has it. */
  readonly fingerprint: string;
}

const spkiFingerprint = "openssl pkey -pubin -in KEY.pem -outform DER | sha256sum";
const dgst: ByHand = {
  key: "KEY.pem",
  verify: ["openssl dgst -sha256 -verify KEY.pem -signature $sig SHA256SUMS"],
  fingerprint: spkiFingerprint,
};

const byHand: Readonly<Record<KeyKind, ByHand>> = {
  "ecdsa-p256": dgst,
  rsa: dgst,
  ed25519: {
    key: "KEY.pem",
    verify: ["openssl pkeyutl -verify -pubin -inkey KEY.pem -rawin -in SHA256SUMS -sigfile $sig"],
    fingerprint: spkiFingerprint,
  },
  sm2: {
    key: "KEY.pem",
    verify: ["openssl dgst -sm3 -sigopt distid:1234567812345678 -verify KEY.pem -signature $sig SHA256SUMS"],
    fingerprint: spkiFingerprint,
  },
  openpgp: {
    key: "KEY.asc",
    // gpgv of GnuPG 2.2 reads no armor, and many hosts have it without gpg.
    verify: [
      "sed -e '/^[-=]/d' -e '/: /d' KEY.asc | base64 -d >KEY.gpg",
      "gpgv --keyring ./KEY.gpg $sig SHA256SUMS",
    ],
    fingerprint: "gpg --show-keys --with-fingerprint KEY.asc",
  },
  sshsig: {
    key: "KEY.pub",
    verify: [
      "sed 's/^/airgo /' KEY.pub >KEY.allowed",
      `ssh-keygen -Y verify -f KEY.allowed -I airgo -n ${sshNamespace} -s $sig <SHA256SUMS`,
    ],
    fingerprint: "ssh-keygen -l -f KEY.pub",
  },
  minisign: {
    key: "KEY.pub",
    verify: ["minisign -V -p KEY.pub -m SHA256SUMS -x $sig"],
    fingerprint: "sed -n 2p KEY.pub",
  },
};

/** What an operator calls the public key that was handed over. */
export function keyByHand(kind: KeyKind): string {
  return byHand[kind].key;
}

/** The lines of sh that verify a signer's signature over SHA256SUMS, in its folder, with the public key there. */
export function verifyByHand(signer: string, kind: KeyKind): string[] {
  return byHand[kind].verify.map((line) => line.replace("$sig", signatureFile("SHA256SUMS", signer, kind)));
}

/** The line of sh that shows a public key's fingerprint as its owner has it. */
export function fingerprintByHand(kind: KeyKind): string {
  return byHand[kind].fingerprint;
}
