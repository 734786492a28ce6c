package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// spared are the columns that are left out of a table that is too wide, the
// least important first. What is not named here stays.
var spared = []string{"nginx", "noise", "noise floor", "an instance", "host", "kept in", "busy", "in reference's", "in other's interval",
	"p90", "p50", "efficiency", "in system", "offered", "p95"}

// wordsLeast is what the last column, of words, has at least: narrower than
// that, columns before it are left out.
const wordsLeast = 24

// textWithin writes the grid in so many columns of text, 0 for any number. What
// does not fit is left out, and said to be.
func (g *grid) textWithin(w io.Writer, width int) {
	if width == 0 {
		g.text(w, 0)
		return
	}
	left := []string{}
	for _, name := range spared {
		if g.fits(width) {
			break
		}
		if g.drop(name) {
			left = append(left, name)
		}
	}
	if !g.fits(width) && g.dropReaches() {
		left = append(left, "intervals")
	}
	g.text(w, width)
	if len(left) > 0 {
		fmt.Fprintln(w, wrapAt(fmt.Sprintf("left out to fit %d columns: %s (--width 0 shows all)", width, listed(left)), "  ", 0, width))
	}
}

// fits tells whether the grid fits in, its words wrapped if need be.
func (g *grid) fits(width int) bool {
	numbers, words := g.widths()
	return numbers+min(words, max(wordsLeast, g.longestWord())) <= width
}

// widths are those of the columns of numbers, with the gaps after them, and of
// the words.
func (g *grid) widths() (numbers, words int) {
	for i := range g.columns {
		value, tail := g.columnWidth(i)
		numbers += value + tail + len(gap)
	}
	words = columnsOf(g.lastName())
	for _, text := range g.words {
		words = max(words, columnsOf(text))
	}
	return numbers, words
}

func (g *grid) longestWord() int {
	most := columnsOf(g.lastName())
	for _, text := range g.words {
		for _, word := range strings.Fields(text) {
			most = max(most, columnsOf(word))
		}
	}
	return most
}

// drop leaves out the columns of that name, and the change of what they show.
func (g *grid) drop(name string) (dropped bool) {
	for i := len(g.columns) - 1; i > 0; i-- { // never the first, which says what a row is of
		if g.columns[i].name != name {
			continue
		}
		to := i + 1
		if to < len(g.columns) && g.columns[to].name == "change" {
			to++
		}
		g.columns, dropped = slices.Delete(slices.Clone(g.columns), i, to), true
		for j := range g.cells {
			g.cells[j] = slices.Delete(slices.Clone(g.cells[j]), i, to)
		}
	}
	return dropped
}

// dropReaches leaves out how far intervals reach.
func (g *grid) dropReaches() (dropped bool) {
	for _, cells := range g.cells {
		for i := range cells {
			dropped = dropped || cells[i].reach != ""
			cells[i].reach = ""
		}
	}
	return dropped
}

// columnsOf is how many columns of text a line takes.
func columnsOf(s string) int { return utf8.RuneCountInString(s) }
