/** Shares one promise among all who ask while it runs and after it worked; a failure is forgotten. */
export async function once<T>(
  known: Map<string, Promise<T>>,
  key: string,
  make: () => Promise<T>,
): Promise<T> {
  const running = known.get(key);
  if (running !== undefined) return running;
  const started = make();
  known.set(key, started);
  started.catch(() => known.delete(key));
  return started;
}
