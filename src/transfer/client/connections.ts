import { EnvHttpProxyAgent, type Dispatcher } from "undici";

import { AirgoError } from "../../support/errors.js";
import { trustBeside } from "../credentials/authorities.js";
import { limitHead } from "./head-limit.js";
import { sharedLookup } from "./shared-lookup.js";
import { tunnelPool } from "./tunnel-pool.js";

export interface ConnectionOptions {
  /** PEM: certificate authorities that are trusted beside those that Node trusts. */
  readonly ca?: string | undefined;
  /** An origin that is asked over no proxy of the environment, whatever NO_PROXY says. */
  readonly direct?: string | undefined;
  /** For the head of an answer; milliseconds. */
  readonly headMs: number;
}

/** Milliseconds. */
const connectTimeout = 15_000;

/**
 * Connections on undici that honour HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
 * @throws AIRGO_PROXY_INVALID when one of these names no proxy
 */
export function createConnections(
  env: NodeJS.ProcessEnv,
  { ca, direct, headMs }: ConnectionOptions,
): Dispatcher {
  // The same three times: without a proxy, to a proxy that itself speaks https, and through a proxy's tunnel.
  const connect = {
    lookup: sharedLookup(),
    timeout: connectTimeout,
    ...(ca === undefined ? {} : { secureContext: trustBeside(ca, env) }),
  };
  return new EnvHttpProxyAgent({
    connections: 32,
    connect,
    proxyTls: connect,
    requestTls: connect,
    // Bodies are watched where they are read (transfer-limits.ts): undici's own limit does not say how much had come.
    bodyTimeout: 0,
    // So is the wait for a head (head-limit.ts): undici's own limit begins anew with each informational answer.
    headersTimeout: 0,
    // Plain http goes through a proxy as a plain request, as Go and curl send it: few proxies open tunnels for it.
    proxyTunnel: false,
    clientFactory: tunnelPool,
    ...proxySettings(env, direct),
  }).compose(limitHead(headMs));
}

/** All three are always given: undici reads the process's own environment for one that is not. */
function proxySettings(
  env: NodeJS.ProcessEnv,
  direct: string | undefined,
): { httpProxy: string; httpsProxy: string; noProxy: string } {
  const setting = (name: string): string => env[name] ?? env[name.toUpperCase()] ?? "";
  const noProxy = setting("no_proxy");
  return {
    httpProxy: proxyAddress("HTTP_PROXY", setting("http_proxy")),
    httpsProxy: proxyAddress("HTTPS_PROXY", setting("https_proxy")),
    // A star alone means everything; in a list it would not.
    noProxy: direct === undefined || noProxy === "*" ? noProxy : `${noProxy},${new URL(direct).host}`,
  };
}

/** As Go and curl read it: an address without a scheme means http. */
function proxyAddress(variable: string, text: string): string {
  if (text === "") return text;
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (/^https?:\/\//i.test(address) && URL.canParse(address) && isDecodable(new URL(address))) return address;
  throw new AirgoError("AIRGO_PROXY_INVALID", {
    what: `the variable ${variable} is not the address of a proxy that airgo can use`,
    where: address,
    expected: "http://host:port or https://host:port",
  });
}

/** undici decodes a proxy's credentials, and breaks on a percent sign that encodes nothing. */
function isDecodable({ username, password }: URL): boolean {
  return ![username, password].some((text) => /%(?![0-9a-f]{2})/i.test(text));
}
