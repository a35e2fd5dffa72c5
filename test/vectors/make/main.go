// Command make writes the vectors of the folder above: what golang.org/x/mod, the go command and sum.golang.org say.
package main

import (
	"bytes"
	"encoding/json"
	"log"
	"os"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	write("escapes.json", escapes())
	write("order.json", order())
	write("go-sum.json", goSums())
	write("notes.json", notes())
	write("tree.json", tree())
	database(filepath.Join("..", "sumdb"))
}

// write puts one file into the folder above: JSON with an entry per line, so that changes can be read.
func write(name string, lists map[string][]any) {
	var text bytes.Buffer
	text.WriteString("{")
	for i, key := range sortedKeys(lists) {
		if i > 0 {
			text.WriteString(",")
		}
		text.WriteString("\n" + string(encode(key)) + ": [")
		for j, entry := range lists[key] {
			if j > 0 {
				text.WriteString(",")
			}
			text.WriteString("\n  " + string(encode(entry)))
		}
		text.WriteString("\n]")
	}
	text.WriteString("\n}\n")
	check(os.WriteFile(filepath.Join("..", name), text.Bytes(), 0o644))
}

func encode(value any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	check(encoder.Encode(value))
	return bytes.TrimSpace(text.Bytes())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
