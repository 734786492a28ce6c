package output

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

// nameMost is how long a name may be, in bytes: with the endings that are added
// it still is one that every file system takes.
const nameMost = 80

// Name makes the name of a file out of any text: no path, not hidden, and
// without characters that file systems or terminals treat specially. Different
// texts have different names: one that had to be changed ends with a digest.
func Name(text string) string {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD") + " " + digest(text)
	}
	clean := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, text)
	clean = strings.Trim(clean, ". ")
	if clean == text && len(clean) <= nameMost && clean != "" {
		return clean
	}
	end := "-" + digest(text)
	clean = strings.TrimRight(cut(clean, nameMost-len(end)), ".- ")
	if clean == "" {
		clean = "unnamed"
	}
	return clean + end
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:4])
}

// cut is at most the first so many bytes of valid UTF-8.
func cut(s string, bytes int) string {
	if len(s) <= bytes {
		return s
	}
	for bytes > 0 && !utf8.RuneStart(s[bytes]) {
		bytes--
	}
	return s[:bytes]
}
