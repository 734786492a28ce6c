package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/k9mil/velocitas/model"
	"github.com/k9mil/velocitas/scenarios"
	"github.com/k9mil/velocitas/scenarios/balancing"
)

// extremes are keys with the least and the most that each may be, and what lies
// between: a walk through them meets what nobody would think of.
var extremes = []struct {
	key    string
	values []string
}{
	{"duration", []string{"1ms", "1s", "1m", "4h45m"}},
	{"warm_up", []string{"auto", "0s", "1ns"}},
	{"replications", []string{"1", "3", "10000"}},
	{"precision", []string{"0", "1e-9", "1"}},
	{"instances", []string{"1-1", "7-7", "1,100,10000", "10000-10000"}},
	{"speed", []string{"0.01", "1", "100"}},
	{"load.retries", []string{"0", "1", "100"}},
	{"load.retry_errors", []string{"true"}},
	{"load.timeout", []string{"1ns", "1ms", "24h"}},
	{"load.backoff", []string{"0s", "1ns", "24h"}},
	{"load.backoff_factor", []string{"1", "100"}},
	{"load.networks", []string{"1", "16777216"}},
	{"load.hash_keys", []string{"1", "1073741824"}},
	{"balancer.policy", balancing.Names()},
	{"balancer.workers", []string{"1", "64", "1024"}},
	{"balancer.zone", []string{"true"}},
	{"balancer.accept", []string{"reuseport"}},
	{"balancer.max_fails", []string{"0", "1", "1000000"}},
	{"balancer.fail_timeout", []string{"0s", "24h"}},
	{"balancer.max_conns", []string{"1", "1000000"}},
	{"balancer.next_upstream", []string{`["off"]`, "[error, timeout, http_500, http_502, http_503, http_504]"}},
	{"balancer.next_upstream_tries", []string{"1", "1000000"}},
	{"balancer.connect_timeout", []string{"1ms", "24h"}},
	{"balancer.read_timeout", []string{"1ms", "24h"}},
	{"balancer.worker_connections", []string{"4", "10000000"}},
	{"balancer.backlog", []string{"1", "10000000"}},
	{"balancer.keepalive", []string{"1", "1000000"}},
	{"balancer.cost", []string{"0s", "1ns", "1h"}},
	{"balancer.connect", []string{"0s", "1ns", "1h"}},
	{"instance.keys", []string{"1", "100000"}},
	{"instance.write", []string{"batch"}},
	{"instance.demand", []string{"1us", "1h", "{distribution: lognormal, mean: 1h, cv: 100}", "{distribution: exponential, mean: 1us}"}},
	{"instance.discipline", []string{"fifo"}},
	{"instance.cpus", []string{"0.01", "1024"}},
	{"instance.period", []string{"1ms", "1s"}},
	{"instance.threads", []string{"2", "1024"}},
	{"instance.max_inside", []string{"1", "10000000"}},
	{"host.count", []string{"2", "10000"}},
	{"host.cores", []string{"0.01", "1", "4096"}},
	{"host.balancer", []string{"shared"}},
	{"host.generator", []string{"shared"}},
	{"overrides", []string{`[{instances: "1-256", slow: 1000}]`, `[{instances: "1-2", slow: 0.001, weight: 65535}]`, `[{instances: "1", down: true}]`, `[{instances: "1-3", cpus: 0.01, max_fails: 0}]`}},
	{"events", []string{`[{at: 0s, instance: 1, do: stop}, {at: 0s, instance: 2, do: vanish}]`, `[{at: 1us, instance: 1, do: pause, for: 1ns}]`, `[{at: 0s, instance: 1, do: slow, factor: 0.001}]`}},
}

// ofTheStore are keys that a service in steps has no use for.
var ofTheStore = []string{"instance.keys", "instance.write", "instance.demand", "instance.discipline", "instance.threads"}

// loads are who may ask; one of them is needed.
var loads = []string{
	"rate: 0.000001", "rate: 100", "rate: 10000000", "rate_per_instance: 1000", "rate_per_instance: 10000000, arrivals: constant",
	"clients: 1", "clients: 1000000", "clients: 1000, think: 1ns", "clients_per_instance: 100, think: 24h", "clients: 1000000, think: 1ms, think_distribution: constant",
	"rate: 1, shape: {kind: sine, period: 1ms, amplitude: 1}", "rate: 100, shape: {kind: flash, at: 0s, factor: 10000, hold: 1h}",
	"rate: 0.001, shape: {kind: ramp, from: 0, to: 10000, start: 0s, end: 1s}", "rate: 1000, shape: {kind: steps, steps: [{at: 0s, factor: 0}]}",
}

