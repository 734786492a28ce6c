package evidence

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
)

// CPU is the CPU account of one container or process over time. Samples are in
// the order of their times.
type CPU struct {
	Name    string
	Samples []CPUSample
}

// CPUSample is an account at an instant: what was used since some beginning.
// What an account does not have is -1.
type CPUSample struct {
	AtNs             int64   // since 1970, or since the start of the recording
	UsedNs           int64   // CPU time used so far
	Busy             float64 // or cores in use at that instant, where it has no sums
	Periods          int64   // of the CPU limit so far
	ThrottledPeriods int64
	ThrottledNs      int64
}

// Accounts are the CPU accounts of a file.
type Accounts struct {
	Format  *Format
	Series  []*CPU // in the order in which they appear
	Skipped Skipped
}

var (
	cgroupFormat = Format{Name: "recorded cgroup counters", Unit: "s and us", Clock: "when counters were read", Corrected: "not applicable", Failures: "not applicable",
		Silent: []string{"what the CPU time was used for", "waiting"}}
	dockerFormat = Format{Name: "docker stats output", Unit: "% of a core", Clock: "nothing: samples have no time, and are taken to be a second apart", Corrected: "not applicable", Failures: "not applicable",
		Silent: []string{"when samples were taken", "throttling by the CPU limit", "CPU time exactly: a percentage is over about a second"}}
	prometheusFormat = Format{Name: "Prometheus answer", Unit: "s", Clock: "when samples were scraped, or the query evaluated", Corrected: "not applicable", Failures: "not applicable",
		Silent: []string{"whether its values are CPU seconds so far or cores in use: names that end in _total, and values that never fall, are taken to be the first"}}
	metricsFormat = Format{Name: "Prometheus metrics page", Unit: "s", Clock: "nothing: it is of one instant", Corrected: "not applicable", Failures: "not applicable",
		Silent: []string{"anything over time: two pages do"}}
)

// ReadCPU reads CPU accounts: counters of cgroups as a table with the columns
// t_s, container, cpu_us and, if there are any, periods, throttled_periods and
// throttled_us; docker stats, as its table or by line as JSON; a range or an
// instant answer of Prometheus as JSON; or a page of metrics. Errors are of type
// [*strict.Error], or the context's.
func ReadCPU(ctx context.Context, s *Source) (*Accounts, error) {
	a := &Accounts{}
	names := map[string]*CPU{}
	of := func(name string) *CPU {
		c := names[name]
		if c == nil && len(names) < accountsMost {
			c = &CPU{Name: name}
			names[name] = c
			a.Series = append(a.Series, c)
		}
		return c
	}
	lines := s.peekLines(5)
	if len(lines) == 0 {
		return nil, s.fault("is no CPU account that is known here")
	}
	first := string(lines[0])
	var err error
	switch {
	case strings.HasPrefix(first, "t_s,container,cpu_us"):
		a.Format, err = &cgroupFormat, a.cgroup(ctx, s, of)
	case strings.Contains(first, "CPU %") && strings.Contains(first, "NAME"), strings.Contains(first, `"CPUPerc"`):
		a.Format, err = &dockerFormat, a.docker(ctx, s, of)
	case contains('{', `"status"`, `"resultType"`)(s, lines):
		a.Format, err = &prometheusFormat, a.prometheus(ctx, s, of)
	case strings.HasPrefix(first, "# HELP ") || strings.HasPrefix(first, "# TYPE "):
		a.Format, err = &metricsFormat, a.metrics(ctx, s, of)
	default:
		return nil, s.fault("is no CPU account that is known here: wants recorded cgroup counters, docker stats, or an answer of Prometheus; it begins with %q", printable(lines[0]))
	}
	if err != nil {
		return nil, err
	}
	for _, c := range a.Series {
		slices.SortStableFunc(c.Samples, func(x, y CPUSample) int { return int(max(-1, min(1, x.AtNs-y.AtNs))) })
	}
	if len(a.Series) == 0 {
		return nil, s.fault("holds nothing that can be used: it looks like a %s, and has no CPU account", a.Format.Name)
	}
	return a, nil
}

// accountsMost and samplesMost bound how many series are told apart, and how many
// samples each has.
const (
	accountsMost = 2000
	samplesMost  = 1_000_000
)

func (c *CPU) add(x CPUSample) {
	if c != nil && len(c.Samples) < samplesMost {
		c.Samples = append(c.Samples, x)
	}
}

