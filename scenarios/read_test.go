package scenarios

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every kind of wrong input gives one line that names file, line and key and
// says what would be right.
func TestParseErrors(t *testing.T) {
	const load = "load: {rate: 5}\n"
	for _, c := range []struct{ what, yaml, want string }{
		{"nothing", "", `x.yaml: is empty`},
		{"comments only", "# nothing\n", `x.yaml: is empty`},
		{"not text", "\xff\xfe\x00", `x.yaml: is UTF-16 text; save it as UTF-8`},
		{"not text either", "a\xff", `x.yaml: is not text`},
		{"not YAML", "load: [1\nseed: 2\n", `x.yaml:2: is not YAML: ',' or ']' must be specified`},
		{"a tab", "load:\n\trate: 5\n", `x.yaml:2: is not YAML: found character '	' that cannot start any token`},
		{"two documents", load + "---\n" + load, `x.yaml: holds 2 documents; one is wanted`},
		{"a list", "- 1\n", `x.yaml:1: wants keys with values (name, about, look_for …), not a list`},
		{"a word", "hello\n", `x.yaml:1: wants keys with values (name, about, look_for …), not hello`},
		{"an anchor", "load: &a {rate: 5}\n", `x.yaml:1: anchors and aliases (&, *, <<) are not read; write the value out`},
		{"an alias bomb", "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n", `x.yaml:1: anchors and aliases (&, *, <<) are not read; write the value out`},
		{"a merge key", "load:\n  <<: {rate: 5}\n", `x.yaml:2: anchors and aliases (&, *, <<) are not read; write the value out`},
		{"a tag", "load: !!map {rate: 5}\n", `x.yaml:1: tags (!) are not read; leave the tag out`},
		{"deep brackets", strings.Repeat("[", 100_000), `x.yaml:1: nests too deeply`},
		{"deep dashes", strings.Repeat("- ", 100_000), `x.yaml:1: nests too deeply`},
		{"a list as a key", "? [a]\n: 1\n", `x.yaml:2: is not YAML: found an invalid key for this map`},
		{"unknown key", "laod: {rate: 5}\n", `x.yaml:1: laod: unknown key; did you mean "load"?`},
		{"unknown key inside", "load:\n  rate: 5\n  cleints: 3\n", `x.yaml:3: load.cleints: unknown key; did you mean "clients"?`},
		{"unknown key in a list", load + "events:\n  - at: 1s\n    wen: 2s\n", `x.yaml:4: events[0].wen: unknown key; known: at, instance, tier, do, factor, for`},
		{"a key twice", load + load, `x.yaml:2: load: is given twice, first at line 1`},
		{"no value", "load:\n", `x.yaml:1: load: has no value; give it one or leave the key out`},
		{"null", "load: {rate: null}\n", `x.yaml:1: load.rate: has no value; give it one or leave the key out`},
		{"text for a number", "load:\n  rate: fast\n", `x.yaml:2: load.rate: wants a number, not fast`},
		{"quotes for a number", "load: {rate: \"5\"}\n", `x.yaml:1: load.rate: wants a number, not "5"`},
		{"a fraction for a count", load + "replications: 1.5\n", `x.yaml:2: replications: wants a whole number, not 1.5`},
		{"a hexadecimal count", load + "replications: 0x10\n", `x.yaml:2: replications: wants a whole number, not 0x10`},
		{"a negative seed", load + "seed: -1\n", `x.yaml:2: seed: wants a whole number of at least 0, not -1`},
		{"a seed beyond 64 bits", load + "seed: 18446744073709551616\n", `x.yaml:2: seed: wants a whole number of at least 0, not 18446744073709551616`},
		{"a number for a switch", load + "balancer: {zone: 1}\n", `x.yaml:2: balancer.zone: wants true or false, not 1`},
		{"a word for a list", load + "balancer: {next_upstream: off}\n", `x.yaml:2: balancer.next_upstream: wants a list, such as [a, b], not off`},
		{"a list for a part", "load: [1]\n", `x.yaml:1: load: wants keys with values (kind, rate, rate_per_instance …), not a list`},
		{"not a number", "load: {rate: .nan}\n", `x.yaml:1: load.rate: wants a number, not .nan`},
		{"infinity", "load: {rate: .inf}\n", `x.yaml:1: load.rate: wants a number, not .inf`},
		{"beyond a float", "load: {rate: 1e999}\n", `x.yaml:1: load.rate: wants a number, not 1e999`},
		{"a negative rate", "load: {rate: -5}\n", `x.yaml:1: load.rate: wants 0 to 10000000, not -5`},
		{"an absurd rate", "load: {rate: 1e12}\n", `x.yaml:1: load.rate: wants 0 to 10000000, not 1e+12`},
		{"a duration without unit", load + "duration: 60\n", `x.yaml:2: duration: wants a duration with its unit, such as "50ms" or "1m30s", not "60"`},
		{"a negative duration", load + "duration: -1s\n", `x.yaml:2: duration: wants a duration of 0s to 720h, not "-1s"`},
		{"an absurd duration", load + "duration: 1000h\n", `x.yaml:2: duration: wants a duration of 0s to 720h, not "1000h"`},
		{"a warm-up word", load + "warm_up: soon\n", `x.yaml:2: warm_up: wants "auto" or a duration with its unit, such as "50ms" or "1m30s", not "soon"`},
		{"a cost word", load + "balancer: {cost: cheap}\n", `x.yaml:2: balancer.cost: wants "profile" or a duration with its unit, such as "50ms" or "1m30s", not "cheap"`},
		{"no instances", load + "instances: 0\n", `x.yaml:2: instances: wants numbers of instances, such as "4" (1 to 4), "2-8", "1,2,4,8" or "4-4": each from 1 to 10000, not "0"`},
		{"sizes downwards", load + "instances: 8-2\n", `x.yaml:2: instances: wants numbers of instances, such as "4" (1 to 4), "2-8", "1,2,4,8" or "4-4": in ascending order, not "8-2"`},
		{"too many sizes", load + "instances: 1-1000\n", `x.yaml:2: instances: wants numbers of instances, such as "4" (1 to 4), "2-8", "1,2,4,8" or "4-4": at most 256 of them, not "1-1000"`},
		{"too large a size", load + "instances: [1000000]\n", `x.yaml:2: instances: wants numbers of instances, such as "4" (1 to 4), "2-8", "1,2,4,8" or "4-4": each from 1 to 10000, not "1000000-1000000"`},
		{"a name that is a path", load + "name: ../x\n", `x.yaml:2: name: names files, too, so it wants at most 80 letters a to z, digits, dots, dashes and underscores, beginning and ending with one of the former, not "../x"`},
	} {
		t.Run(c.what, func(t *testing.T) { wantError(t, c.yaml, c.want) })
	}
}