// somebodysService draws a service in steps with its tiers, each number at its
// bounds or between.
func somebodysService(rnd *rand.Rand) string {
	one := func(of ...string) string { return of[rnd.IntN(len(of))] }
	maybe := func(part string) string {
		if rnd.IntN(3) > 0 {
			return ""
		}
		return ", " + part
	}
	length := func() string {
		return one("0s", "1us", "4ms", "1h", "{mean: 1ms, cv: 100}", "{distribution: exponential, mean: 1s}", "{min: 0s, max: 24h}", "{p50: 1us, p99: 1h}")
	}
	var step func(deep int) string
	steps := func(deep int) string {
		all := step(deep)
		for range rnd.IntN(4) {
			all += ", " + step(deep)
		}
		return all
	}
	step = func(deep int) string {
		more := maybe("share: "+one("0.000001", "1%", "99.9999%")) + maybe("times: "+one("1", "3", "1000"))
		switch kind := rnd.IntN(7); {
		case kind == 0:
			return "{wait: " + length() + more + "}"
		case kind <= 2:
			return "{call: " + one("near.read", "far.write") + more + "}"
		case kind == 3:
			return "{lock: {name: " + one("a", "b") + maybe("of: all") + ", hold: " + length() + "}" + more + "}"
		case kind == 4 && deep > 0:
			return "{parallel: [" + steps(deep-1) + "]" + more + "}"
		case kind == 5 && deep > 0:
			return "{lock: {name: " + one("c", "d") + maybe("of: all") + ", steps: [" + steps(deep-1) + "]}" + more + "}"
		}
		return "{cpu: " + length() + more + "}"
	}
	limits := func() string {
		return maybe("workers: "+one("1", "7", "10000")+maybe("queue: "+one("0", "1", "1000000"))) + maybe("threads: "+one("1", "1024"))
	}
	tier := func() string {
		return "cpus: " + one("0", "0.01", "1", "1024") + limits() + maybe("instances: "+one("1", "100")) +
			maybe("pool: "+one("1", "10000")+maybe("pool_timeout: "+one("1ns", "24h"))) + maybe("connections: "+one("1", "1000000"))
	}
	return "service: {requests: {one: {share: 30%, steps: [{call: near.read}, " + steps(2) + "]}, other: {share: 70%, steps: [{call: far.write}, " + steps(2) + "]}}" + limits() + maybe("full: refuse") + "}\n" +
		"tiers: {near: {" + tier() + ", operations: {read: " + length() + "}}, " +
		"far: {" + tier() + ", operations: {write: {steps: [{cpu: " + length() + "}, {call: near.read}]}}}}\n"
}

// extreme draws a scenario; nil if the reader refuses it, which it says in one line.
func extreme(t *testing.T, rnd *rand.Rand) (*scenarios.Scenario, string) {
	inside := map[string][]string{"load": {loads[rnd.IntN(len(loads))]}}
	text := ""
	service := rnd.IntN(3) == 0
	if service {
		text = somebodysService(rnd)
	}
	for _, e := range extremes {
		if rnd.IntN(5) > 0 || service && slices.Contains(ofTheStore, e.key) {
			continue
		}
		value := e.values[rnd.IntN(len(e.values))]
		part, key, nested := strings.Cut(e.key, ".")
		if !nested {
			text += fmt.Sprintf("%s: %s\n", e.key, value)
			continue
		}
		inside[part] = append(inside[part], key+": "+value)
	}
	for _, part := range []string{"load", "balancer", "instance", "host"} {
		if len(inside[part]) > 0 {
			text += fmt.Sprintf("%s: {%s}\n", part, strings.Join(inside[part], ", "))
		}
	}
	s, err := scenarios.Parse("walk.yaml", []byte(text))
	if err != nil {
		oneLine(t, err, text)
		return nil, text
	}
	return s, text
}

func oneLine(t *testing.T, err error, text string) {
	t.Helper()
	if strings.ContainsAny(err.Error(), "\n") || len(err.Error()) > 600 {
		t.Errorf("not one line: %v\n%s", err, text)
	}
}

