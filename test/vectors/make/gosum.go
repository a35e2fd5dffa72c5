package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const mainModule = `module airgo.invalid/main

go 1.21

require (
	github.com/BurntSushi/toml v1.4.0
	rsc.io/quote/v3 v3.1.0
)
`

// goSums: what the go command says of some modules, and files that it wrote or that were changed since, each with
// whether it goes on working by that file alone.
func goSums() map[string][]any {
	folder, err := os.MkdirTemp("", "vectors")
	check(err)
	defer os.RemoveAll(folder)
	check(os.WriteFile(filepath.Join(folder, "go.mod"), []byte(mainModule), 0o644))
	run := func(environment string, arguments ...string) ([]byte, error) {
		command := exec.Command("go", arguments...)
		command.Dir = folder
		command.Env = append(os.Environ(), "GOWORK=off", "GOTOOLCHAIN=local", environment)
		return command.Output()
	}
	_, err = run("GOFLAGS=-mod=mod", "mod", "download", "all")
	check(err)
	told, err := run("GOFLAGS=-mod=mod", "mod", "download", "-json", "all")
	check(err)
	sumFile := filepath.Join(folder, "go.sum")
	written, err := os.ReadFile(sumFile)
	check(err)

	var modules []any
	for decoder := json.NewDecoder(bytes.NewReader(told)); ; {
		var one struct{ Path, Version, Sum, GoModSum string }
		if err := decoder.Decode(&one); err == io.EOF {
			break
		} else {
			check(err)
		}
		modules = append(modules, map[string]string{"path": one.Path, "version": one.Version, "h1": one.Sum, "goModH1": one.GoModSum})
	}

	text := string(written)
	other := "example.com/other v1.0.0"
	hash := "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	var files []any
	for _, file := range [][2]string{
		{"as written", text},
		{"line ends of Windows", strings.ReplaceAll(text, "\n", "\r\n")},
		{"tabs", strings.ReplaceAll(text, " ", "\t")},
		{"much white space", "\n\n" + strings.ReplaceAll(strings.ReplaceAll(text, " ", "   "), "\n", " \n\n  ")},
		{"no line feed at the end", strings.TrimSuffix(text, "\n")},
		{"every line twice", text + text},
		{"another order", reversed(text)},
		{"a hash of another kind", text + other + " h2:abc=\n"},
		{"the hash of an empty go.mod", text + other + "/go.mod h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=\n"},
		{"hashes of another kind only", strings.ReplaceAll(text, " h1:", " h2:")},
		{"one that is not used", text + other + " " + hash + "\n"},
		{"a word too many", text + other + " " + hash + " x\n"},
		{"a word too few", text + other + "\n"},
		{"nothing", ""},
	} {
		check(os.WriteFile(sumFile, []byte(file[1]), 0o644))
		_, err := run("GOFLAGS=-mod=readonly", "list", "-m", "all")
		files = append(files, map[string]any{"name": file[0], "text": file[1], "works": err == nil})
	}
	return map[string][]any{"modules": modules, "files": files}
}

func reversed(text string) string {
	lines := strings.SplitAfter(text, "\n")
	var result strings.Builder
	for i := len(lines) - 1; i >= 0; i-- {
		result.WriteString(lines[i])
	}
	return result.String()
}
