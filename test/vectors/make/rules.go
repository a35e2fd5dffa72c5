package main

import (
	"fmt"
	goversion "go/version"
	"maps"
	"math/rand"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func pick(random *rand.Rand, from ...string) string { return from[random.Intn(len(from))] }

// escapes: each text with what it is escaped or unescaped to; null where it is refused.
func escapes() map[string][]any {
	random := rand.New(rand.NewSource(1))
	paths := []string{"github.com/BurntSushi/toml", "example.com/a-b_c.d~x/v2", "gopkg.in/yaml.v3", "Example.com/a", "example.com/!a"}
	versions := []string{"v1.0.0-RC1", "v2.0.0+incompatible", "v0.0.0-20240102030405-ABCDEF123456", "v1!0", "v1/2", "vABC"}
	for range 150 {
		path := pick(random, "example.com", "github.com", "a.b-c.d")
		for range 1 + random.Intn(3) {
			path += "/" + pick(random, "a", "B", "CamelCase", "x_Y", "~z", "v2", "con", "..", "a.", ".b", "", "a+b", "a b", "é", "!c")
		}
		paths = append(paths, path)
		versions = append(versions, pick(random, "v1.2.3", "v0.10.0", "v1.0.0-B", "v1")+pick(random, "", "-rc.1", "-RC.1", "-0.20240102030405-abcdef123456")+pick(random, "", "", "+incompatible", "+Meta", "!", "/x", "\\"))
	}
	escapedPaths, escapedVersions := slices.Clone(paths), slices.Clone(versions)
	for i := range paths {
		escapedPaths[i] = lowered(paths[i])
		escapedVersions[i] = lowered(versions[i])
	}
	return map[string][]any{
		"paths":           answers(paths, module.EscapePath),
		"versions":        answers(versions, module.EscapeVersion),
		"escapedPaths":    answers(append(escapedPaths, paths...), module.UnescapePath),
		"escapedVersions": answers(append(escapedVersions, versions...), module.UnescapeVersion),
	}
}

func lowered(text string) string {
	for letter := 'A'; letter <= 'Z'; letter++ {
		text = strings.ReplaceAll(text, string(letter), "!"+string(letter-'A'+'a'))
	}
	return text
}

func answers(texts []string, rule func(string) (string, error)) []any {
	slices.Sort(texts)
	var list []any
	for _, text := range slices.Compact(texts) {
		if answer, err := rule(text); err == nil {
			list = append(list, []any{text, answer})
		} else {
			list = append(list, []any{text, nil})
		}
	}
	return list
}

// order: versions, oldest first; those that are equal stand in one list.
func order() map[string][]any {
	random := rand.New(rand.NewSource(2))
	var modules, releases, refused []string
	for range 150 {
		version := fmt.Sprintf("v%d.%d.%d", random.Intn(3), random.Intn(12), random.Intn(2))
		version += pick(random, "", "", "-rc.1", "-rc.2", "-rc.10", "-rc", "-RC", "-0", "-0.a", "-1", "-alpha.beta", "-a-b",
			"-0.20240102030405-abcdef123456", "-20240102030405-abcdef123456", "-99999999999999999999", "-100000000000000000000")
		modules = append(modules, version+pick(random, "", "", "", "+incompatible"))
		release := pick(random, "1.4", "1.9", "1.10", "1.20", "1.21", "1.22", "1.27", "2.0") +
			pick(random, "", ".0", ".1", ".9", ".10", "rc1", "rc2", "rc10", "beta1", "beta2", ".1rc1", ".x", ".01", "rc01", "rc1.1")
		if goversion.IsValid("go" + release) {
			releases = append(releases, release)
		} else {
			refused = append(refused, release)
		}
	}
	slices.Sort(releases)
	slices.Sort(refused)
	return map[string][]any{
		"modules":   ranked(modules, func(a, b string) int { return semver.Compare(a, b) }),
		"go":        ranked(releases, func(a, b string) int { return goversion.Compare("go"+a, "go"+b) }),
		"goRefused": {slices.Compact(refused)},
	}
}

func ranked(versions []string, compare func(a, b string) int) []any {
	slices.Sort(versions)
	versions = slices.Compact(versions)
	slices.SortStableFunc(versions, compare)
	var list []any
	for start := 0; start < len(versions); {
		end := start + 1
		for end < len(versions) && compare(versions[start], versions[end]) == 0 {
			end++
		}
		list = append(list, versions[start:end])
		start = end
	}
	return list
}
