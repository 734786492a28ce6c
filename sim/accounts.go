package sim

import (
	"context"
	"fmt"
	"time"
)

// Account is what a part of the system has used of the processor by an instant, as
// the counters of a container's cgroup have it.
type Account struct {
	AtNs   int64  // since the start of load
	Name   string // web_1 is the first instance, db_1 the first station of a tier db; nginx; generator
	UsedNs int64  // CPU time so far
	// Periods of the CPU limit so far, and those in which it struck.
	Periods, ThrottledPeriods int64
}

// RequestsAndAccounts is [Requests] that also tells of the accounts of all parts,
// at the start of load and at each multiple of every.
func RequestsAndAccounts(ctx context.Context, in Input, n int, every time.Duration, tell func(Request), account func(Account)) (warmUp time.Duration, err error) {
	if every <= 0 {
		return 0, fmt.Errorf("accounts every %v: wants a time above 0", every)
	}
	return requests(ctx, in, n, func(cfg *system) {
		cfg.told, cfg.account, cfg.accountNs = tell, account, int64(every)
	})
}

// runWithAccounts is run with stops at which accounts are read.
func (e *engine) runWithAccounts(horizonNs int64) bool {
	for at := int64(0); at < horizonNs; at += e.cfg.accountNs {
		if !e.advanceTo(at) {
			return false
		}
		e.now = at
		e.settle()
		e.tellAccounts()
	}
	return e.run(horizonNs)
}

func (e *engine) tellAccounts() {
	used := e.usage()
	tell := func(name string, stations []usage) {
		a := Account{AtNs: e.now, Name: name}
		for _, u := range stations {
			a.UsedNs += int64(u.cpuNs)
			a.Periods += u.periods
			a.ThrottledPeriods += u.strikes
		}
		e.cfg.account(a)
	}
	n := int(e.instances)
	for i := range n {
		tell(fmt.Sprintf("web_%d", i+1), used[i:i+1])
	}
	proxy := n + max(1, e.cfg.proxy.Workers)
	tell("nginx", used[n:proxy])
	if proxy < int(e.tiers) {
		tell("generator", used[proxy:e.tiers])
	}
	if e.program == nil {
		return
	}
	next := int(e.tiers)
	for i := range e.program.tiers {
		t := &e.program.tiers[i]
		for k := range t.count {
			tell(fmt.Sprintf("%s_%d", t.name, k+1), used[next:next+1])
			next++
		}
	}
}
