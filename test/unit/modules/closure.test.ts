import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from "@jest/globals";

import { createGoCommand } from "../../../src/golang/go-command.js";
import { closureOf, type Closure } from "../../../src/modules/closure.js";
import { findInputs, type ModuleInput } from "../../../src/modules/inputs.js";
import { startLoopbackProxy, type LoopbackProxy } from "../../../src/modules/loopback-proxy.js";
import { keyOf } from "../../../src/modules/module-version.js";
import { sha256Hex } from "../../../src/support/digest.js";
import { runProcess } from "../../../src/support/processes.js";
import {
  findRealGo,
  standardWorld,
  startFakeUpstream,
  writeProject,
  type FakeUpstream,
} from "../../support/fake-upstream.js";
import { testWhen } from "../../support/tools.js";
import { filesBelow, openRig, type Rig } from "./rig.js";

const realGo = findRealGo();
const goTest = (name: string, run: () => Promise<void>): void =>
  testWhen(realGo !== undefined, "go on PATH", name, run);

let upstream: FakeUpstream;
let rig: Rig;
let proxy: LoopbackProxy;
let folder: string;
let number = 0;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  standardWorld(upstream);
});
beforeEach(async () => {
  rig = await openRig(upstream.proxyUrl);
  proxy = await startLoopbackProxy(rig.files);
  folder = await mkdtemp(join(tmpdir(), "airgo-project-"));
});
afterEach(async () => {
  upstream.faults.clear();
  await proxy.close();
  await rig.close();
  await rm(folder, { recursive: true, force: true });
});
afterAll(() => upstream.close());

async function write(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}

async function ask(path = "go.mod"): Promise<Closure> {
  const [input] = (await findInputs([{ path, scope: "all" }], folder)) as [ModuleInput];
  const workFolder = join(rig.folder, "work");
  const go = createGoCommand({ goroot: realGo?.goroot ?? "", workFolder, run: runProcess });
  return closureOf(input, ++number, { go, proxy, workFolder });
}

const keys = (closure: Closure): { modules: string[]; graph: string[] } => ({
  modules: closure.modules.map(keyOf),
  graph: closure.graph.map(keyOf).sort(),
});

const projectModules = [
  "example.com/Upper@v1.1.0-RC1",
  "example.com/check@v1.0.0",
  "example.com/deepcheck@v0.1.0",
  "example.com/greet@v1.2.0",
  "example.com/greet/v2@v2.0.1",
  "example.com/hello@v1.0.0",
  "example.com/legacy@v2.0.0+incompatible",
  "example.com/unused@v0.3.0",
  "example.com/untagged@v0.0.0-20240102030405-abcdef123456",
  "example.com/words@v1.1.0",
].sort();

/** Digest and time of everything below the project's folder, and of the folder itself. */
async function fingerprint(): Promise<string[]> {
  const names = ["", ...(await readdir(folder, { recursive: true })).sort()];
  return Promise.all(
    names.map(async (name) => {
      const found = await stat(join(folder, name));
      const digest = found.isFile() ? sha256Hex(await readFile(join(folder, name))) : "folder";
      return `${name} ${digest} ${found.mtimeMs}`;
    }),
  );
}

describe("the closure of a project", () => {
  goTest("is go's whole build list, and every further go.mod that the graph reads", async () => {
    await writeProject(folder, upstream);
    const closure = await ask();
    expect(keys(closure).modules.sort()).toEqual(projectModules);
    expect(keys(closure).graph).toEqual(["example.com/words@v1.0.0"]);
    expect(closure.files).toEqual({
      "go.mod": sha256Hex(await readFile(join(folder, "go.mod"))),
      "go.sum": sha256Hex(await readFile(join(folder, "go.sum"))),
    });
    expect(closure.goSum).toHaveLength(19);
  });

  goTest("is the same without a go.sum", async () => {
    await writeProject(folder);
    const closure = await ask();
    expect(keys(closure).modules.sort()).toEqual(projectModules);
    expect(keys(closure).graph).toEqual(["example.com/words@v1.0.0"]);
    expect(Object.keys(closure.files)).toEqual(["go.mod"]);
    expect(closure.goSum).toEqual([]);
  });

  goTest("is the same a second time, and with everything in the store", async () => {
    await writeProject(folder, upstream);
    const first = await ask();
    expect(await ask()).toEqual(first);
    for (const one of [...first.modules, ...first.graph]) {
      await rig.files.keepMod(one, upstream.hashes(one.path, one.version).goModH1);
    }
    upstream.faults.add(/./, { kind: "status", status: 500 });
    const again = await startLoopbackProxy(rig.anotherRun());
    await proxy.close();
    proxy = again;
    expect(await ask()).toEqual(first);
  });

  goTest(
    "a go.sum may name what the graph does not read: that is told apart, for it may be gone",
    async () => {
      await write("go.mod", "module example.com/app\n\ngo 1.21\n\nrequire example.com/words v1.1.0\n");
      const h1 = upstream.hashes("example.com/words", "v1.0.0");
      await write("go.sum", `example.com/words v1.0.0/go.mod ${h1.goModH1}\n`);
      const closure = await ask();
      expect(keys(closure)).toEqual({ modules: ["example.com/words@v1.1.0"], graph: [] });
      expect(closure.named).toEqual([{ path: "example.com/words", version: "v1.0.0" }]);
    },
  );

  goTest("may be empty", async () => {
    await write("go.mod", "module example.com/app\n");
    expect(keys(await ask())).toEqual({ modules: [], graph: [] });
  });

  goTest("of module@version is that of an empty module that requires it", async () => {
    const closure = await ask("example.com/greet@v1.2.0");
    expect(keys(closure)).toEqual({
      modules: ["example.com/greet@v1.2.0", "example.com/greet/v2@v2.0.1", "example.com/words@v1.0.0"],
      graph: [],
    });
    expect(closure.files).toEqual({});
  });

  goTest("of an upper-case module@version", async () => {
    expect(keys(await ask("example.com/Upper@v1.1.0-RC1")).modules).toEqual(["example.com/Upper@v1.1.0-RC1"]);
  });
});

