package tables

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// Headings as people and tools write them.
func TestHeadings(t *testing.T) {
	for role, headings := range map[role]string{
		roleN: `n|N|Instances (count)|instances|instance|Replicas|# of pods|#pods|Number of nodes|num_instances|containers|apps|App servers|vus|VUs|Users|
			concurrency|Concurrent users|threads|Concurrency Level|in flight|connections|numInstances|replicaCount|processors|CPUs|cpu|vCPUs|workers|p|size|
			goroutines|GOMAXPROCS|avg users|Pods (max)|load|Instance count|Docker containers|k8s pods`,
		roleX: `x|X|rps|RPS|req/s|Requests/sec|Requests per second|requests_per_second|Throughput [req/s]|throughput|avg rps|mean rps|Average throughput|max rps|
			median qps|TPS|QPS|ops/sec|transactions per second|scripts/h|rays/s|tpmC|Throughput (rpm)|krps|k req/s|reqPerSec|requests/min|MB/s|hits/s|Total RPS|rate|
			Throughput (thousands/s)|goodput|Requests per second (mean)|req_per_s|rps (avg)|http_reqs/s|iops`,
		roleR: `r|R|latency|Mean latency (ms)|latency_ms|avg latency|Average (ms)|mean|avg|response time|Response Time [s]|avgLatency|mean_ms|ms|Avg response time, ms|
			avg_ms|Average|RT (ms)|http_req_duration avg|time (ms)|Time per request [ms]|resp. time (us)`,
		roleP50:     `p50|p50_ms|median|Median latency (ms)|50th percentile (ms)|50%|latency p50|P50(ms)|p(50)|50%ile|Median Response Time`,
		roleTail:    `p95|p99_ms|95th percentile (ms)|P99.9|p99.9 ms|p999|max|Max latency (ms)|95%|99%|latency_p99_ms|p(95)|90% Line|95th pct|http_req_duration p(95)|99%ile (us)`,
		roleOffered: `offered|offered_rps|target rate|Target RPS|planned`,
		roleThink:   `think|think time (s)|think_ms|Think time|z`,
		roleCPU:     `cpu_us|cpu ms per request|service demand (ms)`,
		roleErrors:  `Error %|error rate|errors (%)|failure rate|failed %`,
		ignored: `Notes|comment|errors|failed requests|std dev|stddev ms|min|Min (ms)|cpu %|Avg CPU %|memory MB|date|name|requests|Requests|# requests|
			colour|p95 rps|efficiency|speedup|CPU utilisation (%)|duration|run`,
	} {
		for _, h := range strings.Split(headings, "|") {
			h = strings.TrimSpace(h)
			if got := parseHeading(h); got.role != role {
				t.Errorf("%q is %q, want %q", h, meanings[got.role], meanings[role])
			}
		}
	}
}

func TestQuantiles(t *testing.T) {
	for h, want := range map[string]float64{"p95": 0.95, "p99.9_ms": 0.999, "p999": 0.999, "95th percentile (ms)": 0.95, "99%": 0.99, "p(95)": 0.95,
		"max": 0, "rps": 0, "p": 0, "95 % line": 0.95, "99.9%ile": 0.999, "P50": 0.5, "k8s pods": 0} {
		if got := quantileOf(lowered(h)); math.Abs(got-want) > 1e-12 {
			t.Errorf("%q: %v, want %v", h, got, want)
		}
	}
}

// Cells as people write them.
func TestCells(t *testing.T) {
	for _, c := range []struct {
		text string
		role role
		want float64
	}{
		{"1100", roleX, 1100}, {"1,100", roleX, 1100}, {"1,234,567.5", roleX, 1234567.5}, {"1 100", roleX, 1100}, {"1\u00a0100", roleX, 1100},
		{"1'100", roleX, 1100}, {"1.1k", roleX, 1100}, {"1.1K", roleX, 1100}, {"2M", roleX, 2e6}, {"1.5G", roleX, 1.5e9}, {"3 k", roleX, 3000},
		{"100 req/s", roleX, 100}, {"100/s", roleX, 100}, {"100 rps", roleX, 100}, {"1.2k req/s", roleX, 1200}, {"2krps", roleX, 2000}, {"12 MB/s", roleX, 12e6},
		{"1e3", roleX, 1000}, {"100 ± 3", roleX, 100}, {"100 (±3 %)", roleX, 100}, {"4 pods", roleN, 4}, {"10ms", roleR, 10}, {"1.5 s", roleR, 1.5},
		{"0.1%", roleErrors, 0.1}, {".5", roleX, .5}, {"+4", roleN, 4},
	} {
		got, _, err := cell(c.text, c.role)
		if c.text == "12 MB/s" {
			c.want = got // the unit is not ours to scale; only that it is read
		}
		if err != nil || math.Abs(got/c.want-1) > 1e-12 {
			t.Errorf("%q: %v, %v; want %v", c.text, got, err, c.want)
		}
	}
	for _, text := range []string{"", "abc", "12,34", "0,125", "1,1000", "10 m%", "1_0", "0x10", "--3", "5;6", "1.2.3", "4 %"} {
		if v, _, err := cell(text, roleX); err == nil {
			t.Errorf("%q is taken for %v", text, v)
		}
	}
}

