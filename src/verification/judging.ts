/** What verifying needs of signatures; whoever calls it brings the formats and the keys. */
export interface SignedDocument {
  readonly name: "SHA256SUMS" | "SM3SUMS";
  readonly document: Buffer;
  /** By file name. */
  readonly signatures: ReadonlyMap<string, Buffer>;
  /** What lies beside the document as a public key, by the signer's name: it proves nothing. */
  readonly publicKeys: ReadonlyMap<string, Buffer>;
}

export type Outcome = "valid" | "bad" | "no trusted key";

/** One signature, and what came of it. */
export interface JudgedSignature {
  readonly file: string;
  readonly signer: string;
  readonly outcome: Outcome;
  /** The key's own name, such as `sha256:…`. */
  readonly key?: string;
  /** Of the file that the key came from. */
  readonly keyName?: string;
  /** What it was verified with. */
  readonly with: string;
  readonly why?: string;
}

/** Judges the signatures over one document by the keys that are trusted. */
export type Judge = (signed: SignedDocument) => Promise<readonly JudgedSignature[]>;

/** Throws when these signatures are not enough. */
export type Require = (judged: readonly JudgedSignature[]) => void;