describe("replace and exclude", () => {
  goTest("a local folder is not fetched, but what it requires is, and its go.mod counts", async () => {
    await write(
      "app/go.mod",
      "module example.com/app\n\ngo 1.21\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ../lib\n",
    );
    await write("lib/go.mod", "module example.com/lib\n\ngo 1.21\n\nrequire example.com/words v1.1.0\n");
    const closure = await ask("app/go.mod");
    expect(keys(closure)).toEqual({ modules: ["example.com/words@v1.1.0"], graph: [] });
    expect(closure.files).toEqual({
      "go.mod": sha256Hex(await readFile(join(folder, "app/go.mod"))),
      "../lib/go.mod": sha256Hex(await readFile(join(folder, "lib/go.mod"))),
    });
  });

  goTest("another module or version stands in for the replaced one", async () => {
    await write(
      "go.mod",
      "module example.com/app\n\ngo 1.21\n\nrequire (\n\texample.com/gone v1.0.0\n\texample.com/words v1.0.0\n)\n\n" +
        "replace (\n\texample.com/gone => example.com/check v1.0.0\n\texample.com/words v1.0.0 => example.com/words v1.1.0\n)\n",
    );
    expect(keys(await ask())).toEqual({
      modules: ["example.com/check@v1.0.0", "example.com/words@v1.1.0"],
      graph: [],
    });
  });

  goTest("an excluded version gives way to the next one", async () => {
    await write(
      "go.mod",
      "module example.com/app\n\ngo 1.21\n\nrequire example.com/greet v1.2.0\n\nexclude example.com/words v1.0.0\n",
    );
    expect(keys(await ask()).modules).not.toContain("example.com/words@v1.0.0");
  });

  goTest("a local folder that is not there is the go.mod's mistake", async () => {
    await write(
      "go.mod",
      "module example.com/app\n\ngo 1.21\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ./gone\n",
    );
    await expect(ask()).rejects.toMatchObject({
      code: "AIRGO_INPUT_INVALID",
      message: expect.stringContaining("gone"),
    });
  });
});

