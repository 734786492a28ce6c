package evidence

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// printed is what a tool says of a run itself. Latencies are in milliseconds; 0
// is not said.
type printed struct {
	file             string
	format           string
	requests, failed int64
	seconds          float64
	mean, least, max float64
	quantiles        map[float64]float64
	within           float64 // of quantiles, relative
}

// Files that the real tools wrote in one run each against a small server behind
// nginx, and what these print of that run. Of requests with a line each the
// quantiles are worked out here, by nearest rank, as some of the tools do: 2 % is
// what other ways to interpolate differ by.
var runs = []printed{
	{file: "vegeta.gob.gz", format: "vegeta result file", requests: 300, failed: 101, seconds: 5.0266, mean: 23.42779, least: 3.972061, max: 67.336354,
		quantiles: map[float64]float64{0.5: 11.526661, 0.9: 54.260356, 0.95: 59.161007, 0.99: 61.556288}, within: 0.02},
	{file: "vegeta.csv.gz", format: "vegeta result file", requests: 300, failed: 101, seconds: 5.0266, mean: 23.42779, least: 3.972061, max: 67.336354,
		quantiles: map[float64]float64{0.5: 11.526661, 0.9: 54.260356, 0.95: 59.161007, 0.99: 61.556288}, within: 0.02},
	{file: "vegeta.json.gz", format: "vegeta result file", requests: 300, failed: 101, seconds: 5.0266, mean: 23.42779, least: 3.972061, max: 67.336354,
		quantiles: map[float64]float64{0.5: 11.526661, 0.9: 54.260356, 0.95: 59.161007, 0.99: 61.556288}, within: 0.02},
	{file: "vegeta-report.json", format: "vegeta report", requests: 300, failed: 101, seconds: 5.0266, mean: 23.42779, least: 3.972061, max: 67.336354,
		quantiles: map[float64]float64{0.5: 11.526661, 0.9: 54.260356, 0.95: 59.161007, 0.99: 61.556288}},
	{file: "vegeta.hgrm", format: "HdrHistogram percentiles (.hgrm)", requests: 300, max: 67.336354, quantiles: map[float64]float64{0.5: 11.526661, 0.1: 8.296732, 0.55: 12.157111}},
	{file: "k6.json.gz", format: "k6 result file", requests: 212, failed: 12, mean: 11.018378, least: 5.425681, max: 103.929288,
		quantiles: map[float64]float64{0.5: 9.7720085, 0.9: 13.7504815, 0.95: 15.20485665, 0.99: 21.04110874}, within: 0.03},
	{file: "k6.csv.gz", format: "k6 CSV file", requests: 212, failed: 12, mean: 11.018378, least: 5.425681, max: 103.929288,
		quantiles: map[float64]float64{0.5: 9.7720085, 0.9: 13.7504815, 0.95: 15.20485665, 0.99: 21.04110874}, within: 0.03},
	{file: "k6-summary.json", format: "k6 summary", requests: 212, failed: 12, seconds: 0.60998, mean: 11.018378, least: 5.425681, max: 103.929288,
		quantiles: map[float64]float64{0.5: 9.7720085, 0.9: 13.7504815, 0.95: 15.20485665, 0.99: 21.04110874}},
	{file: "hey.txt", format: "hey summary", requests: 300, seconds: 0.7572, mean: 9.8, least: 5.5, max: 23.5,
		quantiles: map[float64]float64{0.1: 6.9, 0.25: 8.1, 0.5: 9.4, 0.75: 10.9, 0.9: 12.7, 0.95: 15.1, 0.99: 21.3}},
	{file: "hey.csv", format: "hey CSV file", requests: 300}, // hey prints nothing beside
	{file: "bombardier.txt", format: "bombardier result", requests: 300, mean: 10.09, max: 24.41,
		quantiles: map[float64]float64{0.5: 9.73, 0.75: 11.21, 0.9: 13.16, 0.95: 15.51, 0.99: 21.62}},
	{file: "bombardier.json", format: "bombardier result", requests: 300, seconds: 0.685542822, mean: 9.051696666, max: 19.388,
		quantiles: map[float64]float64{0.5: 8.81, 0.75: 10.375, 0.9: 12.096, 0.95: 12.708, 0.99: 15.625}},
	{file: "ab.txt", format: "ab output", requests: 300, seconds: 3.659, mean: 48, least: 31, max: 97,
		quantiles: map[float64]float64{0.5: 48, 0.66: 52, 0.75: 56, 0.8: 57, 0.9: 60, 0.95: 62, 0.98: 63, 0.99: 66, 1: 97}},
	{file: "ab-g.tsv", format: "ab -g file", requests: 300, mean: 48, least: 31, max: 97, quantiles: map[float64]float64{0.5: 48, 0.75: 56, 0.9: 60, 0.95: 62, 0.99: 66}, within: 0.035}, // ab takes the next higher rank
	{file: "ab-e.csv", format: "ab -e file", quantiles: map[float64]float64{0.5: 48, 0.75: 56, 0.9: 60, 0.95: 62, 0.99: 66}, within: 0.02},
	{file: "wrk.txt", format: "wrk or wrk2 output", requests: 810, seconds: 2.02, mean: 9.9, max: 25.4,
		quantiles: map[float64]float64{0.5: 9.58, 0.75: 11.19, 0.9: 13.21, 0.99: 19.12}},
	{file: "siege.txt", format: "siege output", requests: 200, seconds: 2.19, mean: 40, max: 280},
	{file: "siege.json", format: "siege output", requests: 200, seconds: 0.53, mean: 10, max: 40},
	{file: "h2load.txt", format: "h2load output", requests: 300, seconds: 0.73922, mean: 9.52, least: 4.71, max: 18.46},
	{file: "h2load.log", format: "h2load log file", requests: 300, mean: 9.52, least: 4.71, max: 18.46},
	{file: "fortio.json", format: "fortio report", requests: 300, seconds: 3.057787296, mean: 22.7411, least: 6.462679, max: 96.373261,
		quantiles: map[float64]float64{0.5: 14.782609, 0.75: 28.181818, 0.9: 47, 0.95: 71.25, 0.99: 91.593315, 0.999: 95.895266}},
	// Its own quantiles are interpolated in buckets of up to a fifth.
	{file: "fortio-access.json.gz", format: "fortio access log", requests: 300, mean: 22.7411, least: 6.462679, max: 96.373261,
		quantiles: map[float64]float64{0.5: 14.782609, 0.75: 28.181818, 0.9: 47, 0.95: 71.25, 0.99: 91.593315}, within: 0.2},
	{file: "autocannon.json", format: "autocannon report", requests: 689, seconds: 2.02, mean: 11.04, least: 5, max: 52,
		quantiles: map[float64]float64{0.5: 10, 0.75: 12, 0.9: 16, 0.975: 29, 0.99: 35, 0.999: 52}},
}

