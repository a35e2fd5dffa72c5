import { createCipheriv, pbkdf2Sync, type KeyObject } from "node:crypto";

/*
 * Encrypted PKCS#8 (RFC 5958; RFC 8018, PBES2): PBKDF2 with HMAC-SHA-256, AES-256-CBC. Node's own export spends no
 * more than 2,048 rounds on a passphrase; openssl and Node read any number.
 */

/** As OWASP advises for PBKDF2 with HMAC-SHA-256. */
const rounds = 600_000;

/**
 * The PEM of a private key, encrypted.
 * @param random gives so many random bytes
 */
export function encryptPrivateKey(
  key: KeyObject,
  passphrase: string,
  random: (bytes: number) => Buffer,
): string {
  const [salt, iv] = [random(16), random(16)];
  const secret = pbkdf2Sync(passphrase, salt, rounds, 32, "sha256");
  const cipher = createCipheriv("aes-256-cbc", secret, iv);
  const data = Buffer.concat([cipher.update(key.export({ type: "pkcs8", format: "der" })), cipher.final()]);
  const hmacSha256 = sequence(oid("2a864886f70d0209"), der(0x05, Buffer.of()));
  const derivation = sequence(
    oid("2a864886f70d01050c"),
    sequence(der(0x04, salt), integer(rounds), integer(32), hmacSha256),
  );
  const encryption = sequence(oid("60864801650304012a"), der(0x04, iv));
  const scheme = sequence(oid("2a864886f70d01050d"), sequence(derivation, encryption));
  return pem("ENCRYPTED PRIVATE KEY", sequence(scheme, der(0x04, data)));
}

/** An element of DER (X.690): tag, length, content. */
function der(tag: number, content: Buffer): Buffer {
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.of(tag, ...length), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, "hex"));
}

function integer(value: number): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  return der(0x02, (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

function pem(label: string, data: Buffer): string {
  const lines = data.toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
