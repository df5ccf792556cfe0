// Follow a log of ours with Go's own code: golang.org/x/mod/sumdb/note opens its notes, sumdb/tlog checks its proofs.
//
// Reads cases as a JSON array from standard input and writes one answer a case: how much was checked, or why not.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height    = 8 // of C2SP's tiles; Go's paths name it, C2SP's do not
	cosigner  = 4 // the type of a witness's key; Go's note package knows type 1 only
	timeBytes = 8 // before a cosignature's Ed25519 signature
)

type input struct {
	Op      string   `json:"op"`
	Vkey    string   `json:"vkey"`
	Note    []byte   `json:"note"`
	Entry   []byte   `json:"entry"`
	Index   int64    `json:"index"`
	Size    int64    `json:"size"`
	OldSize int64    `json:"old_size"`
	Root    []byte   `json:"root"`
	OldRoot []byte   `json:"old_root"`
	Path    [][]byte `json:"path"`
	Heads   []served `json:"heads"`
	Indexes []int64  `json:"indexes"`
}

// A log as it was at one size: where its files are, and its head where it is not to be asked for.
type served struct {
	Prefix string `json:"prefix"`
	Note   []byte `json:"note"`
}

type answer struct {
	Checked int    `json:"checked"`
	Refused string `json:"refused"`
}

func main() {
	var cases []input
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	answers := make([]answer, len(cases))
	for at, each := range cases {
		checked, err := judge(each)
		answers[at].Checked = checked
		if err != nil {
			answers[at].Refused = err.Error()
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func judge(in input) (int, error) {
	switch in.Op {
	case "note", "cosigned":
		_, err := open(in.Note, in.Vkey)
		return 1, err
	case "place":
		tree, err := open(in.Note, in.Vkey)
		if err != nil {
			return 0, err
		}
		return 1, included(in.Path, tree, in.Index, in.Entry)
	case "inclusion":
		root, err := hashOf(in.Root)
		if err != nil {
			return 0, err
		}
		return 1, included(in.Path, tlog.Tree{N: in.Size, Hash: root}, in.Index, in.Entry)
	case "consistency":
		return 1, consistent(in)
	case "follow":
		return follow(in)
	}
	return 0, errors.New("unknown case")
}

// Open a checkpoint under a key, a log's or a witness's, and read its three lines.
func open(text []byte, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		if verifier, err = newWitness(vkey); err != nil {
			return tlog.Tree{}, err
		}
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] == "" {
		return tlog.Tree{}, errors.New("no checkpoint")
	}
	for _, line := range lines[:len(lines)-1] {
		if line == "" {
			return tlog.Tree{}, errors.New("an empty line in the checkpoint")
		}
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, errors.New("no size")
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// A witness's key: what C2SP tlog-cosignature adds to Go's notes.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newWitness(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("no verifier key")
	}
	material, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(material) != 1+ed25519.PublicKeySize || material[0] != cosigner {
		return nil, errors.New("no witness's key")
	}
	sum := sha256.Sum256([]byte(parts[0] + "\n" + string(material)))
	if hex.EncodeToString(sum[:4]) != parts[1] {
		return nil, errors.New("another key id")
	}
	return &witness{parts[0], binary.BigEndian.Uint32(sum[:4]), ed25519.PublicKey(material[1:])}, nil
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.hash }

func (w *witness) Verify(body, sig []byte) bool {
	if len(sig) != timeBytes+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig[:timeBytes])
	if at >= 1<<63 {
		return false
	}
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", at, body)
	return ed25519.Verify(w.key, []byte(message), sig[timeBytes:])
}

func included(path [][]byte, tree tlog.Tree, index int64, entry []byte) error {
	proof, err := hashesOf(path)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}

func consistent(in input) error {
	proof, err := hashesOf(in.Path)
	if err != nil {
		return err
	}
	root, err := hashOf(in.Root)
	if err != nil {
		return err
	}
	old, err := hashOf(in.OldRoot)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, in.Size, root, in.OldSize, old)
}

