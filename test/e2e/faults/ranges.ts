import { expect } from "@jest/globals";

import {
  halfThen,
  lyingRange,
  noSuchRange,
  replaced,
  unaskedPart,
  wrongRange,
} from "../../support/fake-upstream/odd-answers.js";
import { asked, helloZip, type FaultCase, type FaultGroup } from "./fault-case.js";

/** The part is asked for once and then the whole; the half that came is not used. */
const anew = {
  text: "the whole is asked for anew",
  holds: ({ door }: Parameters<FaultCase["set"]>[0]): void => {
    const ranges = asked(door, helloZip).map(({ range }) => range !== undefined);
    expect(ranges.slice(0, 2)).toEqual([false, true]);
    expect(ranges.at(-1)).toBe(false);
  },
};

/** Servers that do not give the rest of a transfer that broke as it should be given. */
export const ranges: FaultGroup = {
  title: "Servers that cannot go on where a transfer broke",
  cases: [
    {
      name: "206 with another part than was asked for",
      set: ({ door }) => void door.faults.add(helloZip, halfThen(wrongRange), 2),
      exit: 0,
      also: anew,
    },
    {
      name: "206 that says it is the part asked for, with other bytes",
      set: ({ door }) => void door.faults.add(helloZip, halfThen(lyingRange), 2),
      exit: 0,
      also: anew,
    },
    {
      name: "416 for the rest",
      set: ({ door }) => void door.faults.add(helloZip, halfThen(noSuchRange), 2),
      exit: 0,
      also: anew,
    },
    {
      name: "another ETag half-way: the file was replaced",
      set: ({ door }) => void door.faults.add(helloZip, halfThen(replaced), 2),
      exit: 0,
      also: {
        text: "the new whole is taken",
        holds: ({ door }) => expect(asked(door, helloZip)).toHaveLength(2),
      },
    },
    {
      name: "206 although the whole was asked for, once",
      set: ({ door }) => void door.faults.add(helloZip, unaskedPart, 1),
      exit: 0,
    },
    {
      name: "206 although the whole was asked for, each time",
      set: ({ door }) => void door.faults.add(helloZip, unaskedPart),
      exit: 4,
      code: "AIRGO_UPSTREAM_STATUS",
      says: ["HTTP status 206", "hello/@v/v1.0.0.zip"],
    },
    {
      name: "a server without ranges that breaks off, once",
      set: ({ door }) => {
        door.faults.add(helloZip, { kind: "no-range" });
        door.faults.add(helloZip, { kind: "truncate", after: "50%" }, 1);
      },
      exit: 0,
    },
    {
      name: "a server that names no version of what it sends and breaks off, once",
      set: ({ door }) => {
        door.faults.add(helloZip, { kind: "etag", value: undefined });
        door.faults.add(helloZip, { kind: "truncate", after: "50%" }, 1);
      },
      exit: 0,
      also: {
        text: "the whole is asked for anew",
        holds: ({ door }) =>
          expect(asked(door, helloZip).map(({ range }) => range)).toEqual([undefined, undefined]),
      },
    },
  ],
};
