package evidence

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strings"
	"unicode"

	"github.com/k9mil/velocitas/internal/strict"
)

// Skipped counts lines that could not be used.
type Skipped struct {
	Lines int64
	First []SkippedLine // up to three
}

// SkippedLine is a line that could not be used.
type SkippedLine struct {
	Line int64 // from 1
	Why  string
	Text string // its beginning, printable
}

// skippedMost is how many lines are shown.
const skippedMost = 3

// add notes a line.
func (s *Skipped) add(number int64, line []byte, why string) {
	s.Lines++
	if len(s.First) < skippedMost {
		s.First = append(s.First, SkippedLine{number, why, printable(line)})
	}
}

// printable is the beginning of what may be anything.
func printable(line []byte) string {
	const most = 60
	text := strings.ToValidUTF8(string(line[:min(len(line), 4*most)]), "?")
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, text)
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return text
}

// lineMost is the longest line that is looked at, in bytes.
const lineMost = 1 << 20

// hopeless is how many lines, and bytes, may pass at the beginning without one
// that can be used.
const (
	hopelessLines = 100_000
	hopelessBytes = 64 << 20
)

// lines hands out the lines of a source. A line is valid until the next.
type lines struct {
	s       *Source
	ctx     context.Context
	skipped *Skipped
	number  int64
	bytes   int64 // of lines so far
	used    bool  // a line could be used
	last    bool  // the line has no line break: the file may end in its middle
	long    []byte
	err     error
}

func (s *Source) lines(ctx context.Context, skipped *Skipped) *lines {
	return &lines{s: s, ctx: ctx, skipped: skipped}
}

// next is the next line that is not empty, without its line break, or nil at the
// end or where reading fails; err then says so.
func (l *lines) next() []byte {
	for {
		l.number++
		if l.number%8192 == 0 && l.ctx.Err() != nil {
			l.err = l.ctx.Err()
			return nil
		}
		line, ok := l.whole()
		if !ok {
			return nil
		}
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		if len(line) > 0 {
			return line
		}
	}
}

// whole is the next line of no more than lineMost bytes; longer ones are noted.
func (l *lines) whole() ([]byte, bool) {
	for {
		line, err := l.s.r.ReadSlice('\n')
		l.bytes += int64(len(line))
		if err == bufio.ErrBufferFull {
			var short bool
			if line, short, err = l.rest(line); !short && err == nil {
				l.skip(line, "is longer than 1 MB")
				l.number++
				if !l.hope() {
					return nil, false
				}
				continue
			}
		}
		switch {
		case err == nil:
			return line[:len(line)-1], true
		case l.ctx.Err() != nil:
			l.err = l.ctx.Err()
			return nil, false
		case err != io.EOF && !l.s.broken(err):
			l.err = l.s.fault("cannot be read: %s", cause(err))
			return nil, false
		case len(line) == 0:
			return nil, false
		}
		l.last = true
		return line, true
	}
}

// rest reads on to the end of a line that began with part. short is false where
// it is too long; line is then its beginning.
func (l *lines) rest(part []byte) (line []byte, short bool, err error) {
	l.long = append(l.long[:0], part...)
	size := len(part)
	for {
		part, err = l.s.r.ReadSlice('\n')
		size += len(part)
		l.bytes += int64(len(part))
		if len(l.long) <= lineMost {
			l.long = append(l.long, part...)
		}
		if err == bufio.ErrBufferFull {
			if err := l.ctx.Err(); err != nil {
				return nil, false, err
			}
			if size > hopelessBytes && !l.used {
				return l.long[:lineMost], false, nil
			}
			continue
		}
		if size > lineMost {
			if err == io.EOF {
				err = nil // the next read says so
			}
			return l.long[:lineMost], false, err
		}
		return l.long, true, err
	}
}

// skip notes that the line cannot be used. One that the file's end has cut is
// none.
func (l *lines) skip(line []byte, why string) {
	if l.last && l.used {
		return
	}
	l.skipped.add(l.number, line, why)
}

// hope is false where so much passed without a line that can be used that there
// is no use in going on.
func (l *lines) hope() bool {
	return l.used || l.skipped.Lines < hopelessLines && l.bytes < hopelessBytes
}

// nothing is the error of a file with nothing that can be used.
func (l *lines) nothing(what string) error {
	if l.err != nil {
		return l.err
	}
	e := &strict.Error{File: l.s.Name, Problem: "holds nothing that can be used: " + what}
	if len(l.skipped.First) > 0 {
		first := l.skipped.First[0]
		e.Line, e.Problem = int(first.Line), e.Problem+"; this line "+first.Why+": "+strict.Quote(first.Text)
	}
	return e
}

// peekLines are the first whole lines of the head.
func (s *Source) peekLines(most int) (list [][]byte) {
	rest := s.head
	for len(list) < most {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			if len(s.head) < headMost-3 && len(rest) > 0 { // the file ends here
				list = append(list, bytes.TrimRight(rest, "\r"))
			}
			return list
		}
		if line := bytes.TrimRight(rest[:end], "\r"); len(line) > 0 {
			list = append(list, line)
		}
		rest = rest[end+1:]
	}
	return list
}
