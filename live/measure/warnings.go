package measure

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// warnings are the doubts about the whole curve.
func (r *Result) warnings(s System, c Config, used Drift) []string {
	warnings := append([]string{}, s.Notes()...)
	reasons := make(map[string]int)
	for _, b := range r.Blocks {
		switch {
		case b.Fault != "":
			reasons[fmt.Sprintf("%d instances: %s", b.Instances, b.Fault)]++
		case b.Behind != "":
			reasons[fmt.Sprintf("%d instances: the generator fell behind: %s", b.Instances, b.Behind)]++
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		warnings = append(warnings, fmt.Sprintf("%d of %d blocks do not count, with %s", reasons[reason], c.Rounds, reason))
	}
	if slower := r.Drift.SlowestMs / r.Drift.FastestMs; slower > 1.05 {
		warnings = append(warnings, fmt.Sprintf("the machine's speed changed by a factor of %.2f meanwhile (%s)", slower, used.corrections()))
	}
	return warnings
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
