package tables

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A column may have cells that can be read in two ways, a thousand times apart:
// 1,234 is one thousand two hundred and thirty-four or, where decimals follow a
// comma, one and a bit; 1.234 is the other way round. Its other cells tell, or the
// person is asked.

var (
	// oneGroup is a number with one comma or one point and three digits after it.
	oneGroup = map[string]*regexp.Regexp{
		",": regexp.MustCompile(`^[+-]?[1-9]\d{0,2},\d{3}$`),
		".": regexp.MustCompile(`^[+-]?[1-9]\d{0,2}\.\d{3}$`),
	}
	wholeNumber  = regexp.MustCompile(`^[+-]?\d+$`)
	digitsAndAll = regexp.MustCompile(`^[+-]?[\d.,]+`)
)

// ambiguous says which cell of a column cannot be told to be of thousands or of
// ones, and in which line; line is 0 where there is none.
//
//   - A comma groups thousands where another cell has two groups, or a point, and
//     where commas separate cells, as they do where decimals follow a point. Else it
//     may be a decimal one: where semicolons separate them, and where another cell
//     has four digits or more that are not grouped.
//   - A point is a decimal one, but where cells are separated by semicolons it may
//     group thousands if all other cells are whole numbers below a thousand.
func (p *parser) ambiguous(column int) (cell string, line int) {
	var comma, point record
	sureGroups, ungrouped, small, others := false, false, false, false
	for _, r := range p.body {
		if column >= len(r.fields) {
			continue
		}
		digits := digitsAndAll.FindString(strings.TrimSpace(r.fields[column]))
		switch {
		case digits == "":
		case oneGroup[","].MatchString(digits):
			comma = first(comma, r)
		case oneGroup["."].MatchString(digits):
			point = first(point, r)
			sureGroups = true // of a comma in the same column
		case groupedPattern.MatchString(digits) || strings.Contains(digits, "."):
			sureGroups, others = true, true
		case wholeNumber.MatchString(digits):
			v, _ := strconv.ParseFloat(digits, 64)
			ungrouped = ungrouped || v >= 1000
			small = small || v < 1000
		default:
			others = true
		}
	}
	semicolons := p.separator == ';'
	switch {
	case comma.line > 0 && !sureGroups && p.separator != ',' && (ungrouped || semicolons && !small):
		return comma.fields[column], comma.line
	case point.line > 0 && semicolons && small && !ungrouped && !others && comma.line == 0:
		return point.fields[column], point.line
	}
	return "", 0
}

func first(a, b record) record {
	if a.line > 0 {
		return a
	}
	return b
}

// grouping refuses columns whose cells are ambiguous.
func (p *parser) grouping() error {
	for _, v := range (&Row{}).places() {
		i, ok := p.layout.at[v.role]
		if !ok {
			continue
		}
		if cell, line := p.ambiguous(i); line > 0 {
			digits := digitsAndAll.FindString(cell)
			plain := strings.NewReplacer(",", "", ".", "").Replace(digits)
			return fmt.Errorf(":%d: %s is %s, which may be %s or %s; write it the one way or the other, and decimals with a point",
				line, meanings[v.role], strconv.Quote(clip(cell)), plain, strings.Replace(digits, ",", ".", 1))
		}
	}
	return nil
}
