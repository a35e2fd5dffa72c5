// Brings dist/ up to date: compiles src/ (incrementally) and assembles install.sh from its parts.
// A source tree that has not changed since the last build costs one stat per file.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const stampFile = join(dist, ".built");

/** Every file that the build reads, with size and time: the build is current while this text is the same. */
function sourceStamp() {
  const settings = ["package.json", "package-lock.json", "tsconfig.json", "scripts/build.mjs"];
  const files = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return [...files, ...settings.map((name) => join(root, name))]
    .map((file) => `${file} ${statSync(file).size} ${statSync(file).mtimeMs}`)
    .join("\n");
}

/** The version that package.json states. */
function version() {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
}

/** A line that names a part; the header and the call of main need none. */
function banner(name) {
  return name.includes("/")
    ? `# ${"-".repeat(20)} ${name} ${"-".repeat(Math.max(4, 90 - name.length))}\n\n`
    : "";
}

/** The parts of install.sh: functions in files of their subjects, with the header before and the call of main after them. */
function assembleInstaller() {
  const parts = join(root, "src", "installer");
  const names = readdirSync(parts, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sh"))
    .sort();
  // Who reads the script finds its rooms by these lines, and in it the place of each function in the source.
  const text = names.map((name) => banner(name) + readFileSync(join(parts, name), "utf8")).join("\n");
  mkdirSync(join(dist, "installer"), { recursive: true });
  writeFileSync(join(dist, "installer", "install.sh"), text.replace("@VERSION@", version()), { mode: 0o755 });
}

/** Data that stands beside the code as a file of its own. */
function copyData() {
  const key = join("golang", "archives", "google-linux.asc");
  copyFileSync(join(root, "src", key), join(dist, key));
}

const stamp = sourceStamp();
if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== stamp) {
  // A deleted source must not leave its old output behind: dist is made anew, its parts are seconds' work.
  rmSync(dist, { recursive: true, force: true });
  execFileSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", root], {
    stdio: "inherit",
  });
  chmodSync(join(dist, "cli", "main.js"), 0o755);
  assembleInstaller();
  copyData();
  writeFileSync(stampFile, stamp);
}
