package model

import (
	"bytes"
	"encoding/json"

	"github.com/k9mil/velocitas/internal/output"
)

// Encode is v as JSON for files and people: indented, but with small objects
// and lists of numbers on one line, and with a line break at the end. It fails
// for numbers that JSON cannot hold.
func Encode(v any) ([]byte, error) {
	var compact bytes.Buffer
	e := json.NewEncoder(&compact)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	layOut(&out, bytes.TrimSpace(compact.Bytes()), 0)
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// EncodedFile is v, encoded, as a file for [output.Write].
func EncodedFile(path string, v any) (output.File, error) {
	data, err := Encode(v)
	return output.File{Path: path, Data: data}, err
}

// lineMost is how long an object may be to stand on one line.
const lineMost = 100

// layOut writes one value of compact JSON.
func layOut(out *bytes.Buffer, value []byte, indent int) {
	if value[0] != '{' && value[0] != '[' {
		out.Write(value)
		return
	}
	flat := isFlat(value)
	if flat && (len(value) <= lineMost || value[0] == '[' && value[1] != '"') {
		oneLine(out, value)
		return
	}
	out.WriteByte(value[0])
	for i, part := range parts(value[1 : len(value)-1]) {
		if i > 0 {
			out.WriteByte(',')
		}
		newLine(out, indent+1)
		if value[0] == '{' {
			end := stringEnd(part)
			out.Write(part[:end])
			out.WriteString(": ")
			part = part[end+1:]
		}
		layOut(out, part, indent+1)
	}
	newLine(out, indent)
	out.WriteByte(value[len(value)-1])
}

// isFlat says whether nothing inside a value has an inside of its own.
func isFlat(value []byte) bool {
	for i := 1; i < len(value); i++ {
		switch value[i] {
		case '"':
			i += stringEnd(value[i:]) - 1
		case '{', '[':
			return false
		}
	}
	return true
}

func newLine(out *bytes.Buffer, indent int) {
	out.WriteByte('\n')
	for range indent {
		out.WriteString("  ")
	}
}

// oneLine writes a value with a space after each comma and colon.
func oneLine(out *bytes.Buffer, value []byte) {
	for i := 0; i < len(value); i++ {
		if value[i] == '"' {
			end := i + stringEnd(value[i:])
			out.Write(value[i:end])
			i = end - 1
			continue
		}
		out.WriteByte(value[i])
		if value[i] == ',' || value[i] == ':' {
			out.WriteByte(' ')
		}
	}
}

// parts are the items or the key-value pairs of what stands between brackets.
func parts(inside []byte) [][]byte {
	var list [][]byte
	depth, start := 0, 0
	for i := 0; i < len(inside); i++ {
		switch inside[i] {
		case '"':
			i += stringEnd(inside[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth == 0 {
				list = append(list, inside[start:i])
				start = i + 1
			}
		}
	}
	return append(list, inside[start:])
}

// stringEnd is the index after the string that s begins with.
func stringEnd(s []byte) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}
