package tables

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
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
	roleErrors
)

// meanings are the roles' names in reports and in --columns.
var meanings = map[role]string{roleN: "n", roleX: "x", roleR: "r", roleP50: "p50", roleTail: "tail", roleClients: "clients",
	roleThink: "think", roleOffered: "offered", roleCPU: "cpu", roleErrors: "errors"}

// column is what a heading says of its column.
type column struct {
	role role
	// unit is the seconds of a time's unit, or what a rate or a share is
	// multiplied by; 0 where the heading states none.
	unit float64
	// period is the seconds of a rate's unit of time: 60 for a minute.
	period float64
	tail   float64 // which quantile, for roleTail
	// clients says that an N counts requests in the system (clients, threads),
	// letter that it is only called n, and weak that other columns are better.
	clients, letter, weak bool
}

var timeUnits = map[string]float64{"s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1, "ms": 1e-3, "msec": 1e-3, "msecs": 1e-3,
	"millis": 1e-3, "millisecond": 1e-3, "milliseconds": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "usec": 1e-6, "micros": 1e-6,
	"microsecond": 1e-6, "microseconds": 1e-6, "ns": 1e-9, "nsec": 1e-9, "nanos": 1e-9, "nanoseconds": 1e-9}

var periods = map[string]float64{"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hr": 3600, "hour": 3600}

// Words of headings by what they tell, all in lower case.
var (
	errorWords   = list("error errors err errs failed fail fails failure failures timeout timeouts 5xx 4xx non2xx dropped rejected ko")
	spreadWords  = list("std stddev stdev sd deviation min minimum fastest ci margin var variance cv stderr")
	thinkWords   = list("think thinktime z pause")
	offeredWords = list("offered target planned scheduled requested")
	rateWords    = list("x rps qps tps iops throughput thruput tput hps goodput rate ops tx tpm tpmc rpm qpm krps kqps mrps")
	timeWords    = list("r latency latencies lat response responsetime resp rt ttfb roundtrip rtt sojourn residence")
	meanWords    = list("mean avg average")
	maxWords     = list("max maximum peak worst slowest highest")
	medianWords  = list("median med")
	letterWords  = list("n p size count scale")
	serverWords  = list(`instance instances replica replicas node nodes pod pods container containers app apps application applications
		processor processors server servers worker workers cpus cores core vcpus machine machines host hosts vm vms shard shards
		partition partitions broker brokers backend backends upstream upstreams gomaxprocs process processes procs task tasks dyno dynos
		service services copies members executors slaves agents gpus brokers lanes tiles consumers producers scaled`)
	clientWords = list(`client clients user users vu vus connection connections conn conns load thread threads concurrency concurrent
		inflight parallelism parallel sessions streams goroutines coroutines outstanding multiprogramming mpl jobs`)
	cpuWords = list("cpu demand")
	// fillers say nothing that matters here.
	fillers = list(`of the per number num no # total request requests req reqs http api time times duration virtual in a in-flight
		measured observed achieved successful ok line percentile percentiles pct ile quantile and all overall value result results sustained`)
)

func list(s string) []string { return strings.Fields(s) }

var (
	ratePattern     = regexp.MustCompile(`(?:/|\bper[ _-]?)\s*(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|hr|h)\b`)
	quantilePattern = regexp.MustCompile(`\b(?:p|q|tp|pct)[ _]?\(?(\d{2,4}(?:[.,_]\d+)?)\)?(?:\b|_|th)|\b(\d{2}(?:\.\d+)?)\s*(?:st|nd|rd|th)?\s*(?:%\s*(?:ile|line)|percentile|pctl|pct\b|centile|quantile)|\b(\d{2}(?:\.\d+)?)(?:st|nd|rd|th)\b|^\s*(\d{2}(?:\.\d+)?)\s*%[ ([]*(?:ms|s|us|µs|sec)?[])]?\s*$`)
	thousandPattern = regexp.MustCompile(`\b(thousands?|k)\b|\bk(?:rps|qps|tps|ops|req|reqs|requests|iops)\b`)
	millionPattern  = regexp.MustCompile(`\b(millions?|mio)\b|\bm(?:rps|qps|tps|ops|req|reqs)\b`)
)

