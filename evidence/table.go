package evidence

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// recordLines bounds how many lines a quoted field may span.
const recordLines = 200

// row is a record of a table with a heading.
type row struct {
	at     map[string]int
	fields []string
}

// get is a field by its column's name; "" where there is none.
func (r row) get(name string) string {
	if i, ok := r.at[name]; ok && i < len(r.fields) {
		return r.fields[i]
	}
	return ""
}

func (r row) has(name string) bool { _, ok := r.at[name]; return ok }

// records hands out the records of a table whose first line is its heading,
// unless a heading is given.
type records struct {
	in    *lines
	comma rune
	row   row
}

func (s *Source) records(ctx context.Context, r *Result, comma rune, heading []string) *records {
	t := &records{in: s.lines(ctx, &r.Skipped), comma: comma}
	if heading == nil {
		heading, _ = t.fields()
	}
	t.row.at = map[string]int{}
	for i, name := range heading {
		if name = strings.TrimSpace(name); t.row.at[name] == 0 {
			t.row.at[name] = i
		}
	}
	return t
}

// next is the next record, or false at the end.
func (t *records) next() (row, bool) {
	for {
		fields, ok := t.fields()
		if fields == nil && ok {
			if !t.in.hope() {
				return row{}, false
			}
			continue
		}
		t.row.fields = fields
		return t.row, ok
	}
}

// fields are those of the next record; nil and true of one that cannot be read.
// A quote may hold line breaks.
func (t *records) fields() ([]string, bool) {
	line := t.in.next()
	if line == nil {
		return nil, false
	}
	if bytes.IndexByte(line, '"') < 0 {
		return strings.Split(string(line), string(t.comma)), true
	}
	text := append([]byte(nil), line...)
	for n := 0; bytes.Count(text, []byte{'"'})%2 == 1; n++ {
		if line = t.in.next(); line == nil || n == recordLines || len(text) > lineMost {
			t.in.skip(text, "has a quote that is not closed")
			return nil, line != nil
		}
		text = append(append(text, '\n'), line...)
	}
	c := csv.NewReader(bytes.NewReader(text))
	c.Comma, c.FieldsPerRecord, c.LazyQuotes = t.comma, -1, true
	fields, err := c.Read()
	if err != nil && err != io.EOF {
		t.in.skip(text, "is no record of a table")
		return nil, true
	}
	return fields, true
}

// eachRow reads requests that have a record each.
func eachRow(ctx context.Context, s *Source, r *Result, comma rune, heading []string, give func(*Request), parse func(x row, q *Request) (ok bool, why string)) error {
	t := s.records(ctx, r, comma, heading)
	var q Request
	for {
		x, more := t.next()
		if !more {
			break
		}
		q = Request{StartNs: -1, EndNs: -1, TookNs: -1}
		ok, why := parse(x, &q)
		switch {
		case why != "":
			t.in.skip([]byte(strings.Join(x.fields, string(comma))), why)
			if !t.in.hope() {
				return t.in.nothing(fmt.Sprintf("not one line is of a %s", r.Format.Name))
			}
		case ok:
			t.in.used = true
			q.complete()
			give(&q)
		}
	}
	if !t.in.used || t.in.err != nil {
		return t.in.nothing(fmt.Sprintf("not one line is a request of a %s", r.Format.Name))
	}
	return nil
}
