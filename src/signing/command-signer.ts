import { createHash } from "node:crypto";
import { access, constants, lstat, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";

import { AirgoError, isAirgoError, messageOf } from "../support/errors.js";
import type { RunProcess } from "../support/processes.js";
import { checkedSigner, type DocumentSigner } from "./document-signer.js";
import { formats } from "./formats/format.js";
import { readingsOf } from "./command-answer.js";
import type { PublicKey } from "./public-key.js";

/** A program that has the key: for HSMs (PKCS#11), Vault, a cloud's KMS, gpg-agent, ssh-agent. */
export interface SignerCommand {
  /** What the signer is called. */
  readonly name: string;
  /** Program and arguments, run without a shell. `{...}` in an argument is filled in (`placeholders`). */
  readonly argv: readonly [string, ...string[]];
  /** Pinned: an answer that does not verify with it is refused. */
  readonly publicKey: PublicKey;
  readonly run: RunProcess;
  /** Where it is run. */
  readonly cwd: string;
  /** All of it is the program's: tokens and PINs come in this way. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For the files that it reads and writes. */
  readonly temporaryFolder: string;
  readonly signal?: AbortSignal;
}

/** What can stand in an argument. */
export const placeholders = ["{file}", "{digest}", "{digest-hex}", "{digest-base64}", "{signature}"] as const;

/** Bytes. */
const maxAnswer = 1 << 20;

/** Longest wait for an answer; milliseconds. Somebody may have to touch a token. */
const patience = 120_000;

/**
 * A signer that runs a program. The document comes on its standard input, and as the file `{file}`; its digest (SM3 for
 * SM2 keys, else SHA-256) as the file `{digest}` of raw bytes, or in the argument itself. It answers on its standard output,
 * or in the file `{signature}` where an argument names that.
 */
export function commandSigner(command: SignerCommand): DocumentSigner {
  return checkedSigner(command.publicKey, (document) => askProgram(command, document));
}

/**
 * Tells early that a signer's program is not there.
 * @throws AIRGO_SIGNER_FAILED
 */
export async function checkProgram({ name, argv, cwd, env }: SignerCommand): Promise<void> {
  const [program] = argv;
  const folders = program.includes("/")
    ? [isAbsolute(program) ? "/" : cwd]
    : (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const found = await Promise.all(
    folders.map((folder) =>
      access(join(folder, program), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  if (!found.includes(true)) throw failed(name, `there is no program ${program} that can be run`, argv);
}

async function askProgram(command: SignerCommand, document: Buffer): Promise<Buffer> {
  // Private to this user: what is signed must not change between here and there.
  const folder = await mkdtemp(join(command.temporaryFolder, "airgo-sign-"));
  try {
    const answer = await answerOf(command, document, folder);
    return await validReading(command, document, answer);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function answerOf(command: SignerCommand, document: Buffer, folder: string): Promise<Buffer> {
  const { name, argv, run, cwd } = command;
  const digest = createHash(command.publicKey.kind === "sm2" ? "sm3" : "sha256")
    .update(document)
    .digest();
  const files = {
    file: join(folder, "SHA256SUMS"),
    digest: join(folder, "digest"),
    signature: join(folder, "signature"),
  };
  await writeFile(files.file, document);
  await writeFile(files.digest, digest);
  const values: Record<(typeof placeholders)[number], string> = {
    "{file}": files.file,
    "{digest}": files.digest,
    "{digest-hex}": digest.toString("hex"),
    "{digest-base64}": digest.toString("base64"),
    "{signature}": files.signature,
  };
  const filled = argv.map((word) => fill(word, values)) as [string, ...string[]];
  const env = Object.fromEntries(
    Object.entries(command.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
  const signal = AbortSignal.any([
    AbortSignal.timeout(patience),
    ...(command.signal === undefined ? [] : [command.signal]),
  ]);
  const done = await run(filled, { cwd, env, signal, input: document }).catch((error: unknown) => {
    command.signal?.throwIfAborted();
    throw failed(
      name,
      isAirgoError(error) ? error.message : `it gave no answer within ${patience / 1000} s`,
      argv,
    );
  });
  if (done.code !== 0)
    throw failed(name, `it ended with exit code ${done.code}: ${lastLine(done.stderr)}`, argv);
  if (!argv.some((word) => word.includes("{signature}"))) return done.stdoutBytes;
  return readAnswer(files.signature).catch((error: unknown) => {
    throw failed(name, `it wrote no {signature}: ${messageOf(error)}`, argv);
  });
}

/** A file, and nothing that would be waited for; no signature is larger. */
async function readAnswer(file: string): Promise<Buffer> {
  const found = await lstat(file);
  if (!found.isFile() || found.size > maxAnswer)
    throw new Error("it is no file, or too large for a signature");
  return readFile(file);
}

function fill(word: string, values: Readonly<Record<string, string>>): string {
  return word.replaceAll(/\{[a-z0-9-]+\}/g, (placeholder) => values[placeholder] ?? placeholder);
}

/** Programs answer in several spellings of one signature: the one that verifies is the one that is meant. */
async function validReading(
  { name, argv, publicKey }: SignerCommand,
  document: Buffer,
  answer: Buffer,
): Promise<Buffer> {
  for (const reading of readingsOf(answer, publicKey.kind)) {
    const isGood = await formats[publicKey.kind].verify(document, reading, publicKey).catch(() => false);
    if (isGood) return reading;
  }
  throw failed(
    name,
    `its answer of ${answer.length} bytes is no signature of ${publicKey.id} over the document`,
    argv,
  );
}

/** The last line that says something: programs tell the cause there. */
function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.slice(0, 300) ?? "";
}

/** The arguments are not shown beyond the first: they may hold secrets. */
function failed(name: string, found: string, argv: readonly string[]): AirgoError {
  return new AirgoError("AIRGO_SIGNER_FAILED", {
    what: `the program of signer ${name} gave no signature`,
    where: argv[0] ?? "",
    found,
    hint: "run it by hand on any file; docs/trust.md shows what it gets and what it must answer",
  });
}
