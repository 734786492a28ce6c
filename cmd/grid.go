package cmd

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/k9mil/velocitas/model"
)

// cell is a number and, where it matters, how far its interval reaches to
// either side, as they are shown.
type cell struct {
	value, reach string
	exact        *model.Estimate // the number itself, if it is one
	bounded      bool            // exact has an interval
}

func plainCell(s string) cell { return cell{value: s} }

// numberCell shows a number in its own way.
func numberCell(v float64, shown string) cell {
	return cell{value: shown, exact: &model.Estimate{Value: v}}
}

// percentCell shows a share in whole percent.
func percentCell(share float64) cell { return numberCell(100*share, percent(share)) }

// rareCell shows a share in percent that is small and must not look like none.
func rareCell(share float64) cell { return numberCell(100*share, rare(share)) }

// estimateCell shows the reach where it is more than half a percent.
func estimateCell(e model.Estimate) cell {
	c := cell{value: short(e.Value), exact: &e, bounded: true}
	if reach := max(e.Hi-e.Value, e.Value-e.Lo); reach > 0.005*e.Value {
		c.reach = strconv.FormatFloat(reach, 'f', decimals(e.Value), 64)
	}
	return c
}

// table is a table's columns of numbers; a last column, of words, is written
// after them.
type table []column

type column struct{ name, unit string }

// grid is a table being filled.
type grid struct {
	columns table
	cells   [][]cell
	words   []string
	last    string // the name of the words' column; "limit" when empty
	// even are columns in which rows hardly differ: left out before others that
	// say more where the table is too wide, as the words are that all rows have; nil
	// where neither is known to say little.
	even     []string
	wordless bool // the words' column is left out
}

func (t table) start() *grid { return &grid{columns: t} }

func (g *grid) row(word string, cells ...cell) {
	g.cells = append(g.cells, cells)
	g.words = append(g.words, word)
}

// write writes the grid in the way of a page, or as text of any width.
func (g *grid) write(w io.Writer) {
	if p, ok := w.(*page); ok {
		p.table(g)
		return
	}
	g.text(w, 0)
}

func (g *grid) lastName() string {
	if g.wordless {
		return ""
	}
	if g.last == "" {
		return "limit"
	}
	return g.last
}

// gap is between columns.
const gap = "  "

// text writes the grid, each column as wide as it must be: values flush right,
// and their reaches, after ±, too; words flush left. The last column is wrapped
// where it goes beyond width, 0 for any.
func (g *grid) text(w io.Writer, width int) {
	var names, units strings.Builder
	for i, c := range g.columns {
		value, tail := g.columnWidth(i)
		if g.left(i) {
			fmt.Fprintf(&names, "%-*s%s", value, c.name, gap)
			fmt.Fprintf(&units, "%-*s%s", value, c.unit, gap)
		} else {
			fmt.Fprintf(&names, "%*s%s", value+tail, c.name, gap)
			fmt.Fprintf(&units, "%*s%*s%s", value, c.unit, tail, "", gap)
		}
	}
	fmt.Fprintln(w, strings.TrimRight(names.String()+g.lastName(), " "))
	if u := strings.TrimRight(units.String(), " "); u != "" {
		fmt.Fprintln(w, u)
	}
	indent := columnsOf(names.String())
	for j := range g.cells {
		words := g.words[j]
		if width > 0 {
			words = wrapAt(words, "", 0, max(width-indent, 1))
		}
		g.textRow(w, g.cells[j], strings.Split(words, "\n"))
	}
}

// textRow writes a row in as many lines as its names and its words have.
func (g *grid) textRow(w io.Writer, cells []cell, words []string) {
	names := map[int][]string{}
	lines := len(words)
	for i := range g.columns {
		if g.left(i) {
			names[i] = strings.Split(cells[i].value, "\n")
			lines = max(lines, len(names[i]))
		}
	}
	for l := range lines {
		var b strings.Builder
		for i := range g.columns {
			value, tail := g.columnWidth(i)
			switch name, isName := names[i]; {
			case l < len(name):
				fmt.Fprintf(&b, "%-*s%s", value, name[l], gap)
			case isName || l > 0:
				fmt.Fprintf(&b, "%*s%s", value+tail, "", gap)
			default:
				fmt.Fprintf(&b, "%*s%s%s", value, cells[i].value, reached(cells[i].reach, tail), gap)
			}
		}
		if l < len(words) {
			b.WriteString(words[l])
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// columnWidth is the room of a column's values and of what follows them, " ± "
// and the reach.
func (g *grid) columnWidth(i int) (value, tail int) {
	value = columnsOf(g.columns[i].unit)
	for _, cells := range g.cells {
		value = max(value, widest(cells[i].value))
		if r := columnsOf(cells[i].reach); r > 0 {
			tail = max(tail, columnsOf(" ± ")+r)
		}
	}
	return max(value, columnsOf(g.columns[i].name)-tail), tail
}

// left tells whether a column is one of words.
func (g *grid) left(i int) bool {
	words := false
	for _, cells := range g.cells {
		v := cells[i].value
		if v == "" || v == "-" {
			continue
		}
		if first := []rune(v)[0]; !unicode.IsLetter(first) || cells[i].reach != "" {
			return false
		}
		words = true
	}
	return words
}

func reached(reach string, tail int) string {
	if reach == "" {
		return strings.Repeat(" ", tail)
	}
	return fmt.Sprintf(" ± %*s", tail-columnsOf(" ± "), reach)
}

// short writes a number with about three digits.
func short(v float64) string { return strconv.FormatFloat(v, 'f', decimals(v), 64) }

func decimals(v float64) int {
	switch {
	case v >= 100 || v == 0:
		return 0
	case v >= 10:
		return 1
	case v >= 1:
		return 2
	}
	return 3
}

func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 0, 64) }

// rare writes a share that is small and yet must not look like none.
func rare(share float64) string {
	switch p := 100 * share; {
	case p == 0:
		return "0"
	case p < 0.01:
		return "<0.01"
	default:
		return short(p)
	}
}

// grouped writes a number with commas between thousands.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
