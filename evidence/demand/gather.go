package demand

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/k9mil/velocitas/evidence"
)

// Names tell whose accounts are whose.
type Names struct {
	// Service is the name that the instances' containers have in common, such as
	// the compose service's; "" finds it out.
	Service string
	// Tiers are the services that the instances call; nil takes whatever has an
	// account and is neither the instances nor a proxy.
	Tiers []string
}

// Gathered is what files hold.
type Gathered struct {
	Input
	// Addresses are the instances', in the order in which they appear.
	Addresses []string
	// Methods are the HTTP methods of the classes.
	Methods []string
	Service string // whose accounts were taken for the instances', "" for none
	Rate    float64
	Seconds float64 // from the first request to the last
	Log     *evidence.Result
	Notes   []string
	Failed  int64
	// SeenLimit is an instance's CPU limit in cores as throttling shows it, 0 where
	// it does not.
	SeenLimit float64
}

// Bounds: how many requests are looked at, how many classes are told apart, and
// which share of the requests one has at least.
const (
	requestsMost = 3_000_000
	classesMost  = 8
	classShare   = 0.005
)

// Others are what smaller classes are together.
const Others = "others"

// Gather reads a log, and puts it beside the accounts. Errors are the readers'.
func Gather(ctx context.Context, log *evidence.Source, o evidence.Options, accounts []*evidence.Accounts, names Names) (*Gathered, error) {
	g := &Gathered{}
	c := collector{g: g, classes: map[string]int32{}, addresses: map[string]int32{}}
	var err error
	if g.Log, err = evidence.Requests(ctx, log, o, c.add); err != nil {
		return nil, err
	}
	if len(g.Requests) == 0 {
		return nil, fmt.Errorf("%s: %w", log.Name, errNoRequests)
	}
	c.close()
	g.accounts(accounts, names)
	return g, nil
}

// collector collects requests.
type collector struct {
	g              *Gathered
	classes        map[string]int32
	names, methods []string
	counts         []int
	addresses      map[string]int32
	name           []byte
	retried        int64
	beyond         int64
	clients        int64 // whose time is the client's, not the instance's
}

func (c *collector) add(q *evidence.Request) {
	if q.Failed {
		c.g.Failed++
		return
	}
	if q.EndNs < 0 || q.TookNs < 0 {
		return
	}
	if len(c.g.Requests) == requestsMost {
		c.beyond++
		return
	}
	r := Request{TookNs: q.TookNs, Instance: -1}
	if n := len(q.Tries); n > 0 {
		last := q.Tries[n-1]
		r.Instance = c.address(last.Addr)
		if last.ResponseNs >= 0 {
			r.TookNs = last.ResponseNs
		} else {
			c.clients++
		}
		if n > 1 {
			c.retried++
		}
	} else {
		c.clients++
	}
	r.StartNs = q.EndNs - r.TookNs
	r.Class = c.class(q)
	c.g.Requests = append(c.g.Requests, r)
}

func (c *collector) class(q *evidence.Request) int32 {
	c.name = q.AppendClass(c.name[:0])
	i, ok := c.classes[string(c.name)]
	if !ok {
		i = int32(len(c.names))
		c.classes[string(c.name)] = i
		c.names = append(c.names, string(c.name))
		c.methods = append(c.methods, string(q.Method))
		c.counts = append(c.counts, 0)
	}
	c.counts[i]++
	return i
}

func (c *collector) address(addr []byte) int32 {
	i, ok := c.addresses[string(addr)]
	if !ok {
		i = int32(len(c.g.Addresses))
		c.addresses[string(addr)] = i
		c.g.Addresses = append(c.g.Addresses, string(addr))
	}
	return i
}

