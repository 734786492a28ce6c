package stack

import (
	"crypto/sha256"
	"debug/buildinfo"
	"fmt"
	"io"
	"os"
)

// binaryFingerprint is what the instances' executable says of itself.
func binaryFingerprint(path string) map[string]string {
	f := map[string]string{}
	if file, err := os.Open(path); err == nil {
		defer file.Close()
		sum := sha256.New()
		if _, err := io.Copy(sum, file); err == nil {
			f["binary_sha256"] = fmt.Sprintf("%x", sum.Sum(nil))
		}
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return f
	}
	f["instance_go"] = info.GoVersion
	for _, dep := range info.Deps {
		switch dep.Path {
		case "github.com/dgraph-io/badger/v4":
			f["badger"] = dep.Version
		case "github.com/gofiber/fiber/v2":
			f["fiber"] = dep.Version
		}
	}
	return f
}
