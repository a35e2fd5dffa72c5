import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";

import { createFakeChecksumDb } from "../fake-checksumdb.js";
import { FakeDownloads, type ArchiveOptions } from "./downloads.js";
import { Faults } from "./faults.js";
import { findRealGo } from "./real-go.js";
import { respond } from "./respond.js";
import { toolchainModule, type FakeToolchain } from "./toolchain.js";
import { FakeWorld, type FakeModule, type ModuleHashes } from "./world.js";

/** A request that the fake upstream has met; `status` is 0 until it is answered. */
export interface SeenRequest {
  readonly method: string;
  /** The path of the URL, escaped as it was sent, base path included. */
  readonly path: string;
  /** What was asked for as it was sent, query included. */
  readonly url: string;
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** The Range header, if there was one. */
  readonly range: string | undefined;
  status: number;
}

export interface DoorOptions {
  /** The path that the proxy lives below. */
  readonly basePath?: string;
  /** Key and certificate, PEM: then it speaks https. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** The one value of the header Authorization that it accepts; what comes without it is answered 401. */
  readonly authorization?: string;
}

export interface FakeUpstreamOptions extends DoorOptions {
  /** The name of its checksum database, as in sum.golang.org. */
  readonly sumdb?: string;
}

/** One address of a fake upstream, with requests and faults of its own. */
export interface Door {
  /** For GOPROXY, or `sources.proxy` of a manifest. */
  readonly proxyUrl: string;
  /** For `sources.go` of a manifest: what go.dev/dl is. */
  readonly downloadsUrl: string;
  readonly requests: SeenRequest[];
  readonly faults: Faults;
  close(): Promise<void>;
}

/** A module proxy and checksum database on the loopback interface that really works, and fails on demand. */
export interface FakeUpstream extends Door {
  /** The name of its checksum database. */
  readonly sumdb: string;
  /** For GOSUMDB, or `sources.sumdb` of a manifest. */
  readonly verifierKey: string;
  addModule(module: FakeModule): ModuleHashes;
  addToolchain(toolchain: FakeToolchain): ModuleHashes;
  /** Publishes a toolchain as an official archive; in the checksum database it is where `addToolchain` puts it. */
  addArchive(toolchain: FakeToolchain, options?: ArchiveOptions): Promise<void>;
  /** The key that signs archives, armored. */
  archiveKey(): Promise<string>;
  /** The hashes of a module version that was added. */
  hashes(path: string, version: string): ModuleHashes;
  /** Opens another address where the same is served; the caller closes it. */
  door(options?: DoorOptions): Promise<Door>;
}

/** Starts an empty fake upstream on a free port of 127.0.0.1. */
export async function startFakeUpstream(options: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
  const { sumdb = "sum.example.com" } = options;
  const database = createFakeChecksumDb(sumdb);
  const world = new FakeWorld(database);
  const downloads = new FakeDownloads();
  const realGo = findRealGo();
  return {
    ...(await openDoor({ world, downloads }, options)),
    sumdb,
    verifierKey: database.verifierKey,
    addModule: (module) => world.add(module),
    addToolchain: (toolchain) => world.add(toolchainModule(toolchain, realGo)),
    addArchive: (toolchain, how) =>
      downloads.add(toolchain.version, toolchain.arch, toolchainModule(toolchain, realGo), how),
    archiveKey: () => downloads.publicKey(),
    hashes: (path, version) => world.hashes(path, version),
    door: (its = {}) => openDoor({ world, downloads }, its),
  };
}

async function openDoor(
  { world, downloads }: Pick<Exchange, "world" | "downloads">,
  { basePath = "/go", tls, authorization }: DoorOptions,
): Promise<Door> {
  const faults = new Faults();
  const requests: SeenRequest[] = [];
  const listener: RequestListener = (request, response) => {
    const seen = recordRequest(request);
    requests.push(seen);
    const isAllowed = authorization === undefined || request.headers.authorization === authorization;
    if (isAllowed) answer({ request, response, seen, basePath, world, downloads, faults });
    else respond({ request, response, seen }, { status: 401 }, []);
  };
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer({ ...tls }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const origin = `${tls === undefined ? "http" : "https"}://127.0.0.1:${portOf(server)}`;
  return {
    proxyUrl: `${origin}${basePath}`,
    downloadsUrl: `${origin}${downloadsPath}`,
    requests,
    faults,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Where archives of Go are. */
const downloadsPath = "/dl";

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the fake upstream has no port");
  return address.port;
}

function recordRequest(request: IncomingMessage): SeenRequest {
  const { method = "", url = "/", headers } = request;
  const [path = "/"] = url.split("?");
  return { method, path, url, headers, range: headers.range, status: 0 };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly seen: SeenRequest;
  readonly basePath: string;
  readonly world: FakeWorld;
  readonly downloads: FakeDownloads;
  readonly faults: Faults;
}

function answer({ request, response, seen, basePath, world, downloads, faults }: Exchange): void {
  const redirected = seen.path.startsWith("/elsewhere/");
  const asked = unescapePath(redirected ? seen.path.slice("/elsewhere".length) : seen.path);
  // A redirect leads to the same path below /elsewhere, which must not redirect again.
  const effects = faults
    .effectsOn(seen.path, seen.method)
    .filter(({ kind }) => !(redirected && kind === "redirect"));
  const below = asked.startsWith(`${basePath}/`) ? asked.slice(basePath.length + 1) : "";
  const other = effects.find((effect) => effect.kind === "serve");
  const isDownload = asked.startsWith(`${downloadsPath}/`);
  const found = isDownload
    ? downloads.find(other?.path ?? asked.slice(downloadsPath.length + 1), seen.url.slice(seen.path.length))
    : world.find(other?.path ?? below);
  respond({ request, response, seen }, found, effects);
}

/** The path without percent-encoding; one that cannot be decoded stays as it is, and is not found. */
function unescapePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
