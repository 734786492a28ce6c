package cmd

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/k9mil/velocitas/model"
)

// cell is a number and, where it matters, how far its interval reaches to
// either side.
type cell struct{ value, reach string }

func plainCell(s string) cell { return cell{value: s} }

// estimateCell shows the reach where it is more than half a percent.
func estimateCell(e model.Estimate) cell {
	reach := max(e.Hi-e.Value, e.Value-e.Lo)
	if reach <= 0.005*e.Value {
		return plainCell(short(e.Value))
	}
	return cell{short(e.Value), strconv.FormatFloat(reach, 'f', decimals(e.Value), 64)}
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
}

func (t table) start() *grid { return &grid{columns: t} }

func (g *grid) row(word string, cells ...cell) {
	g.cells = append(g.cells, cells)
	g.words = append(g.words, word)
}

// write writes the grid, each column as wide as it must be: values flush right,
// and their reaches, after ±, too.
func (g *grid) write(w io.Writer) {
	var names, units strings.Builder
	rows := make([]strings.Builder, len(g.cells))
	for i, c := range g.columns {
		value, reach := len(c.unit), 0
		for _, cells := range g.cells {
			value, reach = max(value, len(cells[i].value)), max(reach, len(cells[i].reach))
		}
		tail := 0
		if reach > 0 {
			tail = len(" ± ") - 1 + reach // ± is one column and two bytes
		}
		value = max(value, len(c.name)-tail)
		fmt.Fprintf(&names, "%*s  ", value+tail, c.name)
		fmt.Fprintf(&units, "%*s%*s  ", value, c.unit, tail, "")
		for j, cells := range g.cells {
			fmt.Fprintf(&rows[j], "%*s%s  ", value, cells[i].value, reached(cells[i].reach, reach, tail))
		}
	}
	fmt.Fprintf(w, "%slimit\n%s\n", names.String(), strings.TrimRight(units.String(), " "))
	for j := range rows {
		fmt.Fprintf(w, "%s\n", strings.TrimRight(rows[j].String()+g.words[j], " "))
	}
}

func reached(reach string, width, tail int) string {
	if reach == "" {
		return strings.Repeat(" ", tail)
	}
	return fmt.Sprintf(" ± %*s", width, reach)
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
