package tables

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// unitNames are the units that a time may be in where nobody says it.
var unitNames = []struct {
	name    string
	seconds float64
}{{"s", 1}, {"ms", 1e-3}, {"µs", 1e-6}, {"ns", 1e-9}}

// How well N, X and R must agree with Little's law, N = X R: to tell a unit, and
// to be a law; and X (R + Z) with the clients, where a median may stand in for R.
const (
	unitTolerance    = 1.5
	littleTolerance  = 0.1
	clientsTolerance = 0.12
)

// settleUnits finds the units that the table does not state, by Little's law
// where it can, and makes the column that is missing of the two others.
func (p *parser) settleUnits() error {
	t, l := &p.table, p.layout
	for _, r := range []role{roleR, roleP50, roleTail, roleThink, roleCPU} {
		if p.stating[r] > 0 && p.silent[r] > 0 {
			return fmt.Errorf("%s has a unit in %d rows and none in %d; write it in all, or in the heading", meanings[r], p.stating[r], p.silent[r])
		}
	}
	if i, ok := l.at[roleX]; ok {
		t.Period = l.columns[i].period
		if p.period > 0 {
			t.Period = p.period
		}
		if t.Period == 1 {
			t.Period = 0
		}
	}
	if l.has(roleR) && p.silent[p.responseRole()] > 0 {
		if err := p.inferUnit(); err != nil {
			return err
		}
	} else if u := p.statedUnit(); u > 0 { // other quantiles are in the mean's unit
		p.scaleSilent(u)
	}
	p.copyMedian()
	for i := range t.Rows {
		r := &t.Rows[i]
		switch {
		case !l.has(roleN):
			r.N = t.PerSecond(*r) * r.R
		case !l.has(roleX):
			r.X = r.N / r.R
		}
		if !(r.N >= Least && r.N <= Most && r.X >= Least && r.X <= Most) {
			return fmt.Errorf("line %d gives n = %.3g and x = %.3g; want between %g and %g", r.Line, r.N, r.X, Least, Most)
		}
	}
	if !t.HasN || !l.has(roleX) || !l.has(roleR) || t.RIsMedian {
		return nil
	}
	p.checkInFlight()
	return nil
}

// responseRole is where the response comes from: the mean, or the median.
func (p *parser) responseRole() role {
	if p.layout.median {
		return roleP50
	}
	return roleR
}

func (p *parser) statedUnit() float64 {
	if i, ok := p.layout.at[p.responseRole()]; ok {
		return p.layout.columns[i].unit
	}
	return 0
}

// copyMedian takes the median for the response where there is no mean.
func (p *parser) copyMedian() {
	for i := range p.table.Rows {
		if r := &p.table.Rows[i]; p.layout.median {
			r.R = r.P50
		}
	}
}

// scaleSilent gives times without a unit one, think and CPU times excepted: these
// are in seconds, as documented.
func (p *parser) scaleSilent(unit float64) {
	for i := range p.table.Rows {
		for _, v := range p.table.Rows[i].places() {
			if slices.Contains([]role{roleR, roleP50, roleTail}, v.role) && p.silent[v.role] > 0 {
				*v.to *= unit
			}
		}
	}
}

// inferUnit finds the unit of responses by Little's law. Where that does not
// settle it, the response is left out rather than guessed.
func (p *parser) inferUnit() error {
	t, l := &p.table, p.layout
	heading := l.headings[l.at[p.responseRole()]]
	p.copyMedian()
	if !l.has(roleN) || !l.has(roleX) {
		return p.presumeSeconds(heading)
	}
	for _, u := range unitNames {
		if why, ok := p.fits(u.seconds); ok {
			p.scaleSilent(u.seconds)
			p.note("%q has no unit and was taken as %s: %s", heading, u.name, why)
			return nil
		}
	}
	why := ""
	i := l.at[roleN]
	switch possible := p.plausible(); {
	case !l.columns[i].letter && !l.columns[i].clients && len(possible) == 1:
		u := unitNames[possible[0]]
		p.scaleSilent(u.seconds)
		r := t.Rows[0]
		p.note("%q has no unit and was taken as %s: in no other would Little's law (in flight = x r) give a sensible number in flight, here %.3g at n = %.6g", heading, u.name, t.PerSecond(r)*r.R, r.N)
		return nil
	case !l.columns[i].letter && !l.columns[i].clients:
		why = fmt.Sprintf("%q has no unit, and Little's law does not tell it; it was left out: write %s", heading, strings.TrimSpace(heading)+"_ms or "+strings.TrimSpace(heading)+"_s in its heading")
	default:
		r := t.Rows[len(t.Rows)-1]
		why = fmt.Sprintf("the columns do not fit together: by Little's law n = x r, so with n = %.6g and x = %.6g r would be %s, and in no unit is %q (%.6g) that in all rows; it is another scale, or n is not the number in the system; r was left out, and n and x are used",
			r.N, r.X, Seconds(r.N/t.PerSecond(r)), heading, r.R)
	}
	p.note("%s", why)
	for i := range t.Rows {
		r := &t.Rows[i]
		r.R, r.P50, r.Tail = 0, 0, 0
	}
	return nil
}

