package instance

import (
	"strconv"
	"syscall"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"
)

// metrics is what GET /metrics tells. Names and units follow Prometheus'
// conventions.
type metrics struct {
	registry      *prometheus.Registry
	requests      *prometheus.CounterVec
	insertSeconds prometheus.Histogram
}

func newMetrics(inst *Instance) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "velocitas_requests_total",
			Help: "Requests by the status code of the answer, but for /healthz, /metrics and the page's style where they were answered.",
		}, []string{"code"}),
		insertSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "velocitas_insert_duration_seconds",
			Help:    "Time that inserting the keys of a request took.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 15), // 1 ms to 16 s
		}),
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "velocitas_info",
		Help:        "Always 1; the labels name the instance and its version.",
		ConstLabels: prometheus.Labels{"instance_name": inst.cfg.Name, "version": inst.cfg.Version},
	})
	info.Set(1)
	m.registry.MustRegister(m.requests, m.insertSeconds, info,
		gauge("velocitas_requests_in_flight", "Requests being worked on.",
			func() float64 { return float64(inst.inFlight.Load()) }),
		gauge("velocitas_bytes_in_flight", "Memory that the requests being worked on hold, as it is estimated beforehand.",
			func() float64 { return float64(inst.bytesInFlight.Load()) }),
		gauge("velocitas_store_keys", "Different keys that the store holds.",
			func() float64 { return float64(inst.store.Keys()) }),
		gauge("velocitas_store_table_bytes", "Size of the store's flushed tables; a memtable of 8 MiB comes on top.",
			func() float64 { return float64(inst.store.TableBytes()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "velocitas_cpu_seconds_total",
			Help: "CPU time of this process, user and system.",
		}, processCPUSeconds),
		cgroupCollector{inst},
		collectors.NewGoCollector(),
	)
	return m
}

// count counts a request that is served; answerError counts all others.
func (inst *Instance) count(c *fiber.Ctx) error {
	err := c.Next()
	if err == nil {
		inst.metrics.counted(c.Response().StatusCode())
	}
	return err
}

func (m *metrics) counted(status int) { m.requests.WithLabelValues(strconv.Itoa(status)).Inc() }

// answer writes all metrics in Prometheus' text format.
func (m *metrics) answer(c *fiber.Ctx) error {
	families, err := m.registry.Gather()
	if err != nil {
		return err
	}
	format := expfmt.NewFormat(expfmt.TypeTextPlain)
	c.Set(fiber.HeaderContentType, string(format))
	encoder := expfmt.NewEncoder(c, format)
	for _, family := range families {
		if err := encoder.Encode(family); err != nil {
			return err
		}
	}
	return nil
}

func processCPUSeconds() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err) // only a wrong argument makes it fail
	}
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}

// cgroupCollector reads the cgroup's counters once per scrape, so that they
// belong together. Where there is no cgroup it yields nothing, rather than
// zeros that would look like an unthrottled one.
type cgroupCollector struct{ inst *Instance }

var (
	limitDesc     = cgroupDesc("velocitas_cpu_limit_cores", "CPU limit of the cgroup, in cores.")
	cpuDesc       = cgroupDesc("velocitas_cgroup_cpu_seconds_total", "CPU time of all processes in the cgroup.")
	periodsDesc   = cgroupDesc("velocitas_cgroup_periods_total", "Periods of the CPU limit in which the cgroup could run.")
	throttledDesc = cgroupDesc("velocitas_cgroup_throttled_periods_total", "Periods in which the CPU limit stopped the cgroup.")
	stoppedDesc   = cgroupDesc("velocitas_cgroup_throttled_seconds_total", "Time for which the CPU limit stopped the cgroup.")
)

func cgroupDesc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, nil, nil)
}

func (cgroupCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{limitDesc, cpuDesc, periodsDesc, throttledDesc, stoppedDesc} {
		descs <- d
	}
}

func (c cgroupCollector) Collect(out chan<- prometheus.Metric) {
	cg := findCgroup(c.inst.root)
	if limit, _, ok := cg.cpuLimit(); ok {
		out <- prometheus.MustNewConstMetric(limitDesc, prometheus.GaugeValue, limit)
	}
	if seconds, ok := cg.cpuSeconds(); ok {
		out <- prometheus.MustNewConstMetric(cpuDesc, prometheus.CounterValue, seconds)
	}
	if t, ok := cg.throttling(); ok {
		out <- prometheus.MustNewConstMetric(periodsDesc, prometheus.CounterValue, t.periods)
		out <- prometheus.MustNewConstMetric(throttledDesc, prometheus.CounterValue, t.throttledPeriods)
		out <- prometheus.MustNewConstMetric(stoppedDesc, prometheus.CounterValue, t.throttledSeconds)
	}
}
