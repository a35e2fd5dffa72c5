import { resolve } from "node:path";

import type { PrivateSourceSpec } from "../manifest/schema.js";
import { parseGoProxy, type ProxyEntry } from "../modules/goproxy.js";
import { readAuthorities } from "../transfer/credentials/authorities.js";
import { readCredentials } from "../transfer/credentials/credentials.js";
import type { HttpClient } from "../transfer/client/http.js";
import type { RunContext } from "./context.js";
import { memo } from "./memo.js";

/** A proxy for private modules: nobody else is asked for them, and it is asked for nothing else. */
export interface PrivateSource {
  readonly match: readonly string[];
  readonly client: HttpClient;
  readonly proxies: () => Promise<ProxyEntry[]>;
}

/** Opens one. Its credentials are read when something is first asked of it: a full store needs none. */
export function openPrivateSource(context: RunContext, spec: PrivateSourceSpec): PrivateSource {
  const proxies = parseGoProxy(spec.proxy);
  const made = memo(() => createClient(context, spec));
  let isUsed = false;
  const client: HttpClient = {
    async request(url, options) {
      isUsed = true;
      return (await made()).request(url, options);
    },
    async close() {
      const opened = isUsed ? await made().catch(() => undefined) : undefined;
      await opened?.close();
    },
  };
  return { match: spec.match, client, proxies: async () => proxies };
}

/** @throws AIRGO_CREDENTIALS without anything of them */
async function createClient(
  { createHttp, env, paths }: RunContext,
  spec: PrivateSourceSpec,
): Promise<HttpClient> {
  const ca =
    spec.ca === undefined
      ? undefined
      : await readAuthorities(resolve(paths.folder, spec.ca.slice("file:".length)));
  const authorization =
    spec.auth === undefined
      ? undefined
      : {
          origin: new URL(spec.proxy).origin,
          value: (await readCredentials(spec.auth, spec.proxy, { env, folder: paths.folder })).authorization,
        };
  return createHttp({ ca, authorization });
}
