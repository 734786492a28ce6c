package load

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/k9mil/velocitas/live/load/cputime"
)

// task is what every generator is asked to do in turn.
type task struct {
	connections int
	keep        bool
	rate        float64 // requests a second, evenly spaced; 0 is as many as can be
	during      time.Duration
}

// feat is how it did.
type feat struct {
	perSecond float64
	cpuMicros float64 // of the generator's process, a request
	late      Lags    // of an open load
}

// generator does a task with one program; it writes down each request in a
// file in the folder if the program can.
type generator struct {
	name string
	do   func(b *testing.B, url, folder string, t task) feat
}

// BenchmarkBeside lets velocitas, vegeta's command and wrk do the same in turn
// against the same handler. One iteration is one turn of each. It prints the
// medians, and the range over the turns of each ratio to velocitas.
func BenchmarkBeside(b *testing.B) {
	for _, command := range []string{"vegeta", "wrk"} {
		if _, err := exec.LookPath(command); err != nil {
			b.Skipf("%s is not on the path: docs/performance.md says how to get it", command)
		}
	}
	ours, theirs, wrk := generator{"velocitas", doOurs}, generator{"vegeta", doVegeta}, generator{"wrk", doWrk}
	const during = 2 * time.Second
	for _, c := range []struct {
		name string
		task
		by []generator
	}{
		{"16-kept", task{16, true, 0, during}, []generator{ours, theirs, wrk}},
		{"64-kept", task{64, true, 0, during}, []generator{ours, theirs, wrk}},
		{"16-new", task{16, false, 0, during}, []generator{ours, theirs, wrk}},
		{"64-new", task{64, false, 0, during}, []generator{ours, theirs, wrk}},
		// wrk has no open load.
		{"open-2000-kept", task{1000, true, 2000, during}, []generator{ours, theirs}},
		{"open-2000-new", task{1000, false, 2000, during}, []generator{ours, theirs}},
	} {
		b.Run(c.name, func(b *testing.B) {
			url, folder := trivial(b), b.TempDir()
			feats := make([][]feat, len(c.by))
			for b.Loop() {
				for i, g := range c.by {
					feats[i] = append(feats[i], g.do(b, url, folder, c.task))
				}
			}
			for i, g := range c.by {
				tell(b, g.name, feats[i], feats[0], c.rate > 0)
			}
		})
	}
}

