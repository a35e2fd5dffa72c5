// The table of commands in docs/promises.md: the tests run what the page says, so that neither drifts.
import { readFileSync } from "node:fs";

export const scopes = ["build", "tidy", "all"];

export function readPromises(file = "docs/promises.md") {
  const rows = readFileSync(file, "utf8").matchAll(/^\| `([^`]+)` \| (build|tidy|all) \| (.+) \|$/gm);
  return [...rows].map(([, command, scope, without]) => ({
    command,
    scope,
    withoutSums: without === "the same" ? command : /^`([^`]+)`$/.exec(without)?.[1],
  }));
}

export function promisedBy(scope, promises) {
  return promises.filter((promise) => scopes.indexOf(promise.scope) <= scopes.indexOf(scope));
}

export function fillIn(command, { REQUIRED, PACKAGE }) {
  return command
    .replaceAll("REQUIRED@VERSION", REQUIRED)
    .replaceAll("REQUIRED", REQUIRED.slice(0, REQUIRED.lastIndexOf("@")))
    .replaceAll("PACKAGE", PACKAGE);
}
