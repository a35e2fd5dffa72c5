import type { HttpAnswer } from "../../src/transfer/client/http.js";

/** The whole body as text. */
export async function textOfBody(answer: HttpAnswer): Promise<string> {
  const parts: Uint8Array[] = [];
  await answer.read((part) => void parts.push(part));
  return Buffer.concat(parts).toString();
}