func TestRunsOfTheTools(t *testing.T) {
	for _, p := range runs {
		s, err := Open(recorded + "load/" + p.file)
		if err != nil {
			t.Fatal(err)
		}
		kind := recognise(s, Options{})
		s.Close()
		if kind == nil || kind.format.Name != p.format {
			t.Errorf("%s: recognised as %+v", p.file, kind)
			continue
		}
		r := read(t, recorded+"load/"+p.file, Options{})
		p.check(t, r)
		if kind.each != nil {
			p.checkEach(t)
		}
	}
}

func (p printed) check(t *testing.T, r *Result) {
	t.Helper()
	if r.Requests != p.requests || r.Failed != p.failed || r.Skipped.Lines > 0 || len(r.Doubts) > 0 {
		t.Errorf("%s: %d requests, %d failed, %d lines skipped; want %d and %d", p.file, r.Requests, r.Failed, r.Skipped.Lines, p.requests, p.failed)
	}
	if p.seconds > 0 && !near(float64(r.DurationNs)/1e9, p.seconds, 0.002) {
		t.Errorf("%s: took %d ns, want %g s", p.file, r.DurationNs, p.seconds)
	}
	if p.failed > 0 && !r.OfAll {
		return // the tool's figures are of failed requests, too
	}
	l := &r.Latency
	p.figures(t, "sums", l.MeanNs/1e6, float64(l.MinNs)/1e6, float64(l.MaxNs)/1e6)
	for q, want := range p.quantiles {
		if got := l.QuantileMs(q); !near(got, want, max(p.within, 0.0011)) {
			t.Errorf("%s: quantile %g is %g ms, want %g", p.file, q, got, want)
		}
	}
}

