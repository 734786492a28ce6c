package export

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/k9mil/velocitas/model"
)

// Curve writes a curve as OpenMetrics 1.0, in base units: a gauge for each figure
// and a summary of response times, with labels for the curve's name, its kind and
// the number of instances.
func Curve(w io.Writer, c *model.Curve) error {
	families := []*dto.MetricFamily{
		gauge(c, "velocitas_offered_requests_per_second", "First attempts per second.", func(p *model.Point) float64 { return p.OfferedRps }),
		gauge(c, "velocitas_answered_requests_per_second", "Answered requests per second.", func(p *model.Point) float64 { return p.ThroughputRps.Value }),
		gauge(c, "velocitas_failed_requests_ratio", "Failed over all requests.", func(p *model.Point) float64 { return p.Errors.Rate.Value }),
		gauge(c, "velocitas_requests_in_system", "Time average of requests between client and answer.", func(p *model.Point) float64 { return p.InSystem.Value }),
		responses(c),
	}
	if c.Kind != model.Imported {
		families = append(families, gauge(c, "velocitas_instances_utilisation_ratio", "Share of the instances' capacity in use.", func(p *model.Point) float64 { return p.Utilisation.Instances.Value }))
	}
	for _, f := range families {
		if len(f.Metric) == 0 {
			continue
		}
		if _, err := expfmt.MetricFamilyToOpenMetrics(w, f); err != nil {
			return err
		}
	}
	_, err := expfmt.FinalizeOpenMetrics(w)
	return err
}

func labels(c *model.Curve, p *model.Point) []*dto.LabelPair {
	pair := func(name, value string) *dto.LabelPair { return &dto.LabelPair{Name: &name, Value: &value} }
	return []*dto.LabelPair{pair("instances", strconv.Itoa(p.Instances)), pair("kind", string(c.Kind)), pair("name", c.Name)}
}

func gauge(c *model.Curve, name, help string, of func(*model.Point) float64) *dto.MetricFamily {
	kind := dto.MetricType_GAUGE
	f := &dto.MetricFamily{Name: &name, Help: &help, Type: &kind}
	for i := range c.Points {
		p := &c.Points[i]
		v := of(p)
		f.Metric = append(f.Metric, &dto.Metric{Label: labels(c, p), Gauge: &dto.Gauge{Value: &v}})
	}
	return f
}

// responses has the quantiles that a point has, in seconds.
func responses(c *model.Curve) *dto.MetricFamily {
	name, help, kind := "velocitas_response_seconds", "Response times of answered requests.", dto.MetricType_SUMMARY
	f := &dto.MetricFamily{Name: &name, Help: &help, Type: &kind}
	for i := range c.Points {
		p := &c.Points[i]
		l := &p.LatencyMs
		sum, count := l.Mean.Value/1e3*float64(p.Completed), uint64(p.Completed)
		s := &dto.Summary{SampleSum: &sum, SampleCount: &count}
		for _, q := range quantiles(l) {
			at, v := q.Q, q.LatencyMs/1e3
			s.Quantile = append(s.Quantile, &dto.Quantile{Quantile: &at, Value: &v})
		}
		if len(s.Quantile) > 0 {
			f.Metric = append(f.Metric, &dto.Metric{Label: labels(c, p), Summary: s})
		}
	}
	return f
}

// quantiles are those of a point that are known.
func quantiles(l *model.Latency) (list []model.Quantile) {
	for _, q := range []model.Quantile{{Q: 0.5, LatencyMs: l.P50.Value}, {Q: 0.9, LatencyMs: l.P90.Value}, {Q: 0.95, LatencyMs: l.P95.Value},
		{Q: 0.99, LatencyMs: l.P99.Value}, {Q: 0.999, LatencyMs: l.P999.Value}, {Q: 1, LatencyMs: l.Max.Value}} {
		if q.LatencyMs > 0 {
			list = append(list, q)
		}
	}
	return list
}

// Percentiles writes the latency distribution of a point as HdrHistogram's
// percentiles, in milliseconds. It fails for a point without one.
func Percentiles(w io.Writer, p *model.Point) error {
	list := slices.Clone(p.Distribution)
	for _, q := range quantiles(&p.LatencyMs) {
		if !slices.ContainsFunc(list, func(x model.Quantile) bool { return x.Q == q.Q }) {
			list = append(list, q)
		}
	}
	if len(list) == 0 {
		return fmt.Errorf("with %d instances there is no latency", p.Instances)
	}
	slices.SortStableFunc(list, func(a, b model.Quantile) int { return int(math.Copysign(1, a.Q-b.Q)) })
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)")
	last := 0.0
	for _, q := range list {
		last = max(last, q.LatencyMs) // estimates of several replications may cross
		beyond := "inf"
		if q.Q < 1 {
			beyond = strconv.FormatFloat(1/(1-q.Q), 'f', 2, 64)
		}
		fmt.Fprintf(out, "%12.3f %2.12f %10d %14s\n", last, q.Q, int64(math.Round(q.Q*float64(p.Completed))), beyond)
	}
	fmt.Fprintf(out, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", p.LatencyMs.Mean.Value, 0.0)
	fmt.Fprintf(out, "#[Max     = %12.3f, Total count    = %12d]\n", max(last, p.LatencyMs.Max.Value), p.Completed)
	return out.Flush()
}
