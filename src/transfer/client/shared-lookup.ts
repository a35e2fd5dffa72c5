import { lookup, type LookupAddress, type LookupOptions } from "node:dns";
import type { LookupFunction } from "node:net";

type Told = Parameters<LookupFunction>[2];

/** What is known of a name, or who waits for it. */
interface Asked {
  addresses?: LookupAddress[];
  readonly waiting: ((error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void)[];
}

/**
 * A resolver that asks for each name once and tells all who ask. Dozens of connections open at the same moment, and
 * each would ask by itself: resolvers drop such bursts, and the system waits 5 seconds before it asks again.
 * @param resolve the system's; a failure is told and not kept
 */
export function sharedLookup(resolve: typeof lookup = lookup): LookupFunction {
  const known = new Map<string, Asked>();

  function ask(host: string, options: LookupOptions, tell: Asked["waiting"][number]): void {
    const key = JSON.stringify([host, options.family ?? 0, options.hints ?? 0]);
    const before = known.get(key);
    // Callers rely on being told later, never at once.
    if (before?.addresses !== undefined) return process.nextTick(tell, null, before.addresses);
    if (before !== undefined) return void before.waiting.push(tell);
    const asked: Asked = { waiting: [tell] };
    known.set(key, asked);
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error === null) asked.addresses = addresses;
      else known.delete(key);
      for (const waiting of asked.waiting) waiting(error, addresses);
    });
  }

  return (host, options, callback: Told) => {
    ask(host, options, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null) callback(error, []);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first?.address ?? "", first?.family ?? 0);
    });
  };
}
