package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const databaseKey = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"

var recorded = []module.Version{
	{Path: "github.com/BurntSushi/toml", Version: "v1.4.0"},
	{Path: "golang.org/toolchain", Version: "v0.0.1-go1.26.0.linux-amd64"},
}

// database fetches some records of sum.golang.org, a head and the tiles that prove them, and proves them.
func database(folder string) {
	check(os.RemoveAll(folder))
	source := &origin{address: proxy() + "/sumdb/sum.golang.org/", folder: folder}
	head := parseHead(source.get("latest"))
	reader := tlog.TileHashReader(head, source)
	var records []any
	for _, one := range recorded {
		path, err := module.EscapePath(one.Path)
		check(err)
		version, err := module.EscapeVersion(one.Version)
		check(err)
		id, text, rest, err := tlog.ParseRecord(source.get("lookup/" + path + "@" + version))
		check(err)
		earlier := parseHead(rest)
		proof, err := tlog.ProveRecord(head.N, id, reader)
		check(err)
		check(tlog.CheckRecord(proof, head.N, head.Hash, id, tlog.RecordHash(text)))
		root, err := tlog.TreeHash(earlier.N, reader)
		check(err)
		if root != earlier.Hash {
			check(fmt.Errorf("the tree of %d records has another root", earlier.N))
		}
		records = append(records, map[string]any{"path": one.Path, "version": one.Version, "id": id, "hash": tlog.RecordHash(text).String(), "earlier": earlier.N, "earlierRoot": earlier.Hash.String()})
	}
	write("sumdb/records.json", map[string][]any{"records": records})
}

func parseHead(message []byte) tlog.Tree {
	verifier, err := note.NewVerifier(databaseKey)
	check(err)
	signed, err := note.Open(message, note.VerifierList(verifier))
	check(err)
	head, err := tlog.ParseTree([]byte(signed.Text))
	check(err)
	return head
}

// proxy gives the first module proxy of Go's own setting.
func proxy() string {
	setting, err := exec.Command("go", "env", "GOPROXY").Output()
	check(err)
	first := strings.FieldsFunc(strings.TrimSpace(string(setting)), func(r rune) bool { return r == ',' || r == '|' })[0]
	if first == "direct" || first == "off" {
		check(fmt.Errorf("no module proxy to ask: GOPROXY begins with %s", first))
	}
	return strings.TrimSuffix(first, "/")
}

// origin fetches files of a checksum database, and keeps them.
type origin struct{ address, folder string }

func (o *origin) get(path string) []byte {
	response, err := http.Get(o.address + path)
	check(err)
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	check(err)
	if response.StatusCode != http.StatusOK {
		check(fmt.Errorf("%s: %s", path, response.Status))
	}
	file := filepath.Join(o.folder, filepath.FromSlash(path))
	check(os.MkdirAll(filepath.Dir(file), 0o755))
	check(os.WriteFile(file, data, 0o644))
	return data
}

func (o *origin) Height() int { return tileHeight }

func (o *origin) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var list [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(o.folder, filepath.FromSlash(tile.Path())))
		if err != nil {
			data = o.get(tile.Path())
		}
		list = append(list, data)
	}
	return list, nil
}

func (o *origin) SaveTiles([]tlog.Tile, [][]byte) {}
