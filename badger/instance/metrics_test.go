package instance

import (
	"fmt"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// scrape reads /metrics with Prometheus' own parser.
func scrape(t testing.TB, url string) map[string]float64 {
	t.Helper()
	response, body := ask(t, "GET", url+"/metrics", "")
	if got := response.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/plain; version=0.0.4") {
		t.Fatalf("metrics are %q", got)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for name, family := range families {
		for _, metric := range family.Metric {
			addValues(values, name, metric)
		}
	}
	return values
}

func addValues(values map[string]float64, name string, metric *dto.Metric) {
	if labels := metric.GetLabel(); len(labels) > 0 {
		pairs := make([]string, len(labels))
		for i, label := range labels {
			pairs[i] = fmt.Sprintf("%s=%q", label.GetName(), label.GetValue())
		}
		name += "{" + strings.Join(pairs, ",") + "}"
	}
	switch {
	case metric.Counter != nil:
		values[name] = metric.Counter.GetValue()
	case metric.Gauge != nil:
		values[name] = metric.Gauge.GetValue()
	case metric.Histogram != nil:
		values[name+"_count"] = float64(metric.Histogram.GetSampleCount())
		values[name+"_sum"] = metric.Histogram.GetSampleSum()
	}
}

func TestMetrics(t *testing.T) {
	inst, url := start(t, testConfig(), nil)
	var sumMs float64
	for range 7 {
		sumMs += askJSON(t, url+"/?keys=2000").TookMs
	}
	ask(t, "GET", url+"/?keys=none", "")
	before := processCPUSeconds()
	values := scrape(t, url)
	after := processCPUSeconds()
	for name, want := range map[string]float64{
		`velocitas_requests_total{code="200"}`:                         7,
		`velocitas_requests_total{code="400"}`:                         1,
		"velocitas_insert_duration_seconds_count":                      7,
		"velocitas_requests_in_flight":                                 0,
		"velocitas_store_keys":                                         float64(inst.store.Keys()),
		"velocitas_store_table_bytes":                                  0, // nothing was flushed yet
		`velocitas_info{instance_name="velocitas-1",version="v1.2.3"}`: 1,
	} {
		if got, ok := values[name]; !ok || got != want {
			t.Errorf("%s is %g (there: %t), want %g", name, got, ok, want)
		}
	}
	// An answer's duration is cut to the microsecond.
	if got := values["velocitas_insert_duration_seconds_sum"] * 1e3; got < sumMs || got > sumMs+7e-3 {
		t.Errorf("inserting took %g ms by the metrics, %g ms by the answers", got, sumMs)
	}
	if got := values["velocitas_cpu_seconds_total"]; got < before || got > after {
		t.Errorf("CPU time is %g s, want %g to %g", got, before, after)
	}
	if _, ok := values["go_memstats_heap_alloc_bytes"]; !ok {
		t.Error("no go_memstats_heap_alloc_bytes")
	}
}

func TestMetricsOfCgroup(t *testing.T) {
	inst, err := New(testConfig(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer inst.store.Close()
	for tree, want := range map[string]int{"v1-docker": 5, "v2-docker": 5, "none": 0} {
		inst.root = unpack(t, tree)
		families, err := inst.metrics.registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, family := range families {
			if name := family.GetName(); strings.HasPrefix(name, "velocitas_cgroup_") || name == "velocitas_cpu_limit_cores" {
				got++
			}
		}
		if got != want {
			t.Errorf("%s: %d metrics of the cgroup, want %d", tree, got, want)
		}
	}
}