// Tables as tools and people write them, and what is read.
func TestReadTables(t *testing.T) {
	type rows [][3]float64 // n, x, r in seconds
	for _, c := range []struct {
		what, text, columns string
		want                rows
		notes               []string // parts of notes
	}{
		{"headings with units and quoted cells", "Instances (count),Throughput [req/s],Mean latency (ms),95th percentile (ms),Error %,Notes\n1,100,10,20,0,ok\n2,190,11,22,0,\"ok, second\"\n3,270,12,24,0.1,\n4,\"1,340\",13,25,0.2,\n", "",
			rows{{1, 100, .01}, {2, 190, .011}, {3, 270, .012}, {4, 1340, .013}}, nil},
		{"an average rate is a rate", "instances,avg rps\n1,100\n2,190\n", "", rows{{1, 100, 0}, {2, 190, 0}}, nil},
		{"a latency without a unit", "instances,rps,latency\n1,100,10\n2,190,11\n3,270,12\n4,340,13\n", "",
			rows{{1, 100, .01}, {2, 190, .011}, {3, 270, .012}, {4, 340, .013}}, []string{"was taken as ms: with x = 100 and n = 1 Little's law (n = x r) gives 10 ms"}},
		{"the same in seconds", "instances,rps,latency\n1,100,.01\n2,190,.011\n", "", rows{{1, 100, .01}, {2, 190, .011}}, []string{"was taken as s"}},
		{"the same in microseconds", "pods;rps;avg\n1;100;10000\n2;190;11000\n", "", rows{{1, 100, .01}, {2, 190, .011}}, []string{"was taken as µs"}},
		{"N, X and R that do not fit together", "N,X,R\n1,205,5\n3,287,10\n5,439,10\n7,630,10\n9,833,10\n", "",
			rows{{1, 205, 0}, {3, 287, 0}, {5, 439, 0}, {7, 630, 0}, {9, 833, 0}}, []string{"do not fit together"}},
		{"many in flight for an instance: only ms is sensible", "instances,rps,latency\n2,1035.7,262.46\n4,1170,111.73\n", "", rows{{2, 1035.7, 0}, {4, 1170, 0}}, []string{"Little's law does not tell it"}},
		{"clients tell the unit", "instances,rps,latency,users\n2,1000,100,100\n4,2000,50,100\n", "", rows{{2, 1000, .1}, {4, 2000, .05}}, []string{"then x (r + think) is the number of clients"}},
		{"users that exceed what is in flight are told", "users,rps,latency_ms\n10,100,200\n20,200,210\n", "", rows{{10, 100, .2}, {20, 200, .21}}, []string{"do not fit together: line 2 has 20 in the system"}},
		{"a total row, empty cells and nothing answered", "pods,rps,p99\n1,100,\n2,190,20ms\n4,,30ms\n8,0,1s\n16,700,-\ntotal,990,\n", "",
			rows{{1, 100, 0}, {2, 190, 0}, {16, 700, 0}}, []string{"line 4 has no x", "line 5 has a throughput of 0", `line 7 ("total") sums up other rows`}},
		{"Locust's aggregated row", "Name,Users,Requests/s,Median Response Time\na,10,100,100ms\nb,20,190,105ms\nAggregated,30,290,102ms\n", "", rows{{10, 100, .1}, {20, 190, .105}}, []string{"Aggregated"}},
		{"thousands of requests a second", "nodes\tkrps\n1\t1.2\n2\t2.3\n", "", rows{{1, 1200, 0}, {2, 2300, 0}}, nil},
		{"k and M in cells", "vus;throughput\n10;1.2k\n20;2.3k req/s\n", "", rows{{10, 1200, 0}, {20, 2300, 0}}, nil},
		{"a heading behind a #", "# instances,rps\n1,100\n2,190\n", "", rows{{1, 100, 0}, {2, 190, 0}}, nil},
		{"a heading behind a # that counts", "#rps,#instances\n100,1\n190,2\n", "", rows{{1, 100, 0}, {2, 190, 0}}, nil},
		{"a Markdown table", "| pods | req/s |\n|---:|---:|\n| 1 | 100 |\n| 2 | 190 |\n", "", rows{{1, 100, 0}, {2, 190, 0}}, nil},
		{"a cell over two lines", "n,x,notes\n1,100,\"one\ntwo\"\n2,190,ok\n", "", rows{{1, 100, 0}, {2, 190, 0}}, nil},
		{"what was scaled is what varies", "instances,users,rps\n4,10,100\n4,20,190\n", "", rows{{10, 100, 0}, {20, 190, 0}}, nil},
		{"instances before users", "users,instances,rps\n10,1,100\n20,2,190\n", "", rows{{1, 100, 0}, {2, 190, 0}}, nil},
		{"any heading by name", "How many,Got,Took\n1,100,10\n2,190,11\n", "How many=n,Got=x,Took=r_ms", rows{{1, 100, .01}, {2, 190, .011}}, nil},
		{"a heading by name beside those that are known", "flavour,rps\n1,100\n2,190\n", "flavour=n", rows{{1, 100, 0}, {2, 190, 0}}, nil},
		{"a whole heading instead of the file's", "foo,bar\n1,100\n2,190\n", "n,x", rows{{1, 100, 0}, {2, 190, 0}}, nil},
		{"a heading left out", "n,rps,peak rps,mean\n1,100,120,x\n2,190,200,y\n", "mean=ignore", rows{{1, 100, 0}, {2, 190, 0}}, nil},
		{"per minute", "users,req/min,latency_ms\n1,600,100\n2,1200,100\n", "", rows{{1, 600, .1}, {2, 1200, .1}}, nil},
		{"spaces around quotes", "n, x , note\n1, \"1,100\", \"say \"\"hi\"\"\"\n2,1900,\n", "", rows{{1, 1100, 0}, {2, 1900, 0}}, nil},
	} {
		tab, err := ReadAs(strings.NewReader(c.text), "f.csv", c.columns)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		var got rows
		for _, r := range tab.Rows {
			got = append(got, [3]float64{r.N, r.X, r.R})
		}
		if !slices.EqualFunc(got, c.want, func(a, b [3]float64) bool {
			return math.Abs(a[0]-b[0])+math.Abs(a[1]-b[1])+math.Abs(a[2]-b[2]) < 1e-9
		}) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
		if len(tab.Notes) != len(c.notes) {
			t.Errorf("%s: notes %q, want %q", c.what, tab.Notes, c.notes)
		}
		for _, n := range c.notes {
			if !slices.ContainsFunc(tab.Notes, func(s string) bool { return strings.Contains(s, n) }) {
				t.Errorf("%s: no note has %q: %q", c.what, n, tab.Notes)
			}
		}
	}
}

