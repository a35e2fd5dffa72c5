import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";

import type { ObjectId } from "../store/store.js";
import { isUnobtainable } from "../support/absence.js";
import { hasSystemCode, messageOf } from "../support/errors.js";
import { canonicalInfo } from "./info.js";
import type { ModuleInput } from "./inputs.js";
import type { ModuleFiles } from "./module-files.js";
import type { LocalModules } from "./local-modules.js";
import { notPublished } from "./module-absence.js";
import { keyOf, type ModuleVersion } from "./module-version.js";
import { lookedUp, readRequest, type ProxyRequest } from "./proxy-request.js";
import type { AskedModule } from "./requirement-chain.js";

/** What the go command asked the loopback proxy for: the closure is made of this. */
export interface AskedFor {
  /** Versions whose go.mod was read. */
  readonly mods: ReadonlyMap<string, ModuleVersion>;
  /** The first failure that was no "no such thing": more telling than what go says of it. */
  readonly failure: FailedAnswer | undefined;
  /** The first "no such thing". Go may have gone on without it; when it did not, this says why. */
  readonly missing: FailedAnswer | undefined;
}

/** What could not be answered. */
export interface FailedAnswer {
  readonly error: unknown;
  /** What it was asked of; a question about no version in particular has none. Undefined for a database's own answers. */
  readonly module: AskedModule | undefined;
}

/** A module proxy on the loopback interface, in front of the store and the upstreams, that records its questions. */
export interface LoopbackProxy {
  /** A GOPROXY value for one question; what is asked through it is recorded under that question only. */
  open(input: ModuleInput): { readonly url: string; asked(): AskedFor };
  close(): Promise<void>;
}

export interface LoopbackProxyOptions {
  readonly files: Pick<ModuleFiles, "info" | "readMod" | "raw">;
  /** A zip that has been verified, and where it lies. */
  readonly zip: (module: ModuleVersion) => Promise<{ readonly id: ObjectId; readonly file: string }>;
  /** An answer of the checksum database, by its path below it; undefined for "no such thing". */
  readonly database: {
    readonly name: string;
    readonly answer: (path: string) => Promise<Buffer | undefined>;
  };
  /** What is answered with "no such thing" before anybody hears of it. */
  readonly local: Pick<LocalModules, "isUnasked">;
  /** Told of what go is about to need, before it is answered: its go.mod, or its `.info`, which listing asks for. */
  readonly onAsked: (input: ModuleInput, module: ModuleVersion, kind: "mod" | "info") => void;
}

interface Question {
  readonly input: ModuleInput;
  readonly mods: Map<string, ModuleVersion>;
  failure: FailedAnswer | undefined;
  missing: FailedAnswer | undefined;
}

/** Bytes, or a file to send. */
type Answer = string | Buffer | { readonly file: string; readonly size: number } | undefined;

/**
 * Starts it on a free port of 127.0.0.1. The go command talks to nothing else. Every user of the machine reaches that
 * port, and behind it stand this user's credentials: only who knows a question's path, which nobody can guess, gets an
 * answer or adds to what is recorded.
 */
export async function startLoopbackProxy(options: LoopbackProxyOptions): Promise<LoopbackProxy> {
  const questions = new Map<string, Question>();

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "GET") return send(response, 405, "GET only");
    const [, key = "", below = ""] = /^\/([0-9a-f]+)\/(.+)$/.exec(request.url ?? "") ?? [];
    const question = questions.get(key);
    if (question === undefined) return send(response, 404, "no such question");
    // The question has failed already: go should end, not try what else there may be.
    if (question.failure !== undefined) return send(response, 502, messageOf(question.failure.error));
    const asked = readRequest(below);
    try {
      const answer = asked === undefined ? undefined : await answerTo(options, asked, question);
      if (answer === undefined) return send(response, 404, "not served");
      if (typeof answer === "string" || Buffer.isBuffer(answer)) return send(response, 200, answer);
      response.writeHead(200, { "content-length": answer.size });
      await pipeline(createReadStream(answer.file), response);
    } catch (error) {
      // Go has left, perhaps with the whole file: what it makes of that, it says itself.
      const hasLeft = hasSystemCode(error, "ERR_STREAM_PREMATURE_CLOSE", "ECONNRESET", "EPIPE");
      if (response.headersSent && hasLeft) return;
      const failed = { error, module: moduleOf(asked) };
      if (isUnobtainable(error)) {
        question.missing ??= failed;
        return send(response, 404, messageOf(error));
      }
      question.failure ??= failed;
      // Half a file can't be taken back; go sees that it is short.
      if (response.headersSent) response.destroy();
      else send(response, 502, messageOf(error));
    }
  }

  const server = createServer((request, response) => void respond(request, response));
  await listen(server);
  const { port } = server.address() as AddressInfo;
  return {
    open(input) {
      const question: Question = { input, mods: new Map(), failure: undefined, missing: undefined };
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

async function answerTo(
  { files, zip, database, local, onAsked }: LoopbackProxyOptions,
  request: ProxyRequest,
  question: Question,
): Promise<Answer> {
  const asked = moduleOf(request);
  if (asked !== undefined && local.isUnasked(question.input, asked)) return unasked(request);
  if (request.kind === "raw") return files.raw(request.path, request.tail);
  if (request.kind === "database")
    return request.name === database.name ? database.answer(request.path) : undefined;
  const { kind, module } = request;
  if (kind === "zip") {
    const { id, file } = await zip(module);
    return { file, size: id.size };
  }
  onAsked(question.input, module, kind);
  if (kind === "info") return canonicalInfo(await files.info(module));
  const data = await files.readMod(module);
  question.mods.set(keyOf(module), module);
  return data;
}

/** Nothing; without its go.mod go cannot go on, and then the reason is told. */
function unasked(request: ProxyRequest): undefined {
  if (request.kind === "mod") throw notPublished(request.module);
  return undefined;
}

function moduleOf(request: ProxyRequest | undefined): AskedModule | undefined {
  if (request === undefined) return undefined;
  if (request.kind === "database") return lookedUp(request.path);
  return request.kind === "raw" ? { path: request.path } : request.module;
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
