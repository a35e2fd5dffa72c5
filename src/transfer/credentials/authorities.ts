import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import tls from "node:tls";

import { AirgoError, messageOf } from "../../support/errors.js";

/**
 * Reads CA certificates. Node itself would pass over what it cannot read in them, and fail at the first connection.
 * @returns the certificates alone, PEM
 * @throws AIRGO_CREDENTIALS
 */
export async function readAuthorities(file: string): Promise<string> {
  const text = await readFile(file, "latin1").catch((cause: unknown) => {
    throw unusable(file, messageOf(cause), cause);
  });
  const certificates = certificatesIn(text);
  if (certificates.length === 0) throw unusable(file, "no certificate");
  const bad = certificates.findIndex((certificate) => !isReadable(certificate));
  if (bad === -1) return certificates.join("\n");
  throw unusable(file, `certificate ${bad + 1} of ${certificates.length} cannot be read`);
}

/** Every certificate that begins in a text, also one without an end. */
function certificatesIn(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]*(?:-----END CERTIFICATE-----)?/g) ?? [];
}

function isReadable(certificate: string): boolean {
  try {
    return new X509Certificate(certificate).raw.length > 0;
  } catch {
    return false;
  }
}

function unusable(file: string, found: string, cause?: unknown): AirgoError {
  return new AirgoError("AIRGO_CREDENTIALS", {
    what: "the CA certificates of a private proxy cannot be used",
    where: file,
    expected: "certificates in PEM (-----BEGIN CERTIFICATE-----)",
    found,
    hint: "openssl x509 -inform DER -in FILE turns a certificate in DER into PEM",
    ...(cause === undefined ? {} : { cause }),
  });
}

/** What Node tells of the authorities that it trusts without being told; the second since 22.15. */
export interface NodeRoots {
  readonly rootCertificates: readonly string[];
  readonly getCACertificates?: (type: "default") => string[];
}

/**
 * The authorities that a connection trusts by default, those of NODE_EXTRA_CA_CERTS among them: whoever names any, as
 * for `tls.connect({ ca })`, replaces them all.
 * @param extra the text that NODE_EXTRA_CA_CERTS names, where there is one
 */
export function defaultAuthorities(node: NodeRoots, extra: () => string | undefined): string[] {
  if (node.getCACertificates !== undefined) return node.getCACertificates("default");
  return [...node.rootCertificates, ...certificatesIn(extra() ?? "")];
}

/** What connections trust when it is the default and some authorities more; made once, because it takes a while. */
export function trustBeside(ca: string, env: NodeJS.ProcessEnv): tls.SecureContext {
  return tls.createSecureContext({ ca: [...defaultAuthorities(tls, () => extraText(env)), ca] });
}

/** Node has warned at its start of a file that it could not read, and went on without. */
function extraText({ NODE_EXTRA_CA_CERTS: file }: NodeJS.ProcessEnv): string | undefined {
  if (file === undefined || file === "") return undefined;
  try {
    return readFileSync(file, "latin1");
  } catch {
    return undefined;
  }
}
