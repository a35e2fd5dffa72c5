import type { Mistake } from "./mistake.js";
import { entriesOf, isMapValue, member } from "./values.js";

/** Which keys a signer with a key of its own has, and which one that is a program. */
const keysOf = { key: ["key", "passphrase"], command: ["command", "public"] } as const;
const forms: Readonly<Record<string, string>> = {
  key: "file:PATH of the private key",
  command: "the program and its arguments, as a list",
  public: "file:PATH of the public key that the program's answers are held to",
};

/** Signers whose keys do not go with their type: what is missing, and what is too much. */
export function signerMistakes(signers: unknown): Mistake[] {
  return entriesOf(signers).flatMap(([name, signer]): Mistake[] => {
    const type = member(signer, "type");
    if (!isMapValue(signer) || typeof type !== "string") return [];
    const isCommand = type === "command";
    const needed = isCommand ? ["command", "public"] : ["key"];
    const alien = isCommand ? keysOf.key : keysOf.command;
    return [
      ...needed
        .filter((key) => member(signer, key) === undefined)
        .map((key): Mistake => {
          return { path: ["signers", name, key], at: "value", expected: forms[key] ?? key, found: "nothing" };
        }),
      ...alien
        .filter((key) => member(signer, key) !== undefined)
        .map((key): Mistake => {
          const expected = `no \`${key}\` in a signer of type ${isCommand ? "command" : "other than command"}`;
          return { path: ["signers", name, key], at: "key", expected };
        }),
    ];
  });
}