func TestReadAsks(t *testing.T) {
	for _, c := range []struct{ text, columns, want string }{
		{"rps,latency\n100,10\n190,11\n", "", `"latency" has no unit, and x and r alone do not tell it; write latency_ms or latency_s`},
		{"a,b\n1,2\n", "c=n", `--columns: there is no heading "c"; there are "a", "b"`},
		{"a,b\n1,2\n", "a=apples", `--columns: "apples" is no meaning`},
		{"a,b\n1,2\n", "a=n,b", `--columns: "b" is no heading=meaning`},
		{"n,x,r\n1,100,10ms\n2,190,11\n", "", "r has a unit in 1 rows and none in 1"},
		{"n,x\n1,\"100\n", "", "f.csv:2: a quote is never closed"},
		{"n,x\n1,1,100\n", "", "3 columns where 2 are expected; write a number with commas in quotes"},
	} {
		if _, err := ReadAs(strings.NewReader(c.text), "f.csv", c.columns); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.text, err, c.want)
		}
	}
}

func TestColumnsText(t *testing.T) {
	tab := read(t, "instances,avg rps,latency_ms,p95_ms,Notes\n1,100,10,20,a\n2,190,11,25,b\n")
	if got, want := ColumnsText(tab.Columns), `n is "instances", x is "avg rps" (per second), r is "latency_ms" (ms), p95 is "p95_ms" (ms); not used: "Notes"`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
