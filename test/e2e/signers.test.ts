import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

import { fingerprintByHand, keyByHand, verifyByHand } from "../../src/signing/by-hand.js";
import { generateKey } from "../../src/signing/generate-key.js";
import { keyKinds, kindFiles, publicKeyFile, signatureFile } from "../../src/signing/key-kinds.js";
import { readPublicKey } from "../../src/signing/read-public-key.js";
import { makeProject, type TestProject } from "../support/airgo.js";
import { fencedBlocks } from "../support/docs.js";
import { findTool, testIf } from "../support/tools.js";

/** One kit that everybody signed, in every form there is. */
let project: TestProject;
let folder: string;

const passphrase = "the words of the release key";
const signerOf = (kind: string): string => kind.replace("-p256", "");

beforeAll(async () => {
  project = await makeProject();
  await mkdir(join(project.folder, "secrets"), { mode: 0o700 });
  const signers = [];
  for (const kind of keyKinds) {
    const name = signerOf(kind);
    const { privateText } = await generateKey({ name, kind, passphrase, now: Date.now() });
    await writeFile(join(project.folder, "secrets", name), privateText, { mode: 0o600 });
    signers.push(`  ${name}: { type: ${kind}, key: "file:secrets/${name}", passphrase: "env:WORDS" }`);
  }
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = { format: "pem" } as const;
  await writeFile(join(project.folder, "hsm.key"), privateKey.export({ type: "pkcs8", ...pem }));
  await writeFile(join(project.folder, "hsm.pub.pem"), publicKey.export({ type: "spki", ...pem }));
  signers.push(
    '  hsm: { type: command, public: "file:hsm.pub.pem", command: [openssl, dgst, -sha256, -sign, hsm.key, -out, "{signature}", "{file}"] }',
  );
  const manifest = `version: 1
sources: { go: [module], proxy: "${project.upstream.proxyUrl}", sumdb: "${project.upstream.verifierKey}" }
signers:
${signers.join("\n")}
kits:
  k:
    go: ["1.90.x"]
    modules: [app/go.mod]
    sign: [${[...keyKinds.map(signerOf), ...(findTool("openssl") ? ["hsm"] : [])].join(", ")}]
    digests: [sha256, sm3]
    expires: 2031-12-31
`;
  await writeFile(join(project.folder, "bundles.yaml"), manifest);
  const result = await project.airgo(["bundle", "--json"], { env: { WORDS: passphrase } });
  expect(result.events.filter(({ type }) => type === "failed")).toEqual([]);
  folder = await project.kit();
});
afterAll(() => project.close());

/** SM3 sums by openssl, in the form of ours. */
const sm3 = (cwd: string, files: readonly string[]): string =>
  execFileSync("openssl", ["dgst", "-sm3", "-r", ...files], { cwd, encoding: "utf8" }).replaceAll(" *", "  ");

