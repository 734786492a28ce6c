package model

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"

	"github.com/k9mil/velocitas/internal/output"
	"github.com/k9mil/velocitas/internal/strict"
)

// profileMost bounds a profile file in bytes.
const profileMost = 1 << 20

//go:embed profiles/*.json
var profiles embed.FS

// ProfileNames are the names of the built-in profiles in alphabetical order.
func ProfileNames() []string {
	entries, err := profiles.ReadDir("profiles")
	if err != nil {
		panic(err) // embedded when this was built
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	return names
}

// LoadProfile reads a built-in profile or a file. Its error names file, line
// and key, or is ctx's where that ends.
func LoadProfile(ctx context.Context, nameOrFile string) (*Profile, error) {
	if data, err := profiles.ReadFile("profiles/" + nameOrFile + ".json"); err == nil {
		return ParseProfile(nameOrFile+".json", data)
	}
	if _, err := os.Stat(nameOrFile); err != nil && !strings.ContainsAny(nameOrFile, `/\.`) {
		return nil, &strict.Error{File: strict.Quote(nameOrFile),
			Problem: "there is no built-in profile and no file of that name" + strict.Hint(nameOrFile, ProfileNames())}
	}
	data, err := strict.ReadFile(ctx, nameOrFile, profileMost)
	if err != nil {
		return nil, err
	}
	return ParseProfile(nameOrFile, data)
}

// ParseProfile reads a profile that was read from file.
func ParseProfile(file string, data []byte) (*Profile, error) {
	doc, err := strict.JSON(file, data)
	if err != nil {
		return nil, err
	}
	p := &Profile{}
	if err := doc.Decode(p); err != nil {
		return nil, err
	}
	if key, problem := p.fault(); problem != "" {
		return nil, doc.Fault(key, "%s", problem)
	}
	return p, nil
}

// ProfileFile is a profile as a file, for [output.Write]. It fails for one that
// [LoadProfile] would refuse.
func ProfileFile(path string, p *Profile) (output.File, error) {
	if key, problem := p.fault(); problem != "" {
		return output.File{}, &strict.Error{File: p.Name, Key: key, Problem: problem}
	}
	data, err := Encode(p)
	return output.File{Path: path, Data: data}, err
}

// WriteProfile writes a profile's file whole or not at all.
func WriteProfile(path string, p *Profile) error {
	f, err := ProfileFile(path, p)
	if err != nil {
		return err
	}
	return output.Write(f)
}

// Digest identifies the content of a profile, however its file is laid out:
// "sha256:" and the SHA-256 of its compact JSON in hexadecimal.
func (p *Profile) Digest() string {
	data, err := json.Marshal(p)
	if err != nil {
		panic(err) // a profile holds finite numbers and text only
	}
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Ref is how a curve names the profile that it rests on.
func (p *Profile) Ref() *ProfileRef { return &ProfileRef{Name: p.Name, Digest: p.Digest()} }
