import { expect, test } from "@jest/globals";

import { scopes, widerScope, type Scope } from "../../../src/modules/scope.js";

test.each<[Scope, Scope, Scope]>([
  ["build", "build", "build"],
  ["build", "tidy", "tidy"],
  ["build", "all", "all"],
  ["tidy", "tidy", "tidy"],
  ["tidy", "all", "all"],
  ["all", "all", "all"],
])("of %s and %s, %s promises more, whichever comes first", (a, b, wider) => {
  expect([widerScope(a, b), widerScope(b, a)]).toEqual([wider, wider]);
});

test("the widest of three does not depend on how they are taken", () => {
  for (const a of scopes)
    for (const b of scopes)
      for (const c of scopes) expect(widerScope(a, widerScope(b, c))).toBe(widerScope(widerScope(a, b), c));
});
