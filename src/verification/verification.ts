import type { AirgoError } from "../support/errors.js";
import type { JudgedSignature } from "../signing/judge.js";

/** Something that was checked, and by what. */
export interface Check {
  readonly what: string;
  readonly files?: number;
  readonly with: string;
}

/** Something that was not checked, and why. */
export interface NotChecked {
  readonly what: string;
  readonly why: string;
}

/** What is known of a kit; each part is there once it is known. */
export interface KnownKit {
  name?: string;
  serial?: number;
  id?: string;
  /** SHA-256 of the kit's own SHA256SUMS. */
  sha256sums?: string;
}

/** What came of verifying a kit, as far as it got. */
export interface Verification {
  readonly folder: string;
  readonly kit: KnownKit;
  /** SHA-256 of the signed SHA256SUMS. */
  document?: string;
  signatures: readonly JudgedSignature[];
  readonly checked: Check[];
  readonly notChecked: NotChecked[];
  readonly warnings: string[];
  /** Somebody who is trusted vouches for it. */
  isVouched: boolean;
  error?: AirgoError;
}

/** Told while it goes on. */
export type VerificationEvent =
  | { readonly type: "signature"; readonly signature: JudgedSignature }
  | { readonly type: "checked"; readonly check: Check }
  | { readonly type: "not-checked"; readonly notChecked: NotChecked }
  | { readonly type: "warning"; readonly text: string }
  | { readonly type: "progress"; readonly done: number; readonly total: number | undefined };
