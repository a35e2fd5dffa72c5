import { sha256Hex } from "../support/digest.js";

/**
 * What the store names by an address, without the address being told. Credentials are no part of it: they change, and
 * not even their digest should be written.
 */
export function addressDigest(address: string): string {
  // What is no address is refused by the request.
  if (!URL.canParse(address)) return sha256Hex("");
  const url = new URL(address);
  url.username = "";
  url.password = "";
  return sha256Hex(url.href);
}