// checkEach works the figures out of the single requests.
func (p printed) checkEach(t *testing.T) {
	t.Helper()
	s, err := Open(recorded + "load/" + p.file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var took []float64
	sum, least, most := 0.0, math.Inf(1), 0.0
	if _, err := Requests(t.Context(), s, Options{}, func(q *Request) {
		ms := float64(q.TookNs) / 1e6
		took = append(took, ms)
		sum, least, most = sum+ms, min(least, ms), max(most, ms)
		if q.EndNs-q.StartNs != q.TookNs {
			t.Errorf("%s: from %d to %d in %d ns", p.file, q.StartNs, q.EndNs, q.TookNs)
		}
	}); err != nil || int64(len(took)) != p.requests {
		t.Errorf("%s: %d requests: %v", p.file, len(took), err)
		return
	}
	p.figures(t, "requests", sum/float64(len(took)), least, most)
	for q, want := range p.quantiles {
		if got := nearestRank(took, q); !near(got, want, p.within) {
			t.Errorf("%s: of the requests, quantile %g is %g ms, want %g", p.file, q, got, want)
		}
	}
}

func (p printed) figures(t *testing.T, of string, mean, least, most float64) {
	t.Helper()
	for what, x := range map[string][2]float64{"mean": {mean, p.mean}, "least": {least, p.least}, "largest": {most, p.max}} {
		within := 0.001
		if strings.HasPrefix(p.file, "ab") && what == "mean" {
			within = 0.02 // printed whole
		}
		if x[1] > 0 && !near(x[0], x[1], within) {
			t.Errorf("%s: of the %s the %s is %g ms, want %g", p.file, of, what, x[0], x[1])
		}
	}
}

func near(got, want, within float64) bool { return math.Abs(got-want) <= within*math.Abs(want)+1e-9 }

// Of tools that cannot be had here, the layouts that their sources and manuals
// document.
var documented = []struct {
	text string
	want printed
}{
	{`Running 30s test @ http://127.0.0.1:8080/index.html
  2 threads and 100 connections
  Thread calibration: mean lat.: 9747 usec, rate sampling interval: 21 msec
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     9.92ms    3.11ms  31.20ms   70.10%
    Req/Sec     1.00k     1.63k   11.00k    89.45%
  Latency Distribution (HdrHistogram - Recorded Latency)
 50.000%    9.01ms
 75.000%   10.20ms
 90.000%   10.80ms
 99.000%   11.18ms
 99.900%   13.62ms
 99.990%   16.11ms
 99.999%   18.10ms
100.000%   31.20ms

  Detailed Percentile spectrum:
       Value   Percentile   TotalCount 1/(1-Percentile)

       0.921     0.000000            1         1.00
       9.010     0.500000        30005         2.00
      10.990     0.950000        57003        20.00
      31.199     1.000000        60010          inf
#[Mean    =        9.920, StdDeviation   =        3.110]
#[Max     =       31.184, Total count    =        60010]
#[Buckets =           27, SubBuckets     =         2048]
----------------------------------------------------------
  Latency Distribution (HdrHistogram - Uncorrected Latency (measured without taking delayed starts into account))
 50.000%    1.01ms
 99.000%    2.00ms
  60018 requests in 30.00s, 19.81MB read
  Socket errors: connect 0, read 3, write 0, timeout 5
  Non-2xx or 3xx responses: 7
Requests/sec:   2000.15
Transfer/sec:    676.14KB
`, printed{format: "wrk or wrk2 output", requests: 60026, failed: 15, seconds: 30, mean: 9.92, max: 31.2,
		quantiles: map[float64]float64{0.5: 9.01, 0.95: 10.99, 0.99: 11.18, 0.999: 13.62, 1: 31.199}}},
	{`{"summary":{"successRate":0.99,"total":10.0,"slowest":0.09,"fastest":0.001,"average":0.0081,"requestsPerSec":1001.0,"totalData":1,"sizePerRequest":null,"sizePerSec":1.0},
"responseTimeHistogram":{"0.001":1},"latencyPercentiles":{"p10":0.002,"p25":0.004,"p50":0.008,"p75":0.01,"p90":0.015,"p95":0.018,"p99":0.021,"p99.9":0.05,"p99.99":null},
"rps":{"mean":1.0},"details":{},"statusCodeDistribution":{"200":9990,"503":10},"errorDistribution":{"connection closed":10}}`,
		printed{format: "oha report", requests: 10010, failed: 20, seconds: 10, mean: 8.1, least: 1, max: 90, quantiles: map[float64]float64{0.5: 8, 0.99: 21, 0.999: 50}}},
	{"request-start,DNS,DNS+dialup,Response-delay,request-duration,bytes,status\n0.0002,0.0001,0.0003,0.0078,0.0081,312,200\n1.0002,,,0.0078,0.0091,312,500\n",
		printed{format: "oha CSV file", requests: 2, failed: 1, seconds: 1.0091, mean: 8.1, max: 8.1}},
	{"timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect\n" +
		"1790000000000,87,GET /,200,OK,users 1-1,text,true,,512,118,20,20,http://localhost/,86,0,1\n" +
		"1790000000031,3012,GET /,504,Gateway Time-out,users 1-2,text,false,\"Test failed: \"\"code\"\"\nexpected 200\",180,118,20,20,http://localhost/,3012,0,0\n" +
		"1790000000100,0,GET /,Non HTTP response code: java.net.ConnectException,\"refused, at once\",users 1-3,text,false,,0,0,20,20,http://localhost/,0,0,0\n" +
		"1790000000000,99,checkout,200,\"Number of samples in transaction : 2, number of failing samples : 0\",users 1-1,,true,,512,118,20,20,null,86,0,1\n",
		printed{format: "JMeter result file (JTL)", requests: 3, failed: 2, seconds: 3.043, mean: 87, max: 87}},
	{"timeStamp;elapsed;label;success\n2026/11/25 12:02:03.500;87;home;true\n2026/11/25 12:02:04.500;89;home;true\n",
		printed{format: "JMeter result file (JTL)", requests: 2, seconds: 1.089, mean: 88, max: 89}},
	{`<?xml version="1.0" encoding="UTF-8"?>
<testResults version="1.2">
<httpSample t="87" it="0" lt="86" ct="1" ts="1790000000000" s="true" lb="GET /" rc="200" rm="OK" tn="users 1-1" dt="text" by="512" ng="20" na="20">
  <httpSample t="10" lt="9" ts="1790000000010" s="true" lb="GET /style.css" rc="200" rm="OK" tn="users 1-1"/>
</httpSample>
<httpSample t="89" lt="86" ts="1790000001000" s="false" lb="GET /" rc="500" rm="x" tn="users 1-1"/>
</testResults>`, printed{format: "JMeter result file (JTL)", requests: 2, failed: 1, seconds: 1.089, mean: 87, max: 87}},
	{"Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%\n" +
		"GET,/,31240,0,100,111.73,38.2,912.4,512.0,1170.0,0.0,100,120,130,130,140,150,190,240,420,900,910\n,Aggregated,31240,3,100,111.73,38.2,912.4,512.0,1170.0,0.0,100,120,130,130,140,150,190,240,420,900,910\n",
		printed{format: "Locust statistics", requests: 31240, failed: 3, seconds: 26.7009, mean: 111.73, least: 38.2, max: 912.4, quantiles: map[float64]float64{0.5: 100, 0.66: 120, 0.95: 150, 0.99: 240, 0.999: 420}}},
	{"Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%,Total Request Count,Total Failure Count,Total Median Response Time,Total Average Response Time,Total Min Response Time,Total Max Response Time,Total Average Content Size\n" +
		"1790000000,1,,Aggregated,0.000000,0.000000,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,0,0,0,0.0,0,0,0\n" +
		"1790000010,1000,,Aggregated,1168.300000,0.000000,100,120,130,130,140,150,190,240,420,900,910,11683,1,100,111.2,38.2,910.0,512.0\n",
		printed{format: "Locust statistics", requests: 11683, failed: 1, seconds: 10, mean: 111.2, least: 38.2, max: 910, quantiles: map[float64]float64{0.5: 100, 0.99: 240}}},
	{"RUN\tcomputerdatabase.Basic\tbasic\t1790000000000\t \t3.9.5\nUSER\tUsers\tSTART\t1790000000100\nREQUEST\t\thome\t1790000000200\t1790000000287\tOK\t \n" +
		"REQUEST\tgroup\tsearch\t1790000001200\t1790000001289\tKO\tstatus.find.is(200), found 500\nREQUEST\t7\t\told\t1790000000300\t1790000000389\tOK\t \nUSER\tUsers\tEND\t1790000002000\n",
		printed{format: "Gatling simulation.log", requests: 3, failed: 1, seconds: 1.089, mean: 88, least: 87, max: 89}},
	{`<!DOCTYPE html><html><head><title>Gatling Stats - Global Information</title></head><body><script>
var requests = unpack([[1790000000,[10,10,0]],[1790000001,[20,18,2]],[1790000002,[30,30,0]]]);
var responseTimePercentilesOverTimeOK = unpack([[1790000000,[1,2,5,6,7,8,9,10,20,30]],[1790000001,[1,2,6,7,8,9,10,12,22,40]],[1790000002,[1,2,7,8,9,10,11,14,24,35]]]);
</script></body></html>`, printed{format: "Gatling report", requests: 60, failed: 2, seconds: 3, max: 40, quantiles: map[float64]float64{0.5: 6, 0.95: 12, 0.99: 22}}},
	{`{"name":"All Requests","numberOfRequests":{"total":60,"ok":58,"ko":2},"minResponseTime":{"total":1,"ok":1,"ko":9},"maxResponseTime":{"total":40,"ok":40,"ko":9},"meanResponseTime":{"total":7,"ok":7,"ko":9},
"percentiles1":{"total":6,"ok":6,"ko":9},"percentiles2":{"total":8,"ok":8,"ko":9},"percentiles3":{"total":12,"ok":12,"ko":9},"percentiles4":{"total":22,"ok":22,"ko":9},"meanNumberOfRequestsPerSecond":{"total":"20","ok":19.3,"ko":0.7}}`,
		printed{format: "Gatling report", requests: 60, failed: 2, seconds: 3, mean: 7, least: 1, max: 40, quantiles: map[float64]float64{0.5: 6, 0.75: 8, 0.95: 12, 0.99: 22}}},
	{`{"aggregate":{"counters":{"vusers.created":120,"http.codes.200":118,"http.codes.500":2,"http.responses":120,"http.requests":121,"errors.ETIMEDOUT":1},"rates":{"http.request_rate":40},
"firstCounterAt":1790000000000,"lastCounterAt":1790000003000,"firstMetricAt":1790000000000,"lastMetricAt":1790000003000,
"summaries":{"http.response_time":{"min":5,"max":30,"count":120,"mean":9.5,"p50":9,"median":9,"p75":10.1,"p90":13.1,"p95":15,"p99":22,"p999":30.3}}},"intermediate":[]}`,
		printed{format: "artillery report", requests: 121, failed: 3, seconds: 3, mean: 9.5, least: 5, max: 30, quantiles: map[float64]float64{0.5: 9, 0.95: 15, 0.999: 30.3}}},
	{`{"metrics":{"http_reqs":{"type":"counter","contains":"default","values":{"count":100,"rate":50}},"http_req_failed":{"type":"rate","values":{"rate":0.03,"passes":3,"fails":97}},
"http_req_duration":{"type":"trend","values":{"avg":9,"min":5,"med":8,"max":40,"p(90)":12,"p(95)":15,"p(99.9)":39}}}}`,
		printed{format: "k6 summary", requests: 100, failed: 3, seconds: 2, mean: 9, least: 5, max: 40, quantiles: map[float64]float64{0.5: 8, 0.95: 15, 0.999: 39}}},
	{"\"Value\",\"Percentile\",\"TotalCount\",\"1/(1-Percentile)\"\n1.5,0.0,1,1.0\n8.103,0.5,500,2.0\n9.5,1.0,1000,Infinity\n",
		printed{format: "HdrHistogram percentiles (.hgrm)", requests: 1000, max: 9.5, quantiles: map[float64]float64{0.5: 8.103}}},
}

func TestDocumentedLayouts(t *testing.T) {
	for i, d := range documented {
		for _, crlf := range []bool{false, true} {
			text := d.text
			if crlf {
				text = strings.ReplaceAll(text, "\n", "\r\n")
			}
			s, err := From("file", strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if f, ok := s.Recognised(); !ok || f.Name != d.want.format {
				t.Errorf("%d: recognised as %+v, want %s", i, f, d.want.format)
				continue
			}
			r, err := Read(t.Context(), s, Options{})
			if err != nil {
				t.Errorf("%s: %v", d.want.format, err)
				continue
			}
			d.want.file = d.want.format
			d.want.check(t, r)
		}
	}
}

// A log of histograms, written by the library, is read whatever its unit.
func TestHistogramLog(t *testing.T) {
	for unit, ns := range map[string]int64{"ns": 1, "us": 1000, "ms": 1e6} {
		var log, line bytes.Buffer
		if err := hdrhistogram.NewHistogramLogWriter(&log).OutputLogFormatVersion(); err != nil {
			t.Fatal(err)
		}
		for interval := range int64(3) {
			h := hdrhistogram.New(1, 3600e9, 3)
			for ms := int64(1); ms <= 100; ms++ {
				if err := h.RecordValue(ms * 1e6 / ns); err != nil {
					t.Fatal(err)
				}
			}
			h.SetStartTimeMs(interval * 1000)
			h.SetEndTimeMs(interval*1000 + 1000)
			line.Reset()
			if err := hdrhistogram.NewHistogramLogWriter(&line).OutputIntervalHistogram(h); err != nil {
				t.Fatal(err)
			}
			fields := strings.Split(line.String(), ",")
			fields[2] = "100.000" // in ms, whatever the unit of values
			log.WriteString(strings.Join(fields, ","))
		}
		r, err := readText(t, log.String(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.DurationNs != 3e9 {
			t.Errorf("%s: took %d ns", unit, r.DurationNs)
		}
		if r.Requests != 300 || r.Skipped.Lines != 0 || !near(r.Latency.QuantileMs(0.5), 50, 0.002) || !near(r.Latency.QuantileMs(0.99), 99, 0.002) || !near(r.Latency.MeanNs, 50.5e6, 0.002) {
			t.Errorf("%s: %d requests, p50 %g ms, p99 %g ms, mean %g ns, %+v", unit, r.Requests, r.Latency.QuantileMs(0.5), r.Latency.QuantileMs(0.99), r.Latency.MeanNs, r.Skipped)
		}
	}
}
