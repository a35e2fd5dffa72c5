import { createHash } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join, relative } from "node:path";

import { expect } from "@jest/globals";

import type { AirgoResult, TestProject } from "./airgo.js";

/** The run ended so, and its error tells these things. */
export function expectError(result: AirgoResult, exit: number, code: string, ...texts: string[]): void {
  // Together, so that neither hides the other.
  expect(`${result.stderr}\nexit ${result.code}`).toMatch(new RegExp(`error ${code}[^]*\nexit ${exit}$`));
  for (const text of texts) expect(result.stderr).toContain(text);
}

/** After a failure there is no kit, no lock, nothing half done, and the store holds whole objects only. */
export function expectNothingMade(project: TestProject): void {
  expect(filesBelow(join(project.folder, "kits"))).toEqual({});
  expect(readdirSync(project.folder)).not.toContain("bundles.lock");
  expectWholeStore(join(project.folder, ".cache", "airgo"));
}

/** Every object is what its name says, nothing was set aside, and no temporary file is left. */
export function expectWholeStore(store: string): void {
  const objects = Object.entries(filesBelow(join(store, "objects")));
  expect(objects.filter(([path, digest]) => !path.endsWith(`/${digest}`))).toEqual([]);
  expect(filesBelow(join(store, "damaged"))).toEqual({});
  expect(namesIn(join(store, "tmp"))).toEqual([]);
}

/** What is below a folder: of files the SHA-256, of links where they lead. */
export function filesBelow(folder: string): Record<string, string> {
  return Object.fromEntries(
    entriesBelow(folder)
      .filter((entry) => !entry.isDirectory())
      .map((entry) => {
        const file = join(entry.parentPath, entry.name);
        return [relative(folder, file), entry.isSymbolicLink() ? `-> ${readlinkSync(file)}` : sha256(file)];
      }),
  );
}

function entriesBelow(folder: string) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function namesIn(folder: string): string[] {
  return entriesBelow(folder).map(({ name }) => name);
}

function sha256(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
