import type { RecordBook } from "../checksumdb/record-book.js";
import { toolchainModule, type Toolchain } from "../golang/go-source.js";
import { isAbsence } from "../support/absence.js";

/** A release that the checksum database does not know yet cannot be checked, so it does not count. */
export async function isRecorded(book: RecordBook, toolchain: Toolchain): Promise<boolean> {
  return book.of(toolchainModule(toolchain)).then(
    () => true,
    (error: unknown) => {
      if (isAbsence(error)) return false;
      throw error;
    },
  );
}
