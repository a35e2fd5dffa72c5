// Kits without the packing, and hosts without a network: for the live tests and for scripts/large-projects.mjs.
import { execFile, spawn } from "node:child_process";
import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { removeTree } from "../../../dist/support/trees.js";

const builder = fileURLToPath(new URL("kit-folders.mjs", import.meta.url));

export async function buildKitFolders({ manifest, store, out, env = {} }) {
  const child = spawn(process.execPath, [builder, manifest, store, out], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (stdout === "") throw new Error(`no kit was built: ${stderr.slice(-3000)}`);
  return JSON.parse(stdout);
}

export async function unpackGo(kitFolder, goroot) {
  await mkdir(goroot, { recursive: true });
  const layers = join(kitFolder, "toolchains");
  for (const layer of await readdir(layers))
    await promisify(execFile)("tar", ["-xzf", join(layers, layer), "-C", goroot]);
}

export function offlineHost({ goroot, scratch, gosumdb }) {
  // The same for every command: compiled packages are known by the folder that their source lay in.
  const home = join(scratch, "host");
  return {
    async run(command, { kit, project, sums = "as they are", env = {} }) {
      const folder = join(home, "project");
      await cp(project, folder, { recursive: true });
      if (sums === "none") await removeSums(folder);
      // Else go may leave a process behind that still writes there.
      await mkdir(join(home, ".config/go/telemetry"), { recursive: true });
      await writeFile(join(home, ".config/go/telemetry/mode"), "off");
      const environment = {
        PATH: `${join(goroot, "bin")}:${join(home, "go/bin")}:/usr/sbin:/usr/bin:/sbin:/bin`,
        HOME: home,
        TMPDIR: home,
        // Of all caches the one of compiled packages alone outlives a command: it holds nothing of a proxy.
        GOCACHE: join(scratch, "gocache"),
        GOPROXY: `file://${join(kit, "proxy")}`,
        GOENV: "off",
        GOTOOLCHAIN: "local",
        CGO_ENABLED: "0",
        ...(gosumdb === undefined ? {} : { GOSUMDB: gosumdb }),
        ...env,
      };
      try {
        return await runIsolated(command, folder, environment);
      } finally {
        await removeTree(home);
      }
    },
  };
}

async function removeSums(folder) {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (/^go\.(work\.)?sum$/.test(entry.name)) await rm(join(entry.parentPath, entry.name));
}

/** In a network of its own that has nothing but a loopback interface. */
async function runIsolated(command, cwd, env) {
  const started = performance.now();
  const child = spawn("unshare", ["-rn", "sh", "-c", `ip link set lo up || exit 99\n${command}`], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((done, failed) => child.on("error", failed).on("close", done)),
  ]);
  return { code: code ?? -1, stdout, stderr, ms: performance.now() - started };
}
