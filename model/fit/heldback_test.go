package fit

import (
	"slices"
	"testing"
)

// Rows that the load bounds are found without being told of it, and others are
// not taken for such.
func TestRecogniseHeldBack(t *testing.T) {
	for _, c := range []struct {
		what, text string
		o          Options
		verdict    string
		lines      []int
	}{
		{"clients that the generator holds back", "users,rps,latency_ms\n10,100,100\n20,200,100\n40,400,100\n80,402,100\n160,399,100\n320,401,99\n", Options{}, LoadBound, []int{5, 6, 7}},
		{"fixed clients, of whom most are not in the system", "instances,rps,latency_ms,clients\n1,1000,50,200\n2,1005,50,200\n4,998,51,200\n8,1001,50,200\n", Options{}, LoadBound, []int{2, 3, 4, 5}},
		{"the same, clients by option", "pods,rps,avg_ms\n1,1000,50\n2,1005,50\n4,998,51\n", Options{Clients: 200}, LoadBound, []int{2, 3, 4}},
		{"a think time that nobody stated (litellm)", "n,rps,mean_ms\n2,1035.7,262.46\n4,1170,111.73\n", Options{Clients: 1000}, LoadBound, []int{3}},
		{"throughput for each of N the same, to the digits", "instances,rps\n1,3\n2,7\n3,10\n4,13\n5,17\n", Options{}, LoadGrows, []int{2, 3, 4, 5, 6}},
		{"met at first, and then not", "n,x\n1,50\n2,100\n3,150\n4,200\n5,231\n6,247\n", Options{}, LoadGrows, []int{2, 3, 4, 5}},
		{"clients that wait", "users,rps,latency_ms\n10,100,100\n20,150,133\n40,180,222\n80,185,432\n", Options{}, "", nil},
		{"a queue that fills, with think time", "users,rps,latency_ms\n10,9,111\n50,40,250\n100,60,667\n200,62,2226\n", Options{}, LoadBound, []int{2}},
		{"a system that scales", "instances,rps,latency_ms,clients\n1,100,950,100\n2,190,500,100\n4,350,270,100\n", Options{}, ClosedLoop, nil},
		{"nearly even", "n,x\n1,100.4\n2,197.3\n3,295.1\n4,388\n", Options{}, "", nil},
	} {
		found := Recognise(read(t, c.text), c.o)
		i := slices.IndexFunc(found, func(f Finding) bool { return f.Verdict == c.verdict })
		switch {
		case c.lines == nil:
			if slices.ContainsFunc(found, func(f Finding) bool { return f.Verdict == LoadBound || f.Verdict == LoadGrows }) {
				t.Errorf("%s: %+v", c.what, found)
			}
		case i < 0 || !slices.Equal(found[i].Lines, c.lines):
			t.Errorf("%s: %+v, want %s in lines %v", c.what, found, c.verdict, c.lines)
		default:
			r := fitted(t, read(t, c.text), c.o)
			if !has(r.Answer[:min(3, len(r.Answer))], "show the load, not what the system can do") {
				t.Errorf("%s: answers %q", c.what, r.Answer)
			}
		}
	}
}
