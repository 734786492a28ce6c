package tables

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Read reads a table of measurements: a row a line, with or without a heading,
// columns separated by commas, semicolons, tabs, bars or spaces, the same way
// throughout, and cells in quotes as RFC 4180 has them. Empty lines and what
// follows a # are skipped. A heading may name its columns in any order and in
// the usual words, with a unit ("p99_ms", "Throughput [req/s]", "# of pods");
// columns that mean nothing here are ignored. Without one they are
// n, x[, r[, clients[, think]]] with times in seconds. Rows without a size or a
// throughput and rows that sum up the others are left out, and [Table.Notes]
// says so. An error names the file, the line and what would be right.
func Read(r io.Reader, name string) (Table, error) { return ReadAs(r, name, "") }

// ReadAs is Read with what the columns are stated beside the file: either the
// whole heading of a file that has none, or whose heading is to be replaced, such
// as "n,r_ms"; or what headings of the file mean, such as
// "pods=n,answered=x,took=r_ms".
func ReadAs(r io.Reader, name, columns string) (Table, error) {
	p := parser{table: Table{Name: name}}
	if err := p.state(columns); err != nil {
		return Table{}, err
	}
	if err := p.records(r); err != nil {
		return Table{}, fmt.Errorf("%s%w", name, err)
	}
	if err := p.rows(); err != nil {
		return Table{}, fmt.Errorf("%s%w", name, err)
	}
	return p.table, nil
}

// record is a row's cells and the line that it begins in.
type record struct {
	line   int
	fields []string
}

type parser struct {
	table     Table
	layout    layout
	stated    []string          // the heading that --columns gives, if it does
	renamed   map[string]string // or what it says of headings
	separator rune              // 0 until the first line that counts
	comment   string            // the last one before the first row, which may be a heading
	body      []record
	// stating and silent count the cells of a time with and without a unit, where
	// the heading has none.
	stating, silent map[role]int
	period          float64 // of throughput in seconds, where cells state it
}

func (p *parser) state(columns string) error {
	if columns == "" {
		return nil
	}
	fields, err := split(columns, separator(columns))
	if err != nil {
		return fmt.Errorf("--columns: %w", err)
	}
	if !strings.Contains(columns, "=") {
		p.stated = fields
		return nil
	}
	p.renamed = map[string]string{}
	for _, f := range fields {
		i := strings.LastIndex(f, "=")
		if i <= 0 {
			return fmt.Errorf("--columns: %s is no heading=meaning, such as pods=n", strconv.Quote(clip(f)))
		}
		p.renamed[folded(f[:i])] = strings.TrimSpace(f[i+1:])
	}
	return nil
}

// maxLine bounds a line, in bytes.
const maxLine = 64 << 10

// records splits the text into rows; a cell in quotes may go over several lines.
// Errors begin with the line, or with a colon where there is none.
func (p *parser) records(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	text, begun := "", 0
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimPrefix(lines.Text(), "\ufeff")
		if begun == 0 {
			begun, text = n, line
		} else {
			text += "\n" + line
		}
		if p.open(text) && len(text) < maxLine {
			continue
		}
		if err := p.record(text, begun); err != nil {
			return fmt.Errorf(":%d: %w", begun, err)
		}
		begun = 0
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf(": a line is longer than 64 KB; %s", wanted)
	case err != nil:
		return fmt.Errorf(": %w", err)
	case begun != 0:
		return fmt.Errorf(":%d: a quote is never closed", begun)
	}
	return nil
}

// open says that a quoted cell goes on in the next line.
func (p *parser) open(text string) bool {
	inside, begins := false, true
	for _, r := range text {
		switch {
		case r == '"' && (inside || begins):
			inside = !inside
		case !inside && r == '#':
			return false
		}
		begins = r == '"' || strings.ContainsRune(",;\t|", r) || begins && r == ' '
	}
	return inside
}

func (p *parser) record(text string, line int) error {
	text, comment := uncommented(text)
	if strings.TrimSpace(text) == "" {
		if comment != "" && len(p.body) == 0 {
			p.comment = comment
		}
		return nil
	}
	if p.separator == 0 {
		p.separator = separator(strings.TrimSpace(text))
	}
	if p.separator != '\t' {
		text = strings.TrimSpace(text)
	}
	if p.separator == '|' {
		text = strings.TrimSuffix(strings.TrimPrefix(text, "|"), "|")
		if strings.Trim(text, "|-: ") == "" { // the rule below a Markdown heading
			return nil
		}
	}
	fields, err := split(strings.Trim(text, "\r\n"), p.separator)
	if err != nil {
		return err
	}
	if len(p.body) > MaxRows+1 {
		return fmt.Errorf("more than %d rows; average repeats, or leave some out", MaxRows)
	}
	p.body = append(p.body, record{line, fields})
	return nil
}

