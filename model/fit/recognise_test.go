package fit

import (
	"slices"
	"testing"
)

// Public tables, and what they are. Rows are counted by line, the heading first.
func TestRecognisePublicTables(t *testing.T) {
	for _, c := range []struct {
		what, text string
		o          Options
		want       map[string][]int // verdict, lines
	}{
		// BerriAI/litellm: 1,000 users that think for 0.75 s. With 4 instances
		// they send nearly all they can; the "13 % more" is no scaling limit.
		{"litellm", "n,rps,mean_ms,p50_ms,p95_ms,p99_ms\n2,1035.7,262.46,200,630,1200\n4,1170,111.73,100,150,240\n",
			Options{Clients: 1000, ThinkS: 0.75}, map[string][]int{LoadBound: {3}, ClosedLoop: {2}}},
		// wg/wrk issue 541: 100 connections, more generator threads change nothing.
		{"wrk", "threads,req/s,ms\n1,20238.28,4.94\n2,21215.08,4.71\n3,21503.67,4.67\n4,21230.08,4.71\n",
			Options{Clients: 100}, map[string][]int{LoadBound: {2, 3, 4, 5}}},
		// the-benchmarker, 64 connections: four frameworks share one latency that
		// is not theirs; the last two show their own.
		{"the-benchmarker", "name,rps,p50_ms\noatpp,2395,27.3\naspnet-minimal-api,2142,30.0\nluminus,2156,29.5\nshelf,1914,30.1\nkhttp,46788,1.35\npowpow,50872,1.19\n",
			Options{Clients: 64}, map[string][]int{LoadBound: {2, 3, 4, 5}, ClosedLoop: {6, 7}}},
		// Elasticsearch pull request 26128: 100 clients, two policies.
		{"elasticsearch", "policy,ops/s,p50_ms,p90_ms,p99_ms\nround robin,95.79,1003,1340,1648\nars,97.61,985.7,1300,1600\n",
			Options{Clients: 100}, map[string][]int{ClosedLoop: {2, 3}}},
		// Nginx, 100 KB files: 73 Gbit/s of network.
		{"nginx 100 KB", "cpus,rps\n1,33125\n2,62554\n4,88691\n8,91640\n16,91623\n32,91640\n36,91655\n",
			Options{}, map[string][]int{BandwidthCeiling: {5, 6, 7, 8}}},
		// The other columns stop at their own CPUs or not at all.
		{"nginx 0 KB", "cpus,rps\n1,145551\n2,249293\n4,543061\n8,1048421\n16,2001846\n32,3019182\n36,3298511\n", Options{}, nil},
		{"nginx 1 KB", "cpus,rps\n1,74091\n2,131466\n4,261269\n8,524745\n16,972382\n32,1316362\n36,1309358\n", Options{}, nil},
		// Yugabyte's TPC-C: the load is limited by warehouses, which grew with the nodes.
		{"yugabyte", "nodes,tpmC,latency_ms\n3,25646.4,54.2\n4,34212.57,53.9\n5,42772.6,51.0\n6,51296.9,62.1\n",
			Options{}, map[string][]int{LoadGrows: {2, 3, 4, 5}}},
		// automaxprocs: 2 CPUs of limit on a host of 24.
		{"automaxprocs", "gomaxprocs,rps,p50_ms,p99.9_ms\n1,28893.18,1.46,19.70\n2,44715.07,0.84,26.38\n3,44212.93,0.66,30.07\n4,41071.15,0.57,42.94\n8,33111.69,0.43,64.32\n24,22191.40,0.45,76.19\n",
			Options{CPULimit: 2}, map[string][]int{CPULimit: {4, 5, 6, 7}}},
		// Vector behind an ingress: 55 MiB/s offered, eight pods at 47 % carry all of it.
		{"vector", "pods,throughput\n1,16.64\n8,56.8\n", Options{Offered: 55}, map[string][]int{LoadBound: {3}}},
		// nurl on 12 cores that the generator shares: the workers are 39 % busy.
		{"nurl", "workers,rps,cpu_us\n8,203100,24.29\n12,177857,26.07\n", Options{Cores: 12}, map[string][]int{GeneratorOnHost: {3}}},
	} {
		got := map[string][]int{}
		for _, f := range Recognise(read(t, c.text), c.o) {
			got[f.Verdict] = f.Lines
			if f.Reason == "" {
				t.Errorf("%s: %s without a reason", c.what, f.Verdict)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: recognised as %v, want %v", c.what, got, c.want)
		}
		for verdict, lines := range c.want {
			if !slices.Equal(got[verdict], lines) {
				t.Errorf("%s: %s in lines %v, want %v", c.what, verdict, got[verdict], lines)
			}
		}
	}
}

// The public scaling curves are what they seem.
func TestRecogniseNothing(t *testing.T) {
	for _, name := range []string{"specsdm91", "raytracer", "cisco", "paypal_node", "paypal_java", "linear2"} {
		if got := Recognise(recordedTable(t, name), Options{}); len(got) > 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
