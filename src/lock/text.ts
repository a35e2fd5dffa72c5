import { z } from "zod";

import { AirgoError } from "../support/errors.js";
import { byBytes, sortedBy } from "../support/order.js";
import { lockSchema, type Lock, type LockedKit } from "./schema.js";

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
  if (result.success) return result.data;
  throw new AirgoError("AIRGO_LOCK_INVALID", {
    what: `the lock is not of the form that this version of airgo writes:\n${z.prettifyError(result.error)}`,
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

/** The same lock with every list and key in its one order: kits are made from this, so that none has an order of its own. */
export function canonicalLock(lock: Lock): Lock {
  return {
    version: lock.version,
    serial: lock.serial,
    checksumDatabase: { ...lock.checksumDatabase, earlier: [...lock.checksumDatabase.earlier].sort((a, b) => b - a) },
    toolchains: sortedBy(lock.toolchains, (one) => `${one.version} ${one.arch}`),
    modules: sortedBy(lock.modules, (one) => `${one.path} ${one.version}`),
    kits: sortedRecord(lock.kits, sortedKit),
  };
}

function sortedKit(kit: LockedKit): LockedKit {
  return {
    go: sortedRecord(kit.go, (version) => version),
    arch: [...kit.arch].sort(byBytes),
    inputs: sortedBy(kit.inputs, (input) => input.name).map((input) => ({
      name: input.name,
      scope: input.scope,
      files: sortedRecord(input.files, (digest) => digest),
      modules: [...input.modules].sort(byBytes),
      graph: [...input.graph].sort(byBytes),
    })),
  };
}

function sortedRecord<T>(record: Readonly<Record<string, T>>, each: (value: T) => T): Record<string, T> {
  return Object.fromEntries(sortedBy(Object.entries(record), ([key]) => key).map(([key, value]) => [key, each(value)]));
}

/** Objects that hold no object but digests (`zip`, `mod`) and lists of plain values stay on one line. */
function render(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null || isLeaf(value)) return inline(value);
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((item) => inner + render(item, inner))
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => `${inner}${JSON.stringify(key)}: ${render(item, inner)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  return lines.length === 0 ? open + close : `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}

function isLeaf(value: object): boolean {
  return "record" in value;
}

function inline(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const parts = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => `${JSON.stringify(key)}: ${inline(item)}`);
  return `{ ${parts.join(", ")} }`;
}
