package sim

import (
	"context"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/k9mil/velocitas/model"
)

func referenceProfile(t testing.TB) *model.Profile {
	t.Helper()
	p, err := model.LoadProfile(t.Context(), "reference")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Whatever the scenario: what arrives is answered, fails or is inside; nothing
// takes negative time; every record is in one place; nobody uses more CPU than
// there is.
func TestConservation(t *testing.T) {
	profile := referenceProfile(t)
	rapid.Check(t, func(t *rapid.T) {
		s := randomScenario(t)
		profile.Generator.After = pick(t, "generator after", 0, 0.5, 1)
		cfg, err := build(s, profile, s.Instances[0])
		if err != nil {
			t.Fatal(err)
		}
		cfg.bySlow = rapid.Bool().Draw(t, "slow limits")
		watch(t, cfg)
	})
}

// watch runs a system in steps and looks after each at everything that must
// hold.
func watch(t *rapid.T, cfg *system) {
	e := startedEngine(tb(t), cfg, cfg.horizonNs, false)
	ended := int64(0)
	e.log.each = func(startNs, endNs int64, status uint8) {
		ended++
		if startNs < 0 || endNs < startNs || endNs != e.now || status >= outcomes {
			t.Fatalf("a request from %d to %d with status %d, now %d", startNs, endNs, status, e.now)
		}
	}
	e.happen() // recording begins, and what else happens at once
	// Clients that do not think have begun before.
	inside := e.log.inSystem + ended - e.log.offered
	const steps = 20
	for i := int64(1); i <= steps; i++ {
		at := cfg.horizonNs / steps * i
		if !e.run(at) {
			t.Fatal("the general path was left")
		}
		if got := inside + e.log.offered; got != ended+e.log.inSystem {
			t.Fatalf("%d arrived, %d ended and %d are inside", got, ended, e.log.inSystem)
		}
		everyRecordInOnePlace(t, e)
		if e.program != nil {
			visitsHold(t, e)
		}
		cpuWithinBounds(t, e)
	}
	sumsAddUp(t, e, ended)
}

// sumsAddUp checks the recorder against itself and the stations.
func sumsAddUp(t *rapid.T, e *engine, ended int64) {
	var byStatus, area int64
	for _, n := range e.log.status {
		byStatus += n
	}
	for _, a := range e.log.series {
		area += a
	}
	if byStatus != ended {
		t.Fatalf("%d by status, %d ended", byStatus, ended)
	}
	if (wide{low: uint64(area)}) != e.log.total() || area < 0 {
		t.Fatalf("∫ in system dt is %v, by bucket %d", e.log.total(), area)
	}
	if n := e.log.latency.TotalCount(); n != e.log.status[answered] {
		t.Fatalf("%d latencies of %d answers", n, e.log.status[answered])
	}
	var given int64
	stops := false
	for _, h := range e.cfg.timetable {
		stops = stops || h.do == stop || h.do == failAll
	}
	for i := range e.log.given {
		given += e.log.given[i]
		s := &e.stations[i]
		// Whoever was given was in service, or waits for it, or went down with
		// the instance while waiting, or was answered an error at once.
		if e.program != nil {
			continue // enters for each step
		}
		if entered := int64(s.seq) + int64(s.inside()-len(s.service)); entered > e.log.given[i] || (!stops && entered < e.log.given[i]) {
			t.Fatalf("instance %d was given %d requests, %d of them entered", i+1, e.log.given[i], entered)
		}
	}
	if given < e.log.status[answered] {
		t.Fatalf("%d answers to %d attempts", e.log.status[answered], given)
	}
}

// Where a record can be; each is in just one of these, besides delays that time
// it out.
type places struct {
	free, inStation, thinking, waiting []bool
}

// everyRecordInOnePlace walks all lists and wants each record to be free, in a
// station, thinking, or waiting in a delay, whichever its stage says.
func everyRecordInOnePlace(t *rapid.T, e *engine) {
	p := findRecords(t, e)
	inSystem := int64(0)
	for i := range e.requests.n {
		r := e.requests.at(i)
		wantStation := r.stage == generating || r.stage == reading || r.stage == serving || r.stage == answering || r.stage == abandoned || r.stage == unread || r.stage == closing
		wantDelay := r.stage == synDropped || r.stage == connecting || r.stage == travelling || r.stage == returning
		if e.program != nil && !p.free[i] && e.visits[i].live {
			// Where a visit is says visitsHold.
			if r.stage == serving {
				inSystem++
			}
			continue
		}
		switch {
		case p.free[i]:
			if p.inStation[i] || p.thinking[i] || p.waiting[i] {
				t.Fatalf("record %d is free and in use", i)
			}
		case p.inStation[i] != wantStation, !wantStation && p.waiting[i] == p.thinking[i], wantDelay && !p.waiting[i]:
			t.Fatalf("record %d in stage %d: in a station %v, thinking %v, waiting %v", i, r.stage, p.inStation[i], p.thinking[i], p.waiting[i])
		case r.stage == abandoned || r.stage == unread:
			if r.bound || p.waiting[i] {
				t.Fatalf("record %d is abandoned but keeps a connection (%v) or waits (%v)", i, r.bound, p.waiting[i])
			}
		case !p.thinking[i] && r.stage != closing && r.links[clientSide].delay != e.delayRefused:
			inSystem++
		}
	}
	if inSystem != e.log.inSystem {
		t.Fatalf("%d records are in the system, which says %d", inSystem, e.log.inSystem)
	}
}

func findRecords(t *rapid.T, e *engine) places {
	n := int(e.requests.n)
	p := places{make([]bool, n), make([]bool, n), make([]bool, n), make([]bool, n)}
	mark := func(in []bool, req int32, what string) {
		if in[req] {
			t.Fatalf("record %d is twice %s", req, what)
		}
		in[req] = true
	}
	for i := e.free; i != none; i = e.requests.at(i).links[clientSide].next {
		mark(p.free, i, "free")
	}
	jobs := make([]int, len(e.listen.jobs))
	for i := range e.stations {
		s := &e.stations[i]
		for _, j := range s.service {
			mark(p.inStation, j.req, "in a station")
		}
		for _, r := range []*ring{&s.waiting, &s.polling.pending} {
			for k := range r.size {
				mark(p.inStation, r.buf[(r.head+k)&uint32(len(r.buf)-1)], "in a station")
			}
		}
		if w := i - int(e.instances); w >= 0 && w < len(jobs) {
			jobs[w] = s.inside()
		}
	}
	for w, n := range jobs {
		if int(e.listen.jobs[w]) != n || e.listen.busy[w] != (n > 0) {
			t.Fatalf("worker %d has %d jobs, the accept queue says %d, busy %v", w, n, e.listen.jobs[w], e.listen.busy[w])
		}
	}
	for c := range e.users {
		if e.tree.at(e.firstUser+int32(c)) != never {
			mark(p.thinking, e.users[c].req, "thinking")
		}
	}
	findInDelays(t, e, &p)
	return p
}

// findInDelays walks every delay from end to end.
func findInDelays(t *rapid.T, e *engine, p *places) {
	linked := 0
	for i := range e.delays {
		l := &e.delays[i]
		last, due := none, int64(0)
		for r := l.head; r != none; r = e.requests.at(r).links[l.side].next {
			k := &e.requests.at(r).links[l.side]
			if int(k.delay) != i || k.prev != last || k.due < due || k.due < e.now || p.free[r] {
				t.Fatalf("record %d in delay %d: %+v after record %d, due %d, now %d, free %v", r, i, *k, last, due, e.now, p.free[r])
			}
			last, due = r, k.due
			linked++
			if at := int16(i); (at < e.firstPatience || at >= e.endPatience) && at != e.delayReadTimeout {
				p.waiting[r] = true
			}
		}
		if l.tail != last {
			t.Fatalf("delay %d ends with record %d, its tail is %d", i, last, l.tail)
		}
		if l.head != none && (!l.armed || e.tree.at(l.source) > keyOf(e.requests.at(l.head).links[l.side].due, l.source)) {
			t.Fatalf("delay %d is not armed for its first", i)
		}
	}
	for r := range e.requests.n {
		for side := range e.requests.at(r).links {
			if !p.free[r] && e.requests.at(r).links[side].delay >= 0 {
				linked--
			}
		}
	}
	if linked != 0 {
		t.Fatalf("%d records in delays more than say so", linked)
	}
}

// cpuWithinBounds wants every station and host to have used no more than it
// has, up to a nanosecond for each event that is rounded up to one.
func cpuWithinBounds(t *rapid.T, e *engine) {
	onHost := make([]float64, len(e.hosts))
	for i := range e.stations {
		s := &e.stations[i]
		most := cores(s.speeds.most()) + 1 // background work beside it
		if s.usedNs < 0 || s.usedNs > most*float64(e.now)*(1+1e-9) || math.IsNaN(s.usedNs) {
			t.Fatalf("station %d used %v ns of CPU in %d ns", i, s.usedNs, e.now)
		}
		if s.quota.limited {
			periods, perNs := float64(e.now/s.quota.periodNs+2), s.quota.perNs
			if e.cfg.bySlow && i < len(e.cfg.stations) { // a quota that is set is full again
				periods += float64(len(e.cfg.timetable))
				perNs = mostQuota(e.cfg, i)
			}
			// What is overstepped is owed to the next period, unless something
			// happens that forgives it.
			over := s.quota.overNs * float64(1+len(e.cfg.timetable))
			if s.usedNs > (perNs+2*most)*periods+over {
				t.Fatalf("station %d used %v ns of CPU in %v periods of %v, and %v more", i, s.usedNs, periods, perNs, over)
			}
		}
		onHost[s.host] += s.usedNs
	}
	for h, used := range onHost {
		if c := e.hosts[h].cores; c != 0 && used > cores(c)*float64(e.now)*(1+1e-9)+1 {
			t.Fatalf("host %d of %v cores used %v ns of CPU in %d ns", h, cores(c), used, e.now)
		}
	}
	for h := range e.hosts {
		queuesHold(t, e, &e.hosts[h])
	}
}

// mostQuota is the most that a period ever allows, since a factor below 1 makes
// faster.
func mostQuota(cfg *system, station int) float64 {
	spec, least := cfg.stations[station], 1.0
	for _, h := range cfg.timetable {
		if h.do == slowDown {
			least = math.Min(least, h.factor)
		}
	}
	return (spec.quotaNs + spec.idleNs) / least
}

// queuesHold wants every task that wants something in one queue, no core idle
// while two share another, and no core to give away more than it has.
func queuesHold(t *rapid.T, e *engine, h *host) {
	empty, longest, queued := 0, int32(0), int32(0)
	for k := range h.queues {
		q := &h.queues[k]
		n, got := int32(0), int64(0)
		for id := q.head; id != none; id = e.tasks[id].next {
			if e.tasks[id].queue != int32(k) || e.tasks[id].want <= 0 || e.tasks[id].got > e.tasks[id].want {
				t.Fatalf("core %d has %+v", k, e.tasks[id])
			}
			n, got = n+1, got+e.tasks[id].got
		}
		if n != q.tasks || got > h.room() || q.touched {
			t.Fatalf("core %d has %d tasks that get %d of %d: %+v", k, n, got, h.room(), q)
		}
		if n == 0 {
			empty++
		}
		longest, queued = max(longest, n), queued+n
	}
	wanted := int32(0)
	for _, id := range h.stations {
		if h.cores != 0 {
			wanted += tasksOf(e.stations[id].want)
		}
	}
	if empty != h.empty || empty > 0 && longest > 1 || queued != wanted {
		t.Fatalf("of %d queues %d are empty, not %d; the longest has %d tasks, all have %d of %d", len(h.queues), empty, h.empty, longest, queued, wanted)
	}
}

// No instance gets more than its limit in any period of its own, or than that and
// what it may overstep it by.
func TestQuotaOfEveryPeriod(t *testing.T) {
	profile := referenceProfile(t)
	rapid.Check(t, func(t *rapid.T) {
		s := randomScenario(t)
		s.Instance.CPUs, s.Overrides = pick(t, "limit", 0.05, 0.3, 1.5), nil
		cfg, err := build(s, profile, s.Instances[0])
		if err != nil {
			t.Fatal(err)
		}
		overNs := pick(t, "overrun", 0.0, 3e6)
		for i := range cfg.stations {
			cfg.stations[i].overNs = overNs
		}
		e := startedEngine(tb(t), cfg, cfg.horizonNs, false)
		station := &e.stations[rapid.IntRange(0, int(e.instances)-1).Draw(t, "watched")]
		most := cores(station.speeds.most()) + 1
		before := 0.0
		for at := station.quota.boundary; at < cfg.horizonNs; at += station.quota.periodNs {
			e.until(at)
			e.now = at
			station.advance(at)
			if used := station.usedNs - before; used > station.quota.perNs+overNs+2*most {
				t.Fatalf("in the period that ends at %d it used %v ns of %v and %v", at, used, station.quota.perNs, overNs)
			}
			before = station.usedNs
		}
	})
}

// When the load ends and all instances work, everything comes to rest: nothing
// is left in any list.
func TestComesToRest(t *testing.T) {
	profile := referenceProfile(t)
	rapid.Check(t, func(t *rapid.T) {
		s := randomScenario(t)
		s.Load.Kind, s.Load.Arrivals, s.Load.Rate, s.Load.RatePerInstance = "open", "trace", 0, 0
		s.Load.Shape, s.Load.ClientsPerInstance, s.Load.Think, s.Load.ThinkDistribution = nil, 0, 0, ""
		s.Load.TraceS = []float64{0}
		for range 200 {
			s.Load.TraceS = append(s.Load.TraceS, s.Load.TraceS[len(s.Load.TraceS)-1]+pick(t, "gap", 0, 0.001, 0.01))
		}
		const rest = int64(3600e9) // beyond every timeout and SYN retry
		cfg, err := build(s, profile, s.Instances[0])
		if err != nil {
			t.Fatal(err)
		}
		cfg.bySlow = rapid.Bool().Draw(t, "slow limits")
		for i := range cfg.stations { // whatever happened before
			cfg.timetable = append(cfg.timetable, happening{atNs: cfg.horizonNs, do: start, instance: int32(i)})
		}
		for k := range cfg.tierStations() {
			cfg.timetable = append(cfg.timetable, happening{atNs: cfg.horizonNs, do: start, station: int32(k + 1)})
		}
		cfg.sortTimetable()
		e := startedEngine(tb(t), cfg, 2*rest, false)
		e.until(rest)
		e.now = rest
		everyRecordInOnePlace(t, e)
		if e.program != nil {
			visitsHold(t, e)
			for i := range e.places {
				if p := &e.places[i]; p.inside != 0 || p.busy != 0 {
					t.Fatalf("place %d has %d inside, %d at work", i, p.inside, p.busy)
				}
			}
		}
		for i := range e.stations {
			if n := e.stations[i].inside(); n != 0 {
				t.Fatalf("station %d has %d requests left", i, n)
			}
		}
		for i := range e.delays {
			if e.delays[i].head != none {
				t.Fatalf("delay %d is not empty", i)
			}
		}
		if e.log.inSystem != 0 || e.listen.queue != 0 {
			t.Fatalf("%d in system, %d at the accept queue", e.log.inSystem, e.listen.queue)
		}
	})
}

// A whole prediction of a random scenario neither fails nor panics, and its
// figures are numbers.
func TestPredictsAnything(t *testing.T) {
	profile := referenceProfile(t)
	rapid.Check(t, func(t *rapid.T) {
		s := randomScenario(t)
		s.Replications, s.MaxReplications = 2, 2
		curve, err := Run(context.Background(), Input{Scenario: s, Profile: profile, Version: "test"})
		if err != nil {
			t.Fatal(err)
		}
		p := curve.Points[0]
		for _, x := range []float64{p.ThroughputRps.Value, p.InSystem.Value, p.LatencyMs.Mean.Value, p.LatencyMs.P99.Value,
			p.Utilisation.Host.Value, p.Utilisation.Instances.Value, p.Utilisation.Balancer.Value, p.Errors.Rate.Value} {
			if x < 0 || math.IsNaN(x) || math.IsInf(x, 0) {
				t.Fatalf("a figure is %v: %+v", x, p)
			}
		}
		for _, u := range []float64{p.Utilisation.Host.Value, p.Utilisation.Balancer.Value, p.Errors.Rate.Value} {
			if u > 1+1e-6 {
				t.Fatalf("%v of what there is: %+v", u, p.Utilisation)
			}
		}
	})
}
