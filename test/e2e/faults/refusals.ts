import { expect } from "@jest/globals";

import { asked, everything, greetMod, hello, helloLookup, helloZip, type FaultGroup } from "./fault-case.js";

const inTwoSeconds = (): string => new Date(Date.now() + 2000).toUTCString();

/** Statuses that are no answer, redirects among them. */
export const refusals: FaultGroup = {
  title: "Servers that refuse",
  cases: [
    ...([429, 503] as const).flatMap(
      (status) =>
        [
          {
            name: `${status} with Retry-After in seconds, once`,
            set: ({ door }) => void door.faults.add(helloZip, { kind: "status", status, retryAfter: "1" }, 1),
            exit: 0,
          },
          {
            name: `${status} with Retry-After as a date, once`,
            set: ({ door }) =>
              void door.faults.add(helloZip, { kind: "status", status, retryAfter: inTwoSeconds() }, 1),
            exit: 0,
          },
          {
            name: `${status} with a Retry-After of an hour`,
            set: ({ door }) => void door.faults.add(helloZip, { kind: "status", status, retryAfter: "3600" }),
            isLocked: true,
            exit: 4,
            code: "AIRGO_UPSTREAM_STATUS",
            says: ["the server asks to wait 3600 seconds", "hello/@v/v1.0.0.zip"],
            also: {
              text: "it is asked once",
              holds: ({ door }) => expect(asked(door, helloZip)).toHaveLength(1),
            },
          },
        ] satisfies FaultGroup["cases"],
    ),
    {
      name: "503, twice",
      set: ({ door }) => void door.faults.add(greetMod, { kind: "status", status: 503 }, 2),
      exit: 0,
    },
    {
      name: "500, each time",
      set: ({ door }) => void door.faults.add(helloZip, { kind: "status", status: 500 }),
      isLocked: true,
      exit: 4,
      code: "AIRGO_UPSTREAM_STATUS",
      says: ["HTTP status 500", "hello/@v/v1.0.0.zip"],
      also: {
        text: "it is asked four times",
        holds: ({ door }) => expect(asked(door, helloZip)).toHaveLength(4),
      },
    },
    {
      name: "502 of the checksum database, once",
      set: ({ door }) => void door.faults.add(helloLookup, { kind: "status", status: 502 }, 1),
      exit: 0,
    },
    {
      name: "404 for a version that was there when it was locked",
      set: ({ door }) => void door.faults.add(helloZip, { kind: "status", status: 404 }),
      isLocked: true,
      exit: 4,
      code: "AIRGO_VERSION_NOT_FOUND",
      says: [hello],
    },
    {
      name: "410 for a version that was there when it was locked",
      set: ({ door }) => void door.faults.add(helloZip, { kind: "status", status: 410 }),
      isLocked: true,
      exit: 4,
      code: "AIRGO_MODULE_GONE",
      says: [hello],
    },
    {
      name: "403 for a zip",
      set: ({ door }) => void door.faults.add(helloZip, { kind: "status", status: 403 }),
      exit: 4,
      code: "AIRGO_UPSTREAM_DENIED",
      says: ["the server refuses access", "hello/@v/v1.0.0.zip"],
    },
    {
      name: "a redirect to where the same is served",
      set: ({ door }) => void door.faults.add(helloZip, { kind: "redirect" }),
      exit: 0,
    },
    {
      name: "a redirect that leads round in a circle",
      set: ({ door }) => void door.faults.add(helloZip, { kind: "redirect", location: "?again" }),
      exit: 4,
      code: "AIRGO_NETWORK",
      says: ["more than 5 redirects", "hello/@v/v1.0.0.zip"],
    },
    {
      name: "a redirect from https to http",
      tools: ["openssl"],
      tls: { names: "DNS:localhost,IP:127.0.0.1", isTrusted: true },
      set: ({ door, sound }) =>
        void door.faults.add(helloZip, {
          kind: "redirect",
          location: `${sound.proxyUrl}/example.com/hello/@v/v1.0.0.zip`,
        }),
      exit: 4,
      code: "AIRGO_NETWORK",
      says: ["a redirect leads to an address that is less protected", "hello/@v/v1.0.0.zip"],
    },
    {
      name: "500 for everything, from the first proxy of a list with `|`",
      set: ({ door }) => void door.faults.add(everything, { kind: "status", status: 500 }),
      proxy: ({ door, sound }) => `${door.proxyUrl}|${sound.proxyUrl}`,
      exit: 0,
      says: ["is not asked any more"],
      also: {
        text: "the next one of the list is asked",
        holds: ({ sound }) => expect(asked(sound, helloZip)).toHaveLength(1),
      },
    },
    {
      name: "404 for a zip, from the first proxy of a list with `,`",
      set: ({ door }) => void door.faults.add(helloZip, { kind: "status", status: 404 }),
      proxy: ({ door, sound }) => `${door.proxyUrl},${sound.proxyUrl}`,
      exit: 0,
      also: {
        text: "the next one of the list is asked",
        holds: ({ sound }) => expect(asked(sound, helloZip)).toHaveLength(1),
      },
    },
  ],
};