// close keeps the classes that matter, the largest first, and makes one of the rest.
func (c *collector) close() {
	g := c.g
	order := make([]int, len(c.names))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if c.counts[a] != c.counts[b] {
			return c.counts[b] - c.counts[a]
		}
		return strings.Compare(c.names[a], c.names[b])
	})
	to := make([]int32, len(c.names))
	small := 0
	for _, i := range order {
		if len(g.Classes) < classesMost && float64(c.counts[i]) >= classShare*float64(len(g.Requests)) {
			to[i] = int32(len(g.Classes))
			g.Classes, g.Methods = append(g.Classes, c.names[i]), append(g.Methods, c.methods[i])
			continue
		}
		to[i], small = -1, small+1
	}
	if small > 0 {
		for i := range to {
			if to[i] < 0 {
				to[i] = int32(len(g.Classes))
			}
		}
		g.Classes, g.Methods = append(g.Classes, Others), append(g.Methods, "GET")
	}
	first, last := g.Requests[0].StartNs, g.Requests[0].StartNs
	for i := range g.Requests {
		q := &g.Requests[i]
		q.Class = to[q.Class]
		first, last = min(first, q.StartNs), max(last, q.StartNs)
	}
	if g.Seconds = float64(last-first) / 1e9; g.Seconds > 0 {
		g.Rate = float64(len(g.Requests)+int(g.Failed)) / g.Seconds
	}
	c.notes(first)
}

func (c *collector) notes(first int64) {
	g := c.g
	note := func(format string, args ...any) { g.Notes = append(g.Notes, fmt.Sprintf(format, args...)) }
	all := float64(len(g.Requests))
	if c.beyond > 0 {
		note("only the first %d requests were looked at; --from and --to choose others", requestsMost)
	}
	if c.clients > 0 {
		note("%.0f %% of the requests have no time of the upstream ($upstream_response_time): the whole request's was taken, which has the client's network in it", 100*float64(c.clients)/all)
	}
	if part := float64(c.retried) / all; part > 0.001 {
		note("%.2g %% of the requests were tried at more than one instance; the last one's time was taken", 100*part)
	}
	if part := float64(g.Failed) / (all + float64(g.Failed)); part > 0.001 {
		note("%.2g %% of the requests failed and were left out; their CPU time is counted to those that did not", 100*part)
	}
}

var (
	numbered  = regexp.MustCompile(`[-_.][0-9]+$`)
	bystander = regexp.MustCompile(`(?i)(nginx|haproxy|traefik|envoy|caddy|openresty|generator|loadgen|k6|vegeta|locust|prometheus|grafana|cadvisor)`)
	store     = regexp.MustCompile(`(?i)(^db|database|postgres|^pg|mysql|mariadb|mongo|redis|valkey|memcached|cassandra|elastic|opensearch|rabbit|kafka|nats|cache|queue|stub)`)
	recorded  = regexp.MustCompile(`^host(_|$)`)
)

// kindOf is a container's name without its number, and without the project's where
// a service's name follows.
func kindOf(name string, services []string) string {
	base := numbered.ReplaceAllString(strings.TrimPrefix(name, "/"), "")
	for _, s := range services {
		if s != "" && (base == s || strings.HasSuffix(base, "-"+s) || strings.HasSuffix(base, "_"+s)) {
			return s
		}
	}
	return base
}

// accounts takes the series of all files, and tells the instances' from the tiers'.
func (g *Gathered) accounts(files []*evidence.Accounts, names Names) {
	services := append([]string{names.Service}, names.Tiers...)
	count := map[string]int{}
	for _, f := range files {
		for _, s := range f.Series {
			kind := kindOf(s.Name, services)
			if recorded.MatchString(kind) || len(s.Samples) < 2 {
				continue
			}
			a := Account{Kind: kind}
			var sum float64
			for i, x := range s.Samples {
				if x.UsedNs < 0 && i > 0 { // cores in use, not sums
					sum += (x.Busy + s.Samples[i-1].Busy) / 2 * float64(x.AtNs-s.Samples[i-1].AtNs)
				}
				used := x.UsedNs
				if used < 0 {
					used = int64(sum)
				}
				if n := len(a.AtNs); n > 0 && (x.AtNs <= a.AtNs[n-1] || used < a.UsedNs[n-1]) {
					continue
				}
				a.AtNs, a.UsedNs = append(a.AtNs, x.AtNs), append(a.UsedNs, used)
			}
			if len(a.AtNs) < 2 {
				continue
			}
			a.Throttled, a.limit = throttled(s.Samples), limitSeen(s.Samples)
			count[kind]++
			g.Accounts = append(g.Accounts, a)
		}
	}
	g.Service = g.instances(count, names)
	g.date()
	for i := range g.Accounts {
		a := &g.Accounts[i]
		switch {
		case a.Kind == g.Service:
			a.Kind = ""
			g.SeenLimit = max(g.SeenLimit, a.limit)
		case !slices.Contains(g.Tiers, a.Kind) && (slices.Contains(names.Tiers, a.Kind) || names.Tiers == nil && !bystander.MatchString(a.Kind)):
			g.Tiers = append(g.Tiers, a.Kind)
		}
	}
}

