package strict

import (
	"fmt"
	"strings"
	"unicode"
)

// Error is one fault of a file or of a value that was given in its place.
type Error struct {
	File    string // as the user named it; a flag such as "--cpus" for a value given there
	Line    int    // from 1; 0 where there is none
	Key     string // the path of the key, such as "overrides[2].cpus"; may be empty
	Problem string // what is wrong and what would be right
}

// Error is the fault on one line: "FILE:LINE: KEY: PROBLEM".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(Cut(e.File, fileMost))
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	if e.Key != "" {
		b.WriteString(": " + e.Key)
	}
	return oneLine(b.String() + ": " + Cut(e.Problem, problemMost))
}

// How much an error repeats of what it was given, in letters.
const (
	fileMost    = 200
	problemMost = 600
)

// Cut is at most so many letters of s, which loses its middle: what something is
// stands at its beginning, and a path's name at its end.
func Cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	head := most / 2
	return string(r[:head]) + "…" + string(r[len(r)-(most-head-1):])
}

// oneLine replaces line breaks and whatever else cannot be printed, which a
// file's name or a value may hold.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
}

// Quote is a value as an error shows it: in quotes, and shortened.
func Quote(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
