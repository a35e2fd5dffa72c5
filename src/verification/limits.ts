/** What a kit may hold at most. Far above any real one; below what would hurt the machine that looks at it. Bytes. */
export const limits = {
  /** Of the folder: SHA256SUMS and SM3SUMS. */
  document: 1 << 20,
  /** A signature, or a public key. */
  signature: 64 << 10,
  /** Signatures and public keys, each. */
  signatures: 100,
  /** contents.SHA256SUMS and contents.SM3SUMS. */
  contents: 128 << 20,
  /** Files of a kit. */
  files: 500_000,
  /** One file of a kit that is read as a text. */
  text: 32 << 20,
  /** All of them. */
  texts: 512 << 20,
  /** One layer, unpacked: of a toolchain, Go's own limit for module zips is half of it. */
  layer: 1 << 30,
  /** All of them. */
  layers: 16 * (1 << 30),
  layerFiles: 200_000,
  /** One module zip: Go's own limit. */
  zip: 500 << 20,
} as const;