// extremeProfile is the reference with some of its numbers at their bounds.
func extremeProfile(t *testing.T, rnd *rand.Rand) *model.Profile {
	for {
		p := *referenceProfile(t)
		in := &p.Instance
		for _, change := range []func(){
			func() {
				in.Speed = []model.SpeedRow{{Inside: 1, Efficiency: 1, Cores: 0.001}, {Inside: 100_000, Efficiency: 0.001, Cores: 1024}}
			},
			func() {
				in.Speed = []model.SpeedRow{{Inside: 1, Efficiency: 1, Cores: 1024}, {Inside: 2, Efficiency: 1000, Cores: 1024}}
			},
			func() { in.Demand = []model.KeyCost{{Keys: 1, DemandNs: 1}} },
			func() { in.Demand = []model.KeyCost{{Keys: 100_000, DemandNs: 3600e9}} },
			func() { in.Distribution = model.Shape{Kind: "lognormal", CV: 100} },
			func() { in.Distribution = model.Shape{Kind: "quantiles", Quantiles: []float64{0, 1e6}} },
			func() { in.Background.FlushEveryBytes, in.Background.BytesPerKey = 1, 1<<20 },
			func() { in.Background.FlushEveryBytes = 1 << 40 },
			func() { in.Background.FlushDemandNs, in.Background.CompactEveryFlush = 3600e9, 1 },
			func() { in.Background.Share = 0 },
			func() { in.WakeNs, in.PollNs = 3600e9, 1 },
			func() { in.Swing = model.Swing{LogSD: 2, TauNs: 1e6} },
			func() { in.CoreSwing = model.Swing{LogSD: 2, TauNs: 3600e9, BestSpeed: 100} },
			func() { in.OverrunNs, in.ResumeNs = 1e9, 1e9 },
			func() { in.IdleCores = 1024 },
			func() { in.BatchFactor = 1e-6 },
			func() { p.Balancer.DemandNs, p.Generator.DemandNs = 3600e9, 3600e9 },
		} {
			if rnd.IntN(8) == 0 {
				change()
			}
		}
		data, err := model.Encode(&p)
		if err != nil {
			t.Fatal(err)
		}
		read, err := model.ParseProfile("walk.json", data)
		if err == nil {
			return read
		}
		oneLine(t, err, string(data))
	}
}

const walkMemory = int64(256e6)

// ends runs a scenario for a while and wants that it has ended well, was refused
// in one line, or stops within a second of the end of its context and held no
// more memory than it may. Time is counted as CPU time: others use this machine.
func ends(t *testing.T, s *scenarios.Scenario, p *model.Profile, text string, patience time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var atEnd float64
	stop := context.AfterFunc(ctx, func() { atEnd = cpuSeconds(t) })
	most := watchHeap(t)
	curve, err := Run(ctx, Input{Scenario: s, Profile: p, Version: "walk", Memory: walkMemory})
	if peak := most(); peak > uint64(walkMemory) {
		t.Errorf("%d MB of heap, which may be %d:\n%s", peak/1e6, walkMemory/1e6, text)
	}
	if !stop() && atEnd > 0 {
		if late := cpuSeconds(t) - atEnd; late > float64(runtime.GOMAXPROCS(0)) {
			t.Errorf("stops %.2f s of CPU time after its context:\n%s", late, text)
		}
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
	case err != nil:
		oneLine(t, err, text)
	default:
		data, err := model.Encode(curve) // refuses NaN and Inf
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		var read struct{ Points any }
		if err := json.Unmarshal(data, &read); err != nil {
			t.Fatal(err)
		}
		notNegative(t, "points", read.Points, text)
	}
}

func notNegative(t *testing.T, at string, v any, text string) {
	switch v := v.(type) {
	case float64:
		if v < 0 {
			t.Errorf("%s is %v:\n%s", at, v, text)
		}
	case []any:
		for _, item := range v {
			notNegative(t, at+"[]", item, text)
		}
	case map[string]any:
		for key, item := range v {
			notNegative(t, at+"."+key, item, text)
		}
	}
}

// watchHeap looks every few milliseconds at how much of the heap is in use; the
// function that it returns says the most that was seen.
func watchHeap(t *testing.T) func() uint64 {
	runtime.GC()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	before := sample[0].Value.Uint64()
	old := debug.SetMemoryLimit(int64(before) + walkMemory)
	done, seen := make(chan struct{}), make(chan uint64)
	go func() {
		most := uint64(0)
		for {
			select {
			case <-done:
				seen <- most
				return
			case <-time.After(5 * time.Millisecond):
				metrics.Read(sample)
				most = max(most, sample[0].Value.Uint64())
			}
		}
	}()
	return func() uint64 {
		close(done)
		debug.SetMemoryLimit(old)
		return max(<-seen, before) - before
	}
}

