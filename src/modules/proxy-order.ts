import type { ProxyEntry } from "./goproxy.js";

/** Gives the same addresses in the order in which they are to be asked. */
export type OrderOf = (bases: readonly string[]) => Promise<readonly string[]>;

/**
 * The proxies of a list, with each group of neighbours that `|` joins in the order that `orderOf` gives it: any proxy of
 * such a group will do. Nothing moves across `,`, which says that only the first may have a word, nor across `direct`
 * and `off`. What leads on from an entry belongs to its place in the list, not to its address.
 */
export async function orderedProxies(
  entries: readonly ProxyEntry[],
  orderOf: OrderOf,
): Promise<ProxyEntry[]> {
  const groups = await Promise.all(
    groupsOf(entries).map(async (group) => {
      if (group.length < 2) return group;
      const bases = await orderOf(group.map(({ base }) => base));
      return group.map((entry, place) => ({ ...entry, base: bases[place] ?? entry.base }));
    }),
  );
  return groups.flat();
}

/** Neighbours that `|` joins; everything else is alone. */
function groupsOf(entries: readonly ProxyEntry[]): ProxyEntry[][] {
  const groups: ProxyEntry[][] = [];
  let before: ProxyEntry | undefined;
  for (const entry of entries) {
    const isJoined = before?.next === "when-failing" && entry.kind === "proxy";
    if (isJoined) groups.at(-1)?.push(entry);
    else groups.push([entry]);
    before = entry;
  }
  return groups;
}
