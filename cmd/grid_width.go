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
var spared = []string{"nginx", "noise", "noise floor", "an instance", "host", "efficiency", "kept in", "in reference's", "in other's interval",
	"busy", "in system", "offered"}

// sparedLast go only where the table does not fit without intervals either.
var sparedLast = []string{"p90", "p50", "p95"}

// wordsLeast is what the last column, of words, has at least: narrower than
// that, columns before it are left out.
const wordsLeast = 24

// nameLeast is what a column of names has at least, where they are broken.
const nameLeast = 16

// textWithin writes the grid in so many columns of text, 0 for any number. What
// does not fit is left out, and said to be.
func (g *grid) textWithin(w io.Writer, width int) {
	if width == 0 {
		g.text(w, 0)
		return
	}
	left := g.dropUntil(spared, func() bool {
		return g.fits(width, wordsLeast) || g.fits(width, 0) && !g.has("nginx", "host", "efficiency")
	})
	enough := func() bool { return g.fits(width, 0) }
	left = append(left, g.dropUntil(g.even, enough)...)
	if word, same := g.sameWord(); same && g.even != nil && !enough() {
		left = append(left, fmt.Sprintf("%s (%s in each row)", g.lastName(), word))
		g.wordless, g.words = true, make([]string, len(g.words))
	}
	plain := g.withoutReaches()
	if !enough() && plain.fits(width, 0) && g.dropReaches() {
		left = append(left, "intervals")
	}
	left = append(left, g.dropUntil(sparedLast, enough)...)
	if !enough() && g.dropReaches() {
		left = append(left, "intervals")
	}
	g.breakNames(width)
	g.text(w, width)
	if len(left) > 0 {
		fmt.Fprintln(w, wrapAt(fmt.Sprintf("left out to fit %d columns: %s (--width 0 shows all)", width, listed(left)), "  ", 0, width))
	}
}

// sameWord is the text that the last column has in each of several rows.
func (g *grid) sameWord() (word string, same bool) {
	if len(g.words) < 2 || g.words[0] == "" {
		return "", false
	}
	for _, w := range g.words {
		if w != g.words[0] {
			return "", false
		}
	}
	return g.words[0], true
}

// dropUntil leaves out columns, in order, until enough are.
func (g *grid) dropUntil(names []string, enough func() bool) (left []string) {
	for _, name := range names {
		if enough() {
			break
		}
		if g.drop(name) {
			left = append(left, name)
		}
	}
	return left
}

func (g *grid) has(names ...string) bool {
	return slices.ContainsFunc(g.columns, func(c column) bool { return slices.Contains(names, c.name) })
}

// breakNames makes the columns of names narrower, as far as must be, so that
// they are written in several lines.
func (g *grid) breakNames(width int) {
	for i := range g.columns {
		numbers, _ := g.widths()
		over := numbers + g.longestWord() - width
		if spare := g.spare(i); over > 0 && spare > 0 {
			now, _ := g.columnWidth(i)
			for _, cells := range g.cells {
				cells[i].value = strings.Join(broken(cells[i].value, now-min(over, spare)), "\n")
			}
		}
	}
}

// spare is by how much a column gets narrower where its names are broken.
func (g *grid) spare(i int) int {
	if !g.left(i) {
		return 0
	}
	now, _ := g.columnWidth(i)
	return max(0, now-max(nameLeast, columnsOf(g.columns[i].name)))
}

// broken is a name in lines: broken between words, after the signs that settings
// are made of, or else wherever the room ends.
func broken(name string, room int) (lines []string) {
	for line := range strings.SplitSeq(wrapAt(name, "", 0, room), "\n") {
		letters := []rune(line)
		for len(letters) > room {
			at := room
			for at > 1 && !strings.ContainsRune("=,._-/", letters[at-1]) {
				at--
			}
			if at == 1 {
				at = room
			}
			lines, letters = append(lines, string(letters[:at])), letters[at:]
		}
		lines = append(lines, string(letters))
	}
	return lines
}

// withoutReaches is a copy of the grid that shows no intervals.
func (g *grid) withoutReaches() *grid {
	c := *g
	c.cells = nil
	for _, cells := range g.cells {
		c.cells = append(c.cells, slices.Clone(cells))
	}
	c.dropReaches()
	return &c
}

// fits tells whether the grid fits in, its words wrapped to least and its names
// broken if need be.
func (g *grid) fits(width, least int) bool {
	numbers, words := g.widths()
	for i := range g.columns {
		numbers -= g.spare(i)
	}
	return numbers+min(words, max(least, g.longestWord())) <= width
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

// widest is how many columns of text the longest line takes.
func widest(s string) (most int) {
	for line := range strings.SplitSeq(s, "\n") {
		most = max(most, columnsOf(line))
	}
	return most
}
