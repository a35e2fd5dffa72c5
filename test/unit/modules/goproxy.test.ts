import { describe, expect, jest, test } from "@jest/globals";
import * as fc from "fast-check";

import { askProxies, gone, parseGoProxy } from "../../../src/modules/goproxy.js";
import { AirgoError } from "../../../src/support/errors.js";
import { redact } from "../../../src/support/redact.js";

const short = (list: string): string[] =>
  parseGoProxy(list).map(({ base, kind, next }) => `${kind} ${base} ${next}`);

describe("parseGoProxy", () => {
  test.each([
    ["https://a.example", ["proxy https://a.example end"]],
    ["https://a.example/go//", ["proxy https://a.example/go end"]],
    ["a.example/go", ["proxy https://a.example/go end"]],
    ["localhost:8080", ["proxy https://localhost:8080 end"]],
    ["HTTP://a.example", ["proxy HTTP://a.example end"]],
    ["http://a.example|", ["proxy http://a.example when-failing"]],
    [
      "http://a.example,http://b.example|http://c.example",
      [
        "proxy http://a.example when-missing",
        "proxy http://b.example when-failing",
        "proxy http://c.example end",
      ],
    ],
    [" , http://a.example , ,direct", ["proxy http://a.example when-missing", "direct direct end"]],
    ["http://a.example,off,http://b.example", ["proxy http://a.example when-missing", "off off end"]],
    ["direct,not:an address", ["direct direct end"]],
    ["file:///srv/go/", ["proxy file:///srv/go end"]],
    ["file://localhost/a%20b|off", ["proxy file://localhost/a%20b when-failing", "off off end"]],
    ["file:8080", ["proxy https://file:8080 end"]],
  ])("reads %j as Go does", (list, expected) => expect(short(list)).toEqual(expected));

  test.each(["", " ", ",", "|, ,"])("finds nothing in %j", (list) => {
    expect(() => parseGoProxy(list)).toThrow(expect.objectContaining({ code: "AIRGO_PROXY_UNSET" }));
  });

  test.each([
    "file://host/srv/proxy",
    "file:/srv/proxy",
    "file:///",
    "file:///a?b",
    "file:///a%zz",
    "file:///a%00b",
    "ftp://a.example",
    "http://",
    "http://a b",
    "/srv/proxy",
    // Go keeps single words for keywords of its own; a misspelt one must not become a host.
    "drect",
    "none",
    "proxy",
    // What is asked for is written behind the address, so it must end with its path.
    "https://a.example/?token=x",
    "https://a.example/#x",
  ])("refuses %j, naming it", (entry) => {
    expect(() => parseGoProxy(`http://fine.example,${entry}`)).toThrow(
      expect.objectContaining({
        code: "AIRGO_PROXY_INVALID",
        where: expect.stringContaining(entry.slice(0, 9)),
      }),
    );
  });

  test.each([
    ["ftp://me:SECRETPW@a.example", "***@a.example"],
    ["https:/user:SECRETPW@host/x", "***@host/x"],
    ["user:SECRETPW@host/?t=SECRET", "***@host/?***"],
    ["//user:SECRETPW@host", "***@host"],
    ["https;//user:SECRETPW@host", "***@host"],
    ["https//SECRET@PW@host", "***@host"],
    ["user:SECRET PW@host", "***@host"],
    ["https://user:SECRET PW@host", "***@host"],
    ["https://user:0/SECRET@host", "***@host"],
    ["a.example/?token=SECRET", "a.example/?***"],
    ["a.example/#SECRET?SECRET", "a.example/#***"],
    // Cut at the separator, each half is a secret.
    ["https://user:SECRET,PW@host", "entry 1 of the list"],
    ["https://user:SECRET|PW@host", "entry 1 of the list"],
    ["https://a.example,https://user:SECRET,PW@host", "entry 2 of the list"],
    ["https://user:0,PW@host.example", "***@host.example"],
    ["https://user:0,direct:SECRET,PW@host.example", "entry 2 of the list"],
    ["https://me@PW@a.example,SECRET", "entry 2 of the list"],
    ["https://a.example/?t=PW,SECRET", "https://a.example/?***"],
    ["SECRET,https://a.example/?t=PW", "entry 1 of the list"],
  ])("%j is refused without its secret", (list, where) => {
    let error: unknown;
    try {
      parseGoProxy(list);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: "AIRGO_PROXY_INVALID", where });
    expect(JSON.stringify(error) + String(error)).not.toMatch(/SECRET|PW/);
  });

  test("no part of a password with a separator in it is told, however the address is mistyped", () => {
    const part = fc.string({ maxLength: 6, unit: fc.constantFrom(..."a1:/?#@.- %".split("")) });
    const scheme = fc.constantFrom("https://", "https:/", "https;//", "//", "", "ftp://", "https:");
    fc.assert(
      fc.property(scheme, part, part, fc.constantFrom(",", "|"), (start, left, right, separator) => {
        try {
          const [first] = parseGoProxy(`${start}user:S3${left}x${separator}y${right}S3@host/x`);
          expect(redact(first?.base ?? "")).not.toContain("S3");
        } catch (error) {
          expect(JSON.stringify(error) + String(error)).not.toContain("S3");
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("two proxies with passwords are two proxies", () => {
    expect(short("http://u:p@a.example,http://u:p@b.example")).toHaveLength(2);
    expect(short("u:p@a.example,http://u:p@b.example")).toHaveLength(2);
  });
});

const failing = (code: "AIRGO_NETWORK" | "AIRGO_INTERRUPTED" | "AIRGO_DISK" | "AIRGO_CHECKSUM_MISMATCH") =>
  new AirgoError(code, { what: `${code} happened` });

/** Asks with answers by host; tells the outcome and who was asked. */
async function ask(list: string, answers: Record<string, string | typeof gone | Error | undefined>) {
  const asked: string[] = [];
  const outcome = await askProxies(parseGoProxy(list), "m@v1.0.0", async (base) => {
    const host = base.replace(/^http:\/\/(?:.*@)?/, "");
    asked.push(host);
    const answer = answers[host];
    if (typeof answer === "object") throw answer;
    return answer;
  }).catch((error: unknown) => error);
  return { outcome, asked };
}

describe("askProxies", () => {
  test("the first answer ends the search", async () => {
    expect(await ask("http://a.x,http://b.x", { "a.x": "A", "b.x": "B" })).toEqual({
      outcome: "A",
      asked: ["a.x"],
    });
  });

  test.each([",", "|"])("`%s` leads on after no such thing", async (separator) => {
    expect(await ask(`http://a.x${separator}http://b.x`, { "b.x": "B" })).toEqual({
      outcome: "B",
      asked: ["a.x", "b.x"],
    });
  });

  test.each(["AIRGO_NETWORK", "AIRGO_CHECKSUM_MISMATCH"] as const)(
    "only `|` leads on after %s",
    async (code) => {
      const answers = { "a.x": failing(code), "b.x": "B" };
      expect(await ask("http://a.x|http://b.x", answers)).toMatchObject({ outcome: "B" });
      expect(await ask("http://a.x,http://b.x", answers)).toEqual({
        outcome: answers["a.x"],
        asked: ["a.x"],
      });
    },
  );

  test.each(["AIRGO_INTERRUPTED", "AIRGO_DISK"] as const)(
    "%s is not the proxy's fault: it ends the search as itself",
    async (code) => {
      const error = failing(code);
      expect(await ask("http://a.x|http://b.x|direct", { "a.x": error })).toEqual({
        outcome: error,
        asked: ["a.x"],
      });
    },
  );

  test("what is not an AirgoError ends the search as itself", async () => {
    const error = new TypeError("a bug");
    expect(await ask("http://a.x|http://b.x", { "a.x": error })).toEqual({ outcome: error, asked: ["a.x"] });
  });

  test("nobody has it: everybody who was asked is named, without credentials", async () => {
    const { outcome } = await ask("http://me:secret@a.x,http://b.x", {});
    expect(outcome).toMatchObject({
      code: "AIRGO_MODULE_NOT_FOUND",
      where: "m@v1.0.0",
      found: "not found at http://***@a.x, http://b.x",
    });
  });

  test.each([",", "|"])("`%s` leads on after gone, to who still has it", async (separator) => {
    expect(await ask(`http://a.x${separator}http://b.x`, { "a.x": gone, "b.x": "B" })).toEqual({
      outcome: "B",
      asked: ["a.x", "b.x"],
    });
  });

  test.each([
    "http://a.x,http://b.x",
    "http://b.x|http://a.x",
    "http://b.x,http://a.x,direct",
    "http://a.x,off",
  ])("one that says gone outweighs all that never had it: %s", async (list) => {
    expect((await ask(list, { "a.x": gone })).outcome).toMatchObject({
      code: "AIRGO_MODULE_GONE",
      where: "m@v1.0.0",
      found: "HTTP status 410 from http://a.x",
    });
  });

  test("but not one that broke down: that one may have it", async () => {
    const error = failing("AIRGO_NETWORK");
    expect((await ask("http://a.x|http://b.x", { "a.x": error, "b.x": gone })).outcome).toBe(error);
    expect((await ask("http://a.x|http://b.x,direct", { "a.x": error, "b.x": gone })).outcome).toMatchObject({
      code: "AIRGO_PROXY_DIRECT",
      cause: error,
    });
  });

  test("a failure tells more than a later no", async () => {
    const error = failing("AIRGO_NETWORK");
    expect(await ask("http://a.x|http://b.x", { "a.x": error })).toEqual({
      outcome: error,
      asked: ["a.x", "b.x"],
    });
  });

  test.each(["direct", "off"])("the list ends at `%s`, naming the module", async (word) => {
    const { outcome } = await ask(`http://a.x,${word},http://b.x`, { "b.x": "B" });
    expect(outcome).toMatchObject({
      code: "AIRGO_PROXY_DIRECT",
      message: expect.stringMatching(new RegExp(`m@v1\\.0\\.0.*\`${word}\``)),
    });
  });

  test("`direct` behind a proxy that failed tells of that failure", async () => {
    const cause = failing("AIRGO_NETWORK");
    const { outcome } = await ask("http://a.x|direct", { "a.x": cause });
    expect(outcome).toMatchObject({
      code: "AIRGO_PROXY_DIRECT",
      found: expect.stringContaining("AIRGO_NETWORK happened"),
      cause,
    });
  });

  test("`direct` alone asks nobody", async () => {
    const attempt = jest.fn(async () => "never");
    await expect(askProxies(parseGoProxy("direct"), "m@v1.0.0", attempt)).rejects.toMatchObject({
      code: "AIRGO_PROXY_DIRECT",
    });
    expect(attempt).not.toHaveBeenCalled();
  });
});
