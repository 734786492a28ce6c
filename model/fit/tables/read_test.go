package tables

import (
	"errors"
	"math"
	"strings"
	"testing"
	"testing/iotest"
)

func read(t *testing.T, text string) Table {
	t.Helper()
	tab, err := Read(strings.NewReader(text), "f.csv")
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return tab
}

func TestReadLayouts(t *testing.T) {
	want := []Row{{N: 1, X: 64.5}, {N: 18, X: 996}}
	for _, c := range []struct{ what, text string }{
		{"commas, no heading", "1,64.5\n18,996\n"},
		{"heading", "n,x\n1,64.5\n18,996\n"},
		{"columns the other way round", "throughput;instances\n64.5;1\n996;18"},
		{"tabs", "N\tX\n1\t64.5\n18\t996\n"},
		{"spaces", "  1   64.5\n 18 996\n"},
		{"comments and empty lines", "# bench\n\n1, 64.5 # first\r\n18, 996\r\n"},
		{"byte order mark and quotes", "\ufeff\"cpus\",\"req/s\"\n\"1\",\"64.5\"\n18,996\n"},
		{"unknown columns", "host,n,rps,comment\na,1,64.5,cold\nb,18,996,warm\n"},
	} {
		tab := read(t, c.text)
		if len(tab.Rows) != 2 || !tab.HasN {
			t.Fatalf("%s: %+v", c.what, tab)
		}
		for i, r := range tab.Rows {
			if r.N != want[i].N || r.X != want[i].X || r.R != 0 {
				t.Errorf("%s: row %+v, want %+v", c.what, r, want[i])
			}
		}
	}
}

func TestReadTimes(t *testing.T) {
	for _, c := range []struct {
		what, text string
		want       Row
		inFlight   bool
	}{
		{"n,r: Little's law gives x", "n,r\n4,0.02", Row{Line: 2, N: 4, X: 200, R: 0.02}, true},
		{"x,r gives n", "rps,latency_ms\n200,20", Row{Line: 2, N: 4, X: 200, R: 0.02}, true},
		{"n,x,r without heading, in seconds", "4,200,0.02", Row{Line: 1, N: 4, X: 200, R: 0.02}, false},
		{"clients and think time", "4,200,0.02,100,0.75", Row{Line: 1, N: 4, X: 200, R: 0.02, Clients: 100, ThinkS: 0.75}, false},
		{"no think time is fine", "n,x,r,clients,think\n4,200,0.02,100,0", Row{Line: 2, N: 4, X: 200, R: 0.02, Clients: 100}, false},
		{"clients are the size if there is no other", "clients,rps\n64,1000", Row{Line: 2, N: 64, X: 1000}, true},
		{"a median where there is no mean; the highest tail", "n,rps,p50_ms,p95 (ms),p99.9 ms\n2,10,1,5,9", Row{Line: 2, N: 2, X: 10, R: 0.001, P50: 0.001, Tail: 0.009}, false},
		{"a mean beside a median", "n,rps,mean_us,p50_us,max_us\n2,10,20,10,70", Row{Line: 2, N: 2, X: 10, R: 20e-6, P50: 10e-6, Tail: 70e-6}, false},
		{"CPU time and offered rate", "workers,rps,cpu_us,offered_rps\n8,100,25,120", Row{Line: 2, N: 8, X: 100, CPUS: 25e-6, Offered: 120}, false},
		{"names", "name,rps,p50_ms\nkhttp,100,2", Row{Line: 2, Name: "khttp", N: 0.2, X: 100, R: 0.002, P50: 0.002}, true},
	} {
		tab := read(t, c.text)
		got := tab.Rows[0]
		for _, p := range []struct{ got, want float64 }{{got.N, c.want.N}, {got.X, c.want.X}, {got.R, c.want.R}, {got.P50, c.want.P50},
			{got.Tail, c.want.Tail}, {got.CPUS, c.want.CPUS}} {
			if math.Abs(p.got-p.want) > 1e-12*math.Abs(p.want) {
				t.Errorf("%s: %+v, want %+v", c.what, got, c.want)
			}
		}
		if got.Line != c.want.Line || got.Name != c.want.Name || got.Clients != c.want.Clients || got.ThinkS != c.want.ThinkS ||
			got.Offered != c.want.Offered || tab.InFlight != c.inFlight {
			t.Errorf("%s: %+v, in flight %v", c.what, got, tab.InFlight)
		}
	}
}

func TestReadAs(t *testing.T) {
	tab, err := ReadAs(strings.NewReader("4,20\n"), "f", "n,r_ms")
	if err != nil || tab.Rows[0].X != 200 {
		t.Errorf("%+v, %v", tab, err)
	}
	if _, err := ReadAs(strings.NewReader("4,20\n"), "f", "n,colour"); err == nil || !strings.Contains(err.Error(), `f: --columns: the columns are "n", "colour"`) {
		t.Errorf("error %v", err)
	}
}

// Each error is one line that names the file, the line and what would be right.
func TestReadErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `f.csv: no measurements; need columns`},
		{"# only\n\n", `f.csv: no measurements`},
		{"n,x\n", `f.csv: no measurements`},
		{"n,x\n1,abc\n", `f.csv:2: x is "abc"; want a number`},
		{"1,2\n2,NaN\n", `f.csv:2: x is "NaN"; want a number`},
		{"1,2\n2,inf\n", `f.csv:2: x is "inf"; want a number`},
		{"1,2\n\n0,5\n", `f.csv:3: n is 0; want more than 0`},
		{"1,2\n2,-5\n", `f.csv:2: x is -5; want more than 0`},
		{"1,1e300\n", `f.csv:1: x is 1e300; want between`},
		{"1;64,5\n", `f.csv:1: x is "64,5"; write decimals with a point`},
		{"1,2\n3\n", `f.csv:2: 1 columns where 2 are expected`},
		{"1\n", `f.csv:1: 1 columns and no heading`},
		{"1,2,3,4,5,6\n", `f.csv:1: 6 columns and no heading`},
		{"colour,taste\n1,2\n", `f.csv:1: the columns are "colour", "taste"; need columns n and x`},
		{"n,colour\n1,2\n", `need columns n and x, n and r, or x and r`},
		{"1,two\n", `f.csv:1: x is "two"`},
		{strings.Repeat("1,2\n", MaxRows+1), `f.csv:10001: more than 10000 rows`},
		{strings.Repeat("9", 70<<10), `a line is longer than 64 KB`},
	} {
		_, err := Read(strings.NewReader(c.text), "f.csv")
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.40q: error %v, want %q", c.text, err, c.want)
		}
	}
	broken := errors.New("disk on fire")
	if _, err := Read(iotest.ErrReader(broken), "f.csv"); !errors.Is(err, broken) {
		t.Errorf("a failing reader: %v", err)
	}
}