// parseHeading understands headings as people write them: "n", "req/s", "Mean
// latency (ms)", "95th percentile", "p99.9_ms", "avg rps", "# of pods".
func parseHeading(h string) column {
	h = lowered(h)
	var c column
	rate := ratePattern.FindStringSubmatchIndex(h)
	timeRest := h
	if rate != nil {
		c.period = periods[strings.TrimSuffix(h[rate[2]:rate[3]], "s")]
		if h[rate[2]:rate[3]] == "s" {
			c.period = 1
		}
		timeRest = h[:rate[0]] + " " + h[rate[1]:]
	}
	quantile := quantileOf(timeRest)
	rest := timeRest
	if quantile > 0 {
		rest = quantilePattern.ReplaceAllString(rest, " ")
	}
	words := strings.FieldsFunc(rest, func(r rune) bool {
		return !(unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("%µμ", r))
	})
	has := func(of []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(of, w) })
	}
	timed := 0.0
	for _, w := range words {
		if u, ok := timeUnits[w]; ok && timed == 0 {
			timed = u
		}
	}
	percent := strings.Contains(rest, "%") || has(list("percent percentage share ratio"))
	isRate := c.period > 0 || has(rateWords) && timed == 0
	switch {
	case has(list("tpm tpmc rpm qpm")):
		c.period = 60
	case c.period == 0:
		c.period = 1
	}
	stat := quantile > 0 || has(meanWords) || has(maxWords) || has(medianWords)
	isTime := !isRate && (timed > 0 || has(timeWords))
	if !isRate && !isTime && stat && !percent { // "avg", "p95", "Max"
		isTime = known(words)
	}
	switch {
	case has(errorWords):
		if percent || has(list("rate")) {
			c.role, c.unit = roleErrors, 1
			if strings.Contains(rest, "%") || has(list("percent percentage")) {
				c.unit = 0.01
			}
		}
	case has(spreadWords):
	case has(thinkWords):
		c.role, c.unit = roleThink, timed
	case has(cpuWords) && timed > 0:
		c.role, c.unit = roleCPU, timed
	case has(offeredWords):
		c.role, c.unit = roleOffered, multiplier(h)
	case isRate:
		if quantile == 0 || quantile == 0.5 {
			c.role, c.unit, c.weak = roleX, multiplier(h), has(maxWords)
		}
	case isTime:
		c.role, c.unit = roleR, timed
		switch {
		case quantile == 0.5 || quantile == 0 && has(medianWords):
			c.role = roleP50
		case quantile > 0.5:
			c.role, c.tail = roleTail, quantile
		case quantile > 0:
			c.role = ignored
		case has(maxWords):
			c.role, c.tail = roleTail, 1
		}
	case percent || stat && has(list("load")):
	case has(letterWords) && !has(serverWords) && !has(clientWords):
		if known(without(words, letterWords)) {
			c.role, c.letter = roleN, true
		}
	case has(serverWords):
		c.role, c.unit = roleN, 1
	case has(clientWords):
		c.role, c.clients = roleN, true
	case len(words) == 1 && words[0] == "cpu":
		c.role, c.weak = roleN, true
	}
	return c
}

// lowered is a heading in lower case with words set apart that case alone
// separates, as in avgLatency.
func lowered(h string) string {
	var b strings.Builder
	var last rune
	for _, r := range strings.ReplaceAll(h, "tpmC", "tpmc") {
		if unicode.IsUpper(r) && unicode.IsLower(last) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	h = strings.ToLower(b.String())
	for _, s := range [][2]string{{"in flight", "inflight"}, {"in_flight", "inflight"}, {"in-flight", "inflight"}, {"response time", "response"}, {"round trip", "roundtrip"}, {"think time", "think"}, {"_", " "}} {
		h = strings.ReplaceAll(h, s[0], s[1])
	}
	return h
}

// known says that a heading has no word that could mean something else.
func known(words []string) bool {
	for _, w := range words {
		if _, isUnit := timeUnits[w]; !isUnit && !slices.Contains(slices.Concat(fillers, meanWords, maxWords, medianWords), w) {
			return false
		}
	}
	return true
}

func without(words, less []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return slices.Contains(less, w) })
}

// multiplier is 1000 for "krps", "k req/s" and "thousand requests per second".
func multiplier(h string) float64 {
	switch {
	case thousandPattern.MatchString(h):
		return 1e3
	case millionPattern.MatchString(h):
		return 1e6
	}
	return 1
}

