import type { TileCache } from "../checksumdb/client.js";
import type { RunContext } from "./context.js";

/** Tiles never change once they are whole, so the store keeps them; they are proven again whenever they are used. */
export function tileCache({ store }: Pick<RunContext, "store">, database: string): TileCache {
  const nameOf = (path: string): string => `checksumdb/${database}/${path}`;
  return {
    get: (path: string): Promise<Buffer | undefined> => store.note(nameOf(path)),
    put: (path: string, data: Buffer): Promise<void> => store.setNote(nameOf(path), data),
  };
}
