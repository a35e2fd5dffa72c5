import type { Manifest } from "../manifest/schema.js";
import type { ProxyEntry } from "../modules/goproxy.js";
import { orderedProxies } from "../modules/proxy-order.js";
import { proxySetting } from "../modules/proxy-setting.js";
import type { HttpClient } from "../transfer/client/http.js";
import { askForAnswer, mirrorOrder, orderText } from "../transfer/mirror-order.js";
import { requireFolder } from "../transfer/client/file-source.js";
import { isAirgoError } from "../support/errors.js";
import { isFileUrl } from "../support/file-url.js";
import type { RunContext } from "./context.js";

/** Lists of places to ask, in the order that `sources.policy` gives them. */
export interface ProxyLists {
  /** The module proxies that somebody configured; AIRGO_PROXY_UNSET where nobody did. */
  configured(): Promise<ProxyEntry[]>;
  /** Addresses of archives, any of which will do. */
  anyOf(addresses: readonly string[]): Promise<ProxyEntry[]>;
  /** A list that somebody else names. */
  ordered(entries: readonly ProxyEntry[]): Promise<ProxyEntry[]>;
}

/**
 * What every module proxy answers from its own settings, whether it mirrors that database or not: it need fetch nothing
 * first, the answer is empty, and no name of a module is in the question (https://go.dev/ref/mod#checksum-database).
 */
const proxyProbe = "sumdb/sum.golang.org/supported";

export function proxyLists(
  context: RunContext,
  http: HttpClient,
  { proxy, policy }: Manifest["sources"],
): ProxyLists {
  const { emit, now, signal, env, run, paths } = context;
  /** Orders neighbours of which any will do, and tells the order in the log. */
  const ordering = (what: string, probe: string) => (bases: readonly string[]) =>
    mirrorOrder(bases, {
      policy,
      ask: (base, ends) =>
        isFileUrl(base) ? requireFolder(base) : askForAnswer(http, `${base}/${probe}`, ends),
      now,
      signal,
      onMeasured: (measured) =>
        emit({ type: "note", stage: "fetch", text: `${what}, the fastest first: ${orderText(measured)}` }),
    });
  const ordered = (entries: readonly ProxyEntry[]) =>
    orderedProxies(entries, ordering("proxies", proxyProbe));
  return {
    ordered,
    configured: async () => ordered(await proxySetting(proxy, env, run, paths.folder)),
    anyOf: (addresses) => orderedProxies(joined(addresses), ordering("archives of Go", "")),
  };
}

/** Any of these will do: the next one is asked after any failure. */
function joined(addresses: readonly string[]): ProxyEntry[] {
  return addresses.map((base, at) => ({
    base,
    kind: "proxy",
    next: at === addresses.length - 1 ? "end" : "when-failing",
  }));
}

export function isProxyUnset(error: unknown): boolean {
  return isAirgoError(error) && error.code === "AIRGO_PROXY_UNSET";
}
