package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/k9mil/velocitas/live/load/cputime"
)

// Clients are those of a closed load: each sends, waits for the answer, thinks
// and sends again.
type Clients struct {
	// Count is how many there are, at least 1.
	Count int
	// Think is the time between an answer and the client's next request; its
	// mean where Exponential is set, else the same every time.
	Think       time.Duration
	Exponential bool
	// Seed gives every client its own stream of think times.
	Seed uint64
}

func (k Clients) validate() error {
	switch {
	case k.Count < 1:
		return fmt.Errorf("load: %d clients: want at least 1", k.Count)
	case k.Think < 0:
		return fmt.Errorf("load: think time %v: want 0 or more", k.Think)
	}
	return nil
}

// thinkTimes is the stream of one client.
func (k Clients) thinkTimes(client int) func() time.Duration {
	if !k.Exponential || k.Think == 0 {
		return func() time.Duration { return k.Think }
	}
	stream := rand.New(rand.NewPCG(k.Seed, uint64(client)))
	return func() time.Duration { return time.Duration(stream.ExpFloat64() * float64(k.Think)) }
}

// Closed lets the clients ask until the given time since the start is over,
// then waits for what is still out. Latency counts from the send; the intended
// instant of a request is the last answer plus the think time.
//
// Errors are as in [Open].
func Closed(ctx context.Context, c Config, k Clients, until time.Duration) (*Run, error) {
	c, err := c.validate()
	if err != nil {
		return nil, err
	}
	if err := k.validate(); err != nil {
		return nil, err
	}
	if until <= 0 {
		return nil, fmt.Errorf("load: closed load for %v: want more than 0", until)
	}
	c.MaxInside = max(c.MaxInside, k.Count)
	http, end := client(ctx, c)
	defer end()

	run := &Run{Bound: c.Bound, Clients: k.Count, Think: k.Think, PlannedFor: until}
	cpu := cputime.Process()
	run.Began = time.Now()
	asked := make([][]Record, k.Count)
	var all sync.WaitGroup
	for i := range asked {
		pacer := &clientPacer{ctx: ctx, clock: wallClock{run.Began}, until: until,
			think: k.thinkTimes(i), answered: make(chan time.Duration, 1)}
		attacker := vegeta.NewAttacker(vegeta.Client(http), vegeta.MaxBody(0), vegeta.Workers(1), vegeta.MaxWorkers(1))
		all.Go(func() { asked[i] = runClient(attacker, c, i, pacer, run.Began) })
	}
	all.Wait()
	for _, records := range asked {
		run.Records = append(run.Records, records...)
	}
	run.finish(cpu)
	return run, ctx.Err()
}

// runClient is one client's life.
func runClient(a *vegeta.Attacker, c Config, client int, p *clientPacer, origin time.Time) []Record {
	var records []Record
	for result := range a.Attack(c.targeter(client), p, 0, "") {
		rec := record(result, origin, p.due[result.Seq], result.Timestamp.Sub(origin), c)
		records = append(records, rec)
		p.answered <- rec.Sent + rec.Latency
	}
	return records
}
