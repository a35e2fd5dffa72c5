package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/rand"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// newKey gives a signer and its verifier key, the same for the same seed.
func newKey(name, seed string) (note.Signer, string) {
	secret := sha256.Sum256([]byte(seed))
	private := ed25519.NewKeyFromSeed(secret[:])
	verifier, err := note.NewEd25519VerifierKey(name, private.Public().(ed25519.PublicKey))
	check(err)
	hash := strings.Split(verifier, "+")[1]
	signer, err := note.NewSigner("PRIVATE+KEY+" + name + "+" + hash + "+" + base64.StdEncoding.EncodeToString(append([]byte{1}, secret[:]...)))
	check(err)
	return signer, verifier
}

func sign(text string, signers ...note.Signer) string {
	signed, err := note.Sign(&note.Note{Text: text}, signers...)
	check(err)
	return string(signed)
}

// notes: each with the key that it is opened by, and its text; null where it is refused.
func notes() map[string][]any {
	random := rand.New(rand.NewSource(3))
	ours, key := newKey("sum.example.com", "ours")
	namesake, namesakeKey := newKey("sum.example.com", "namesake")
	other, _ := newKey("other.example.com", "other")
	const text = "go.sum database tree\n5\nO0jlIxwRb2vZYS1na726XLlaDCtCqKUVLld+AY32AGA=\n"
	good := sign(text, ours)
	line := good[len(text)+1:]
	otherLine := sign(text, other)[len(text)+1:]
	damaged := strings.Replace(line, line[len(line)-20:len(line)-10], "AAAAAAAAAA", 1)

	cases := [][2]string{
		{"good", good},
		{"signed by others too", sign(text, other, ours, namesake)},
		{"signed by another", sign(text, other)},
		{"signed by a namesake", sign(text, namesake)},
		{"signed by nobody", text + "\n"},
		{"signed twice", good + line},
		{"a bad signature, then a good one", text + "\n" + damaged + line},
		{"a good signature, then a bad one", good + damaged},
		{"a bad signature", text + "\n" + damaged},
		{"an empty text", sign("\n", ours)},
		{"a text with empty lines", sign("a\n\nb\n\n\nc\n", ours)},
		{"a text that looks signed", sign(good, ours)},
		{"a text of other letters", sign("é中😀\n", ours)},
		{"a tab in the text", sign("a\tb\n", ours)},
		{"no empty line", text + line},
		{"two empty lines", text + "\n\n" + line},
		{"no line feed at the end", strings.TrimSuffix(good, "\n")},
		{"a line feed more", good + "\n"},
		{"something behind", good + "x\n"},
		{"line ends of Windows", strings.ReplaceAll(good, "\n", "\r\n")},
		{"a byte order mark", "\ufeff" + good},
		{"a hyphen", strings.Replace(good, "—", "-", 1)},
		{"two spaces", strings.Replace(good, "— ", "—  ", 1)},
		{"no padding", strings.Replace(good, "=\n", "\n", 1) /* of the hash in the text */},
		{"no padding of the signature", text + "\n" + strings.TrimRight(line, "=\n") + "\n"},
		{"a hundred signatures", text + "\n" + strings.Repeat(otherLine, 99) + line},
		{"more than a hundred", text + "\n" + strings.Repeat(otherLine, 100) + line},
		{"nothing", ""},
		{"a page", "<!doctype html>\n<title>Sign in</title>\n\n<p>Welcome</p>\n"},
	}
	for range 30 {
		changed := []byte(good)
		changed[random.Intn(len(changed))] = byte(1 + random.Intn(126))
		if utf8.Valid(changed) && !bytes.Equal(changed, []byte(good)) {
			cases = append(cases, [2]string{"one character changed", string(changed)})
		}
	}
	var list []any
	for _, one := range cases {
		list = append(list, opened(one[0], one[1], key))
	}
	name, hash, data := parts(key)
	for _, one := range [][2]string{
		{"the namesake's key", namesakeKey},
		{"a key of another name", "sum.example.org+" + hash + "+" + data},
		{"a key whose hash is wrong", name + "+00000000+" + data},
		{"a key that is cut short", key[:len(key)-4]},
		{"a key of another algorithm", otherAlgorithm(name, data)},
		{"no key", ""},
	} {
		list = append(list, opened(one[0], good, one[1]))
	}
	return map[string][]any{"notes": list}
}

func parts(key string) (name, hash, data string) {
	three := strings.SplitN(key, "+", 3)
	return three[0], three[1], three[2]
}

// otherAlgorithm gives a key of an unknown algorithm whose hash is right.
func otherAlgorithm(name, data string) string {
	key, err := base64.StdEncoding.DecodeString(data)
	check(err)
	key[0] = 9
	hash := sha256.Sum256([]byte(name + "\n" + string(key)))
	return name + "+" + hex.EncodeToString(hash[:4]) + "+" + base64.StdEncoding.EncodeToString(key)
}

func opened(name, message, key string) any {
	answer := map[string]any{"name": name, "note": message, "key": key, "text": nil}
	if verifier, err := note.NewVerifier(key); err == nil {
		if read, err := note.Open([]byte(message), note.VerifierList(verifier)); err == nil {
			answer["text"] = read.Text
		}
	}
	return answer
}
