import { expect, test } from "@jest/globals";

import { nameInModule } from "../../../../src/golang/archives/archive-tree.js";

test.each([
  ["go/VERSION", "VERSION"],
  ["go/bin/go", "bin/go"],
  ["go/src/go.mod", "src/_go.mod"],
  ["go/go.mod", "_go.mod"],
  ["go/src/cmd/go/testdata/mod/x_go.mod", "src/cmd/go/testdata/mod/x_go.mod"],
  // Only at the top of the tree.
  ["go/src/test/x.go", "src/test/x.go"],
  ["go/apidoc", "apidoc"],
  ["go/api/go1.txt", undefined],
  ["go/doc/go_spec.html", undefined],
  ["go/misc/cgo/go.mod", undefined],
  ["go/test/fixedbugs/a.go", undefined],
])("%s is %s in the toolchain module", (name, inModule) => {
  expect(nameInModule({ name, type: "file" })).toBe(inModule);
});

test("folders are none of its files", () => {
  expect(nameInModule({ name: "go/src/", type: "directory" })).toBeUndefined();
});

test.each([
  ["go/src/x", "symlink"],
  ["go/src/x", "link"],
  ["go/dev/null", "character-device"],
  ["gopher/VERSION", "file"],
  ["../VERSION", "file"],
  ["/go/VERSION", "file"],
])("%s as a %s is refused", (name, type) => {
  expect(() => nameInModule({ name, type })).toThrow(
    expect.objectContaining({ code: "AIRGO_GO_ARCHIVE_INVALID", where: name }),
  );
});