// UsedNs is the CPU time used between two instants, straight between samples; ok
// is false where they do not lie within the account, or it ran back, as the
// counters of a container do that was started again.
func (c *CPU) UsedNs(fromNs, toNs int64) (used int64, ok bool) {
	if toNs <= fromNs || len(c.Samples) < 2 {
		return 0, false
	}
	for i := 1; i < len(c.Samples); i++ {
		if c.Samples[i].UsedNs < c.Samples[i-1].UsedNs || c.Samples[i-1].UsedNs < 0 {
			return 0, false
		}
	}
	a, okA := c.usedAt(fromNs)
	b, okB := c.usedAt(toNs)
	return b - a, okA && okB
}

func (c *CPU) usedAt(ns int64) (int64, bool) {
	i, exact := slices.BinarySearchFunc(c.Samples, ns, func(x CPUSample, ns int64) int { return int(max(-1, min(1, x.AtNs-ns))) })
	switch {
	case exact:
		return c.Samples[i].UsedNs, true
	case i == 0 || i == len(c.Samples):
		return 0, false
	}
	x, y := c.Samples[i-1], c.Samples[i]
	share := float64(ns-x.AtNs) / float64(y.AtNs-x.AtNs)
	return x.UsedNs + int64(share*float64(y.UsedNs-x.UsedNs)), true
}

func (a *Accounts) cgroup(ctx context.Context, s *Source, of func(string) *CPU) error {
	t := s.records(ctx, &Result{Format: &cgroupFormat}, ',', nil)
	t.in.skipped = &a.Skipped
	for {
		x, more := t.next()
		if !more {
			break
		}
		at, used := instantNs(x.get("t_s")), numberNs(x.get("cpu_us"), "us")
		if at < 0 || used < 0 || x.get("container") == "" {
			t.in.skip([]byte(strings.Join(x.fields, ",")), "has no time, container or CPU time")
			if !t.in.hope() {
				break
			}
			continue
		}
		t.in.used = true
		of(printable([]byte(x.get("container")))).add(CPUSample{AtNs: at, UsedNs: used, Busy: -1,
			Periods: counter64(x.get("periods")), ThrottledPeriods: counter64(x.get("throttled_periods")), ThrottledNs: numberNs(x.get("throttled_us"), "us")})
	}
	if !t.in.used || t.in.err != nil {
		return t.in.nothing("not one line is a counter of a container")
	}
	return nil
}

// instantNs reads seconds, since 1970 or since the start of the recording; -1 is none.
func instantNs(text string) int64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0 && v < 7e9) {
		return -1
	}
	return int64(math.Round(v*1e6)) * 1000
}

func counter64(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// docker reads what docker stats prints, again and again with escape sequences in
// between unless --no-stream was given, or JSON by line.
func (a *Accounts) docker(ctx context.Context, s *Source, of func(string) *CPU) error {
	in := s.lines(ctx, &a.Skipped)
	for line := in.next(); line != nil; line = in.next() {
		text := strings.TrimSpace(withoutEscapes(string(line)))
		name, percent := "", ""
		if strings.HasPrefix(text, "{") {
			var v struct{ Name, CPUPerc string }
			if json.Unmarshal([]byte(text), &v) == nil {
				name, percent = v.Name, v.CPUPerc
			}
		} else if strings.HasPrefix(text, "CONTAINER") || strings.HasPrefix(text, "NAME") || text == "" {
			continue
		} else if f := strings.Fields(text); len(f) > 1 {
			for i := range min(3, len(f)) { // after the id and the name, or the name alone
				if strings.HasSuffix(f[i], "%") && i > 0 {
					name, percent = f[i-1], f[i]
					break
				}
			}
		}
		v, err := strconv.ParseFloat(strings.TrimSuffix(percent, "%"), 64)
		if name == "" || err != nil || !(v >= 0 && v < 1e6) {
			in.skip(line, "has no container's name and CPU")
			if !in.hope() {
				break
			}
			continue
		}
		in.used = true
		if c := of(printable([]byte(name))); c != nil {
			c.add(CPUSample{AtNs: int64(len(c.Samples)) * 1e9, UsedNs: -1, Busy: v / 100, Periods: -1, ThrottledPeriods: -1, ThrottledNs: -1})
		}
	}
	if !in.used || in.err != nil {
		return in.nothing("not one line is a container with its CPU")
	}
	return nil
}

// withoutEscapes is text without what moves a terminal's cursor.
func withoutEscapes(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != 0x1b {
			b.WriteByte(text[i])
			continue
		}
		if i++; i < len(text) && text[i] == '[' {
			for i++; i < len(text) && (text[i] < '@' || text[i] > '~'); i++ {
			}
		}
	}
	return b.String()
}

