import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";

import { parseNetrc } from "../../../src/transfer/credentials/netrc.js";
import { askGoProgram } from "../../support/go-program.js";
import { testWhen } from "../../support/tools.js";

const program = `package main

import (
	"encoding/json"
	"os"
)

func main() {
	var texts []string
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		panic(err)
	}
	answers := [][][3]string{}
	for _, text := range texts {
		lines := [][3]string{}
		for _, l := range parseNetrc(text) {
			lines = append(lines, [3]string{l.machine, l.login, l.password})
		}
		answers = append(answers, lines)
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}
`;

type Entry = readonly [machine: string, login: string, password: string];

const vectors: readonly (readonly [text: string, ...entries: Entry[]])[] = [
  [""],
  ["machine a login u password p", ["a", "u", "p"]],
  ["machine a\n  login u\n  password p\n", ["a", "u", "p"]],
  ["machine a\r\n\tpassword p\r\n\tlogin u\r\n", ["a", "u", "p"]],
  [
    "machine a:8443 login u password p account x\nmachine b login v password q",
    ["a:8443", "u", "p"],
    ["b", "v", "q"],
  ],
  ['machine a login "u v" password "p"'],
  ['machine a login u password "p"', ["a", "u", '"p"']],
  ["machine a login u"],
  ["login u machine a password p"],
  ["machine a login u password p login v password q", ["a", "u", "p"]],
  ["machine a login u\nmachine b password p"],
  ["default login u password p\nmachine a login u password p", ["a", "u", "p"]],
  ["default\nmachine a login u password p"],
  ["machine a login u password p\ndefault\nmachine b login v password q", ["a", "u", "p"]],
  ["macdef m\nmachine a login u password p\n\nmachine b login v password q", ["b", "v", "q"]],
  ["macdef m\r\nmachine a login u password p\r\n\r\nmachine b login v password q"],
  ["# machine x\nmachine a login u password p", ["a", "u", "p"]],
];

const word = fc.constantFrom(
  ...'machine login password default macdef account a b u p "p q" # \u{a0} \u{85} \u{feff} é'.split(" "),
);
const gap = fc.constantFrom(" ", " ", " ", "  ", "\t", "\n", "\n", "\n\n", "\r\n", "\u{2003}", "\u{b}");
const pair = fc.constantFrom("machine a", "machine b", "login u", "password p", "account x", "macdef m");
const netrc = fc
  .array(fc.tuple(fc.oneof(word, pair, pair), gap), { maxLength: 14 })
  .map((parts) => parts.flat().join(""));

const texts = [...vectors.map(([text]) => text), ...fc.sample(netrc, 5_000)];
const answers = askGoProgram({ main: program, taken: ["cmd/go/internal/auth/netrc.go"] }, texts) as
  | Entry[][]
  | undefined;

const read = (text: string): Entry[] =>
  parseNetrc(text).map(({ machine, login, password }) => [machine, login, password]);

describe("a netrc file", () => {
  test.each(vectors)("%j", (text, ...entries) => expect(read(text)).toEqual(entries));

  testWhen(answers !== undefined, "go on PATH", "is read as the go command reads it", () => {
    expect(answers?.filter((entries) => entries.length > 0).length).toBeGreaterThan(100);
    const differing = texts.flatMap((text, index) =>
      JSON.stringify(read(text)) === JSON.stringify(answers?.[index]) ? [] : [{ text, go: answers?.[index] }],
    );
    expect(differing).toEqual([]);
  });
});