// throttled is the share of the periods of an account that its limit cut short, 0
// where it does not say.
func throttled(list []evidence.CPUSample) float64 {
	first, last := list[0], list[len(list)-1]
	periods := last.Periods - first.Periods
	if first.Periods < 0 || first.ThrottledPeriods < 0 || periods <= 0 || last.ThrottledPeriods < first.ThrottledPeriods {
		return 0
	}
	return float64(last.ThrottledPeriods-first.ThrottledPeriods) / float64(periods)
}

// limitSeen is the CPU limit in cores that throttling shows: what was used while
// nearly every period was cut short, in twentieths of a core; 0 where that is too
// rarely so.
func limitSeen(list []evidence.CPUSample) float64 {
	var cores []float64
	for i := 1; i < len(list); i++ {
		a, b := list[i-1], list[i]
		periods, struck := b.Periods-a.Periods, b.ThrottledPeriods-a.ThrottledPeriods
		if a.Periods < 0 || a.UsedNs < 0 || b.UsedNs < a.UsedNs || b.AtNs <= a.AtNs || periods < 2 || 10*struck < 9*periods {
			continue
		}
		cores = append(cores, float64(b.UsedNs-a.UsedNs)/float64(b.AtNs-a.AtNs))
	}
	const enough = 5
	if len(cores) < enough {
		return 0
	}
	slices.Sort(cores)
	return math.Round(cores[len(cores)/2]*20) / 20
}

// undatedNs is before any date that an account may have, and after any time since
// the beginning of a recording.
const undatedNs = 1_000_000_000 * 1_000_000_000

// date moves accounts without dates to where they go best with the log, or to where
// it begins where that is not plain.
func (g *Gathered) date() {
	begin := int64(undatedNs)
	for _, a := range g.Accounts {
		begin = min(begin, a.AtNs[0])
	}
	if begin == undatedNs || !g.Log.Dated {
		return
	}
	first := g.Requests[0].StartNs
	for _, q := range g.Requests {
		first = min(first, q.StartNs)
	}
	var own []*Account
	for i := range g.Accounts {
		if a := &g.Accounts[i]; a.Kind == g.Service && a.AtNs[0] < undatedNs {
			own = append(own, a)
		}
	}
	by, plain := align(g.Requests, own)
	if !plain {
		by = first - begin
	}
	for _, a := range g.Accounts {
		if a.AtNs[0] >= undatedNs {
			continue
		}
		for i := range a.AtNs {
			a.AtNs[i] += by
		}
	}
	if plain {
		g.Notes = append(g.Notes, fmt.Sprintf("the CPU accounts have no dates; what was used goes best with what was served if they began %.1f s %s the first request",
			math.Abs(float64(begin+by-first))/1e9, map[bool]string{true: "before", false: "after"}[begin+by < first]))
		return
	}
	g.Notes = append(g.Notes, "the CPU accounts have no dates; they are taken to begin with the first request of the log")
}

// instances is the kind of the instances' accounts: the one that is named, or else
// the one of which there are as many as addresses in the log, the busiest of several.
func (g *Gathered) instances(count map[string]int, names Names) string {
	if names.Service != "" {
		if count[names.Service] > 0 {
			return names.Service
		}
		return ""
	}
	best, most := "", int64(-1)
	for _, kind := range sorted(count) {
		if store.MatchString(kind) && len(count) > 1 {
			continue
		}
		if bystander.MatchString(kind) || len(g.Addresses) > 0 && count[kind] != len(g.Addresses) {
			continue
		}
		used := int64(0)
		for _, a := range g.Accounts {
			if a.Kind == kind {
				used += a.UsedNs[len(a.UsedNs)-1] - a.UsedNs[0]
			}
		}
		if used > most {
			best, most = kind, used
		}
	}
	return best
}
