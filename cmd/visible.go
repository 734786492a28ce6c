package cmd

import (
	"fmt"
	"io"
	"os"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// visible is where everything that is printed goes: names and texts of files may
// hold escape sequences, which must not reach a terminal. A character that is not
// seen, but for line breaks and tabs, is written as JSON writes it, \u001b, so
// that JSON means what it meant.
type visible struct {
	w    io.Writer
	file *os.File // w, where that is one
	half []byte   // the beginning of a character, whose rest is still to come
}

func newVisible(f *os.File) *visible { return &visible{w: f, file: f} }

// fileOf is the file behind a command's output, if there is one: what draws on a
// terminal needs it.
func fileOf(w io.Writer) (*os.File, bool) {
	if v, ok := w.(*visible); ok {
		return v.file, v.file != nil
	}
	f, ok := w.(*os.File)
	return f, ok
}

func (v *visible) Write(p []byte) (int, error) {
	data := append(v.half, p...)
	v.half = nil
	out := make([]byte, 0, len(data))
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 && !utf8.FullRune(data) {
			v.half = append(v.half, data...)
			break
		}
		out = appendVisible(out, r, data[:size])
		data = data[size:]
	}
	if _, err := v.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// appendVisible adds a character that was encoded so.
func appendVisible(out []byte, r rune, encoded []byte) []byte {
	switch {
	case r == '\n' || r == '\t':
	case r == utf8.RuneError && len(encoded) == 1:
		return utf8.AppendRune(out, r) // was no UTF-8
	case !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
	case r > 0xffff:
		high, low := utf16.EncodeRune(r)
		return fmt.Appendf(out, `\u%04x\u%04x`, high, low)
	default:
		return fmt.Appendf(out, `\u%04x`, r)
	}
	return append(out, encoded...)
}
