import type { KeyKind } from "./key-kinds.js";

/**
 * What the answer of a program may mean, most literal first: the bytes themselves; base64 of them, also as Vault's Transit
 * engine writes it (`vault:v1:…`); for elliptic curves the two numbers side by side, as PKCS#11 and JWS have them.
 */
export function readingsOf(answer: Buffer, kind: KeyKind): Buffer[] {
  const encoded = /^\s*(?:vault:v\d+:)?([A-Za-z0-9+/_-]+={0,2})\s*$/.exec(answer.toString("latin1"))?.[1];
  const decoded = encoded === undefined ? [] : [Buffer.from(encoded, "base64")];
  const readings = [answer, ...decoded];
  const isCurve = kind === "ecdsa-p256" || kind === "sm2";
  return isCurve
    ? [...readings, ...readings.filter(({ length }) => length === 64).map(derOfNumbers)]
    : readings;
}

/** ECDSA-Sig-Value (RFC 3279): a sequence of two integers. */
function derOfNumbers(both: Buffer): Buffer {
  const body = Buffer.concat([derInteger(both.subarray(0, 32)), derInteger(both.subarray(32))]);
  return Buffer.concat([Buffer.of(0x30, body.length), body]);
}

function derInteger(unsigned: Buffer): Buffer {
  let from = 0;
  while (from < unsigned.length - 1 && unsigned[from] === 0) from++;
  const digits = unsigned.subarray(from);
  const bytes = (digits[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), digits]) : digits;
  return Buffer.concat([Buffer.of(0x02, bytes.length), bytes]);
}
