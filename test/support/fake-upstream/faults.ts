import type { IncomingMessage, ServerResponse } from "node:http";

import { makeZip, type ZipEntry } from "../make-zip.js";
import type { Resource } from "./world.js";

/** Bytes of what would be sent, or a part of it in percent. */
export type Amount = number | `${number}%`;

/** What a fault does to the responses it meets. */
export type FaultEffect =
  /** An error status; `retryAfter` becomes the header of that name. */
  | { readonly kind: "status"; readonly status: number; readonly retryAfter?: string }
  /** Ends the body after so many bytes, in good order. `honest`: Content-Length tells the shorter length. */
  | { readonly kind: "truncate"; readonly after: Amount; readonly honest?: boolean }
  /** Resets the connection after so many bytes of the body. */
  | { readonly kind: "reset"; readonly after: number }
  /** Sends so many bytes of the body and then nothing, until the client gives up; without `after`, not even headers. */
  | { readonly kind: "stall"; readonly after?: number }
  /** Inverts the bits of one byte; `at` counts from the end when negative. */
  | { readonly kind: "flip"; readonly at: number }
  /** Answers 200 with a web page, as captive portals do. */
  | { readonly kind: "html" }
  /** Answers with a redirect to the same resource below another path of this server, or to `location`. */
  | { readonly kind: "redirect"; readonly status?: number; readonly location?: string }
  /** Ignores Range and does not offer it. */
  | { readonly kind: "no-range" }
  /** Answers HEAD with 405. */
  | { readonly kind: "no-head" }
  /** Sends this ETag, or none. */
  | { readonly kind: "etag"; readonly value: string | undefined }
  /** Answers what is served at another path (below the base path). */
  | { readonly kind: "serve"; readonly path: string }
  /** A zip with other bytes and the same `h1:`. */
  | { readonly kind: "repack" }
  /** A well-formed zip in which one file has other content. */
  | { readonly kind: "tamper" }
  /** Any other change of the body. */
  | { readonly kind: "rewrite"; readonly change: (body: Buffer) => Buffer }
  /** Told of the request, then goes on as without it. */
  | { readonly kind: "tell"; readonly tell: () => void }
  /** Any other answer; `body` is what would be served. */
  | {
      readonly kind: "handle";
      readonly handle: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;
    };

/** A fault in place; `hits` counts the responses it has met. */
export interface Fault {
  readonly path: RegExp;
  readonly effect: FaultEffect;
  readonly times: number;
  hits: number;
}

/** The switches of a fake upstream. Those that match a request all take part, in the order they were set. */
export class Faults {
  readonly #faults = new Set<Fault>();

  /** Sets a fault for every URL path that matches, for the first `times` of its requests. */
  add(path: RegExp, effect: FaultEffect, times = Number.POSITIVE_INFINITY): Fault {
    const fault = { path, effect, times, hits: 0 };
    this.#faults.add(fault);
    return fault;
  }

  remove(fault: Fault): void {
    this.#faults.delete(fault);
  }

  clear(): void {
    this.#faults.clear();
  }

  /** Those that have not met what they are for: no request at all, or fewer than their number. */
  unmet(): Fault[] {
    return [...this.#faults].filter(({ hits, times }) => hits < (Number.isFinite(times) ? times : 1));
  }

  /** The effects on one request; each of them counts it. What only changes a body has none on HEAD. */
  effectsOn(path: string, method = "GET"): FaultEffect[] {
    const active = [...this.#faults].filter(
      (fault) =>
        fault.hits < fault.times &&
        fault.path.test(path) &&
        (method !== "HEAD" || !bodyOnly.has(fault.effect.kind)),
    );
    for (const fault of active) fault.hits += 1;
    return active.map(({ effect }) => effect);
  }
}

const bodyOnly: ReadonlySet<FaultEffect["kind"]> = new Set([
  "truncate",
  "reset",
  "flip",
  "repack",
  "tamper",
  "rewrite",
  "handle",
]);

/** The body after all effects that change its bytes. */
export function changedBody({ body, entries = [] }: Resource, effects: readonly FaultEffect[]): Buffer {
  let changed = body;
  for (const effect of effects) {
    if (effect.kind === "html")
      changed = Buffer.from("<!doctype html><title>Sign in</title><p>Please sign in.\n");
    if (effect.kind === "repack")
      changed = makeZip(entries.toReversed().map((entry) => ({ ...entry, store: true })));
    if (effect.kind === "tamper") changed = makeZip(tampered(entries));
    if (effect.kind === "rewrite") changed = effect.change(changed);
    if (effect.kind === "flip") changed = flipped(changed, effect.at);
  }
  return changed;
}

function flipped(body: Buffer, at: number): Buffer {
  const copy = Buffer.from(body);
  const index = at < 0 ? copy.length + at : at;
  const byte = copy[index];
  if (byte === undefined) throw new Error(`no byte ${at} in a body of ${body.length}`);
  copy[index] = byte ^ 0xff;
  return copy;
}

function tampered(entries: readonly ZipEntry[]): ZipEntry[] {
  const victim = entries.find(({ name }) => name.endsWith(".go")) ?? entries.at(-1);
  return entries.map((entry) =>
    entry === victim
      ? { ...entry, data: Buffer.concat([Buffer.from(entry.data), Buffer.from("// tampered\n")]) }
      : entry,
  );
}
