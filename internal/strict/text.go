package strict

import (
	"bytes"
	"unicode/utf8"
)

// Text is data without the byte order mark that some editors put before UTF-8.
// Other encodings are refused in words. Errors are of type [*Error].
func Text(file string, data []byte) ([]byte, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	problem := ""
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")), halfZero(data):
		problem = "is UTF-16 text; save it as UTF-8"
	case !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0:
		problem = "is not text"
	default:
		return data, nil
	}
	return nil, &Error{File: file, Problem: problem}
}

// halfZero tells whether every other byte at the start is zero, as in Latin text
// in UTF-16 without a byte order mark.
func halfZero(data []byte) bool {
	if len(data) < 8 || len(data)%2 != 0 {
		return false
	}
	head := data[:min(len(data), 64)]
	for i := range head {
		if (head[i] == 0) == (head[i^1] == 0) {
			return false
		}
	}
	return true
}