describe("a kit with many signers", () => {
  test("holds a signature and a public key of each, and the SM3 sums", async () => {
    const names = new Set(await readdir(folder));
    for (const kind of keyKinds) {
      expect(names).toContain(signatureFile("SHA256SUMS", signerOf(kind), kind));
      expect(names).toContain(publicKeyFile(signerOf(kind), kind));
    }
    for (const name of ["SM3SUMS", "SM3SUMS.sm2.sm2sig", "contents.SM3SUMS", "provenance.json"])
      expect(names).toContain(name);
    const sums = await readFile(join(folder, "SHA256SUMS"), "utf8");
    for (const name of ["SM3SUMS", "contents.SM3SUMS", "provenance.json"])
      expect(sums).toContain(`  ${name}\n`);
  });

  /** What each kind's line by hand needs. */
  const tools: Readonly<Record<(typeof keyKinds)[number], readonly string[]>> = {
    "ecdsa-p256": ["openssl"],
    rsa: ["openssl"],
    ed25519: ["openssl"],
    sm2: ["openssl"],
    openpgp: ["gpgv"],
    sshsig: ["ssh-keygen"],
    minisign: ["minisign"],
  };
  for (const kind of keyKinds) {
    testIf(tools[kind], `verifies by hand with the lines of its README: ${kind}`, async () => {
      const copy = await mkdtemp(join(project.folder, "copy-"));
      const name = signerOf(kind);
      for (const file of ["SHA256SUMS", signatureFile("SHA256SUMS", name, kind)])
        await copyFile(join(folder, file), join(copy, file));
      await copyFile(join(folder, `${name}.${kindFiles[kind].publicKey}`), join(copy, keyByHand(kind)));
      const run = () =>
        execFileSync("sh", ["-e", "-c", verifyByHand(name, kind).join("\n")], {
          cwd: copy,
          stdio: "pipe",
          env: { PATH: process.env["PATH"] ?? "", HOME: copy },
        });
      run();
      await writeFile(join(copy, "SHA256SUMS"), "another document\n");
      expect(run).toThrow();
    });
  }

  testIf(
    ["openssl", "gpgv", "ssh-keygen", "minisign", "tar"],
    "is taken by install.sh with each key as README.txt calls it, one after the other",
    async () => {
      const host = await mkdtemp(join(project.folder, "host-"));
      await cp(folder, join(host, "kit"), { recursive: true });
      const [archive = ""] = (await readdir(folder)).filter((name) => name.endsWith(".tar"));
      execFileSync("tar", ["-xf", archive], { cwd: join(host, "kit") });
      const script = join(archive.replace(/\.tar$/, ""), "install.sh");
      for (const kind of keyKinds) {
        const name = signerOf(kind);
        await copyFile(join(folder, publicKeyFile(name, kind)), join(host, "kit", keyByHand(kind)));
        const env = { PATH: process.env["PATH"] ?? "", HOME: host };
        const said = execFileSync("sh", [script, "verify", "--key", keyByHand(kind)], {
          cwd: join(host, "kit"),
          env,
          stdio: "pipe",
        });
        expect(said.toString()).toContain(`signature ${signatureFile("SHA256SUMS", name, kind)}: valid`);
      }
    },
  );

  for (const kind of keyKinds) {
    testIf(tools[kind], `shows its key's fingerprint with the line of its README: ${kind}`, async () => {
      const copy = await mkdtemp(join(project.folder, "copy-"));
      const text = await readFile(join(folder, publicKeyFile(signerOf(kind), kind)), "utf8");
      await writeFile(join(copy, keyByHand(kind)), text);
      const env = { PATH: process.env["PATH"] ?? "", HOME: copy };
      const shown = execFileSync("sh", ["-c", `${fingerprintByHand(kind)} 2>/dev/null`], { cwd: copy, env });
      const { id } = await readPublicKey(Buffer.from(text), "key");
      // gpg puts spaces into it.
      const line = kind === "openpgp" ? shown.toString().replaceAll(" ", "") : shown.toString();
      expect(line).toContain(id.replace(/^\w+:/, ""));
    });
  }

  testIf(
    "openssl",
    "has SM3 sums that openssl computes too, over the folder and over every file of the kit",
    async () => {
      const listed = async (name: string): Promise<{ text: string; files: string[] }> => {
        const text = await readFile(join(folder, name), "utf8");
        return {
          text,
          files: text
            .trim()
            .split("\n")
            .map((line) => line.slice(66)),
        };
      };
      const outer = await listed("SM3SUMS");
      expect(sm3(folder, outer.files)).toBe(outer.text);
      const names = (await readFile(join(folder, "SHA256SUMS"), "utf8"))
        .trim()
        .split("\n")
        .map((line) => line.slice(66));
      expect([...outer.files, "SM3SUMS"].sort()).toEqual(names.sort());

      const unpacked = await mkdtemp(join(project.folder, "unpacked-"));
      const [archive = ""] = names.filter((name) => name.endsWith(".tar"));
      execFileSync("tar", ["-xf", join(folder, archive), "-C", unpacked]);
      const inner = await listed("contents.SM3SUMS");
      const top = join(unpacked, archive.replace(/\.tar$/, ""));
      expect(sm3(top, inner.files)).toBe(inner.text);
      expect(inner.files.filter((file) => file !== "SHA256SUMS")).toEqual(
        (await readFile(join(top, "SHA256SUMS"), "utf8"))
          .trim()
          .split("\n")
          .map((line) => line.slice(66)),
      );
      expect(await readFile(join(top, "kit", "kit.tsv"), "utf8")).toContain("expires\t2031-12-31\n");
    },
  );

  test("is unchanged with the same signers, and is not asked for by programs again", async () => {
    const again = await project.airgo(["bundle", "--json"], { env: { WORDS: passphrase } });
    expect(again.events.map(({ type }) => type)).toContain("kit-unchanged");
  });

  test("verifies with airgo, each signature by its own tool", async () => {
    const keys = keyKinds.flatMap((kind) => ["--key", join(folder, publicKeyFile(signerOf(kind), kind))]);
    const required = keyKinds.map(signerOf).join(",");
    const done = await project.airgo(["verify", folder, ...keys, "--require", required, "--require-sm"]);
    expect({ code: done.code, stderr: done.stderr }).toEqual({
      code: 0,
      // The fake upstream has a log of its own.
      stderr: expect.stringMatching(/^(warning .*came with the kit.*\n){7}warning .*sum\.example\.com.*\n$/),
    });
    for (const kind of keyKinds)
      expect(done.stdout).toContain(`${signatureFile("SHA256SUMS", signerOf(kind), kind)}: valid`);
    expect(done.stdout).toContain("SM3SUMS.sm2.sm2sig: valid");
  });
});

