import { chmodSync, existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, test } from "@jest/globals";

import { developmentKey } from "../../../src/signing/development-key.js";
import { built, startNode } from "../../support/node-script.js";
import { scratchFile } from "./tools.js";

const make = (file: string) => developmentKey({ name: "dev", file, now: Date.now });

describe("the development key", () => {
  test("is made once, private, and taken again", async () => {
    const file = join(scratchFile(), "keys", "dev.pem");
    const first = await make(file);
    const second = await make(file);
    expect([first.fresh, second.fresh]).toEqual([true, false]);
    expect(second.signer.publicKey).toEqual(first.signer.publicKey);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
    expect(readdirSync(dirname(file))).toEqual(["dev.pem"]);
  });

  test("of several processes that want it at once is one and the same", async () => {
    const file = join(scratchFile(), "dev.pem");
    const source = `
      import { developmentKey } from ${built("signing/development-key.js")};
      console.log("ready");
      await new Promise((go) => process.stdin.once("data", go));
      process.stdin.destroy();
      const { signer, fresh } = await developmentKey({ name: "dev", file: process.argv[1], now: Date.now });
      console.log(JSON.stringify({ id: signer.publicKey.id, fresh }));`;
    const makers = Array.from({ length: 4 }, () => startNode(source, { args: [file] }));
    await Promise.all(makers.map((maker) => maker.printed("ready")));
    for (const maker of makers) maker.child.stdin?.write("go");
    const said = await Promise.all(makers.map(async (maker) => (await maker.ended).stdout.split("\n")[1]));
    const made = said.map((line) => JSON.parse(line ?? "null") as { id: string; fresh: boolean });
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(made.filter(({ fresh }) => fresh)).toHaveLength(1);
  });

  test("that others can read is refused, not replaced", async () => {
    const file = scratchFile();
    await make(file);
    chmodSync(file, 0o644);
    await expect(make(file)).rejects.toMatchObject({ code: "AIRGO_KEY_EXPOSED" });
  });

  test("that cannot be written is unreadable", async () => {
    const file = scratchFile();
    writeFileSync(file, "");
    await expect(make(join(file, "dev.pem"))).rejects.toMatchObject({ code: "AIRGO_KEY_UNREADABLE" });
    expect(existsSync(join(file, "dev.pem"))).toBe(false);
  });
});
