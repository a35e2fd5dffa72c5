import { goZip, helloZip, type FaultGroup } from "./fault-case.js";

/** A clock that runs so many times as fast: what takes half a minute is over in two seconds. */
const inHaste = ["faketime", "-f", "+0 x20"];

/** Connections that do not come about, or say nothing. */
export const connections: FaultGroup = {
  title: "Connections that fail",
  cases: [
    {
      name: "nobody listens at the proxy's address",
      set: () => undefined,
      proxy: () => "http://127.0.0.1:9/go",
      exit: 4,
      code: "AIRGO_NETWORK",
      says: ["ECONNREFUSED", "http://127.0.0.1:9/go"],
    },
    {
      name: "the proxy's name is not known",
      set: () => undefined,
      tools: ["unshare"],
      // Without a network no resolver can be asked, and the answer comes at once.
      through: ["unshare", "-rn"],
      proxy: () => "http://goproxy.invalid/go",
      exit: 4,
      code: "AIRGO_NETWORK",
      says: ["getaddrinfo", "goproxy.invalid"],
    },
    {
      name: "a certificate from nobody who is trusted",
      tools: ["openssl"],
      tls: { names: "DNS:localhost,IP:127.0.0.1", isTrusted: false },
      set: () => undefined,
      exit: 4,
      code: "AIRGO_NETWORK",
      says: ["certificate", "check the address and the server's certificate"],
    },
    {
      name: "a certificate for another name",
      tools: ["openssl"],
      tls: { names: "DNS:elsewhere.example.com", isTrusted: true },
      set: () => undefined,
      exit: 4,
      code: "AIRGO_NETWORK",
      says: ["certificate", "check the address and the server's certificate"],
    },
    {
      name: "a transfer that stalls, once",
      tools: ["faketime"],
      through: inHaste,
      set: ({ door }) => void door.faults.add(goZip, { kind: "stall", after: 50_000 }, 1),
      exit: 0,
    },
    {
      name: "a transfer that stalls, each time",
      tools: ["faketime"],
      through: inHaste,
      set: ({ door }) => void door.faults.add(helloZip, { kind: "stall", after: 20 }),
      exit: 4,
      code: "AIRGO_NETWORK",
      says: ["the transfer stalled", "hello/@v/v1.0.0.zip", "20 bytes, then nothing"],
    },
    {
      name: "a request that is never answered",
      tools: ["faketime"],
      through: ["faketime", "-f", "+0 x40"],
      set: ({ door }) => void door.faults.add(helloZip, { kind: "stall" }),
      exit: 4,
      code: "AIRGO_NETWORK",
      says: ["the server took the request and gave no answer", "hello/@v/v1.0.0.zip"],
    },
  ],
};
