import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { afterAll, describe, expect, test } from "@jest/globals";

import { packError, unpackError } from "../../../src/modules/hash-messages.js";
import { createHashPool, type HashPool } from "../../../src/modules/hash-pool.js";
import { inspectZip } from "../../../src/modules/zip-inspect.js";
import { AirgoError } from "../../../src/support/errors.js";
import { makeZip } from "../../support/make-zip.js";
import { built } from "../../support/node-script.js";

const dist = new URL("../../../dist/modules/", import.meta.url);
const root = mkdtempSync(join(tmpdir(), "airgo-pool-"));
const prefix = "example.com/m@v1.0.0/";
const options = { prefix, keepEntries: true };
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function withPool<T>(
  workerFile: URL | string,
  use: (pool: HashPool) => Promise<T>,
  size = 2,
): Promise<T> {
  const pool = createHashPool({ workerFile, size });
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}

describe("with the real worker", () => {
  const workerFile = new URL("hash-worker.js", dist);

  test("many files give what inspectZip gives, each its own", async () => {
    const zips = Array.from({ length: 20 }, (_, index) =>
      makeZip([{ name: `${prefix}${index}`, data: `of ${index}` }]),
    );
    const files = zips.map((zip, index) => {
      const file = join(root, `${index}.zip`);
      writeFileSync(file, zip);
      return file;
    });
    const facts = await withPool(workerFile, (pool) =>
      Promise.all(files.map((file) => pool.inspect(file, options))),
    );
    expect(facts).toEqual(await Promise.all(zips.map((zip) => inspectZip(zip, options))));
  });

  test("an AirgoError keeps its code and details", async () => {
    const file = join(root, "bad.zip");
    writeFileSync(file, makeZip([{ name: "elsewhere/a", data: "" }]));
    await withPool(workerFile, async (pool) => {
      await expect(pool.inspect(file, options)).rejects.toMatchObject({
        name: "AirgoError",
        code: "AIRGO_ZIP_UNSAFE",
        where: "example.com/m@v1.0.0",
        expected: `a name below ${prefix}`,
        found: `"elsewhere/a"`,
      });
    });
  });

  test("a file that is not there keeps its system code", async () => {
    await withPool(workerFile, async (pool) => {
      await expect(pool.inspect(join(root, "none.zip"), options)).rejects.toMatchObject({ code: "ENOENT" });
    });
  });

  test("an idle pool does not keep the process alive", () => {
    const script = join(root, "idle.mjs");
    const zip = join(root, "idle.zip");
    writeFileSync(zip, makeZip([{ name: `${prefix}a`, data: "a" }]));
    writeFileSync(
      script,
      `import { createHashPool } from ${JSON.stringify(new URL("hash-pool.js", dist).href)};
       const pool = createHashPool({ workerFile: new URL(${JSON.stringify(workerFile.href)}), size: 1 });
       console.log((await pool.inspect(${JSON.stringify(zip)}, ${JSON.stringify(options)})).files);`,
    );
    expect(execFileSync(process.execPath, [script], { encoding: "utf8", timeout: 30_000 })).toBe("1\n");
  });
});

describe("with a worker that misbehaves", () => {
  const file = join(root, "worker.mjs");
  writeFileSync(
    file,
    `import { parentPort, threadId } from "node:worker_threads";
     parentPort.on("message", ({ file }) => {
       if (file === "exit") process.exit(3);
       if (file === "throw") throw new Error("thrown outside");
       if (file !== "hang") parentPort.postMessage({ facts: { h1: file, files: threadId, unpackedBytes: 0 } });
     });`,
  );
  const workerFile = pathToFileURL(file);

  test.each(["exit", "throw"])("%s rejects its own task only; the next gets a new thread", async (fault) => {
    await withPool(
      workerFile,
      async (pool) => {
        const before = await pool.inspect("before", options);
        const lost = pool.inspect(fault, options);
        const after = pool.inspect("after", options);
        await expect(lost).rejects.toMatchObject({ code: "AIRGO_BUG", where: fault });
        expect((await after).h1).toBe("after");
        expect((await after).files).not.toBe(before.files);
      },
      1,
    );
  });

  test("a worker file that is not there rejects every task", async () => {
    await withPool(join(root, "none.mjs"), async (pool) => {
      const tasks = await Promise.allSettled(["a", "b", "c"].map((name) => pool.inspect(name, options)));
      expect(tasks.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    });
  });

  test("close rejects what is under way and what waits, and later tasks", async () => {
    const pool = createHashPool({ workerFile, size: 1 });
    const tasks = Promise.allSettled([pool.inspect("hang", options), pool.inspect("waiting", options)]);
    await pool.close();
    await pool.close();
    const interrupted = { status: "rejected", reason: { code: "AIRGO_INTERRUPTED" } };
    expect(await tasks).toMatchObject([interrupted, interrupted]);
    await expect(pool.inspect("late", options)).rejects.toMatchObject({ code: "AIRGO_INTERRUPTED" });
  });

  test("no more threads than its size", async () => {
    await withPool(workerFile, async (pool) => {
      const facts = await Promise.all(
        Array.from({ length: 30 }, (_, index) => pool.inspect(String(index), options)),
      );
      expect(new Set(facts.map(({ files }) => files)).size).toBeLessThanOrEqual(2);
    });
  });
});

test("an answer that comes while the pool is being closed does not end the process before its time", async () => {
  const worker = join(root, "telling.mjs");
  writeFileSync(
    worker,
    `import { writeFileSync } from "node:fs";
    import { parentPort } from "node:worker_threads";
    parentPort.on("message", ({ file }) => {
      parentPort.postMessage({ facts: {} });
      writeFileSync(file, "");
      for (;;);
    });`,
  );
  const program = join(root, "closing.mjs");
  writeFileSync(
    program,
    `import { existsSync } from "node:fs";
    import { createHashPool } from ${built("modules/hash-pool.js")};
    const [, , worker, file] = process.argv;
    const pool = createHashPool({ workerFile: new URL(worker), size: 1 });
    pool.inspect(file, {}).catch(() => {});
    await new Promise((resolve) => {
      setImmediate(() => {
        // Till the answer has come; nobody has looked at it then.
        while (!existsSync(file));
        resolve(pool.close());
      });
    });
    console.log("closed");`,
  );
  const args = [program, pathToFileURL(worker).href, join(root, "answered")];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });
  expect({ status, stdout }).toEqual({ status: 0, stdout: "closed\n" });
});

describe("errors as plain data", () => {
  test("carry every detail, the cause as its message", () => {
    const details = { what: "w", where: "x", expected: "e", found: "f", hint: "h" };
    const error = unpackError(
      packError(new AirgoError("AIRGO_DISK", { ...details, cause: new Error("why") })),
    );
    expect(error).toMatchObject({
      code: "AIRGO_DISK",
      message: "w",
      where: "x",
      expected: "e",
      found: "f",
      hint: "h",
    });
    expect(error.cause).toMatchObject({ message: "why" });
  });

  test("of any thrown thing are an Error again", () => {
    expect(unpackError(packError("text"))).toMatchObject({ message: "text" });
    expect(unpackError(packError(undefined))).toMatchObject({ message: "undefined" });
  });
});
