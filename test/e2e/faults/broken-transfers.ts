import { expect } from "@jest/globals";

import { declaring, endless, gzipped } from "../../support/fake-upstream/odd-answers.js";
import {
  asked,
  everything,
  goZip,
  greetMod,
  hello,
  helloInfo,
  helloZip,
  tiles,
  type FaultCase,
  type FaultGroup,
} from "./fault-case.js";

const resumed = {
  text: "only the rest is asked for again",
  holds: ({ door }: Parameters<FaultCase["set"]>[0]): void => {
    const [first, ...more] = asked(door, goZip);
    expect(first?.range).toBeUndefined();
    expect(more.map(({ range, status }) => ({ range, status }))).toEqual([
      { range: expect.stringMatching(/^bytes=[1-9]\d*-$/), status: 206 },
    ]);
  },
};

const cuts = [10, 20, 30, 40, 50, 60, 70, 80, 90].map((share): FaultCase => ({
  name: `a zip whose transfer ends after ${share} %, once`,
  set: ({ door }) => void door.faults.add(goZip, { kind: "truncate", after: `${share}%` }, 1),
  exit: 0,
  also: resumed,
}));

/** Transfers that do not come to their end, or go beyond it. */
export const brokenTransfers: FaultGroup = {
  title: "Transfers that break",
  cases: [
    {
      name: "a zip whose transfer ends after its head, once",
      set: ({ door }) => void door.faults.add(goZip, { kind: "truncate", after: 0 }, 1),
      exit: 0,
    },
    ...cuts,
    {
      name: "a zip whose transfer ends after 10 bytes, each time",
      set: ({ door }) => void door.faults.add(helloZip, { kind: "truncate", after: 10 }),
      isLocked: true,
      exit: 4,
      code: "AIRGO_NETWORK",
      says: ["no whole answer", "hello/@v/v1.0.0.zip"],
      also: {
        text: "what came stays, for the next run to go on with",
        holds: ({ door }) =>
          expect(asked(door, helloZip).map(({ range }) => range)).toEqual([
            undefined,
            "bytes=10-",
            "bytes=20-",
            "bytes=30-",
          ]),
      },
    },
    {
      name: "a connection that is reset in the middle of a zip, once",
      set: ({ door }) => void door.faults.add(goZip, { kind: "reset", after: 50_000 }, 1),
      exit: 0,
    },
    {
      name: "a connection that is reset in the middle of a zip, each time",
      set: ({ door }) => void door.faults.add(helloZip, { kind: "reset", after: 0 }),
      exit: 4,
      code: "AIRGO_NETWORK",
      says: ["no whole answer", "hello/@v/v1.0.0.zip"],
    },
    {
      name: "a go.mod whose transfer ends half-way, once",
      set: ({ door }) => void door.faults.add(greetMod, { kind: "truncate", after: "50%" }, 1),
      exit: 0,
    },
    {
      name: "an .info whose transfer ends half-way, once",
      set: ({ door }) => void door.faults.add(helloInfo, { kind: "truncate", after: "50%" }, 1),
      exit: 0,
    },
    {
      name: "tiles of the checksum database that end half-way, once",
      set: ({ door }) => void door.faults.add(tiles, { kind: "truncate", after: "50%" }, 1),
      exit: 0,
    },
    {
      name: "a zip cut short under a Content-Length that fits, once",
      set: ({ door }) => void door.faults.add(helloZip, { kind: "truncate", after: "50%", honest: true }, 1),
      exit: 0,
    },
    {
      name: "a zip cut short under a Content-Length that fits, each time",
      set: ({ door }) => void door.faults.add(helloZip, { kind: "truncate", after: "50%", honest: true }),
      exit: 8,
      code: "AIRGO_ZIP_INVALID",
      says: [hello],
    },
    {
      name: "a Content-Length of a zip that is too large, once",
      set: ({ door }) => void door.faults.add(helloZip, declaring(5), 1),
      exit: 0,
    },
    {
      name: "a Content-Length of a zip that is too large, each time",
      set: ({ door }) => void door.faults.add(helloZip, declaring(5)),
      exit: 4,
      code: "AIRGO_NETWORK",
      says: ["no whole answer", "hello/@v/v1.0.0.zip"],
    },
    {
      name: "a Content-Length of a zip that is too small, once",
      set: ({ door }) => void door.faults.add(helloZip, declaring(-5), 1),
      exit: 0,
    },
    {
      name: "a Content-Length of a zip that is too small, each time",
      set: ({ door }) => void door.faults.add(helloZip, declaring(-5)),
      exit: 8,
      code: "AIRGO_ZIP_INVALID",
      says: [hello],
    },
    {
      name: "a Content-Length beyond all that a zip may have",
      set: ({ door }) => void door.faults.add(helloZip, declaring(1e9)),
      exit: 8,
      code: "AIRGO_ZIP_TOO_LARGE",
      says: ["the zip is too large", hello],
    },
    {
      name: "a go.mod without end",
      set: ({ door }) => void door.faults.add(greetMod, endless),
      exit: 4,
      code: "AIRGO_UPSTREAM_MALFORMED",
      says: ["the answer is larger than it may be", "greet/@v/v1.2.0.mod"],
    },
    {
      name: "tiles of the checksum database without end",
      set: ({ door }) => void door.faults.add(tiles, endless),
      exit: 4,
      code: "AIRGO_UPSTREAM_MALFORMED",
      says: ["the answer is larger than it may be", "/tile/"],
    },
    {
      name: "a zip packed as gzip, though it was asked for as it is",
      set: ({ door }) => void door.faults.add(helloZip, gzipped),
      exit: 4,
      code: "AIRGO_UPSTREAM_MALFORMED",
      says: ["gzip", "hello/@v/v1.0.0.zip"],
    },
    {
      name: "everything packed as gzip, though it was asked for as it is",
      set: ({ door }) => void door.faults.add(everything, gzipped),
      exit: 4,
      code: "AIRGO_UPSTREAM_MALFORMED",
      says: ["gzip"],
    },
  ],
};