// wantError wants Parse to fail with exactly that line.
func wantError(t *testing.T, yaml, want string) {
	t.Helper()
	s, err := Parse("x.yaml", []byte(yaml))
	if err == nil {
		t.Fatalf("was read: %+v", s)
	}
	if got := err.Error(); got != strings.ReplaceAll(want, "\t", " ") {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Each rule between fields is broken once.
func TestRules(t *testing.T) {
	const load = "load: {rate: 5}\n"
	const shop = "service: {requests: {get: {steps: [call: db.q]}}}\ntiers: {db: {operations: {q: 1ms}}}\n"
	for _, c := range []struct{ what, yaml, want string }{
		{"no load", "seed: 1\n", `x.yaml: load: says nothing of who asks; give rate, rate_per_instance, trace, clients or clients_per_instance`},
		{"open and closed", "load: {rate: 5, clients: 4}\n", `x.yaml:1: load: a closed load has clients and an open one has a rate; give one of them`},
		{"two rates", "load: {rate: 5, rate_per_instance: 4}\n", `x.yaml:1: load: an open load wants exactly one of rate and rate_per_instance, above 0`},
		{"two numbers of clients", "load: {clients: 5, clients_per_instance: 4}\n", `x.yaml:1: load: a closed load wants exactly one of clients and clients_per_instance, above 0`},
		{"open with thinking", "load: {rate: 5, think: 1s}\n", `x.yaml:1: load.think: only the clients of a closed load think; an open one has a rate`},
		{"closed with arrivals", "load: {clients: 5, arrivals: poisson}\n", `x.yaml:1: load.arrivals: only an open load has arrivals; a closed one has clients`},
		{"closed with a shape", "load: {clients: 5, shape: {kind: sine}}\n", `x.yaml:1: load.shape: only the rate of an open load changes; a closed one has clients`},
		{"a trace and a rate", "load: {rate: 5, trace: t.txt, arrivals: trace}\n", `x.yaml:1: load: a trace says when requests arrive; leave rate and shape out`},
		{"trace without a file", "load: {kind: open, arrivals: trace}\n", `x.yaml:1: load.trace: wants a file with one arrival instant a line, in seconds`},
		{"a trace that is not used", "load: {rate: 5, trace: t.txt, arrivals: poisson}\n", `x.yaml:1: load.trace: is read only with arrivals: trace`},
		{"instants backwards", "load: {trace_s: [1, 0.5]}\n", `x.yaml:1: load.trace_s[1]: wants instants from 0 in ascending order, not 0.5`},
		{"retries of nothing", "load: {rate: 5, retries: 3}\n", `x.yaml:1: load.retries: wants a timeout or retry_errors: true beside it, or there is nothing to retry`},
		{"a flash with steps", "load: {rate: 5, shape: {kind: flash, steps: [{at: 1s, factor: 2}]}}\n", `x.yaml:1: load.shape.steps: belongs to kind: steps, not flash`},
		{"a flash without hold", "load: {rate: 5, shape: {kind: flash, at: 1s, factor: 2}}\n", `x.yaml:1: load.shape.hold: wants how long the flash holds, above 0s`},
		{"a flash after the end", "load: {rate: 5, shape: {kind: flash, at: 2m, factor: 2, hold: 1s}}\n", `x.yaml:1: load.shape.at: wants less than the duration 1m0s, not 2m0s`},
		{"a ramp backwards", "load: {rate: 5, shape: {kind: ramp, from: 1, to: 2, start: 9s, end: 5s}}\n", `x.yaml:1: load.shape.end: wants more than start (9s), not 5s`},
		{"a flat ramp", "load: {rate: 5, shape: {kind: ramp, from: 1, to: 1, end: 5s}}\n", `x.yaml:1: load.shape.to: wants another factor than from has (1)`},
		{"a sine beyond zero", "load: {rate: 5, shape: {kind: sine, period: 10s, amplitude: 1.5}}\n", `x.yaml:1: load.shape.amplitude: wants more than 0 and at most 1, not 1.5`},
		{"steps out of order", "load: {rate: 5, shape: {kind: steps, steps: [{at: 5s, factor: 2}, {at: 5s, factor: 1}]}}\n", `x.yaml:1: load.shape.steps[1].at: wants a later time than the step before has`},
		{"no steps", "load: {rate: 5, shape: {kind: steps}}\n", `x.yaml:1: load.shape.steps: wants a list such as [{at: 10s, factor: 2}]`},
		{"unknown policy", load + "balancer: {policy: rr}\n", `x.yaml:2: balancer.policy: wants round_robin, least_conn, random, random_two, ip_hash, hash, hash_consistent or resolve, not "rr"`},
		{"no workers", load + "balancer: {workers: 0}\n", `x.yaml:2: balancer.workers: wants 1 to 1024, not 0`},
		{"a fraction of a second", load + "balancer: {fail_timeout: 1500ms}\n", `x.yaml:2: balancer.fail_timeout: wants whole seconds, as nginx's clock does here, not 1.5s`},
		{"off and more", load + "balancer: {next_upstream: [off, error]}\n", `x.yaml:2: balancer.next_upstream: off stands alone`},
		{"unknown condition", load + "balancer: {next_upstream: [http_505]}\n", `x.yaml:2: balancer.next_upstream: wants error, timeout, invalid_header, http_500, http_502, http_503, http_504, http_403, http_404, http_429, non_idempotent or off, not "http_505"`},
		{"resolve with a zone", load + "balancer: {policy: resolve, zone: true}\n", `x.yaml:2: balancer.policy: resolve keeps no state between requests; leave zone, keepalive and max_conns out`},
		{"too few connections", load + "balancer: {worker_connections: 3}\n", `x.yaml:2: balancer.worker_connections: wants 4 to 10000000, not 3`},
		{"negative cpus", load + "instance: {cpus: -1}\n", `x.yaml:2: instance.cpus: wants 0.01 to 1024 cores, or 0 for no limit, not -1`},
		{"no keys", load + "instance: {keys: 0}\n", `x.yaml:2: instance.keys: wants 1 to 100000, not 0`},
		{"servers that share", load + "instance: {servers: 2}\n", `x.yaml:2: instance.servers: only discipline: fifo has servers; with ps threads say how many cores an instance can use`},
		{"a store without its demand", load + "instance: {demand: 10ms, background: profile}\n", `x.yaml:2: instance.background: a stated demand replaces the store, which then has no work of its own; wants none`},
		{"cv of a constant", load + "instance: {demand: {distribution: constant, mean: 1ms, cv: 2}}\n", `x.yaml:2: instance.demand.cv: belongs to distribution: lognormal, not constant`},
		{"lognormal without cv", load + "instance: {demand: {distribution: lognormal, mean: 1ms}}\n", `x.yaml:2: instance.demand.cv: wants 0.001 to 100, not 0`},
		{"a demand of nothing", load + "instance: {demand: 0s}\n", `x.yaml:2: instance.demand.mean: wants 1µs to 1h0m0s, not 0s`},
		{"a demand that is a list", load + "instance: {demand: [1ms]}\n", `x.yaml:2: instance.demand: wants "profile" or a duration with its unit, such as "50ms" or "1m30s", not a list`},
		{"an override of nobody", load + "overrides: [{cpus: 1}]\n", `x.yaml:2: overrides[0].instances: wants which instances, such as "3" or "2-4"`},
		{"backup with a hash", load + "balancer: {policy: ip_hash}\noverrides: [{instances: 2, backup: true}]\n", `x.yaml:3: overrides[0].backup: nginx allows backup only with round_robin or least_conn, not with ip_hash`},
		{"nothing but backups", load + "overrides: [{instances: 1, backup: true}]\n", `x.yaml:2: overrides: with 1 instances all are backup; nginx wants at least one that is not`},
		{"weight with resolve", load + "balancer: {policy: resolve}\noverrides: [{instances: 2, weight: 2}]\n", `x.yaml:3: overrides[0]: policy resolve takes instances from a name and knows no weight, down, max_fails, fail_timeout or max_conns`},
		{"an event after the end", load + "events:\n  - {at: 70s, instance: 1, do: stop}\n", `x.yaml:3: events[0].at: wants less than the duration 1m0s, not 1m10s`},
		{"an event of instance 0", load + "events: [{at: 7s, instance: 0, do: stop}]\n", `x.yaml:2: events[0].instance: wants 1 to 10000, not 0`},
		{"unknown event", load + "events: [{at: 7s, instance: 1, do: explode}]\n", `x.yaml:2: events[0].do: wants slow, stop, pause, vanish, fail, restart or start, not "explode"`},
		{"slow by nothing", load + "events: [{at: 7s, instance: 1, do: slow}]\n", `x.yaml:2: events[0].factor: wants 0.001 to 1000, not 0`},
		{"a stop with a factor", load + "events: [{at: 7s, instance: 1, do: stop, factor: 2}]\n", `x.yaml:2: events[0].factor: belongs to do: slow, not stop`},
		{"a restart for ever", load + "events: [{at: 7s, instance: 1, do: restart}]\n", `x.yaml:2: events[0].for: wants how long the instance is away, above 0s`},
		{"an event of no tier", load + "events: [{at: 7s, tier: db, do: stop}]\n", `x.yaml:2: events[0].tier: there is no tier "db"; there are none`},
		{"an event of a tier with another name", load + shop + "events: [{at: 7s, tier: bd, do: stop}]\n", `x.yaml:4: events[0].tier: there is no tier "bd"; there is db`},
		{"a station that the tier has not", load + shop + "events: [{at: 7s, tier: db, instance: 2, do: stop}]\n", `x.yaml:4: events[0].instance: wants 0 to 1, not 2`},
		{"a tier that vanishes", load + shop + "events: [{at: 7s, tier: db, do: vanish}]\n", `x.yaml:4: events[0].do: wants slow, stop, pause, restart or start, not "vanish"`},
		{"a tier's restart for ever", load + shop + "events: [{at: 7s, tier: db, do: restart}]\n", `x.yaml:4: events[0].for: wants how long the tier is away, above 0s`},
		{"a start that ends", load + "events: [{at: 7s, instance: 1, do: start, for: 1s}]\n", `x.yaml:2: events[0].for: start does not end; leave it out`},
		{"fewer than at least", load + "replications: 9\nmax_replications: 8\n", `x.yaml:3: max_replications: wants 9 (replications) to 10000, not 8`},
		{"all of it is warm-up", load + "warm_up: 60s\n", `x.yaml:2: warm_up: wants less than the duration 1m0s, not 1m0s`},
		{"more than anyone waits for", "load: {rate_per_instance: 1e6}\nduration: 4h\n", `x.yaml:2: duration: asks for 5.8e+10 requests in one replication; at most 1e+09 are simulated: lower rate or duration`},
		{"unknown place", load + "host: {balancer: here}\n", `x.yaml:2: host.balancer: wants own or shared, not "here"`},
	} {
		t.Run(c.what, func(t *testing.T) { wantError(t, c.yaml, c.want) })
	}
}

// Files that cannot be read at all.
func TestReadErrors(t *testing.T) {
	dir := t.TempDir()
	huge := filepath.Join(dir, "huge.yaml")
	write(t, huge, "")
	if err := os.Truncate(huge, 1<<40); err != nil { // sparse: it must not be read
		t.Fatal(err)
	}
	for _, c := range []struct{ file, want string }{
		{"frist", `"frist": there is no built-in scenario and no file of that name; did you mean "first"?`},
		{"no/such.yaml", `no/such.yaml: no such file`},
		{dir, dir + `: is a directory; a file is wanted`},
		{huge, huge + `: is too large: 1099511627776 bytes; at most 262144 are read`},
		{"/dev/zero", `/dev/zero: is not a regular file`},
	} {
		if _, err := Read(t.Context(), c.file); err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
}

// A trace and a profile are looked for beside the scenario's file.
func TestReadBeside(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "my trace!.yaml")
	write(t, file, "profile: p.json\nload:\n  trace: t.txt\n")
	write(t, filepath.Join(dir, "t.txt"), "# seconds\n0.5\n\n1.25\n1.25\n")
	s, err := Read(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Load.TraceS; len(got) != 3 || got[0] != 0.5 || got[2] != 1.25 {
		t.Errorf("instants are %v", got)
	}
	if s.Load.Arrivals != "trace" || s.Name != "my-trace" || s.Profile != filepath.Join(dir, "p.json") {
		t.Errorf("arrivals %q, name %q, profile %q", s.Load.Arrivals, s.Name, s.Profile)
	}
}

// A trace that is wrong is named with its line, at the line that names it.
func TestTraceErrors(t *testing.T) {
	dir := t.TempDir()
	file, trace := filepath.Join(dir, "s.yaml"), filepath.Join(dir, "t.txt")
	write(t, file, "load:\n  trace: t.txt\n")
	for _, c := range []struct{ what, content, want string }{
		{"no file", "", `: no such file`},
		{"empty", "# none\n", `: holds no arrivals; one instant a line is wanted, in seconds`},
		{"a word", "1\nx\n", `:2: wants seconds since the start, such as 12.5, not "x"`},
		{"negative", "-1\n", `:1: wants seconds since the start, such as 12.5, not "-1"`},
		{"not a number", "NaN\n", `:1: wants seconds since the start, such as 12.5, not "NaN"`},
		{"backwards", "2\n1\n", `:2: wants instants in ascending order; 1 comes after 2`},
	} {
		if c.content != "" {
			write(t, trace, c.content)
		}
		want := file + ":2: load.trace: " + trace + c.want
		if _, err := Read(t.Context(), file); err == nil || err.Error() != want {
			t.Errorf("%s:\ngot  %v\nwant %s", c.what, err, want)
		}
	}
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}
