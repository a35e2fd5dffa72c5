/** The kinds of keys that sign kits, by the names that the manifest has for them (docs/kit-format.md, "Signatures"). */
export const keyKinds = ["ecdsa-p256", "rsa", "ed25519", "sm2", "openpgp", "sshsig", "minisign"] as const;
export type KeyKind = (typeof keyKinds)[number];

/** How a kind's files are called. */
interface KindFiles {
  /** `SHA256SUMS.<signer>.<signature>` */
  readonly signature: string;
  /** `<signer>.<publicKey>` */
  readonly publicKey: string;
}

export const kindFiles: Readonly<Record<KeyKind, KindFiles>> = {
  "ecdsa-p256": { signature: "sig", publicKey: "pub.pem" },
  rsa: { signature: "sig", publicKey: "pub.pem" },
  ed25519: { signature: "sig", publicKey: "pub.pem" },
  sm2: { signature: "sm2sig", publicKey: "pub.pem" },
  openpgp: { signature: "asc", publicKey: "pub.asc" },
  sshsig: { signature: "sshsig", publicKey: "pub" },
  minisign: { signature: "minisig", publicKey: "pub" },
};

/** What the files of signatures end with. */
export const signatureEndings: ReadonlySet<string> = new Set(
  Object.values(kindFiles).map(({ signature }) => signature),
);
const publicKeyEndings = new Set(Object.values(kindFiles).map(({ publicKey }) => publicKey));

/** The documents of a folder that a key of this kind signs: SM2 both, so that no step of that chain rests on SHA-256. */
export function signedBy(kind: KeyKind, hasSm3Sums: boolean): readonly ("SHA256SUMS" | "SM3SUMS")[] {
  return kind === "sm2" && hasSm3Sums ? ["SHA256SUMS", "SM3SUMS"] : ["SHA256SUMS"];
}

/** The name of a signature's file over a document. */
export function signatureFile(document: string, signer: string, kind: KeyKind): string {
  return `${document}.${signer}.${kindFiles[kind].signature}`;
}

/** The name of the file with a signer's public key. */
export function publicKeyFile(signer: string, kind: KeyKind): string {
  return `${signer}.${kindFiles[kind].publicKey}`;
}

/** Signer and ending of a signature over a document, by its file's name; undefined for any other file. */
export function parseSignatureFile(
  document: string,
  file: string,
): { readonly signer: string; readonly ending: string } | undefined {
  if (!file.startsWith(`${document}.`)) return undefined;
  const match = /^([a-z0-9][a-z0-9-]*)\.([a-z0-9]+)$/.exec(file.slice(document.length + 1));
  const [signer, ending] = [match?.[1] ?? "", match?.[2] ?? ""];
  return signatureEndings.has(ending) ? { signer, ending } : undefined;
}

/** The signer whose public key a file holds, by its name; undefined for any other file. */
export function parsePublicKeyFile(file: string): string | undefined {
  const match = /^([a-z0-9][a-z0-9-]*)\.(.+)$/.exec(file);
  return publicKeyEndings.has(match?.[2] ?? "") ? match?.[1] : undefined;
}
