package tables

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	cellPattern    = regexp.MustCompile(`^[+-]?(?:\d[\d,'_ ’]*)?(?:\.\d+)?(?:[eE][+-]?\d+)?`)
	groupedPattern = regexp.MustCompile(`^[+-]?[1-9]\d{0,2}(?:[,'_ ’]\d{3})+(?:\.\d+)?$`)
	wordPattern    = regexp.MustCompile(`^[\p{L}µμ%/ .-]*$`)
)

// empties are the cells that say that there is no value.
var empties = list("- – — n/a na null none nil ?")

// decimalComma is a number as people write it whose decimals follow a comma.
var decimalComma = regexp.MustCompile(`^[-+]?[0-9]{1,3}([. '’][0-9]{3})*,[0-9]+$`)

func isEmpty(field string) bool {
	return field == "" || slices.Contains(empties, strings.ToLower(field))
}

// totals are the names of rows that sum up the others.
var totals = list("total totals sum aggregate aggregated avg average mean overall all ∑ Σ")

func isTotal(field string) bool {
	return slices.Contains(totals, strings.ToLower(strings.Trim(field, " :*")))
}

// cell reads a number as people write it: 1,100 or 1 100 or 1'100, 1.2k, 3M,
// 5 %, 12ms, 100 req/s, 4 pods, 100 ± 3. unit is the seconds of a time's unit or
// of a rate's, and 0.01 for a per cent; 0 where the cell has none.
func cell(field string, r role) (v, unit float64, err error) {
	wrong := fmt.Errorf("%s is %s; want a number", meanings[r], strconv.Quote(clip(field)))
	s := strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2009", " ", "−", "-").Replace(strings.TrimSpace(field))
	for _, doubt := range []string{"±", "+/-", "("} {
		s, _, _ = strings.Cut(s, doubt)
	}
	s = strings.TrimSpace(s)
	digits := cellPattern.FindString(s)
	word := strings.TrimSpace(s[len(digits):])
	digits = strings.TrimSpace(digits)
	switch {
	case groupedPattern.MatchString(digits):
		digits = strings.NewReplacer(",", "", "'", "", "_", "", " ", "", "’", "").Replace(digits)
	case strings.Contains(digits, ","), decimalComma.MatchString(s):
		return 0, 0, fmt.Errorf("%s is %s; write decimals with a point", meanings[r], strconv.Quote(clip(field)))
	}
	v, err = strconv.ParseFloat(digits, 64)
	if err != nil && !math.IsInf(v, 0) || strings.Contains(digits, "_") || !wordPattern.MatchString(word) {
		return 0, 0, wrong
	}
	factor, unit, ok := suffix(word, r)
	if !ok {
		return 0, 0, wrong
	}
	return v * factor, unit, nil
}

// suffix is what the letters after a number mean for a role.
func suffix(word string, r role) (factor, unit float64, ok bool) {
	if word == "" {
		return 1, 0, true
	}
	if isTimeRole(r) {
		u, known := timeUnits[strings.ToLower(word)]
		return 1, u, known
	}
	if r == roleErrors {
		return 1, 0.01, word == "%"
	}
	if strings.Contains(word, "%") {
		return 1, 0, false
	}
	factor = 1
	for _, m := range []struct {
		letters string
		factor  float64
	}{{"kK", 1e3}, {"M", 1e6}, {"G", 1e9}} {
		first, rest := word[:1], word[1:]
		if !strings.Contains(m.letters, first) {
			continue
		}
		if unit := strings.ToLower(strings.TrimSpace(rest)); unit == "" || strings.HasPrefix(rest, " ") || slices.Contains(rateWords, unit) || strings.Contains(unit, "/") {
			word, factor = strings.TrimSpace(rest), m.factor
			break
		}
	}
	if r == roleX || r == roleOffered {
		c := parseHeading("throughput " + word)
		if word != "" && c.period != 1 {
			return factor, c.period, true
		}
	}
	return factor, 0, true
}

func isTimeRole(r role) bool {
	return slices.Contains([]role{roleR, roleP50, roleTail, roleThink, roleCPU}, r)
}

// bounded wants a number of a size that arithmetic can bear.
func bounded(v float64, field string, r role) error {
	what, shown := meanings[r], clip(field)
	switch {
	case math.IsNaN(v):
		return fmt.Errorf("%s is %s; want a number", what, strconv.Quote(shown))
	case v == 0 && slices.Contains([]role{roleThink, roleErrors}, r):
	case v <= 0:
		return fmt.Errorf("%s is %s; want more than 0", what, shown)
	case v < 1e-12 || v > 1e15:
		return fmt.Errorf("%s is %s; want between 1e-12 and 1e15", what, shown)
	}
	return nil
}
