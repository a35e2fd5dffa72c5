/** Spaces, a query and a fragment are written percent-encoded; a host is none, or this machine. */
const form = /^file:\/\/(?:localhost)?(\/[^\s?#]*)$/i;

/** True for what is meant to name a folder or file, well-formed or not. (`file:8080` is a host with a port.) */
export function isFileUrl(address: string): boolean {
  return /^file:\//i.test(address);
}

/**
 * The path that a `file:` address names, decoded as Go decodes it.
 * @returns undefined for one with a host, a query or no absolute path, and for what decodes to no path
 */
export function pathOfFileUrl(address: string): string | undefined {
  const encoded = form.exec(address)?.[1];
  if (encoded === undefined) return undefined;
  try {
    const path = decodeURIComponent(encoded);
    return path.includes("\0") ? undefined : path;
  } catch {
    return undefined;
  }
}
