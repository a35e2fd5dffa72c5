import { fingerprintByHand, keyByHand, verifyByHand } from "../signing/by-hand.js";
import type { KeyKind } from "../signing/key-kinds.js";

/** What the texts for operators name. */
export interface ReadmeFacts {
  readonly name: string;
  readonly goVersions: readonly string[];
  readonly arches: readonly string[];
  readonly modules: number;
}

/** Who signed a kit, as far as its texts need to know. */
export interface NamedSigner {
  readonly name: string;
  readonly kind: KeyKind;
}

/** README.txt inside the kit. It names neither id nor key: both are known only once the kit is complete. */
export function kitReadme(facts: ReadmeFacts): string {
  return `${title(facts)}
Install (as root into /opt/airgo, otherwise into ~/.local/share/airgo):

    sh install.sh --key KEY

KEY is the public key of whoever signed this kit. It must have reached you another way than this medium.
install.sh verifies the signature beside this folder (../SHA256SUMS), then every file, before it writes anything.
It contains no network code. \`sh install.sh doctor\` and \`sh install.sh plan --key KEY\` look first, and change nothing;
\`sh install.sh help\` lists the rest. It stays on the host as PREFIX/bin/airgo-kit: status, list, use, rollback, watch,
repair and uninstall need no medium.
`;
}

function title({ name, goVersions, arches, modules }: ReadmeFacts): string {
  return `Air-gapped Go kit "${name}"

Go ${goVersions.join(", ")} for linux ${arches.join(", ")}, and ${modules} modules.
`;
}

/** README.txt of the folder that is carried: how to get from the archive to install.sh. */
export function folderReadme(
  facts: ReadmeFacts & { readonly top: string; readonly signers: readonly NamedSigner[] },
): string {
  const [first, ...others] = facts.signers;
  const key = operatorKey(facts.signers);
  const also = others.map(({ name, kind }) => {
    const title = `Also signed by ${name}. With the public key of ${name} as ${keyByHand(kind)}, handed over another way:`;
    return `\n${title}\n\n${lines(verifyByHand(name, kind))}`;
  });
  return `${title(facts)}
1. The key. The files here that end in .pub.pem, .pub.asc or .pub prove nothing: whoever can change this kit can
   change them too. Take the public key of ${first?.name ?? "the signer"} from a place you trust, as ${key}. If all
   you can get is a copy of the file here, compare its fingerprint with the one that its owner reads to you, over the
   telephone or from paper, every character of it:

    ${fingerprintByHand(first?.kind ?? "ecdsa-p256")}

2. On the isolated host, copy this folder to a disk that can be written. In the copy, with ${key} in it:

${lines(operatorCommands(facts.top, facts.signers))}
install.sh checks all of this again, with whatever tool the host has, and keeps the key for the next kit. But it is a part
of the kit itself, and a changed one could say anything: what comes before tar is what vouches for it. If the host has no
program for that, run those lines where there is one; or compare what \`sha256sum SHA256SUMS\` prints with the digest that
the signer tells you another way, and give that digest to install.sh with --expect-sha256.
${also.join("")}`;
}

function lines(commands: readonly string[]): string {
  return commands.map((line) => `    ${line}\n`).join("");
}

/** What the operator's commands call the first signer's public key. */
export function operatorKey(signers: readonly NamedSigner[]): string {
  return keyByHand(signers[0]?.kind ?? "ecdsa-p256");
}

/** The commands an operator runs, in order, inside the folder, where the first signer's public key lies as `operatorKey`. */
export function operatorCommands(top: string, signers: readonly NamedSigner[]): string[] {
  const { name, kind } = signers[0] ?? { name: "SIGNER", kind: "ecdsa-p256" };
  return [
    ...verifyByHand(name, kind),
    "sha256sum -c SHA256SUMS",
    `tar -xf ${top}.tar`,
    `sh ${top}/install.sh --key ${operatorKey(signers)}`,
  ];
}
