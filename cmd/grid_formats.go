package cmd

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// heading is a column's name with its unit.
func (c column) heading() string {
	switch {
	case c.unit == "":
		return c.name
	case c.name == "":
		return c.unit
	}
	return fmt.Sprintf("%s (%s)", c.name, c.unit)
}

// csv writes the grid for programs: a line of headings, numbers as they are
// rather than as they are shown, and the bounds of intervals in columns of their
// own.
func (g *grid) csv(w io.Writer) {
	bounded := make([]bool, len(g.columns))
	for _, cells := range g.cells {
		for i, c := range cells {
			bounded[i] = bounded[i] || c.exact != nil && c.bounded
		}
	}
	var head []string
	for i, c := range g.columns {
		head = append(head, c.heading())
		if bounded[i] {
			head = append(head, column{c.name + " low", c.unit}.heading(), column{c.name + " high", c.unit}.heading())
		}
	}
	out := csv.NewWriter(w)
	_ = out.Write(append(head, g.lastName())) // into memory
	for j, cells := range g.cells {
		var line []string
		for i, c := range cells {
			line = append(line, c.plain())
			if bounded[i] {
				line = append(line, c.bounds()...)
			}
		}
		_ = out.Write(append(line, g.words[j]))
	}
	out.Flush()
}

// plain is the cell's number with six digits, or its text.
func (c cell) plain() string {
	if c.exact == nil {
		return c.value
	}
	return sixDigits(c.exact.Value)
}

func (c cell) bounds() []string {
	if c.exact == nil || !c.bounded {
		return []string{"", ""}
	}
	return []string{sixDigits(c.exact.Lo), sixDigits(c.exact.Hi)}
}

func sixDigits(v float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 6, 64), 64)
	if err != nil {
		panic(err)
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// markdown writes the grid as a table of GitHub's Markdown.
func (g *grid) markdown(w io.Writer) {
	line := func(cells []string) {
		for i := range cells {
			cells[i] = strings.ReplaceAll(cells[i], "|", `\|`)
		}
		fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
	}
	var head, rule []string
	for i, c := range g.columns {
		head = append(head, c.heading())
		if g.left(i) {
			rule = append(rule, ":---")
		} else {
			rule = append(rule, "---:")
		}
	}
	line(append(head, g.lastName()))
	line(append(rule, ":---"))
	for j, cells := range g.cells {
		var row []string
		for _, c := range cells {
			text := c.value
			if c.reach != "" {
				text += " ± " + c.reach
			}
			row = append(row, text)
		}
		line(append(row, g.words[j]))
	}
	fmt.Fprintln(w)
}
