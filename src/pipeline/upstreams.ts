import type { ProxyEntry } from "../modules/goproxy.js";
import { createUpstream, placesFor, type Upstream } from "../modules/upstream.js";
import type { HttpClient } from "../transfer/client/http.js";
import { createSourceHealth } from "../transfer/source-health.js";
import type { RunContext } from "./context.js";
import { noteOrigin } from "./origins.js";

/**
 * Requests at the same time: they wait for answers, not for this machine. Small files and large ones have places of
 * their own, because go waits for the small ones.
 */
const atOnce = { small: 20, zips: 10 } as const;

/** Asks those of a list, which are looked up when one is first needed. */
export type UpstreamOver = (http: HttpClient, list: () => Promise<readonly ProxyEntry[]>) => Upstream;

/** Makes upstreams for one run, which tell in its log who is passed over, and share who does not work. */
export function upstreamsOf(context: RunContext): UpstreamOver {
  const { store, signal, delay, traffic, now } = context;
  const warn = (text: string): void => context.emit({ type: "warning", stage: "fetch", text });
  const health = createSourceHealth((base, reason) => warn(`${base} is not asked any more: ${reason}`));
  const places = placesFor(atOnce);
  return (http, proxies) =>
    createUpstream({
      http,
      store,
      proxies,
      signal,
      delay,
      places,
      traffic,
      now,
      health,
      onFetched: (sha256, address) => noteOrigin(store, sha256, address),
      onWrongBytes: (base, { message }) =>
        warn(`${base} is passed over, since it served wrong bytes: ${message}`),
    });
}