// prometheus reads the JSON of /api/v1/query_range or /api/v1/query.
func (a *Accounts) prometheus(ctx context.Context, s *Source, of func(string) *CPU) error {
	var v struct {
		Status, Error string
		Data          struct {
			Result []struct {
				Metric map[string]string
				Value  []any
				Values [][]any
			}
		}
	}
	if err := decode(ctx, s, &Result{Format: &prometheusFormat}, &v); err != nil {
		return err
	}
	if v.Status != "success" {
		return s.fault("is an answer of Prometheus that failed: %s", printable([]byte(v.Error)))
	}
	for _, series := range v.Data.Result {
		if series.Value != nil {
			series.Values = append(series.Values, series.Value)
		}
		name := seriesName(series.Metric)
		sums := strings.HasSuffix(series.Metric["__name__"], "_total")
		rising, last := true, -1.0
		var at, values []float64
		for _, pair := range series.Values {
			if len(pair) != 2 {
				continue
			}
			when, ok := pair[0].(float64)
			text, isText := pair[1].(string)
			value, err := strconv.ParseFloat(text, 64)
			if !ok || !isText || err != nil || !(value >= 0 && value < 1e12) || !(when >= 0 && when < 7e9) {
				continue
			}
			at, values = append(at, when), append(values, value)
			rising, last = rising && value >= last, value
		}
		sums = sums || series.Metric["__name__"] == "" && rising && len(values) > 2 && last > 100
		for i := range at {
			x := CPUSample{AtNs: int64(math.Round(at[i] * 1e9)), UsedNs: -1, Busy: values[i], Periods: -1, ThrottledPeriods: -1, ThrottledNs: -1}
			if sums {
				x.UsedNs, x.Busy = toNs(values[i], "s"), -1
			}
			of(name).add(x)
		}
	}
	return nil
}

// seriesName is what tells a series from others: the labels that people know
// containers by, or all.
func seriesName(metric map[string]string) string {
	for _, label := range []string{"name", "container", "pod", "container_label_com_docker_compose_service", "instance"} {
		if v := metric[label]; v != "" {
			return printable([]byte(v))
		}
	}
	return "all"
}

// metrics reads a page of metrics for the counters of CPU seconds that cAdvisor
// and client libraries have.
func (a *Accounts) metrics(ctx context.Context, s *Source, of func(string) *CPU) error {
	in := s.lines(ctx, &a.Skipped)
	for line := in.next(); line != nil; line = in.next() {
		text := string(line)
		if !strings.HasPrefix(text, "container_cpu_usage_seconds_total") && !strings.HasPrefix(text, "process_cpu_seconds_total") {
			continue
		}
		labels := map[string]string{}
		rest := strings.TrimPrefix(strings.TrimPrefix(text, "container_cpu_usage_seconds_total"), "process_cpu_seconds_total")
		if strings.HasPrefix(rest, "{") {
			end := strings.LastIndexByte(rest, '}')
			if end < 0 {
				in.skip(line, "has labels without an end")
				continue
			}
			for _, pair := range strings.Split(rest[1:end], ",") {
				if name, value, ok := strings.Cut(pair, "="); ok {
					labels[name] = strings.Trim(value, `"`)
				}
			}
			rest = rest[end+1:]
		}
		fields := strings.Fields(rest)
		if len(fields) == 0 || numberNs(fields[0], "s") < 0 {
			in.skip(line, "has no value")
			continue
		}
		in.used = true
		x := CPUSample{UsedNs: numberNs(fields[0], "s"), Busy: -1, Periods: -1, ThrottledPeriods: -1, ThrottledNs: -1}
		if len(fields) > 1 {
			x.AtNs = max(0, epochNs(fields[1], 1e6))
		}
		of(seriesName(labels)).add(x)
	}
	if !in.used || in.err != nil {
		return in.nothing("there is neither container_cpu_usage_seconds_total nor process_cpu_seconds_total")
	}
	return nil
}
