import { z } from "zod";

import { AirgoError } from "../support/errors.js";
import { canonicalLock } from "./canonical.js";
import { contradictionsOf } from "./consistency.js";
import { lockSchema, type Lock } from "./schema.js";

export { canonicalLock } from "./canonical.js";

/**
 * Reads the text of a lock.
 * @throws AIRGO_LOCK_INVALID with every mistake found
 */
export function parseLock(text: string, file: string): Lock {
  const hint = `restore ${file} from version control, or delete it and run \`airgo bundle\` again`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AirgoError("AIRGO_LOCK_INVALID", { what: "the lock is not JSON", where: file, hint, cause });
  }
  const result = lockSchema.safeParse(value);
  if (result.success) return consistent(result.data, file, hint);
  throw new AirgoError("AIRGO_LOCK_INVALID", {
    what: `the lock is not of the form that this version of airgo writes:\n${z.prettifyError(result.error)}`,
    where: file,
    hint,
  });
}

function consistent(lock: Lock, file: string, hint: string): Lock {
  const found = contradictionsOf(lock);
  if (found.length === 0) return lock;
  const shown = found.slice(0, 20).map((line) => `  ${line}`);
  throw new AirgoError("AIRGO_LOCK_INVALID", {
    what: `the lock contradicts itself, as after a merge gone wrong:\n${shown.join("\n")}`,
    where: file,
    hint,
  });
}

/**
 * The one text of a lock: JSON with every list sorted and one line per toolchain, module or module name, so that a
 * change of one module is a change of one line.
 */
export function formatLock(lock: Lock): string {
  return `${render(canonicalLock(lock), "")}\n`;
}

/** `items` are the values of a list, each of which stays on one line. */
function render(value: unknown, indent: string, items: "inline" | "lines" = "lines"): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((item) => inner + (items === "inline" ? inline(item) : render(item, inner)))
    : Object.entries(value).map(([key, item]) => {
        const isTable = indent === "" && (key === "toolchains" || key === "modules");
        return `${inner}${JSON.stringify(key)}: ${render(item, inner, isTable ? "inline" : "lines")}`;
      });
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  return lines.length === 0 ? open + close : `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}

/** A toolchain or module: it holds plain values and digests, no lists. */
function inline(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}: ${inline(item)}`)
    .join(", ")} }`;
}
