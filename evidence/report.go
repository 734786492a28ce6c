package evidence

import "github.com/k9mil/velocitas/model"

// ReportSchema names the format of a report.
const ReportSchema = "velocitas.import/1"

// Report is what was read of files.
type Report struct {
	Schema string `json:"schema"`
	Files  []File `json:"files"`
	// Curve is what they say together; nil where the number of instances is not
	// known.
	Curve *model.Curve `json:"curve,omitempty"`
}

// File is what one file says. Figures that it does not have are left out.
type File struct {
	File   string `json:"file"`
	Answer string `json:"answer"`
	Format string `json:"format"`
	Detail string `json:"detail,omitempty"`
	// Unit is what times in the file are in; Clock what instants mark; Corrected
	// whether latencies count from when requests were due; Failures how those
	// without an answer appear.
	Unit      string   `json:"unit"`
	Clock     Clock    `json:"clock"`
	Corrected string   `json:"corrected"`
	Failures  string   `json:"failures"`
	StepMs    float64  `json:"step_ms,omitzero"`
	Silent    []string `json:"cannot_say"`
	Findings  []string `json:"findings"`

	Skipped     int64             `json:"skipped_lines,omitzero"`
	Requests    int64             `json:"requests,omitzero"`
	Failed      int64             `json:"failed,omitzero"`
	ByStatus    map[string]int64  `json:"by_status,omitempty"`
	DurationS   float64           `json:"duration_s,omitzero"`
	OfferedRps  float64           `json:"offered_rps,omitzero"`
	AnsweredRps float64           `json:"answered_rps,omitzero"`
	Latency     *Quantiles        `json:"latency_ms,omitempty"`
	Upstream    *Quantiles        `json:"upstream_ms,omitempty"`
	Retried     int64             `json:"retried,omitzero"`
	Classes     []ClassFigures    `json:"classes,omitempty"`
	Instances   []InstanceFigures `json:"instances,omitempty"`
	Evenness    *EvennessFigures  `json:"evenness,omitempty"`
}

// Quantiles are figures of a latency in milliseconds; 0 is not known.
type Quantiles struct {
	Mean float64 `json:"mean,omitzero"`
	P50  float64 `json:"p50,omitzero"`
	P90  float64 `json:"p90,omitzero"`
	P95  float64 `json:"p95,omitzero"`
	P99  float64 `json:"p99,omitzero"`
	P999 float64 `json:"p999,omitzero"`
	Max  float64 `json:"max,omitzero"`
}

// ClassFigures are those of a class.
type ClassFigures struct {
	Name     string  `json:"name"`
	Requests int64   `json:"requests"`
	Failed   int64   `json:"failed"`
	P50Ms    float64 `json:"p50_ms,omitzero"`
	P95Ms    float64 `json:"p95_ms,omitzero"`
	P99Ms    float64 `json:"p99_ms,omitzero"`
}

// InstanceFigures are those of an address.
type InstanceFigures struct {
	Addr     string  `json:"address"`
	Requests int64   `json:"requests"`
	Tries    int64   `json:"tries"`
	Failed   int64   `json:"failed_tries"`
	Share    float64 `json:"share"`
}

// EvennessFigures are the test of shares against chance.
type EvennessFigures struct {
	ChiSquare float64 `json:"chi_square"`
	Degrees   int     `json:"degrees"`
	P         float64 `json:"p"`
}

// Report is the figures of a result.
func (r *Result) Report() File {
	f := File{
		File: r.Source, Answer: r.Answer(), Format: r.Format.Name, Detail: r.Detail, Unit: r.Format.Unit, Clock: r.Format.Clock,
		Corrected: r.Format.Corrected, Failures: r.Format.Failures, StepMs: float64(r.Format.StepNs) / 1e6,
		Silent: append([]string{}, r.Format.Silent...), Findings: append([]string{}, r.Findings()...),
		Skipped: r.Skipped.Lines, Requests: r.Requests, Failed: r.Failed, ByStatus: r.ByStatus,
		DurationS: max(0, float64(r.DurationNs)/1e9), OfferedRps: r.OfferedRps(), AnsweredRps: r.Rps(),
		Latency: r.Latency.figures(), Upstream: r.Upstream.figures(), Retried: r.Retried,
	}
	for _, c := range r.Classes {
		f.Classes = append(f.Classes, ClassFigures{c.Name, c.Requests, c.Failed, c.QuantileMs(0.5), c.QuantileMs(0.95), c.QuantileMs(0.99)})
	}
	all := int64(0)
	for _, x := range r.Instances {
		all += x.Requests
	}
	for _, x := range r.Instances {
		f.Instances = append(f.Instances, InstanceFigures{x.Addr, x.Requests, x.Tries, x.Failed, float64(x.Requests) / float64(max(1, all))})
	}
	if e, ok := r.Evenness(); ok {
		f.Evenness = &EvennessFigures{e.ChiSquare, e.Degrees, e.P}
	}
	return f
}

func (l *Latency) figures() *Quantiles {
	if !l.Known() {
		return nil
	}
	return &Quantiles{max(0, l.MeanNs/1e6), l.QuantileMs(0.5), l.QuantileMs(0.9), l.QuantileMs(0.95), l.QuantileMs(0.99), l.QuantileMs(0.999),
		max(0, float64(l.MaxNs)/1e6)}
}