// uncommented cuts what follows a #, unless that begins or is in a cell.
func uncommented(text string) (rest, comment string) {
	inside := false
	for i, r := range text {
		switch {
		case r == '"':
			inside = !inside
		case r == '#' && !inside:
			before := strings.TrimSpace(text[:i])
			if before == "" || strings.HasSuffix(text[:i], " ") && !strings.ContainsRune(",;|", rune(before[len(before)-1])) {
				return text[:i], strings.TrimSpace(text[i+1:])
			}
		}
	}
	return text, ""
}

// separator looks for the least ambiguous one first: a comma may be a decimal
// point gone astray, a space may be part of a heading.
func separator(line string) rune {
	if strings.HasPrefix(line, "|") {
		return '|'
	}
	inside := false
	outside := strings.Map(func(r rune) rune {
		if r == '"' {
			inside = !inside
		}
		if inside {
			return -1
		}
		return r
	}, line)
	for _, s := range ";\t,|" {
		if strings.ContainsRune(outside, s) {
			return s
		}
	}
	return ' '
}

func split(line string, sep rune) ([]string, error) {
	var fields []string
	if sep == ' ' {
		fields = strings.Fields(line)
		for i, f := range fields {
			fields[i] = strings.Trim(f, `"`)
		}
		return fields, nil
	}
	r := csv.NewReader(strings.NewReader(line))
	r.Comma, r.FieldsPerRecord, r.TrimLeadingSpace = sep, -1, sep != '\t'
	fields, err := r.Read()
	if err != nil {
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return nil, fmt.Errorf("quotes are not as in RFC 4180 (%w); want \"a cell\" with \"\" for a quote inside", err)
	}
	for i, f := range fields {
		fields[i] = strings.TrimSpace(f)
	}
	return fields, nil
}

// rows makes the table of the records.
func (p *parser) rows() error {
	if len(p.body) == 0 {
		return fmt.Errorf(": no measurements; %s; one row a line", wanted)
	}
	line := p.body[0].line
	headings, err := p.headings()
	if err == nil {
		p.layout, err = newLayout(headings, p.renamed)
	}
	if err == nil && len(p.body) == 0 {
		return fmt.Errorf(": no measurements; %s; one row a line", wanted)
	}
	if err == nil {
		err = p.layout.assign(p.isNumber, p.varies)
	}
	switch {
	case err != nil && p.stated != nil:
		return fmt.Errorf(": --columns: %w", err)
	case err != nil:
		return fmt.Errorf(":%d: %w", line, err)
	}
	t := &p.table
	t.HasN, t.RIsMedian = p.layout.has(roleN), p.layout.median
	if t.HasN {
		at := p.layout.columns[p.layout.at[roleN]]
		t.InFlight = !p.layout.has(roleX) || at.clients
	} else {
		t.InFlight = true
	}
	if err := p.grouping(); err != nil {
		return err
	}
	p.stating, p.silent = map[role]int{}, map[role]int{}
	for _, r := range p.body {
		if err := p.row(r); err != nil {
			return fmt.Errorf(":%d: %w", r.line, err)
		}
	}
	if len(t.Rows) == 0 {
		return fmt.Errorf(": no measurements; %s; one row a line", wanted)
	}
	if err := p.settleUnits(); err != nil {
		return fmt.Errorf(": %w", err)
	}
	t.Columns = p.describe()
	return nil
}

// headings takes the heading from the first row, if none of it is a number; from
// a comment before it; or from what was stated.
func (p *parser) headings() ([]string, error) {
	first := p.body[0]
	isHeading := !slices.ContainsFunc(first.fields, func(f string) bool {
		_, err := strconv.ParseFloat(f, 64)
		return err == nil
	})
	switch {
	case p.stated != nil:
		if isHeading && len(p.body) > 1 {
			p.body = p.body[1:]
		}
		return p.stated, nil
	case isHeading:
		p.body = p.body[1:]
		return first.fields, nil
	case p.comment != "":
		if fields, err := split(p.comment, p.separator); err == nil && len(fields) == len(first.fields) {
			l, err := newLayout(fields, p.renamed)
			if err == nil && l.assign(p.isNumber, p.varies) == nil {
				return fields, nil
			}
		}
	}
	if len(first.fields) < 2 || len(first.fields) > len(bare) {
		return nil, fmt.Errorf("%d columns and no heading; without one there are n, x[, r[, clients[, think]]]", len(first.fields))
	}
	return bare[:len(first.fields)], nil
}

