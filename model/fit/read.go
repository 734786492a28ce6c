package fit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Read reads a table of measurements: a row a line, with or without a heading,
// columns separated by commas, semicolons, tabs or spaces, the same way
// throughout. Empty lines and what follows a # are skipped. A heading may name
// its columns in any order (n, x, r, clients, think and many other usual words,
// with a unit: "p99_ms"); columns with unknown names are ignored. Without one
// they are n, x[, r[, clients[, think]]] with times in seconds. An error names
// the file, the line and what would be right.
func Read(r io.Reader, name string) (Table, error) { return ReadAs(r, name, "") }

// ReadAs is Read with the heading given beside a file that has none, such as
// "n,r_ms".
func ReadAs(r io.Reader, name, heading string) (Table, error) {
	p := parser{table: Table{Name: name}}
	if heading != "" {
		l, err := parseHeader(split(heading, separator(heading)))
		if err != nil {
			return Table{}, fmt.Errorf("heading %q: %w", heading, err)
		}
		p.layout = &l
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<10)
	for n := 1; lines.Scan(); n++ {
		if err := p.line(lines.Text(), n); err != nil {
			return Table{}, fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return Table{}, fmt.Errorf("%s: a line is longer than 64 KB; %s", name, wanted)
	case err != nil:
		return Table{}, fmt.Errorf("%s: %w", name, err)
	case len(p.table.Rows) == 0:
		return Table{}, fmt.Errorf("%s: no measurements; %s, one row a line", name, wanted)
	}
	return p.table, nil
}

type parser struct {
	table     Table
	layout    *layout
	separator rune // 0 until the first line that counts
}

func (p *parser) line(text string, number int) error {
	text = strings.TrimPrefix(text, "\ufeff")
	if i := strings.IndexByte(text, '#'); i >= 0 {
		text = text[:i]
	}
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	if p.separator == 0 {
		p.separator = separator(text)
	}
	fields := split(text, p.separator)
	if p.layout == nil {
		isHeading, err := p.begin(fields)
		if isHeading || err != nil {
			return err
		}
	}
	if len(fields) != len(p.layout.columns) {
		return fmt.Errorf("%d columns where %d are expected", len(fields), len(p.layout.columns))
	}
	if len(p.table.Rows) == MaxRows {
		return fmt.Errorf("more than %d rows; average repeats, or leave some out", MaxRows)
	}
	row, err := p.row(fields)
	row.Line = number
	p.table.Rows = append(p.table.Rows, row)
	return err
}

// begin takes the layout from the first line: a heading if no field is a number.
func (p *parser) begin(fields []string) (isHeading bool, err error) {
	isHeading = true
	for _, f := range fields {
		if _, err := strconv.ParseFloat(f, 64); err == nil {
			isHeading = false
		}
	}
	heading := fields
	if !isHeading {
		if len(fields) < 2 || len(fields) > len(bare) {
			return false, fmt.Errorf("%d columns and no heading; without one there are n, x[, r[, clients[, think]]]", len(fields))
		}
		heading = bare[:len(fields)]
	}
	l, err := parseHeader(heading)
	p.layout = &l
	return isHeading, err
}

func (p *parser) row(fields []string) (Row, error) {
	l := p.layout
	var row Row
	for i, c := range l.columns {
		if _, err := strconv.ParseFloat(fields[i], 64); err != nil && c.role == ignored && row.Name == "" {
			row.Name = fields[i]
		}
	}
	for _, v := range []struct {
		role role
		name string
		to   *float64
	}{
		{roleN, "n", &row.N}, {roleX, "x", &row.X}, {roleR, "r", &row.R}, {roleP50, "p50", &row.P50}, {roleTail, "tail", &row.Tail},
		{roleClients, "clients", &row.Clients}, {roleThink, "think", &row.ThinkS}, {roleOffered, "offered", &row.Offered}, {roleCPU, "cpu", &row.CPUS},
	} {
		i, ok := l.at[v.role]
		if !ok {
			continue
		}
		x, err := number(v.name, fields[i], v.role == roleThink)
		if err != nil {
			return row, err
		}
		*v.to = x * l.columns[i].unit
	}
	t := &p.table
	t.HasN, t.RIsMedian = l.has(roleN), l.median
	t.InFlight = !t.HasN || !l.has(roleX) || l.columns[l.at[roleN]].flights
	if !l.has(roleN) {
		row.N = row.X * row.R
	}
	if !l.has(roleX) {
		row.X = row.N / row.R
	}
	return row, nil
}

// number wants a positive number of a size that arithmetic can bear.
func number(what, field string, zeroAllowed bool) (float64, error) {
	v, err := strconv.ParseFloat(field, 64)
	switch {
	case err != nil && strings.Contains(field, ","):
		return 0, fmt.Errorf("%s is %q; write decimals with a point", what, clip(field))
	case err != nil || math.IsNaN(v) || math.IsInf(v, 0):
		return 0, fmt.Errorf("%s is %q; want a number", what, clip(field))
	case zeroAllowed && v == 0:
		return 0, nil
	case v <= 0:
		return 0, fmt.Errorf("%s is %s; want more than 0", what, clip(field))
	case v < 1e-12 || v > 1e15:
		return 0, fmt.Errorf("%s is %s; want between 1e-12 and 1e15", what, clip(field))
	}
	return v, nil
}

func clip(s string) string {
	if len(s) > 30 {
		return s[:30] + "..."
	}
	return s
}

// separator looks for the least ambiguous one first: a comma may be a decimal
// point gone astray, a space may be part of a heading.
func separator(line string) rune {
	for _, s := range ";\t," {
		if strings.ContainsRune(line, s) {
			return s
		}
	}
	return ' '
}

func split(line string, sep rune) []string {
	if sep == ' ' {
		return strings.Fields(line)
	}
	fields := strings.Split(line, string(sep))
	for i, f := range fields {
		fields[i] = strings.Trim(strings.TrimSpace(f), `"`)
	}
	return fields
}
