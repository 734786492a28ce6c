package export_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/prometheus/common/expfmt"
	pm "github.com/prometheus/common/model"
	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/k9mil/velocitas/evidence"
	"github.com/k9mil/velocitas/evidence/export"
	"github.com/k9mil/velocitas/model"
)

// requests are a thousand, of which some fail in each way.
func requests() (all []export.Request) {
	x := uint32(7)
	for i := range 1000 {
		x = x*1664525 + 1013904223
		r := export.Request{StartNs: int64(i) * 1e7, Status: "200", Instance: 1 + i%3, Class: "items"}
		r.EndNs = r.StartNs + 1e6 + int64(x>>8)*5
		switch {
		case i%100 == 7:
			r.Status, r.Instance = "502", 0
		case i%100 == 8:
			r.Status = "timeout"
		case i%100 == 9:
			r.Status, r.Instance = "0", 0
		}
		all = append(all, r)
	}
	return all
}

func written(t *testing.T, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := export.NewWriter(format, &b)
	for _, r := range requests() {
		w.Write(r)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	silent := map[string]int64{export.AccessLog: 10, export.Vegeta: 0, export.Hgrm: 30}
	if w.Silent() != silent[format] {
		t.Errorf("%s cannot have %d requests, want %d", format, w.Silent(), silent[format])
	}
	return b.Bytes()
}

func read(t *testing.T, data []byte, format string) *evidence.Result {
	t.Helper()
	s, err := evidence.From("exported", bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	r, err := evidence.Read(t.Context(), s, evidence.Options{Arrivals: true})
	if err != nil {
		t.Fatal(err)
	}
	if r.Format.Name != format || r.Skipped.Lines > 0 {
		t.Errorf("read as %s, %d lines skipped", r.Format.Name, r.Skipped.Lines)
	}
	return r
}

// answered is the latency of those that were answered, in µs.
func answered() *hdrhistogram.Histogram {
	h := hdrhistogram.New(1, 1e9, 3)
	for _, r := range requests() {
		if r.Status == "200" {
			if err := h.RecordValue((r.EndNs - r.StartNs) / 1000); err != nil {
				panic(err)
			}
		}
	}
	return h
}

// What is written is read to be what it was: by our own readers, and by vegeta's.
func TestRequestsReadAgain(t *testing.T) {
	want := answered()
	for _, c := range []struct {
		format, name     string
		requests, failed int64
		within           float64 // of quantiles, ms
	}{
		{export.AccessLog, "nginx access log", 990, 20, 1}, // both ends are cut to whole milliseconds
		{export.Vegeta, "vegeta result file", 1000, 30, 0.05},
		{export.Hgrm, "HdrHistogram percentiles (.hgrm)", 970, 0, 0.05},
	} {
		r := read(t, written(t, c.format), c.name)
		if r.Requests != c.requests || r.Failed != c.failed {
			t.Errorf("%s: %d requests, %d failed; want %d and %d", c.format, r.Requests, r.Failed, c.requests, c.failed)
		}
		for _, q := range []float64{0.5, 1} {
			got, w := r.Latency.QuantileMs(q), float64(want.ValueAtQuantile(100*q))/1000
			if math.Abs(got-w) > c.within+0.002*w {
				t.Errorf("%s: quantile %g is %g ms, want %g", c.format, q, got, w)
			}
		}
		if c.format == export.AccessLog {
			if len(r.Instances) != 3 || r.ByStatus["499"] != 10 || r.ByStatus["502"] != 10 {
				t.Errorf("%d instances, %v", len(r.Instances), r.ByStatus)
			}
		}
		if c.format != export.Hgrm && r.Arrivals[3] != 3e7 {
			t.Errorf("%s: the fourth arrives at %d ns", c.format, r.Arrivals[3])
		}
	}
	d := vegeta.NewJSONDecoder(bytes.NewReader(written(t, export.Vegeta)))
	for i, r := range requests() {
		var v vegeta.Result
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		if v.Seq != uint64(i) || int64(v.Latency) != r.EndNs-r.StartNs || v.Timestamp.Sub(export.Epoch).Nanoseconds() != r.StartNs || (v.Code == 0) != (r.Status == "0" || r.Status == "timeout") {
			t.Fatalf("%d: vegeta reads %+v of %+v", i, v, r)
		}
	}
}

func curve() *model.Curve {
	c := &model.Curve{Kind: model.Predicted, Name: `a "name"`}
	for n := 1; n <= 2; n++ {
		f := float64(n)
		c.Points = append(c.Points, model.Point{Instances: n, OfferedRps: 100 * f, ThroughputRps: model.Exactly(99 * f), Completed: 1000,
			LatencyMs:    model.Latency{Mean: model.Exactly(11), P50: model.Exactly(10), P90: model.Exactly(20), P95: model.Exactly(25), P99: model.Exactly(40), Max: model.Exactly(90)},
			Distribution: []model.Quantile{{Q: 0, LatencyMs: 1}, {Q: 0.25, LatencyMs: 5}, {Q: 0.5, LatencyMs: 10}}})
	}
	return c
}

// OpenMetrics is what Prometheus' own parser reads, with every figure.
func TestCurveAsOpenMetrics(t *testing.T) {
	var b bytes.Buffer
	if err := export.Curve(&b, curve()); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(b.String(), "\n# EOF\n") {
		t.Errorf("ends with %q", b.String()[b.Len()-20:])
	}
	p := expfmt.NewTextParser(pm.UTF8Validation)
	families, err := p.TextToMetricFamilies(&b)
	if err != nil {
		t.Fatal(err)
	}
	m := families["velocitas_answered_requests_per_second"].GetMetric()
	if len(m) != 2 || m[1].GetGauge().GetValue() != 198 || m[1].GetLabel()[0].GetValue() != "2" || m[1].GetLabel()[2].GetValue() != `a "name"` {
		t.Errorf("answered: %v", m)
	}
	s := families["velocitas_response_seconds"].GetMetric()
	if len(s) != 2 || s[0].GetSummary().GetSampleCount() != 1000 || math.Abs(s[0].GetSummary().GetSampleSum()-11) > 1e-9 || len(s[0].GetSummary().GetQuantile()) != 5 || s[0].GetSummary().GetQuantile()[3].GetValue() != 0.04 {
		t.Errorf("responses: %v", s)
	}
}

func TestCurveAsPercentiles(t *testing.T) {
	var b bytes.Buffer
	if err := export.Percentiles(&b, &curve().Points[1]); err != nil {
		t.Fatal(err)
	}
	r := read(t, b.Bytes(), "HdrHistogram percentiles (.hgrm)")
	if r.Requests != 1000 || r.Latency.QuantileMs(0.25) != 5 || r.Latency.QuantileMs(0.99) != 40 || r.Latency.QuantileMs(1) != 90 || r.Latency.MeanNs != 11e6 {
		t.Errorf("read again: %+v", r.Latency)
	}
	if err := export.Percentiles(&b, &model.Point{}); err == nil {
		t.Error("a point without latencies has percentiles")
	}
}
