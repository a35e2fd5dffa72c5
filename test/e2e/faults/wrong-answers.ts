import {
  goList,
  goZip,
  greetMod,
  hello,
  helloInfo,
  helloLookup,
  helloZip,
  tiles,
  type FaultGroup,
} from "./fault-case.js";

/** Answers that come whole and are not what was asked for. */
export const wrongAnswers: FaultGroup = {
  title: "Answers that are wrong",
  cases: [
    {
      name: "a zip of the right length with a wrong byte, once",
      set: ({ door }) => void door.faults.add(helloZip, { kind: "flip", at: 100 }, 1),
      exit: 0,
    },
    {
      name: "a zip of the right length with a wrong byte, each time",
      set: ({ door }) => void door.faults.add(goZip, { kind: "flip", at: 60_000 }),
      exit: 8,
      code: "AIRGO_ZIP_INVALID",
      says: ["golang.org/toolchain@"],
    },
    {
      name: "a wrong byte in a zip that leaves its content as it is, once, where the lock has the right bytes",
      set: ({ door }) => void door.faults.add(helloZip, { kind: "flip", at: 60 }, 1),
      isLocked: true,
      exit: 0,
    },
    {
      name: "a zip with other content, once",
      set: ({ door }) => void door.faults.add(helloZip, { kind: "tamper" }, 1),
      exit: 0,
    },
    {
      name: "a zip with other content, each time",
      set: ({ door }) => void door.faults.add(helloZip, { kind: "tamper" }),
      exit: 8,
      code: "AIRGO_CHECKSUM_MISMATCH",
      says: [hello],
    },
    {
      name: "a Go with other content, each time",
      set: ({ door }) => void door.faults.add(goZip, { kind: "tamper" }),
      exit: 8,
      code: "AIRGO_CHECKSUM_MISMATCH",
      says: ["golang.org/toolchain@"],
    },
    {
      name: "a zip that a mirror has packed anew, where the lock has the old one",
      set: ({ door }) => void door.faults.add(helloZip, { kind: "repack" }),
      isLocked: true,
      exit: 8,
      code: "AIRGO_CHECKSUM_MISMATCH",
      says: ["repacked", hello],
    },
    {
      name: "a go.mod with other content",
      set: ({ door }) =>
        void door.faults.add(greetMod, {
          kind: "rewrite",
          change: (body) => Buffer.concat([body, Buffer.from("// x\n")]),
        }),
      exit: 8,
      code: "AIRGO_GOSUM_MISMATCH",
      says: ["example.com/greet@v1.2.0"],
    },
    {
      name: "a go.mod with other content, once, where a lock names it",
      set: ({ door }) =>
        void door.faults.add(
          greetMod,
          { kind: "rewrite", change: (body) => Buffer.concat([body, Buffer.from("// x\n")]) },
          1,
        ),
      isLocked: true,
      exit: 0,
    },
    {
      name: "a web page instead of a zip, once",
      set: ({ door }) => void door.faults.add(helloZip, { kind: "html" }, 1),
      exit: 0,
    },
    {
      name: "a web page instead of a zip, each time",
      set: ({ door }) => void door.faults.add(helloZip, { kind: "html" }),
      exit: 4,
      code: "AIRGO_NOT_A_ZIP",
      says: ["a web page", hello, "Please sign in"],
    },
    {
      name: "a web page instead of a go.mod, once",
      set: ({ door }) => void door.faults.add(greetMod, { kind: "html" }, 1),
      exit: 0,
    },
    {
      name: "a web page instead of a go.mod, each time",
      set: ({ door }) => void door.faults.add(greetMod, { kind: "html" }),
      exit: 4,
      code: "AIRGO_WEB_PAGE",
      says: ["a web page", "greet/@v/v1.2.0.mod", "Please sign in"],
    },
    {
      name: "a web page instead of an .info, each time",
      set: ({ door }) => void door.faults.add(helloInfo, { kind: "html" }),
      exit: 4,
      code: "AIRGO_WEB_PAGE",
      says: ["a web page", "hello/@v/v1.0.0.info"],
    },
    {
      name: "a web page instead of a list of versions, each time",
      set: ({ door }) => void door.faults.add(goList, { kind: "html" }),
      exit: 4,
      code: "AIRGO_WEB_PAGE",
      says: ["a web page", "golang.org/toolchain/@v/list"],
    },
    {
      name: "a web page instead of a record of the checksum database, each time",
      set: ({ door }) => void door.faults.add(helloLookup, { kind: "html" }),
      exit: 4,
      code: "AIRGO_WEB_PAGE",
      says: ["a web page", "/lookup/example.com/hello@v1.0.0"],
    },
    {
      name: "a web page instead of tiles of the checksum database, each time",
      set: ({ door }) => void door.faults.add(tiles, { kind: "html" }),
      exit: 4,
      code: "AIRGO_WEB_PAGE",
      says: ["a web page", "/tile/"],
    },
    {
      name: "a web page for whatever is asked, each time",
      set: ({ door }) => void door.faults.add(/./, { kind: "html" }),
      exit: 4,
      code: "AIRGO_WEB_PAGE",
      says: ["a web page"],
    },
  ],
};
