package main

import (
	"errors"
	"fmt"
	"math/rand"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

// tree: the paths of tiles; the tiles that a client reads for a record; the roots of trees of made-up records.
func tree() map[string][]any {
	random := rand.New(rand.NewSource(4))
	var paths, reads, roots []any
	for _, index := range []int64{0, 1, 255, 999, 1000, 1001, 999_999, 1_000_000, 1_234_067, 1_000_000_000, 123_456_789_012} {
		for _, tile := range []tlog.Tile{
			{H: tileHeight, L: random.Intn(6), N: index, W: 256},
			{H: tileHeight, L: random.Intn(6), N: index, W: 1 + random.Intn(255)},
		} {
			paths = append(paths, []any{tile.L, tile.N, tile.W, tile.Path()})
		}
	}

	sizes := []int64{1, 2, 255, 256, 257, 65_535, 65_536, 65_537, 71_769_961, 1 << 32, 1<<40 + 1<<33 + 3, 1<<50 - 1}
	for range 40 {
		sizes = append(sizes, 1+random.Int63n(1<<(1+random.Intn(50))))
	}
	for _, size := range sizes {
		for _, id := range []int64{0, random.Int63n(size), size - 1} {
			reads = append(reads, map[string]any{"size": size, "id": id, "tiles": tilesRead(size, id)})
		}
	}

	log := memory{}
	for size := int64(0); size <= 66_000; size++ {
		if edge := size % 256; size < 5 || (edge < 2 || edge == 255) && (size < 600 || size > 65_200) || random.Intn(3000) == 0 {
			root, err := tlog.TreeHash(size, &log)
			check(err)
			roots = append(roots, []any{size, root.String()})
		}
		log.append(fmt.Sprintf("filler.example/m v0.0.%d h1:x\n", size))
	}
	return map[string][]any{"paths": paths, "reads": reads, "roots": roots}
}

// memory is a log in memory.
type memory struct {
	size   int64
	hashes []tlog.Hash
}

func (m *memory) append(record string) {
	hashes, err := tlog.StoredHashes(m.size, []byte(record), m)
	check(err)
	m.hashes = append(m.hashes, hashes...)
	m.size++
}

func (m *memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var list []tlog.Hash
	for _, index := range indexes {
		list = append(list, m.hashes[index])
	}
	return list, nil
}

// asked is a reader that only notes which tiles it is asked for.
type asked struct{ paths []string }

func (a *asked) Height() int { return tileHeight }

func (a *asked) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	for _, tile := range tiles {
		a.paths = append(a.paths, tile.Path())
	}
	return nil, errors.New("only asked")
}

func (a *asked) SaveTiles([]tlog.Tile, [][]byte) {}

func tilesRead(size, id int64) []string {
	reader := &asked{}
	tlog.TileHashReader(tlog.Tree{N: size}, reader).ReadHashes([]int64{tlog.StoredHashIndex(0, id)})
	slices.Sort(reader.paths)
	return reader.paths
}
