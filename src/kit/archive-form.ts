import { createHash } from "node:crypto";
import { once } from "node:events";

import { pack } from "tar-stream";

/** The time of every entry: no clock gets into an archive. */
export const entryTime = new Date("2000-01-01T00:00:00Z");

/** An entry as its header tells it. */
export interface FormEntry {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
}

/** The digest that an archive has when its entries are written in the one form that kits have. */
export interface ArchiveForm {
  /** Adds an entry; its chunks come by `write`, and `end` is called when all have. */
  entry(entry: FormEntry): { write(chunk: Buffer): Promise<void>; end(): Promise<void> };
  /** Ends the archive. Lower-case hex SHA-256. */
  digest(): Promise<string>;
  /** Gives up. */
  close(): void;
}

/**
 * Writes an archive anew, to nowhere but a digest, by the library that archives are written with. What a reader passes
 * over (padding, unused fields of a header, bytes behind a name's end, another spelling of a number) is then a
 * difference like any other.
 */
export function createArchiveForm(): ArchiveForm {
  const hash = createHash("sha256");
  const packer = pack();
  packer.on("error", () => undefined);
  packer.on("data", (block) => {
    hash.update(block as Buffer);
  });
  return {
    entry({ name, mode, size }) {
      const sink = packer.entry({ name, mode, size, mtime: entryTime });
      sink.on("error", () => undefined);
      return {
        async write(chunk) {
          if (!sink.write(chunk)) await once(sink, "drain");
        },
        async end() {
          const finished = once(sink, "finish");
          sink.end(undefined);
          await finished;
        },
      };
    },
    async digest() {
      const ended = once(packer, "end");
      packer.finalize();
      await ended;
      return hash.digest("hex");
    },
    close() {
      packer.destroy();
    },
  };
}
