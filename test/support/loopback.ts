import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** A server of one test. */
export interface Loopback {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** A real HTTP server on this machine that answers as a test says. */
export async function serve(answer: RequestListener): Promise<Loopback> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}

/** Something that a test waits for, told from within a callback. */
export function once(): { readonly happened: Promise<void>; readonly tell: () => void } {
  const event = new EventTarget();
  const happened = new Promise<void>((resolve) =>
    event.addEventListener("told", () => resolve(), { once: true }),
  );
  return { happened, tell: () => void event.dispatchEvent(new Event("told")) };
}
