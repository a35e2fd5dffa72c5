import { types } from "node:util";

import { Pool, type Dispatcher } from "undici";

/**
 * Connections to a proxy that opens tunnels (CONNECT). A proxy that hangs up instead of answering ends in an error of
 * undici's own kind, and on that one undici would ask again at once, without end: so it is given another.
 */
export function tunnelPool(origin: URL, settings: object): Pool {
  const pool = new Pool(origin, settings);
  const connect: (options: Dispatcher.ConnectOptions) => Promise<Dispatcher.ConnectData> =
    pool.connect.bind(pool);
  // The form with a callback is not used by undici's proxy agent, which is alone with this pool.
  pool.connect = (options: Dispatcher.ConnectOptions) => connect(options).catch(refuse);
  return pool;
}

function refuse(cause: unknown): never {
  throw new Error(
    `the proxy opened no tunnel: ${types.isNativeError(cause) ? cause.message : String(cause)}`,
    { cause },
  );
}
