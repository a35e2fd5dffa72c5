import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { isAirgoError, messageOf } from "../support/errors.js";
import { unescapePath, unescapeVersion } from "./escape.js";
import { canonicalInfo } from "./info.js";
import type { ModuleFiles } from "./module-files.js";
import { keyOf, type ModuleVersion } from "./module-version.js";

/** What the go command asked the loopback proxy for: the closure is made of this. */
export interface AskedFor {
  /** Versions whose go.mod was read. */
  readonly mods: ReadonlyMap<string, ModuleVersion>;
  /** The first failure that was no "no such thing": more telling than what go says of it. */
  readonly failure: unknown;
  /** The first "no such thing". Go may have gone on without it; when it did not, this says why. */
  readonly missing: unknown;
}

/** A module proxy on the loopback interface, in front of the store and the upstreams, that records its questions. */
export interface LoopbackProxy {
  /** A GOPROXY value for one question; what is asked through it is recorded under that question only. */
  open(): { readonly url: string; asked(): AskedFor };
  close(): Promise<void>;
}

interface Question {
  readonly mods: Map<string, ModuleVersion>;
  failure: unknown;
  missing: unknown;
}

/**
 * Starts it on a free port of 127.0.0.1. The go command talks to nothing else. Every user of the machine reaches that
 * port, and behind it stand this user's credentials: only who knows a question's path, which nobody can guess, gets an
 * answer or adds to what is recorded.
 */
export async function startLoopbackProxy(files: ModuleFiles): Promise<LoopbackProxy> {
  const questions = new Map<string, Question>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "GET") return send(response, 405, "GET only");
    const [, key = "", below = ""] = /^\/([0-9a-f]+)\/(.+)$/.exec(request.url ?? "") ?? [];
    const question = questions.get(key);
    if (question === undefined) return send(response, 404, "no such question");
    try {
      const data = await readAnswer(files, below, question);
      return data === undefined ? send(response, 404, "not served") : send(response, 200, data);
    } catch (error) {
      if (isAirgoError(error) && error.code === "AIRGO_UPSTREAM_MISSING") {
        question.missing ??= error;
        return send(response, 404, error.message);
      }
      question.failure ??= error;
      return send(response, 502, messageOf(error));
    }
  }

  const server = createServer((request, response) => void answer(request, response));
  await listen(server);
  const { port } = server.address() as AddressInfo;
  return {
    open() {
      const question: Question = { mods: new Map(), failure: undefined, missing: undefined };
      const key = randomBytes(16).toString("hex");
      questions.set(key, question);
      return { url: `http://127.0.0.1:${port}/${key}`, asked: () => question };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Dispatches on the protocol's paths: `<module>/@v/<version>.info|mod`, `<module>/@v/list`, `<module>/@latest`. */
async function readAnswer(
  files: ModuleFiles,
  below: string,
  question: Question,
): Promise<string | Buffer | undefined> {
  const [, escaped = "", tail = ""] = /^(.+)\/(@v\/[^/]+|@latest)$/.exec(below) ?? [];
  const path = readOrUndefined(() => unescapePath(decodeURIComponent(escaped)));
  if (path === undefined) return undefined;
  if (tail === "@v/list" || tail === "@latest") return files.raw(path, tail);
  const [, name = "", kind] = /^@v\/(.+)\.(info|mod)$/.exec(tail) ?? [];
  // Go asks for a branch or a commit too, where a go.mod requires one; kits are made of versions only.
  const version = readOrUndefined(() => unescapeVersion(decodeURIComponent(name)));
  if (version === undefined) return undefined;
  const module = { path, version };
  if (kind === "info") return canonicalInfo(await files.info(module));
  const data = await files.readMod(module);
  question.mods.set(keyOf(module), module);
  return data;
}

/** What cannot be read is nothing that any proxy has. */
function readOrUndefined(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, status: number, body: string | Buffer): void {
  response.writeHead(status, { "content-length": Buffer.byteLength(body) }).end(body);
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}