// tell reports one generator's medians and its ratios to the first.
func tell(b *testing.B, name string, feats, first []feat, open bool) {
	var line strings.Builder
	add := func(unit string, of func(feat) float64) {
		var values, ratios []float64
		for i, f := range feats {
			values = append(values, of(f))
			ratios = append(ratios, of(f)/of(first[i]))
		}
		b.ReportMetric(median(values), name+"-"+unit)
		fmt.Fprintf(&line, "  %9.4g %s (%.2f, %.2f–%.2f)", median(values), unit, median(ratios), slices.Min(ratios), slices.Max(ratios))
	}
	add("requests/s", func(f feat) float64 { return f.perSecond })
	add("cpu-µs/request", func(f feat) float64 { return f.cpuMicros })
	if open {
		add("late-p50-µs", func(f feat) float64 { return float64(f.late.P50.Nanoseconds()) / 1e3 })
		add("late-p99-µs", func(f feat) float64 { return float64(f.late.P99.Nanoseconds()) / 1e3 })
	}
	b.Logf("%-9s%s", name, line.String())
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// doOurs runs in this process, which does nothing else meanwhile.
func doOurs(b *testing.B, url, folder string, t task) feat {
	runtime.GC() // what was left by the others' results
	c := Config{URL: url, KeepAlive: t.keep, Timeout: 30 * time.Second, MaxInside: t.connections}
	before := cputime.Process()
	var run *Run
	var err error
	if t.rate > 0 {
		run, err = Open(context.Background(), c, Constant(t.rate, t.during))
	} else {
		run, err = Closed(context.Background(), c, Clients{Count: t.connections}, t.during)
	}
	if err != nil {
		b.Fatal(err)
	}
	if err := WriteFile(filepath.Join(folder, "velocitas.csv"), run.Records); err != nil {
		b.Fatal(err)
	}
	cpu := cputime.Process() - before
	for _, r := range run.Records {
		if r.Status != 200 {
			b.Fatalf("velocitas: status %v %s: want 200", r.Status, r.Error)
		}
	}
	return feat{run.SentRps(), micros(cpu, len(run.Records)), run.Lags()}
}

// doVegeta runs vegeta's command with the settings that ours has.
func doVegeta(b *testing.B, url, folder string, t task) feat {
	output := filepath.Join(folder, "vegeta.bin")
	cpu, _ := child(b, "GET "+url+"\n", "vegeta", "attack", "-output", output,
		"-rate", strconv.FormatFloat(t.rate, 'f', -1, 64), "-duration", t.during.String(),
		"-workers", strconv.Itoa(min(16, t.connections)), "-max-workers", strconv.Itoa(t.connections),
		"-keepalive="+strconv.FormatBool(t.keep), "-max-body", "0", "-redirects", "-1")
	file, err := os.Open(output)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	var sent []time.Time
	decode := vegeta.NewDecoder(file)
	for {
		var r vegeta.Result
		if err := decode(&r); err == io.EOF {
			break
		} else if err != nil || r.Code != 200 {
			b.Fatalf("vegeta: status %d %s, %v: want 200", r.Code, r.Error, err)
		}
		sent = append(sent, r.Timestamp)
	}
	slices.SortFunc(sent, time.Time.Compare)
	return feat{rate(len(sent), sent[len(sent)-1].Sub(sent[0])), micros(cpu, len(sent)), lateness(sent, t.rate)}
}

// lateness is that of an evenly spaced load whose start nobody wrote down: the
// request that was earliest for its place is taken to have been punctual.
func lateness(sent []time.Time, rate float64) Lags {
	if rate == 0 {
		return Lags{}
	}
	lags := make([]time.Duration, len(sent))
	for i, at := range sent {
		lags[i] = at.Sub(sent[0]) - time.Duration(float64(i)/rate*float64(time.Second))
	}
	slices.Sort(lags)
	earliest := lags[0]
	return Lags{quantile(lags, 0.5) - earliest, quantile(lags, 0.99) - earliest, quantile(lags, 1) - earliest}
}

var (
	wrkCount  = regexp.MustCompile(`(\d+) requests in`)
	wrkRate   = regexp.MustCompile(`Requests/sec: +([\d.]+)`)
	wrkErrors = regexp.MustCompile(`(Socket errors|Non-2xx).*`)
)

// doWrk runs wrk, which keeps a histogram and no requests.
func doWrk(b *testing.B, url, _ string, t task) feat {
	arguments := []string{"-t", "2", "-c", strconv.Itoa(t.connections), "-d", t.during.String(), url}
	if !t.keep {
		arguments = append([]string{"-H", "Connection: close"}, arguments...)
	}
	cpu, said := child(b, "", "wrk", arguments...)
	count, perSecond := wrkCount.FindStringSubmatch(said), wrkRate.FindStringSubmatch(said)
	if count == nil || perSecond == nil || wrkErrors.MatchString(said) {
		b.Fatalf("wrk: %s", said)
	}
	n, _ := strconv.Atoi(count[1])
	x, _ := strconv.ParseFloat(perSecond[1], 64)
	return feat{perSecond: x, cpuMicros: micros(cpu, n)}
}

// child runs a command and returns its CPU time and what it said.
func child(b *testing.B, input, name string, arguments ...string) (time.Duration, string) {
	var said bytes.Buffer
	cmd := exec.Command(name, arguments...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &said, &said
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v: %s", name, err, said.String())
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), said.String()
}

func micros(cpu time.Duration, n int) float64 {
	return float64(cpu.Nanoseconds()) / 1e3 / float64(n)
}
