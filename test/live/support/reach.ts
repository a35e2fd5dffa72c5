import { execFileSync, spawnSync } from "node:child_process";

import { findTool } from "../../support/tools.js";

/** What a live test lacks here, in words; empty when it can run. */
export function liveNeeds(tools: readonly string[]): string[] {
  return [
    ...(process.env["AIRGO_LIVE_TESTS"] === "0" ? ["AIRGO_LIVE_TESTS is 0"] : []),
    ...offlineNeeds(tools),
    ...(isReachable(goProxy()) ? [] : ["the module proxy is not reachable"]),
  ];
}

/** What this machine lacks for a host without a network. */
export function offlineNeeds(tools: readonly string[]): string[] {
  const missing = [...tools, "ip", "tar", "unshare"].filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0) return missing.map((tool) => `no ${tool}`);
  const isolated = spawnSync("unshare", ["-rn", "ip", "link", "set", "lo", "up"]);
  return isolated.status === 0 ? [] : ["no network namespaces"];
}

/** Go's own setting, as the product finds it. */
function goProxy(): string {
  const fromEnv = process.env["GOPROXY"] ?? "";
  if (fromEnv !== "" || findTool("go") === undefined) return fromEnv;
  return execFileSync("go", ["env", "GOPROXY"], { encoding: "utf8" }).trim();
}

/** Asks in a process of its own: this one may not reach beyond loopback. */
function isReachable(list: string): boolean {
  const [first = ""] = list.split(/[,|]/);
  if (!first.startsWith("http")) return false;
  const script = `fetch(${JSON.stringify(`${first}/golang.org/toolchain/@v/list`)}).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`;
  return spawnSync(process.execPath, ["-e", script], { timeout: 30_000 }).status === 0;
}
