/** What the texts for operators name. */
export interface ReadmeFacts {
  readonly name: string;
  readonly goVersions: readonly string[];
  readonly arches: readonly string[];
  readonly modules: number;
}

/** README.txt inside the kit. It names neither id nor key: both are known only once the kit is complete. */
export function kitReadme(facts: ReadmeFacts): string {
  return `Air-gapped Go kit "${facts.name}"

Go ${facts.goVersions.join(", ")} for linux ${facts.arches.join(", ")}, and ${facts.modules} modules.

Install (as root into /opt/airgo, otherwise into ~/.local/share/airgo):

    sh install.sh --key KEY.pem

KEY.pem is the public key of whoever signed this kit. It must have reached you another way than this medium.
install.sh verifies the signature beside this folder (../SHA256SUMS), then every file, before it writes anything.
It contains no network code. \`sh install.sh help\` lists its options.
`;
}

/** README.txt of the folder that is carried: how to get from the archive to install.sh. */
export function folderReadme(
  facts: ReadmeFacts & { readonly top: string; readonly signers: readonly string[] },
): string {
  return `${kitReadme(facts).split("\n\n")[0] ?? ""}

Go ${facts.goVersions.join(", ")} for linux ${facts.arches.join(", ")}, and ${facts.modules} modules.

On the isolated host, in this folder, with the signer's public key as KEY.pem:

${operatorCommands(facts.top, facts.signers[0] ?? "SIGNER", "KEY.pem")
  .map((line) => `    ${line}\n`)
  .join("")}
A public key that lies beside the kit proves nothing: take KEY.pem from a place you trust.
`;
}

/** The commands an operator runs, in order, inside the folder, with the public key of a signer in the file `key`. */
export function operatorCommands(top: string, signer: string, key: string): string[] {
  return [
    `openssl dgst -sha256 -verify ${key} -signature SHA256SUMS.${signer}.sig SHA256SUMS`,
    "sha256sum -c SHA256SUMS",
    `tar -xf ${top}.tar`,
    `sh ${top}/install.sh --key ${key}`,
  ];
}