describe("a kit of which one signature is gone", () => {
  test("is not unchanged, and is made again", async () => {
    const copy = join(project.folder, "SM3SUMS.sm2.sm2sig");
    await rename(join(folder, "SM3SUMS.sm2.sm2sig"), copy);
    const again = await project.airgo(["bundle", "--json"], { env: { WORDS: passphrase } });
    expect(again.events.map(({ type }) => type)).toContain("kit-finished");
    expect(await project.kit()).toBe(folder);
    expect(await readdir(folder)).toContain("SM3SUMS.sm2.sm2sig");
  });
});

describe("provenance.json", () => {
  test("tells of every file of the kit where it came from and what vouches for it", async () => {
    const told = JSON.parse(await readFile(join(folder, "provenance.json"), "utf8")) as {
      kit: { id: string };
      checksumDatabase: { address: string };
      files: {
        path: string;
        sha256: string;
        how: string;
        from?: { of: string; address: string }[];
        verified: string[];
      }[];
    };
    const sums = await readFile(join(folder, "contents.SHA256SUMS"), "utf8");
    expect(sums).toBe(
      told.files
        .filter(({ path }) => path !== "SHA256SUMS")
        .map(({ sha256, path }) => ({ sha256, path }))
        .sort((a, b) => (a.path < b.path ? -1 : 1))
        .map(({ sha256, path }) => `${sha256}  ${path}\n`)
        .join(""),
    );
    expect(told.checksumDatabase.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\//);
    for (const { path, how, from, verified } of told.files) {
      expect(verified.length).toBeGreaterThan(0);
      const isFetched = /\.(zip|mod|tar\.gz)$/.test(path);
      if (!isFetched) continue;
      expect(how).toBe(path.endsWith(".gz") ? "made" : "fetched");
      for (const { address } of from ?? [])
        expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/.*\.(zip|mod)$/);
      expect(verified.join("\n")).toMatch(/record \d+ of /);
    }
  });

  testIf("sh", "is read by the command of docs/trust.md", () => {
    const [command = ""] = fencedBlocks("docs/trust.md", "sh");
    const shown = execFileSync("sh", ["-e", "-c", command], { cwd: folder, encoding: "utf8" });
    expect(shown).toMatch(/^install\.sh part of airgo$/m);
    expect(shown).toMatch(/^proxy\/\S+\.zip http:\/\/127\.0\.0\.1:\d+\/\S+\.zip$/m);
  });

  test("is the only place where addresses stand", async () => {
    for (const name of await readdir(folder)) {
      if (name === "provenance.json") continue;
      expect((await readFile(join(folder, name))).includes(project.upstream.proxyUrl)).toBe(false);
    }
  });
});

describe("a signer that cannot sign", () => {
  test("is told before anything is fetched", async () => {
    const other = await makeProject();
    try {
      for (const [signer, code] of [
        ["{ type: openpgp, key: file:none.asc }", "AIRGO_KEY_UNREADABLE"],
        ["{ type: command, public: file:none.pem, command: [sh] }", "AIRGO_KEY_UNREADABLE"],
        ["{ type: command, public: file:key.pem, command: [no-such-program] }", "AIRGO_SIGNER_FAILED"],
      ] as const) {
        const { publicKey } = generateKeyPairSync("ed25519");
        await writeFile(join(other.folder, "key.pem"), publicKey.export({ type: "spki", format: "pem" }));
        await other.manifest(
          '  k: { go: ["1.90.x"], modules: [app/go.mod], sign: [s] }\nsigners: { s: ' + signer + " }\n",
        );
        const done = await other.airgo(["bundle", "--json"]);
        expect(done.code).toBe(32);
        expect(done.events.at(-1)).toMatchObject({ type: "failed", code });
        expect(other.upstream.requests).toEqual([]);
      }
    } finally {
      await other.close();
    }
  });

  testIf("sh", "at the end leaves no kit and no lock", async () => {
    const other = await makeProject();
    try {
      const { publicKey } = generateKeyPairSync("ed25519");
      await writeFile(join(other.folder, "key.pem"), publicKey.export({ type: "spki", format: "pem" }));
      await other.manifest(
        '  k: { go: ["1.90.x"], modules: [app/go.mod], sign: [s] }\nsigners: { s: { type: command, public: file:key.pem, command: [sh, -c, "echo the token is locked >&2; exit 3"] } }\n',
      );
      const done = await other.airgo(["bundle", "--json"]);
      expect(done.code).toBe(32);
      expect(done.events.at(-1)).toMatchObject({
        type: "failed",
        code: "AIRGO_SIGNER_FAILED",
        found: expect.stringContaining("the token is locked"),
      });
      expect(await readdir(other.folder)).not.toContain("bundles.lock");
      expect(await readdir(join(other.folder, "kits"))).toEqual([]);
    } finally {
      await other.close();
    }
  });
});