describe("what lies around it does not count", () => {
  goTest("a vendor folder", async () => {
    await writeProject(folder, upstream);
    await write("vendor/modules.txt", "# example.com/other v1.0.0\n## explicit\nexample.com/other\n");
    expect(keys(await ask()).modules.sort()).toEqual(projectModules);
  });

  goTest("a go.work in a folder above", async () => {
    await write("go.work", "go 1.21\n\nuse ./elsewhere\n");
    await write("app/go.mod", "module example.com/app\n\ngo 1.21\n\nrequire example.com/words v1.1.0\n");
    expect(keys(await ask("app/go.mod")).modules).toEqual(["example.com/words@v1.1.0"]);
  });

  goTest("the user's own settings of Go", async () => {
    await write("go.mod", "module example.com/app\n\ngo 1.21\n\nrequire example.com/words v1.1.0\n");
    await write("goenv", "GOPROXY=off\nGOFLAGS=-mod=vendor\nGOWORK=/nowhere\n");
    const settings = {
      GOFLAGS: "-mod=vendor -invalid",
      GOPROXY: "off",
      GONOSUMDB: "*",
      GOPRIVATE: "*",
      GONOPROXY: "*",
      GOENV: join(folder, "goenv"),
      GOWORK: "/nowhere",
      GOTOOLCHAIN: "go1.99.0",
      GO111MODULE: "off",
      GOROOT: "/nowhere",
      HTTP_PROXY: "http://127.0.0.1:1",
    };
    const before = { ...process.env };
    Object.assign(process.env, settings);
    try {
      expect(keys(await ask()).modules).toEqual(["example.com/words@v1.1.0"]);
    } finally {
      for (const name of Object.keys(settings)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });
});

describe("the user's folder is never written", () => {
  goTest("not even where go would like to", async () => {
    // No go line, no go.sum, a version that is no longer the one in use: each a reason to write.
    await write("go.mod", "module example.com/app\n\nrequire example.com/hello v1.0.0\n");
    const before = await fingerprint();
    await ask();
    expect(await fingerprint()).toEqual(before);
  });

  goTest("nor need it be writable", async () => {
    await writeProject(folder, upstream);
    const before = await fingerprint();
    const names = await filesBelow(folder);
    await Promise.all(names.map((name) => chmod(join(folder, name), 0o444)));
    await chmod(folder, 0o555);
    try {
      expect(keys(await ask()).modules.sort()).toEqual(projectModules);
    } finally {
      await chmod(folder, 0o755);
    }
    expect(await fingerprint()).toEqual(before);
  });
});

describe("what cannot be answered", () => {
  goTest("a broken go.mod, in go's words and without private paths", async () => {
    await write("app/go.mod", "module example.com/app\n\nrequire nonsense\n");
    await expect(ask("app/go.mod")).rejects.toMatchObject({
      code: "AIRGO_INPUT_INVALID",
      where: "app/go.mod",
      message: expect.stringMatching(
        /^go cannot list the modules:\n[^]*\bgo\.mod:3:[^]*usage: require module\/path v1\.2\.3/,
      ),
    });
    await expect(ask("app/go.mod")).rejects.toMatchObject({
      message: expect.not.stringContaining("input-"),
    });
  });

  goTest("a go.mod that wants a newer Go than the one that is asked", async () => {
    await write("go.mod", "module example.com/app\n\ngo 1.999.0\n");
    await expect(ask()).rejects.toMatchObject({
      code: "AIRGO_INPUT_INVALID",
      message: expect.stringContaining("1.999.0"),
    });
  });

  goTest("a version that no proxy has", async () => {
    await write("go.mod", "module example.com/app\n\ngo 1.21\n\nrequire example.com/words v1.9.9\n");
    await expect(ask()).rejects.toMatchObject({
      code: "AIRGO_UPSTREAM_MISSING",
      message: expect.stringContaining("example.com/words@v1.9.9"),
    });
  });

  goTest("a branch in place of a version", async () => {
    await write("go.mod", "module example.com/app\n\ngo 1.21\n\nrequire example.com/words main\n");
    await expect(ask()).rejects.toMatchObject({
      code: "AIRGO_INPUT_INVALID",
      message: expect.stringMatching(/example\.com\/words[^]*"?main"?/),
    });
  });

  goTest("a module@version that no user can require is called by its name", async () => {
    upstream.faults.add(/words\/@v\/v1\.1\.0\.mod$/, {
      kind: "rewrite",
      change: () => Buffer.from("module other\n"),
    });
    await expect(ask("example.com/words@v1.1.0")).rejects.toMatchObject({
      code: "AIRGO_INPUT_INVALID",
      where: "example.com/words@v1.1.0",
      message: expect.stringContaining("other"),
    });
  });

  goTest("a go.mod that its go.sum does not agree with", async () => {
    await write("go.mod", "module example.com/app\n\ngo 1.21\n\nrequire example.com/words v1.1.0\n");
    const wrong = upstream.hashes("example.com/check", "v1.0.0").goModH1;
    await write("go.sum", `example.com/words v1.1.0/go.mod ${wrong}\n`);
    await expect(ask()).rejects.toMatchObject({ code: "AIRGO_CHECKSUM_MISMATCH", where: "go.sum" });
  });

  goTest("an upstream that fails is told as itself, not in go's words", async () => {
    await write("go.mod", "module example.com/app\n\ngo 1.21\n\nrequire example.com/words v1.1.0\n");
    upstream.faults.add(/words/, { kind: "status", status: 403 });
    await expect(ask()).rejects.toMatchObject({ code: "AIRGO_UPSTREAM_DENIED" });
  });

  goTest("a list that reaches `direct` names the module; git is not run", async () => {
    await write("go.mod", "module example.com/app\n\ngo 1.21\n\nrequire example.com/private v1.0.0\n");
    const direct = await openRig(`${upstream.proxyUrl},direct`);
    await proxy.close();
    proxy = await startLoopbackProxy(direct.files);
    await expect(ask()).rejects.toMatchObject({
      code: "AIRGO_PROXY_DIRECT",
      message: expect.stringContaining("example.com/private@v1.0.0"),
    });
    await direct.close();
  });
});
