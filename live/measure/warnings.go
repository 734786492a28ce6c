package measure

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// warnings are the doubts about the whole curve.
func (r *Result) warnings(s System, c Config, used Drift) []string {
	warnings := append([]string{}, s.Notes()...)
	for _, n := range c.Sizes {
		warnings = append(warnings, r.notCounted(n)...)
	}
	if late := r.late(); late > lateEvent {
		warnings = append(warnings, fmt.Sprintf("events took up to %v to come about, a start until the instance is ready, which a prediction leaves out", late.Round(10*time.Millisecond)))
	}
	if slower := r.Drift.SlowestMs / r.Drift.FastestMs; slower > 1.05 {
		warnings = append(warnings, fmt.Sprintf("the machine's speed changed by a factor of %.2f meanwhile (%s)", slower, used.corrections()))
	}
	return warnings
}

// lateEvent is how late an event may be before the curve says so.
const lateEvent = 100 * time.Millisecond

// late is the longest from when an event was due to when it had come about.
func (r *Result) late() (longest time.Duration) {
	for _, b := range r.Blocks {
		for _, h := range b.Happened {
			longest = max(longest, h.Done-h.At)
		}
	}
	return longest
}

// notCounted says how many blocks of a size do not count, and why, by the first
// of each kind.
func (r *Result) notCounted(n int) []string {
	var all, broke, behind int
	var fault, lag string
	for _, b := range r.Blocks {
		switch {
		case b.Instances != n:
			continue
		case b.Fault != "":
			broke, fault = broke+1, cmp.Or(fault, b.Fault)
		case b.Behind != "":
			behind, lag = behind+1, cmp.Or(lag, "the generator fell behind: "+b.Behind)
		}
		all++
	}
	var said []string
	for _, kind := range []struct {
		blocks int
		reason string
	}{{broke, fault}, {behind, lag}} {
		if kind.blocks > 0 {
			said = append(said, fmt.Sprintf("%d of %d blocks do not count, with %d instances: %s", kind.blocks, all, n, kind.reason))
		}
	}
	return said
}

// corrections says what was brought to the mean speed.
func (d Drift) corrections() string {
	var names []string
	for _, part := range []struct {
		name string
		Slope
	}{{"throughput", d.Throughput}, {"latency", d.Latency}, {"CPU per request", d.CPU}} {
		if part.Used {
			names = append(names, part.name)
		}
	}
	if names == nil {
		return "nothing was corrected for it"
	}
	return strings.Join(names, ", ") + " corrected for it"
}

// fingerprint is the system's own, and the machine's.
func fingerprint(s System) map[string]string {
	f := map[string]string{
		"machine": cpuModel(), "cores": fmt.Sprint(runtime.NumCPU()), "arch": runtime.GOARCH,
		"os": runtime.GOOS, "kernel": firstLine("/proc/sys/kernel/osrelease"),
		"memory": memory(), "generator_go": runtime.Version(),
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == "github.com/tsenart/vegeta/v12" {
				f["vegeta"] = dep.Version
			}
		}
	}
	maps.Copy(f, s.Fingerprint())
	maps.DeleteFunc(f, func(_, value string) bool { return value == "" })
	return f
}

func firstLine(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}

// cpuModel and memory read what Linux says of the machine.
func cpuModel() string { return field("/proc/cpuinfo", "model name") }
func memory() string   { return field("/proc/meminfo", "MemTotal") }

func field(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
