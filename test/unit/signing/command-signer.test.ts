import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "@jest/globals";

import { checkProgram, commandSigner, type SignerCommand } from "../../../src/signing/command-signer.js";
import { formats } from "../../../src/signing/formats/format.js";
import { readKeyFile } from "../../../src/signing/trusted-keys.js";
import { runProcess } from "../../../src/support/processes.js";
import { findTool, testIf, testWhen } from "../../support/tools.js";
import {
  endGpg,
  fileWith,
  freshFolder,
  gpgIn,
  openssl,
  opensslKey,
  p256,
  runTool,
  scratchFile,
} from "./tools.js";

const document = Buffer.from("what is signed\n");
const failed = { code: "AIRGO_SIGNER_FAILED" };
let key: string;
let publicKey: string;

beforeAll(() => {
  key = opensslKey(...p256);
  publicKey = fileWith(openssl("pkey", "-in", key, "-pubout"));
});

async function commandOf(
  argv: readonly [string, ...string[]],
  change: Partial<SignerCommand> & { publicKeyFile?: string } = {},
): Promise<SignerCommand> {
  const { publicKeyFile = publicKey, ...rest } = change;
  const env = { PATH: process.env["PATH"], KEY: key };
  const folder = freshFolder();
  return {
    name: "hsm",
    argv,
    publicKey: await readKeyFile(publicKeyFile),
    run: runProcess,
    cwd: folder,
    env,
    temporaryFolder: folder,
    ...rest,
  };
}

const script = (text: string): string => {
  const file = fileWith(`#!/bin/sh\n${text}\n`, 0o755);
  chmodSync(file, 0o755);
  return file;
};

/** What signing with a program throws. */
const failureOf = async (...argv: [string, ...string[]]): Promise<unknown> =>
  commandSigner(await commandOf(argv))
    .sign(document)
    .catch((error: unknown) => error);

/** One that is ended for want of an answer. */
const silent = () =>
  Promise.reject(new DOMException("The operation was aborted due to timeout", "TimeoutError"));

describe("a program that signs", () => {
  testIf("openssl", "gets the document and its digest in every way, and answers in every way", async () => {
    const dgst = 'openssl dgst -sha256 -sign "$KEY"';
    const prehashed = 'openssl pkeyutl -sign -inkey "$KEY" -pkeyopt digest:sha256 -in';
    const sixtyFour = `${dgst} | openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' | while read -r n; do printf '%064s' "$n" | tr ' ' 0; done | tail -c 128 | sed 's/../\\\\x&/g' | { read -r x; printf "$x"; }`;
    const ways: [string, ...string[]][] = [
      ["sh", "-c", dgst],
      ["sh", "-c", `${dgst} "$1"`, "sh", "{file}"],
      ["sh", "-c", `${dgst} -out "$1"`, "sh", "{signature}"],
      ["sh", "-c", `${prehashed} "$1"`, "sh", "{digest}"],
      [
        "sh",
        "-c",
        `printf %s "$1" | openssl base64 -d -A | ${prehashed} /dev/stdin`,
        "sh",
        "{digest-base64}",
      ],
      [
        "sh",
        "-c",
        `echo "$1 $2" | grep -q "^$(openssl dgst -sha256 -r "$2" | cut -d' ' -f1) " && ${dgst} "$2"`,
        "sh",
        "{digest-hex}",
        "{file}",
      ],
      ["sh", "-c", `${dgst} | openssl base64 -A`],
      ["sh", "-c", `printf vault:v1:; ${dgst} | openssl base64 -A; echo`],
      ["bash", "-c", sixtyFour],
    ];
    for (const argv of ways) {
      if (findTool(argv[0]) === undefined) continue;
      const command = await commandOf(argv);
      const signature = await commandSigner(command).sign(document);
      expect(await formats["ecdsa-p256"].verify(document, signature, command.publicKey)).toBe(true);
      expect(readdirSync(command.temporaryFolder)).toEqual([]);
    }
  });

  test("an answer that the pinned key does not verify is refused, whatever it is", async () => {
    const other = opensslKey(...p256);
    const answers: [string, ...string[]][] = [
      ["true"],
      ["cat", "{file}"],
      ["sh", "-c", 'openssl dgst -sha256 -sign "$0"', other],
      ["sh", "-c", 'echo other | openssl dgst -sha256 -sign "$KEY"'],
    ];
    for (const argv of answers) {
      const command = await commandOf(argv);
      await expect(commandSigner(command).sign(document)).rejects.toMatchObject({
        ...failed,
        found: expect.stringContaining(command.publicKey.id),
      });
      expect(readdirSync(command.temporaryFolder)).toEqual([]);
    }
  });

  test("one that fails, writes no file or does not exist is told with its own last words and none of its arguments", async () => {
    const died = await failureOf(
      script("echo first >&2; echo 'token is locked' >&2; exit 7"),
      "--pin",
      "s3cret-pin",
    );
    expect(died).toMatchObject({ ...failed, found: "it ended with exit code 7: token is locked" });
    expect(JSON.stringify({ ...(died as object), text: String(died) })).not.toContain("s3cret-pin");
    expect(await failureOf("true", "{signature}")).toMatchObject({
      ...failed,
      found: expect.stringContaining("{signature}"),
    });
    expect(await failureOf("no-such-program-here")).toMatchObject(failed);
    expect(await failureOf("sh", "-c", "kill -9 $$")).toMatchObject({
      ...failed,
      found: expect.stringContaining("137"),
    });
  });

  test("one that is not there is found out before anything is to be signed", async () => {
    const file = fileWith("not a program\n", 0o644);
    for (const argv of [["no-such-program-here"], ["/no/such/program"], ["./none"], [file]] as [string][])
      await expect(commandOf(argv).then(checkProgram)).rejects.toMatchObject(failed);
    const own = script("exit 0");
    for (const argv of [["sh"], [own]] as [string][]) await commandOf(argv).then(checkProgram);
  });

  testIf("mkfifo", "one that leaves a pipe in the place of its signature is not waited for", async () => {
    expect(await failureOf("mkfifo", "{signature}")).toMatchObject({
      ...failed,
      found: expect.stringContaining("it is no file"),
    });
  });

  test("one that gives no answer is ended, and told as that", async () => {
    const signing = commandSigner(await commandOf(["sh"], { run: silent })).sign(document);
    await expect(signing).rejects.toMatchObject({ ...failed, found: "it gave no answer within 120 s" });
  });

  test("an interruption ends it and is told as that", async () => {
    const controller = new AbortController();
    const command = await commandOf(["sh", "-c", "cat; exec cat /dev/zero >/dev/null"], {
      signal: controller.signal,
    });
    const signing = commandSigner({
      ...command,
      run: (argv, options) => {
        const running = runProcess(argv, options);
        controller.abort(new Error("stop"));
        return running;
      },
    }).sign(document);
    await expect(signing).rejects.toThrow("stop");
    expect(readdirSync(command.temporaryFolder)).toEqual([]);
  });
});

