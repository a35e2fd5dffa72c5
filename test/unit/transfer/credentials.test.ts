import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";

import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { authorizationOf, readCredentials } from "../../../src/transfer/credentials/credentials.js";
import { isAirgoError } from "../../../src/support/errors.js";
import { scratchFolder } from "../../support/scratch.js";

const folder = scratchFolder("credentials");
const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString("base64")}`;
const secret = "hunter2hunter2";
const proxy = "https://goproxy.corp.example:8443/go";

function file(name: string, text: string | Uint8Array, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const read = (reference: string, env: NodeJS.ProcessEnv = {}, address = proxy) =>
  readCredentials(reference, address, { env, folder });

describe("the text of credentials", () => {
  test.each([
    ["user:password", basic("user:password")],
    ["user:pass word:x", basic("user:pass word:x")],
    ["ü:ß", basic("ü:ß")],
    [":pat", basic(":pat")],
    ["token:", basic("token:")],
    ["Bearer abc.def-_~+/=", "Bearer abc.def-_~+/="],
    ["bearer a:b", "bearer a:b"],
    ["Basic dTpw", "Basic dTpw"],
    ["glpat-abc_DEF", "Bearer glpat-abc_DEF"],
    ["1|abc==", "Bearer 1|abc=="],
  ])("%j is sent as %j", (text, header) => expect(authorizationOf(text)).toBe(header));

  test.each([
    "",
    " ",
    ":",
    "Bearer",
    "Basic",
    "Bearer ",
    "Bearer a b",
    "Basic user:pw",
    "Token abc",
    "us er:pw",
    "user: pw",
    "user:pw ",
    " abc",
    "abc ",
    "tökén",
    "https://user:pw@h",
    "Authorization:Bearer",
    "Authorization: Bearer abc",
    "a\nb",
    "user:p\tw",
    "user:p\r\nX-Other: y",
    "user:p\u{0}w",
    "\u{feff}user:pw",
    "user:p\u{200b}w",
    "abc\u{85}",
  ])("%j is of no known form", (text) => expect(authorizationOf(text)).toBeUndefined());

  test("becomes a header without line ends or other control characters, or none", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 12 }),
        fc.constantFrom("", "Bearer ", "u:"),
        (text, before) => {
          expect(authorizationOf(before + text) ?? "Bearer x").toMatch(/^[A-Za-z]+ +[!-~]+$/);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("credentials", () => {
  test.each(["user:pw", "user:pw\n", "user:pw\r\n"])(
    "are in a variable or a private file: %j",
    async (text) => {
      file("two words.txt", text);
      const expected = { authorization: basic("user:pw") };
      expect(await read("env:CORP_TOKEN", { CORP_TOKEN: text })).toEqual(expected);
      expect(await read("file:two words.txt")).toEqual(expected);
      expect(await read(`file:${join(folder, "two words.txt")}`)).toEqual(expected);
    },
  );

  test("are those of the netrc file's first entry for exactly this host and port", async () => {
    const text = [
      "machine goproxy.corp.example login other password other",
      "machine x.goproxy.corp.example:8443 login other password other",
      "machine goproxy.corp.example:8443 login user password pw",
      "machine goproxy.corp.example:8443 login later password later",
    ].join("\n");
    const NETRC = file("netrc", text, 0o644);
    expect(await read("netrc", { NETRC, HOME: "/nowhere" })).toEqual({ authorization: basic("user:pw") });
    const bare = "https://goproxy.corp.example/go";
    expect(await read("netrc", { NETRC }, bare)).toEqual({ authorization: basic("other:other") });
    mkdirSync(join(folder, "home"));
    file("home/.netrc", text);
    expect(await read("netrc", { NETRC: "", HOME: join(folder, "home") })).toEqual({
      authorization: basic("user:pw"),
    });
  });

  test.each([
    [0o640, "mode 0640"],
    [0o604, "mode 0604"],
    [0o620, "mode 0620"],
  ])("in a file of mode %o are refused", async (mode, found) => {
    const where = file("exposed.txt", secret, mode);
    await expect(read("file:exposed.txt")).rejects.toMatchObject({
      code: "AIRGO_CREDENTIALS",
      exitCode: 32,
      where,
      found,
      hint: expect.stringContaining("chmod 600"),
    });
  });

  test.each<[what: string, reference: string, env: NodeJS.ProcessEnv, where: RegExp, found: RegExp]>([
    ["a variable that is not set", "env:CORP_TOKEN", {}, /CORP_TOKEN/, /not set/],
    ["an empty variable", "env:CORP_TOKEN", { CORP_TOKEN: "" }, /CORP_TOKEN/, /nothing/],
    ["a variable with a line end only", "env:CORP_TOKEN", { CORP_TOKEN: "\n" }, /CORP_TOKEN/, /nothing/],
    ["a missing file", "file:missing.txt", {}, /missing\.txt$/, /ENOENT/],
    ["a folder", "file:.", {}, /credentials-/, /EISDIR/],
    ["no netrc file", "netrc", { HOME: join(folder, "nobody") }, /nobody\/\.netrc$/, /ENOENT/],
  ])("%s: the error says so", async (_what, reference, env, where, found) => {
    await expect(read(reference, env)).rejects.toMatchObject({
      code: "AIRGO_CREDENTIALS",
      where: expect.stringMatching(where),
      found: expect.stringMatching(found),
    });
  });

  test("in a netrc file without HOME or NETRC: the error names both", async () => {
    await expect(read("netrc")).rejects.toMatchObject({
      code: "AIRGO_CREDENTIALS",
      expected: "the variable NETRC or HOME",
    });
  });

  test.each([
    ["a variable of another form", "env:CORP_TOKEN", `Token ${secret}`],
    ["a variable with a control character", "env:CORP_TOKEN", `user:${secret}\u{1b}[0m`],
    ["a variable with two lines", "env:CORP_TOKEN", `user:x\n${secret}\n`],
    ["a file of another form", "file:bad.txt", `Token ${secret}`],
    [
      "a file that is no UTF-8",
      "file:bad.txt",
      Buffer.concat([Buffer.from(`user:${secret}`), Buffer.of(0xff)]),
    ],
    ["a file that others read", "file:open.txt", `user:${secret}`],
    ["a netrc file without this machine", "netrc", `machine other login user password ${secret}`],
    ["a netrc entry without a login", "netrc", `machine goproxy.corp.example:8443 password ${secret}`],
    [
      "a netrc password with a control character",
      "netrc",
      `machine goproxy.corp.example:8443 login u password ${secret}\u{1}`,
    ],
    [
      "a netrc file that is no UTF-8",
      "netrc",
      Buffer.concat([Buffer.from(`machine ${secret} `), Buffer.of(0xff)]),
    ],
  ])("%s: refused, and nothing of it is told", async (_what, reference, content) => {
    file("bad.txt", content);
    file("open.txt", content, 0o644);
    const env = { CORP_TOKEN: content.toString(), NETRC: join(folder, "bad.txt") };
    const error: unknown = await read(reference, env).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: "AIRGO_CREDENTIALS",
      message: expect.stringContaining("goproxy.corp.example:8443"),
    });
    expect(isAirgoError(error) && inspect(error, { depth: 5 })).not.toMatch(/hunter/);
  });
});
