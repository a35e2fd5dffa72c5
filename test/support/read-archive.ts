import { scanArchive, type ArchiveContents } from "../../src/kit/archive-reader.js";

/** What an archive holds, for tests that look at nothing else of it. */
export async function readArchive(file: string, signal?: AbortSignal): Promise<ArchiveContents> {
  return (await scanArchive(file, { signal })).contents;
}