describe("programs that people have", () => {
  testIf(["gpg"], "gpg signs with the keys of its agent", async () => {
    const home = freshFolder();
    const gpg = gpgIn(home);
    gpg("--quick-gen-key", "us", "ed25519", "sign", "never");
    const exported = scratchFile();
    gpg("--armor", "-o", exported, "--export", "us");
    const command = await commandOf(
      ["gpg", "--homedir", home, "--batch", "--armor", "--detach-sign", "--output", "{signature}", "{file}"],
      { publicKeyFile: exported },
    );
    const signature = await commandSigner(command).sign(document);
    expect(await formats.openpgp.verify(document, signature, command.publicKey)).toBe(true);
    endGpg(home);
  });

  testIf("ssh-keygen", "ssh-keygen signs with a key in its own form", async () => {
    const own = join(freshFolder(), "id");
    runTool(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", own]);
    const command = await commandOf(
      ["sh", "-c", 'ssh-keygen -Y sign -q -f "$1" -n airgo-kit <"$2"', "sh", own, "{file}"],
      { publicKeyFile: `${own}.pub` },
    );
    expect(
      await formats.sshsig.verify(document, await commandSigner(command).sign(document), command.publicKey),
    ).toBe(true);
  });

  const module = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
  ].find((file) => existsSync(file));
  const hasHsm =
    module !== undefined && findTool("softhsm2-util") !== undefined && findTool("pkcs11-tool") !== undefined;
  testWhen(
    hasHsm,
    "softhsm2 and opensc",
    "pkcs11-tool signs with a key in a token that never leaves it, in both forms that it has",
    async () => {
      const folder = freshFolder();
      const env = {
        PATH: process.env["PATH"] ?? "",
        SOFTHSM2_CONF: join(folder, "conf"),
        PIN: "4321",
        HOME: folder,
      };
      writeFileSync(env.SOFTHSM2_CONF, `directories.tokendir = ${folder}\nobjectstore.backend = file\n`);
      expect(
        runTool(
          [
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            "airgo",
            "--so-pin",
            "1234",
            "--pin",
            env.PIN,
          ],
          { env },
        ).code,
      ).toBe(0);
      const tool = ["pkcs11-tool", "--module", module ?? "", "--login", "--pin", "env:PIN"] as const;
      expect(
        runTool(
          [...tool, "--keypairgen", "--key-type", "EC:prime256v1", "--id", "01", "--label", "release"],
          { env },
        ).code,
      ).toBe(0);
      const der = join(folder, "public.der");
      expect(
        runTool(
          [
            "pkcs11-tool",
            "--module",
            module ?? "",
            "--read-object",
            "--type",
            "pubkey",
            "--id",
            "01",
            "-o",
            der,
          ],
          { env },
        ).code,
      ).toBe(0);
      const pem = fileWith(openssl("pkey", "-pubin", "-inform", "DER", "-in", der, "-pubout"));
      for (const form of ["openssl", "rs"]) {
        const argv = [
          ...tool,
          "--sign",
          "-m",
          "ECDSA",
          "--signature-format",
          form,
          "--id",
          "01",
          "-i",
          "{digest}",
          "-o",
          "{signature}",
        ] as const;
        const command = await commandOf(argv, { publicKeyFile: pem, env });
        const signature = await commandSigner(command).sign(document);
        const [file, text] = [fileWith(signature), fileWith(document)];
        expect(runTool(["openssl", "dgst", "-sha256", "-verify", pem, "-signature", file, text]).code).toBe(
          0,
        );
      }
      // With the wrong PIN there is none.
      const command = await commandOf(
        [...tool, "--sign", "-m", "ECDSA", "--id", "01", "-i", "{digest}", "-o", "{signature}"],
        { publicKeyFile: pem, env: { ...env, PIN: "0000" } },
      );
      await expect(commandSigner(command).sign(document)).rejects.toMatchObject(failed);
      expect(readFileSync(env.SOFTHSM2_CONF, "utf8")).toContain(folder);
    },
  );
});
