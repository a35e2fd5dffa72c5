import { readdirSync, readFileSync } from "node:fs";

import { expect, test } from "@jest/globals";

test("no two parts of install.sh have a function of one name: the later one would take the earlier one's place", () => {
  const names = readdirSync("src/installer", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sh"))
    .flatMap((name) => [...readFileSync(`src/installer/${name}`, "utf8").matchAll(/^(\w+)\(\) \{$/gm)])
    .map((match) => match[1] ?? "");
  expect(names.length).toBeGreaterThan(300);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