// presumeSeconds takes a response as seconds where there is nothing to check it
// against, and says so. Where the number in the system would be made of it, that
// is worth asking.
func (p *parser) presumeSeconds(heading string) error {
	least := math.Inf(1)
	for _, r := range p.table.Rows {
		least = math.Min(least, r.R)
	}
	if !p.layout.has(roleN) && least >= 1 {
		return fmt.Errorf("%q has no unit, and x and r alone do not tell it; write %s_ms or %s_s, or --columns \"%s=r_ms\"", heading, heading, heading, heading)
	}
	p.scaleSilent(1)
	p.note("%q has no unit and was taken as seconds; if that is wrong, write %s_ms, or --columns \"%s=r_ms\"", heading, heading, heading)
	return nil
}

// fits says whether a unit makes the rows obey Little's law: n = x r, or the
// clients' x (r + think) = clients.
func (p *parser) fits(unit float64) (why string, ok bool) {
	t, i := &p.table, p.layout.at[roleN]
	if p.agree(unit, func(r Row) (x, of float64) { return t.PerSecond(r) * (r.R*unit + r.ThinkS), r.Clients }, clientsTolerance) {
		r := t.Rows[0]
		return fmt.Sprintf("then x (r + think) is the number of clients, %.6g", r.Clients), true
	}
	tolerance := unitTolerance - 1
	if p.layout.columns[i].letter || p.layout.columns[i].clients {
		tolerance = littleTolerance
	}
	if p.agree(unit, func(r Row) (x, of float64) { return t.PerSecond(r) * r.R * unit, r.N }, tolerance) {
		r := t.Rows[0]
		return fmt.Sprintf("with x = %.6g and n = %.6g Little's law (n = x r) gives %s", r.X, r.N, Seconds(r.N/t.PerSecond(r))), true
	}
	return "", false
}

func (p *parser) agree(unit float64, pair func(Row) (x, of float64), tolerance float64) bool {
	some := false
	for _, r := range p.table.Rows {
		if r.R == 0 {
			continue
		}
		x, of := pair(r)
		if of == 0 || math.Abs(math.Log(x/of)) > math.Log1p(tolerance) {
			return false
		}
		some = true
	}
	return some
}

// plausible lists the units in which the number in flight for each of N is one
// that is met: at least a twentieth, at most a thousand.
func (p *parser) plausible() []int {
	var per []float64
	for _, r := range p.table.Rows {
		if r.R > 0 {
			per = append(per, p.table.PerSecond(r)*r.R/r.N)
		}
	}
	if len(per) == 0 {
		return nil
	}
	slices.Sort(per)
	var out []int
	for i, u := range unitNames {
		if v := per[len(per)/2] * u.seconds; v >= 0.05 && v <= 1000 {
			out = append(out, i)
		}
	}
	return out
}

// checkInFlight says where more requests are in flight than there are clients.
func (p *parser) checkInFlight() {
	t := &p.table
	if !t.InFlight {
		return
	}
	for _, r := range t.Rows {
		if in := t.PerSecond(r) * r.R; r.R > 0 && in > 1.15*r.N {
			p.note("the columns do not fit together: line %d has %.6g in the system by Little's law (x r), but n is %.6g; check the unit of r and what n counts", r.Line, in, r.N)
			return
		}
	}
}

// Seconds writes a time with the unit that reads best.
func Seconds(s float64) string {
	for _, u := range unitNames {
		if s >= u.seconds {
			return fmt.Sprintf("%.3g %s", s/u.seconds, u.name)
		}
	}
	return fmt.Sprintf("%.3g s", s)
}

// describe says which column became what.
func (p *parser) describe() []Column {
	var out []Column
	for i, c := range p.layout.columns {
		d := Column{Heading: p.layout.headings[i]}
		for r, at := range p.layout.at {
			if at == i && r != ignored && !(r == roleR && p.layout.median) {
				d.Meaning = meanings[r]
			}
		}
		switch {
		case d.Meaning == "":
		case c.role == roleX:
			d.Unit = periodName(p.table.Period)
		case c.role == roleTail && c.tail < 1:
			d.Meaning = fmt.Sprintf("p%.6g", 100*c.tail)
		case c.role == roleTail:
			d.Meaning = "max"
		}
		for _, u := range unitNames {
			if isTimeRole(c.role) && d.Meaning != "" && math.Abs(c.unit/u.seconds-1) < 1e-9 {
				d.Unit = u.name
			}
		}
		out = append(out, d)
	}
	return out
}

func periodName(period float64) string {
	switch period {
	case 60:
		return "per minute"
	case 3600:
		return "per hour"
	}
	return "per second"
}

// ColumnsText is one line that says which column became what; empty for tables
// without columns.
func ColumnsText(columns []Column) string {
	var used, unused []string
	for _, c := range columns {
		heading := fmt.Sprintf("%q", clip(c.Heading))
		if c.Meaning == "" {
			unused = append(unused, heading)
			continue
		}
		text := c.Meaning + " is " + heading
		if c.Unit != "" {
			text += " (" + c.Unit + ")"
		}
		used = append(used, text)
	}
	out := strings.Join(used, ", ")
	if len(unused) > 0 {
		out += "; not used: " + strings.Join(unused[:min(len(unused), 8)], ", ")
	}
	return out
}