// quantileOf is 0.99 for "p99", "99th percentile" and "99%ile", and 0 for others.
func quantileOf(h string) float64 {
	m := quantilePattern.FindStringSubmatch(h)
	if m == nil {
		return 0
	}
	q, err := strconv.ParseFloat(strings.NewReplacer(",", ".", "_", ".").Replace(strings.Join(m[1:], "")), 64)
	if err != nil {
		return 0
	}
	for q > 100 { // p999
		q /= 10
	}
	return q / 100
}

// bare is the meaning of columns without headings.
var bare = []string{"n", "x", "r", "clients", "think"}

const wanted = `need columns n and x, n and r, or x and r (such as "n,x" or "instances,rps,latency_ms"); --columns "your heading=x" says which is which`

// layout gives each role its column.
type layout struct {
	headings []string
	columns  []column
	at       map[role]int
	median   bool // r is a median for want of a mean
}

// newLayout reads headings, each after what --columns says of it.
func newLayout(headings []string, renamed map[string]string) (layout, error) {
	l := layout{headings: headings}
	used := map[string]bool{}
	for _, h := range headings {
		meaning, ok := renamed[folded(h)]
		if !ok {
			l.columns = append(l.columns, parseHeading(h))
			continue
		}
		used[folded(h)] = true
		c := parseHeading(meaning)
		if c.role == ignored && !slices.Contains([]string{"", "-", "ignore", "ignored", "none"}, lowered(meaning)) {
			return l, fmt.Errorf("--columns: %s is no meaning; want n, x, r, p50, p99, clients, think, offered, cpu (times with a unit, such as r_ms), or ignore", strconv.Quote(clip(meaning)))
		}
		c.weak = false
		l.columns = append(l.columns, c)
	}
	for h := range renamed {
		if !used[h] {
			return l, fmt.Errorf("--columns: there is no heading %s; there are %s", strconv.Quote(clip(h)), quoteAll(headings))
		}
	}
	return l, nil
}

// folded is a heading as --columns names it, however it is spaced.
func folded(h string) string { return strings.ToLower(strings.Join(strings.Fields(h), " ")) }

// assign picks a column for each role. Of several that can be the size it is the
// first of numbers that varies: what was scaled.
func (l *layout) assign(isNumber, varies func(i int) bool) error {
	l.at = map[role]int{}
	for i, c := range l.columns {
		if c.role == ignored || c.role == roleN {
			continue
		}
		old, taken := l.at[c.role]
		if !taken || l.columns[old].weak && !c.weak || c.role == roleTail && c.tail > l.columns[old].tail {
			l.at[c.role] = i
		}
	}
	l.assignSize(isNumber, varies)
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
		return fmt.Errorf("the columns are %s; %s", quoteAll(l.headings), wanted)
	}
	return nil
}

func (l *layout) assignSize(isNumber, varies func(i int) bool) {
	var servers, clients []int
	for i, c := range l.columns {
		switch {
		case c.role != roleN:
		case c.clients:
			clients = append(clients, i)
		case !c.weak:
			servers = append(servers, i)
		}
	}
	for i, c := range l.columns {
		if c.role == roleN && c.weak {
			servers = append(servers, i)
		}
	}
	sized := slices.Concat(servers, clients)
	if slices.ContainsFunc(sized, isNumber) {
		sized = slices.DeleteFunc(sized, func(i int) bool { return !isNumber(i) })
	}
	if len(sized) == 0 {
		return
	}
	pick := sized[0]
	if i := slices.IndexFunc(sized, varies); i >= 0 {
		pick = sized[i]
	}
	// Fixed clients with throughput and response: what was scaled is not here,
	// and the number in the system is made of both.
	fixed := l.columns[pick].clients && !varies(pick) && l.has(roleX) && (l.has(roleR) || l.has(roleP50))
	if !fixed {
		l.at[roleN] = pick
	}
	for _, i := range clients {
		if _, taken := l.at[roleClients]; !taken && (i != pick || fixed) {
			l.at[roleClients] = i
		}
	}
}

func (l layout) has(r role) bool { _, ok := l.at[r]; return ok }

func quoteAll(fields []string) string {
	var out []string
	for i, f := range fields {
		if i == 8 {
			out = append(out, "...")
			break
		}
		out = append(out, strconv.Quote(clip(f)))
	}
	return strings.Join(out, ", ")
}

func clip(s string) string {
	if all := []rune(s); len(all) > 30 {
		return string(all[:30]) + "..."
	}
	return s
}
