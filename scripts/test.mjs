// Runs the whole test suite and closes with one plain line of figures: `N passed, N failed, N skipped`.
// Skipped tests are named, so that a missing tool is never mistaken for a pass. Arguments go to jest.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "airgo-test-"));
const resultFile = join(folder, "results.json");

const jest = spawnSync(
  process.execPath,
  [
    "--experimental-vm-modules",
    "--no-warnings",
    join(root, "node_modules", "jest", "bin", "jest.js"),
    "--json",
    `--outputFile=${resultFile}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: ["ignore", "ignore", "inherit"] },
);

function readResults() {
  try {
    return JSON.parse(readFileSync(resultFile, "utf8"));
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const results = readResults();
if (results === undefined) {
  console.error("jest left no results");
  process.exit(jest.status || 1);
}
for (const suite of results.testResults) {
  for (const test of suite.assertionResults) {
    if (test.status === "pending") console.log(`skipped: ${test.fullName}`);
  }
}
// A suite that does not even load has no tests of its own: it counts as one failure.
const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
const passed = results.numPassedTests;
const skipped = results.numPendingTests + results.numTodoTests;
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(jest.status === 0 && failed === 0 && passed > 0 ? 0 : 1);