// isNumber says that a column's first cell is a number.
func (p *parser) isNumber(i int) bool {
	for _, r := range p.body {
		if i < len(r.fields) && !isEmpty(r.fields[i]) {
			_, _, err := cell(r.fields[i], roleN)
			return err == nil
		}
	}
	return false
}

// varies says that a column has more than one value.
func (p *parser) varies(i int) bool {
	seen := ""
	for _, r := range p.body {
		if i >= len(r.fields) || isEmpty(r.fields[i]) || slices.ContainsFunc(r.fields, isTotal) {
			continue
		}
		if seen != "" && seen != r.fields[i] {
			return true
		}
		seen = r.fields[i]
	}
	return false
}

func (p *parser) row(r record) error {
	l := p.layout
	for len(r.fields) > len(l.columns) && r.fields[len(r.fields)-1] == "" {
		r.fields = r.fields[:len(r.fields)-1]
	}
	if len(r.fields) != len(l.columns) {
		return fmt.Errorf("%d columns where %d are expected; write a number with commas in quotes", len(r.fields), len(l.columns))
	}
	row := Row{Line: r.line}
	for i, c := range l.columns {
		if (c.role == ignored || l.at[roleN] == i) && isTotal(r.fields[i]) {
			p.note("line %d (%s) sums up other rows and was left out", r.line, strconv.Quote(clip(r.fields[i])))
			return nil
		}
		if _, err := strconv.ParseFloat(r.fields[i], 64); err != nil && c.role == ignored && row.Name == "" {
			row.Name = r.fields[i]
		}
	}
	if missing, err := p.values(r, &row); err != nil || missing != "" {
		if missing != "" {
			p.note("line %d %s and was left out", r.line, missing)
		}
		return err
	}
	if len(p.table.Rows) == MaxRows {
		return fmt.Errorf("more than %d rows; average repeats, or leave some out", MaxRows)
	}
	p.table.Rows = append(p.table.Rows, row)
	return nil
}

// values reads the cells of a row. missing says what a row lacks that cannot be
// used.
func (p *parser) values(r record, row *Row) (missing string, err error) {
	l := p.layout
	for _, v := range row.places() {
		i, ok := l.at[v.role]
		if !ok {
			continue
		}
		needed := v.role == roleN || v.role == roleX || v.role == roleR && !(l.has(roleN) && l.has(roleX))
		if isEmpty(r.fields[i]) {
			if needed {
				return fmt.Sprintf("has no %s", meanings[v.role]), nil
			}
			continue
		}
		x, unit, err := cell(r.fields[i], v.role)
		if err != nil {
			return "", err
		}
		if v.role == roleX && x == 0 {
			return "has a throughput of 0, to which no law can be fitted,", nil
		}
		switch scale := l.columns[i].unit; {
		case isTimeRole(v.role) && unit > 0:
			x *= unit
			p.stating[v.role]++
		case isTimeRole(v.role) && scale == 0 && x > 0:
			p.silent[v.role]++
		case v.role == roleErrors && unit > 0:
			x *= unit
		case scale > 0:
			x *= scale
		}
		if v.role == roleX && unit > 0 {
			p.period = unit
		}
		if err := bounded(x, r.fields[i], v.role); err != nil {
			return "", err
		}
		*v.to = x
	}
	return "", nil
}

// place is where a row keeps what a role says.
type place struct {
	role role
	to   *float64
}

func (r *Row) places() []place {
	return []place{{roleN, &r.N}, {roleX, &r.X}, {roleR, &r.R}, {roleP50, &r.P50}, {roleTail, &r.Tail}, {roleClients, &r.Clients},
		{roleThink, &r.ThinkS}, {roleOffered, &r.Offered}, {roleCPU, &r.CPUS}, {roleErrors, &r.Errors}}
}

func (p *parser) note(format string, args ...any) {
	const most = 8
	switch n := len(p.table.Notes); {
	case n < most:
		p.table.Notes = append(p.table.Notes, fmt.Sprintf(format, args...))
	case n == most:
		p.table.Notes = append(p.table.Notes, "further rows were left out")
	}
}
