import { askGoProgram } from "../../support/go-program.js";

/** What Go's own code says; one answer for each question, in their order. */
export interface GoRules {
  /** semver.Compare, then by text, as semver.Sort does: -1, 0 or 1. */
  readonly moduleOrder: number[];
  /** go/version.Compare; null where one of both is no version. */
  readonly goOrder: (number | null)[];
  /** module.EscapePath; null where Go refuses the path. */
  readonly escapedPaths: (string | null)[];
  /** module.UnescapePath. */
  readonly unescapedPaths: (string | null)[];
  /** module.EscapeVersion. */
  readonly escapedVersions: (string | null)[];
}

export interface GoQuestions {
  readonly moduleOrder: [string, string][];
  readonly goOrder: [string, string][];
  readonly paths: string[];
  readonly escapedPaths: string[];
  readonly versions: string[];
}

const program = `package main

import (
	"cmp"
	"encoding/json"
	goversion "go/version"
	"os"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

func each(texts []string, rule func(string) (string, error)) []*string {
	answers := make([]*string, len(texts))
	for i, text := range texts {
		if answer, err := rule(text); err == nil {
			answers[i] = &answer
		}
	}
	return answers
}

func main() {
	var q struct {
		ModuleOrder, GoOrder          [][2]string
		Paths, EscapedPaths, Versions []string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&q); err != nil {
		panic(err)
	}
	moduleOrder := []int{}
	for _, pair := range q.ModuleOrder {
		moduleOrder = append(moduleOrder, cmp.Or(semver.Compare(pair[0], pair[1]), strings.Compare(pair[0], pair[1])))
	}
	goOrder := []*int{}
	for _, pair := range q.GoOrder {
		var order *int
		if goversion.IsValid("go"+pair[0]) && goversion.IsValid("go"+pair[1]) {
			compared := goversion.Compare("go"+pair[0], "go"+pair[1])
			order = &compared
		}
		goOrder = append(goOrder, order)
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"moduleOrder":     moduleOrder,
		"goOrder":         goOrder,
		"escapedPaths":    each(q.Paths, module.EscapePath),
		"unescapedPaths":  each(q.EscapedPaths, module.UnescapePath),
		"escapedVersions": each(q.Versions, module.EscapeVersion),
	})
}
`;

/** Asks the rules of the machine's Go. Undefined when the machine has no Go. */
export function askGoRules(questions: GoQuestions): GoRules | undefined {
  return askGoProgram({ main: program }, questions) as GoRules | undefined;
}
