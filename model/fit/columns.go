package fit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// role is what a column holds.
type role int

const (
	ignored role = iota
	roleN
	roleX
	roleR
	roleP50
	roleTail
	roleClients
	roleThink
	roleOffered
	roleCPU
)

// column is a role, and for times the seconds of its unit.
type column struct {
	role    role
	unit    float64
	tail    float64 // which quantile, for roleTail
	flights bool    // an N that counts requests in the system
}

var units = map[string]float64{"s": 1, "sec": 1, "seconds": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9}

// words lists, most telling first, the words of a heading that give its role.
var words = []struct {
	role  role
	words []string
}{
	{roleOffered, []string{"offered", "target", "planned"}},
	{roleThink, []string{"think", "z"}},
	{roleTail, []string{"max", "p90", "p95", "p99", "p99.9", "p999", "p99.99"}},
	{roleP50, []string{"p50", "median"}},
	{roleR, []string{"r", "latency", "response", "rt", "mean", "avg", "average"}},
	{roleX, []string{"x", "rps", "qps", "tps", "throughput", "tpmc", "rate"}},
	{roleClients, []string{"clients", "users", "connections"}},
	{roleN, []string{"n", "p", "size", "instances", "replicas", "nodes", "pods", "cpus", "cores", "processors",
		"servers", "workers", "gomaxprocs", "load", "threads", "concurrency", "inflight"}},
	{roleCPU, []string{"cpu", "demand"}},
}

// inFlight are the words for an N that counts requests in the system.
var inFlight = []string{"clients", "users", "connections", "load", "threads", "concurrency", "inflight"}

// parseHeading understands headings such as "n", "req/s", "mean ms", "p99.9_ms".
func parseHeading(h string) column {
	h = strings.ToLower(strings.ReplaceAll(h, "in flight", "inflight"))
	h = strings.ReplaceAll(h, "in_flight", "inflight")
	tokens := strings.FieldsFunc(h, func(r rune) bool { return strings.ContainsRune(" _-()[]:", r) })
	c := column{unit: 1}
	timed := false
	for _, t := range tokens {
		if u, ok := units[t]; ok && !timed {
			c.unit, timed = u, true
		}
	}
	for _, w := range words {
		for _, t := range tokens {
			if slices.Contains(w.words, t) && c.role == ignored && (w.role != roleCPU || timed) {
				c.role, c.tail, c.flights = w.role, quantileOf(t), slices.Contains(inFlight, t)
			}
		}
	}
	if c.role == ignored && strings.Contains(h, "/") { // req/s, scripts/h
		c.role = roleX
	}
	if c.role == ignored && timed && len(tokens) == 1 { // a lone unit
		c.role = roleR
	}
	return c
}

// quantileOf is 0.99 for "p99" or "99", 1 for "max", and 0 for other words.
func quantileOf(word string) float64 {
	if word == "max" {
		return 1
	}
	digits, isP := strings.CutPrefix(word, "p")
	q, err := strconv.ParseFloat(digits, 64)
	if !isP || err != nil {
		return 0
	}
	if q > 100 { // p999
		q /= 10
	}
	return q / 100
}

// bare is the meaning of columns without headings.
var bare = []string{"n", "x", "r", "clients", "think"}

// layout gives each role its column, -1 where there is none.
type layout struct {
	columns []column
	at      map[role]int
	median  bool
}

const wanted = `need columns n and x, n and r, or x and r (such as "n,x" or "instances,rps,latency_ms")`

func parseHeader(fields []string) (layout, error) {
	l := layout{at: map[role]int{}}
	for i, f := range fields {
		c := parseHeading(f)
		if old, taken := l.at[c.role]; c.role != ignored && taken {
			if c.role != roleTail {
				c.role = ignored // the first one counts
			} else if c.tail < l.columns[old].tail {
				c.role = ignored
			}
		}
		if c.role != ignored {
			l.at[c.role] = i
		}
		l.columns = append(l.columns, c)
	}
	if !l.has(roleN) && l.has(roleClients) && l.has(roleX) != l.has(roleR) {
		l.at[roleN] = l.at[roleClients] // clients are what was scaled
		delete(l.at, roleClients)
	}
	if !l.has(roleR) && l.has(roleP50) {
		l.at[roleR], l.median = l.at[roleP50], true
	}
	given := 0
	for _, r := range []role{roleN, roleX, roleR} {
		if l.has(r) {
			given++
		}
	}
	if given < 2 {
		return l, fmt.Errorf("the columns are %s; %s", quoteAll(fields), wanted)
	}
	return l, nil
}

func (l layout) has(r role) bool { _, ok := l.at[r]; return ok }

func quoteAll(fields []string) string {
	var out []string
	for i, f := range fields {
		if i == 8 {
			out = append(out, "...")
			break
		}
		if len(f) > 20 {
			f = f[:20] + "..."
		}
		out = append(out, strconv.Quote(f))
	}
	return strings.Join(out, ", ")
}
