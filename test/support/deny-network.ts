import dns from "node:dns";
import net from "node:net";
import { sep } from "node:path";

import { expect } from "@jest/globals";

/**
 * Refuses every outgoing connection of a test process that is not to this machine, so that no test comes to depend on
 * a network unnoticed. Files under test/live may connect when AIRGO_LIVE_TESTS is set. What a child process does is
 * not covered: give children a loopback GOPROXY.
 */

/** The error that a refused connection or name look-up ends with. */
class NetworkDeniedError extends Error {
  override readonly name = "NetworkDeniedError";
  readonly code = "ERR_TEST_NETWORK_DENIED";

  constructor(target: string) {
    super(
      `tests may not use the network, but something connects to ${target}: ` +
        `use the fake upstream, or put the test under test/live and set AIRGO_LIVE_TESTS`,
    );
  }
}

function isLive(): boolean {
  if (!process.env["AIRGO_LIVE_TESTS"]) return false;
  return expect.getState().testPath?.includes(`${sep}test${sep}live${sep}`) ?? false;
}

function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  if (name === "localhost" || name.endsWith(".localhost") || name === "::1") return true;
  const address = name.replace(/^::ffff:/, "");
  return net.isIPv4(address) && address.startsWith("127.");
}

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

function isFunction(value: unknown): value is AnyFunction {
  return typeof value === "function";
}

/**
 * Node's core modules are shared by all test files of a process while `expect` is not, so each file wraps the
 * originals anew, instead of what the file before it has left.
 */
function wrap(owner: object, method: string, around: (original: AnyFunction) => AnyFunction): void {
  const key = Symbol.for(`airgo.test.original.${method}`);
  const original: unknown = Reflect.get(owner, key) ?? Reflect.get(owner, method);
  if (!isFunction(original)) throw new TypeError(`there is no ${method} to guard`);
  Object.defineProperty(owner, key, { value: original, configurable: true });
  Reflect.set(owner, method, around(original));
}

wrap(
  net.Socket.prototype,
  "connect",
  (original) =>
    function connect(this: unknown, ...args: unknown[]) {
      const target = deniedTarget(args);
      if (target === undefined || isLive() || !(this instanceof net.Socket))
        return original.apply(this, args);
      // In a later tick, as a real failure would be: the caller has its listeners in place by then.
      process.nextTick(() => this.destroy(new NetworkDeniedError(target)));
      return this;
    },
);

wrap(
  dns,
  "lookup",
  (original) =>
    function lookup(this: unknown, ...args: unknown[]) {
      const host = deniedHost(args[0]);
      if (host === undefined || isLive()) return original.apply(this, args);
      const callback = args.at(-1);
      if (!isFunction(callback)) throw new NetworkDeniedError(host);
      process.nextTick(() => callback(new NetworkDeniedError(host)));
      return {};
    },
);

wrap(
  dns.promises,
  "lookup",
  (original) =>
    async function lookup(this: unknown, ...args: unknown[]) {
      const host = deniedHost(args[0]);
      if (host !== undefined && !isLive()) throw new NetworkDeniedError(host);
      return original.apply(this, args);
    },
);

/** The host, unless it is this machine (which is also what no host means). */
function deniedHost(host: unknown): string | undefined {
  return typeof host !== "string" || isLoopback(host) ? undefined : host;
}

/**
 * What a call of Socket.connect is refused for, or undefined when it stays on this machine. net.connect passes its
 * arguments on as one array; everybody else passes options, a port and host, or the path of a unix socket.
 */
function deniedTarget(args: unknown[]): string | undefined {
  const [first, second]: unknown[] = Array.isArray(args[0]) ? args[0] : args;
  if (typeof first === "object" && first !== null) {
    if ("path" in first && first.path) return undefined;
    return deniedHost("host" in first ? first.host : undefined);
  }
  return deniedHost(second);
}