func hashOf(data []byte) (hash tlog.Hash, err error) {
	if len(data) != tlog.HashSize {
		return hash, errors.New("no hash")
	}
	copy(hash[:], data)
	return hash, nil
}

func hashesOf(path [][]byte) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(path))
	for at, each := range path {
		var err error
		if hashes[at], err = hashOf(each); err != nil {
			return nil, err
		}
	}
	return hashes, nil
}

// Follow a log through its heads: each head's root, the wanted entries' places, and every head's growth from every earlier one.
func follow(in input) (int, error) {
	checked := 0
	var trees []tlog.Tree
	for _, each := range in.Heads {
		files := &files{prefix: each.Prefix, known: map[string][]byte{}}
		text := each.Note
		if len(text) == 0 {
			var err error
			if text, err = files.get("checkpoint", "text/plain; charset=utf-8"); err != nil {
				return checked, err
			}
		}
		tree, err := open(text, in.Vkey)
		if err != nil {
			return checked, err
		}
		reader := tlog.TileHashReader(tree, files)
		root, err := tlog.TreeHash(tree.N, reader)
		if err != nil || root != tree.Hash {
			return checked, fmt.Errorf("another root: %v", err)
		}
		found, err := places(tree, reader, files, in.Indexes)
		checked += found
		if err != nil {
			return checked, err
		}
		for _, old := range trees {
			proof, err := tlog.ProveTree(tree.N, old.N, reader)
			if err != nil {
				return checked, err
			}
			if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
				return checked, err
			}
			checked++
		}
		trees = append(trees, tree)
	}
	return checked, nil
}

// Check the places of these entries, or of every one.
func places(tree tlog.Tree, reader tlog.HashReader, files *files, indexes []int64) (int, error) {
	checked := 0
	if indexes == nil {
		for index := int64(0); index < tree.N; index++ {
			indexes = append(indexes, index)
		}
	}
	for _, index := range indexes {
		if index >= tree.N {
			continue
		}
		entry, err := files.entry(tree.N, index)
		if err != nil {
			return checked, err
		}
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		if err != nil {
			return checked, err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
			return checked, fmt.Errorf("entry %d: %v", index, err)
		}
		checked++
	}
	return checked, nil
}

// The public files of a log; each is asked for once.
type files struct {
	prefix string
	known  map[string][]byte
}

func (f *files) Height() int                     { return height }
func (f *files) SaveTiles([]tlog.Tile, [][]byte) {}
func (f *files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for at, tile := range tiles {
		found, err := f.get(address(tile), "application/octet-stream")
		if err != nil {
			return nil, err
		}
		if len(found) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", address(tile), len(found))
		}
		data[at] = found
	}
	return data, nil
}

// Return C2SP's address of a tile: Go's without the height, and with `entries` for `data`.
func address(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
	if rest := strings.TrimPrefix(path, "data/"); rest != path {
		path = "entries/" + rest
	}
	return "tile/" + path
}

// Return one entry out of its bundle, which must hold as many as its address says and nothing more.
func (f *files) entry(size, index int64) ([]byte, error) {
	tile := tlog.Tile{H: height, L: -1, N: index >> height, W: 1 << height}
	if rest := size - tile.N<<height; rest < int64(tile.W) {
		tile.W = int(rest)
	}
	bundle, err := f.get(address(tile), "application/octet-stream")
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(bundle) > 0 {
		if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
			return nil, errors.New("a bundle that ends too early")
		}
		end := 2 + int(binary.BigEndian.Uint16(bundle))
		entries, bundle = append(entries, bundle[2:end]), bundle[end:]
	}
	if len(entries) != tile.W {
		return nil, fmt.Errorf("%s has %d entries", address(tile), len(entries))
	}
	return entries[index&(1<<height-1)], nil
}

func (f *files) get(path, kind string) ([]byte, error) {
	if found, ok := f.known[path]; ok {
		return found, nil
	}
	response, err := http.Get(f.prefix + "/" + path)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != kind {
		return nil, fmt.Errorf("%s: %s, %s", path, response.Status, response.Header.Get("Content-Type"))
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, 1<<25))
	if err != nil {
		return nil, err
	}
	f.known[path] = data
	return data, nil
}