// TestExtremes walks at random through scenarios and profiles that the readers
// accept, several keys at their bounds at once.
func TestExtremes(t *testing.T) {
	walks, patience := 60, 50*time.Millisecond
	if os.Getenv("VELOCITAS_TEST_FULL") != "" {
		walks, patience = 1500, 200*time.Millisecond
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	services := 0
	for range walks {
		s, text := extreme(t, rnd)
		for s == nil {
			s, text = extreme(t, rnd)
		}
		if s.Service != nil {
			services++
		}
		p := referenceProfile(t)
		if rnd.IntN(2) == 0 {
			p = extremeProfile(t, rnd)
			data, _ := json.Marshal(p.Instance)
			text += string(data)
		}
		ends(t, s, p, text, patience)
		if t.Failed() {
			return
		}
	}
	if services < walks/10 {
		t.Errorf("%d of %d scenarios with a service in steps: the reader refuses nearly all", services, walks)
	}
}

// TestReportedProfiles: numbers of a profile that once took all memory or made
// NaN are refused in one line that names them, or run within their bounds.
func TestReportedProfiles(t *testing.T) {
	files, err := filepath.Glob("../testdata/reported/robustness/profile*.json")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		p, err := model.LoadProfile(t.Context(), file)
		if err != nil {
			t.Log(err)
			oneLine(t, err, file)
			continue
		}
		s := scenarios.Default()
		s.Name, s.Instances, s.Load = "reported", scenarios.Sizes{1}, scenarios.Load{Kind: "closed", Clients: 8}
		ends(t, s, p, file, 300*time.Millisecond)
	}
}

// TestReportedRobustness: what once did not stop, took all memory or counted
// beyond 64 bits.
func TestReportedRobustness(t *testing.T) {
	files, err := filepath.Glob("../testdata/reported/robustness/*.yaml")
	if err != nil || len(files) < 9 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		s, err := scenarios.Read(t.Context(), file)
		if err != nil {
			oneLine(t, err, file)
			continue
		}
		ends(t, s, referenceProfile(t), file, 300*time.Millisecond)
	}
}

// TestWideSums: a million clients that wait for hours come to more than 63 bits.
func TestWideSums(t *testing.T) {
	s, err := scenarios.Read(t.Context(), "../testdata/reported/robustness/overflow-in_system.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Run(t.Context(), Input{Scenario: s, Profile: referenceProfile(t)})
	if err != nil {
		t.Fatal(err)
	}
	// One a second of 1,000,000 is answered, first come first served: all are in
	// the system all of the time, and the mean response is half of the duration.
	p := c.Points[0]
	if got, want := p.InSystem.Value, 1e6; got < 0.999*want || got > 1.001*want {
		t.Errorf("%v in system, want %v", got, want)
	}
	if got, want := p.LatencyMs.Mean.Value, s.Duration.Std().Seconds()*1000/2; got < 0.99*want || got > 1.01*want {
		t.Errorf("a mean of %v ms, want %v", got, want)
	}
}

// TestFullAlone: what comes to hold too much is stopped, what surely would is
// refused, each with what to do.
func TestFullAlone(t *testing.T) {
	s := scenarios.Default()
	s.Name, s.Duration, s.Precision = "full", 20*second, 0
	s.Instances, s.Replications = scenarios.Sizes{1}, 2
	s.Load.Kind, s.Load.Arrivals, s.Load.Rate = "open", "constant", 100_000
	s.Instance.Demand = scenarios.Demand{Distribution: "constant", MeanNs: int64(10 * milli)}
	s.Instance.Background, s.WarmUp = "none", scenarios.WarmUp{For: second}
	run := func(memory int64) error {
		_, err := Run(t.Context(), Input{Scenario: s, Profile: referenceProfile(t), Memory: memory})
		return err
	}
	err := run(64e6)
	if err == nil || !strings.Contains(err.Error(), "came to hold more than 44.") || !strings.Contains(err.Error(), "--memory") {
		t.Errorf("got %v", err)
	}
	s.Replications = 10_000
	err = run(64e6)
	if err == nil || !strings.Contains(err.Error(), "replications") {
		t.Errorf("got %v", err)
	}
}
