package evidence

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/k9mil/velocitas/internal/strict"
	"github.com/k9mil/velocitas/model"
)

const recorded = "../testdata/evidence/"

func read(t testing.TB, file string, o Options) *Result {
	t.Helper()
	s, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, err := Read(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func readText(t testing.TB, text string, o Options) (*Result, error) {
	t.Helper()
	s, err := From("log", strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	return Read(t.Context(), s, o)
}

// One run of the real nginx, logged in five formats at once: what its client
// counted, and what was done to the instances, is in each.
func TestNginxItself(t *testing.T) {
	status := map[string]int64{"200": 254, "400": 1, "499": 1, "500": 9, "502": 2, "504": 1}
	for _, name := range []string{"velocitas", "timed", "upstreaminfo", "ltsv", "combined"} {
		r := read(t, recorded+"nginx/"+name+".log.gz", Options{Arrivals: true})
		if r.Requests != 268 || r.Failed != 13 || !reflect.DeepEqual(r.ByStatus, status) || r.Skipped.Lines != 0 {
			t.Errorf("%s: %d requests, %d failed, %v, %d skipped", name, r.Requests, r.Failed, r.ByStatus, r.Skipped.Lines)
		}
		if len(r.Arrivals) != 268 || r.Arrivals[0] != 0 {
			t.Errorf("%s: %d arrivals", name, len(r.Arrivals))
		}
		classes := map[string]int64{}
		for _, c := range r.Classes {
			classes[c.Name] = c.Requests
		}
		if want := map[string]int64{"GET /items/:n": 194, "GET /report": 59, "GET /boom": 9, "GET /spare/:n": 3, "GET /gave-up": 1, "GET /hang": 1, "not HTTP": 1}; !reflect.DeepEqual(classes, want) {
			t.Errorf("%s: classes %v", name, classes)
		}
		// /items waits 5 to 10 ms, /report 30 to 60, and three in four are /items.
		if name != "combined" && (r.Latency.QuantileMs(0.5) < 5 || r.Latency.QuantileMs(0.5) > 15 || r.Latency.QuantileMs(0.99) < 45 || r.Latency.QuantileMs(0.99) > 75) {
			t.Errorf("%s: p50 %g, p99 %g ms", name, r.Latency.QuantileMs(0.5), r.Latency.QuantileMs(0.99))
		}
		// One /hang was tried at three instances; three in /spare went on to another
		// group; two /items and two at the end found the third, or all, down.
		if name != "combined" && (r.Retried != 7 || r.Recovered != 5) {
			t.Errorf("%s: %d retried, %d recovered", name, r.Retried, r.Recovered)
		}
		if name == "timed" || name == "combined" {
			continue // without addresses
		}
		if got := r.Counted(); len(got) != 3 || len(r.Instances) != 5 || r.Instances[0].Requests != 93 || r.Instances[4].Requests != 3 || r.Instances[4].Failed != 3 {
			t.Errorf("%s: %d of %d instances counted", name, len(got), len(r.Instances))
		}
		if e, ok := r.Evenness(); !ok || e.Degrees != 2 || e.P < 0.5 {
			t.Errorf("%s: evenness %+v", name, e)
		}
	}
}

// What nginx logged of a recorded service is what its client saw: as many
// requests and, but for the way between them, the same latencies. The curve made
// of it says so, and the trace has the client's gaps.
func TestAgainstTheClient(t *testing.T) {
	const format = `$msec $request_time $upstream_response_time $upstream_connect_time $upstream_addr $status "$request"`
	r := read(t, recorded+"nginx/godb-light.access.log.gz", Options{LogFormat: format, Arrivals: true})
	sent, took := clientOf(t, recorded+"nginx/godb-light.csv.gz")
	if int(r.Requests) != len(took) || r.Failed != 0 {
		t.Fatalf("%d requests logged, %d sent", r.Requests, len(took))
	}
	for _, q := range []float64{0.5, 0.9, 0.95, 0.99} {
		client, nginx := nearestRank(took, q), r.Latency.QuantileMs(q)
		if nginx > client+0.5 || nginx < client-max(2.5, client/4) {
			t.Errorf("quantile %g: nginx logged %g ms, its client saw %g", q, nginx, client)
		}
	}
	if within := math.Abs(float64(r.DurationNs)/1e9/(sent[len(sent)-1]-sent[0]) - 1); within > 0.01 {
		t.Errorf("%d ns against %g s of the client", r.DurationNs, sent[len(sent)-1]-sent[0])
	}
	for i := range sent {
		if at := float64(r.Arrivals[i]) / 1e9; math.Abs(at-(sent[i]-sent[0])) > 0.05 {
			t.Fatalf("arrival %d is at %g s, sent at %g", i, at, sent[i]-sent[0])
		}
	}
	c, err := Curve("godb", "test", []Part{{r, 1}})
	if err != nil {
		t.Fatal(err)
	}
	if f, err := model.CurveFile("c.json", c); err != nil {
		t.Error(err)
	} else if again, err := model.ParseCurve("c.json", f.Data); err != nil || again.Kind != model.Imported || again.Points[0].Completed != r.Requests {
		t.Errorf("read again: %v", err)
	}
}

// clientOf reads the client's own account: when requests were sent, in seconds,
// and what they took, in milliseconds.
func clientOf(t *testing.T, file string) (sent, took []float64) {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n")[1:] {
		var intended, at, ms float64
		if _, err := fmt.Sscanf(strings.ReplaceAll(line, ",", " "), "%g %g %g", &intended, &at, &ms); err != nil {
			t.Fatal(err)
		}
		sent, took = append(sent, at), append(took, ms)
	}
	return sent, took
}

const goodLine = `{"t":1795608123.125,"rt":0.091,"ua":"10.0.0.1:80","us":"200","urt":"0.090","st":200,"r":"GET / HTTP/1.1"}`

// Files that went wrong are read as far as they go, and say what is wrong, or are
// refused in one line.
func TestHostileLogs(t *testing.T) {
	good := strings.Repeat(goodLine+"\n", 100)
	combined := strings.Repeat(`10.0.0.1 - - [25/Nov/2026:12:02:03 +0000] "GET / HTTP/1.1" 200 312 "-" "x"`+"\n", 3)
	packed := pack(t, good)
	damaged := []byte(pack(t, strings.Repeat(goodLine+"\n", 50_000)))
	damaged[len(damaged)-200] ^= 0xff
	back := strings.ReplaceAll(goodLine, "1795608123", "1795600000")
	for _, c := range []struct {
		name, text string
		requests   int64
		skipped    int64
		says       string // among the findings, or as the error
	}{
		{"CRLF", strings.ReplaceAll(good, "\n", "\r\n"), 100, 0, ""},
		{"BOM", "\xef\xbb\xbf" + good, 100, 0, ""},
		{"no line break at the end", good + goodLine, 101, 0, ""},
		{"cut in the last line", good + goodLine[:50], 100, 0, ""},
		{"empty lines", "\n\n" + good + "\n\n", 100, 0, ""},
		{"mixed formats", good + combined, 100, 3, `3 lines could not be used and left out: line 101 is not of the log's format: "10.0.0.1 - - [`},
		{"binary between", good + "\x00\x01\xff\xfe\n" + good, 200, 1, `line 101 is not of the log's format: "??`},
		{"a long line", good + strings.Repeat("x", 3<<20) + "\n" + good, 200, 1, "line 101 is longer than 1 MB"},
		{"a line of half a MB", good + strings.Replace(goodLine, "GET /", "GET /"+strings.Repeat("y", 500_000), 1) + "\n" + good, 201, 0, ""},
		{"clock runs back", good + back + "\n", 101, 0, "times run back 1 time, by up to 2h15m23s"},
		{"packed", packed, 100, 0, ""},
		{"packed twice", pack(t, packed), 0, 0, "log: is packed twice"},
		{"several packed", packed + packed, 200, 0, ""},
		{"packed and damaged", string(damaged), -1, 0, "cut off or damaged in the middle"},
		{"nothing", "", 0, 0, "log: is empty"},
		{"spaces", "\n\n\n", 0, 0, "log: is no access log"},
		{"UTF-16", "\xff\xfe{\x00\"\x00", 0, 0, "log: is UTF-16 text; save it as UTF-8"},
		{"UTF-16 without BOM", "{\x00\"\x00t\x00\"\x00:\x00", 0, 0, "log: is UTF-16 text; save it as UTF-8"},
		{"binary", strings.Repeat("\x00\x17\xff", 1000), 0, 0, "log:1: is no access log and no result of a load generator"},
		{"prose", "The quick brown fox\njumps over\n", 0, 0, `log:1: is no access log and no result of a load generator that is known here; it begins with "The quick brown fox"; for an access log of another format give --log-format`},
		{"zip", "PK\x03\x04....", 0, 0, "log: is a zip archive; unpack it"},
		{"no gzip", "\x1f\x8bxxxxxxxxxxxxxxxxx", 0, 0, "log: begins as gzip does and is none"},
		{"gzip cut at once", packed[:12], 0, 0, "log: is cut off"},
	} {
		r, err := readText(t, c.text, Options{})
		if err != nil {
			var wrong *strict.Error
			if !strings.HasPrefix(err.Error(), c.says) || c.says == "" || !errors.As(err, &wrong) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v; want %s", c.name, err, c.says)
			}
			continue
		}
		if c.requests == 0 || c.requests > 0 && (r.Requests != c.requests || r.Skipped.Lines != c.skipped) {
			t.Errorf("%s: %d requests and %d lines skipped; want %d and %d", c.name, r.Requests, r.Skipped.Lines, c.requests, c.skipped)
		}
		if found := strings.Join(r.Findings(), "\n"); !strings.Contains(found, c.says) || c.says == "" && c.skipped == 0 && strings.Contains(found, "could not") {
			t.Errorf("%s: says %s; want %s", c.name, found, c.says)
		}
		if len(r.Skipped.First) > 3 {
			t.Errorf("%s: %d lines are shown", c.name, len(r.Skipped.First))
		}
	}
}

func pack(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A log is not held in memory, nor is what a small packed file unpacks to; hundreds
// of megabytes without a line that can be used are given up.
func TestMemoryStaysFlat(t *testing.T) {
	var zeros bytes.Buffer
	z := gzip.NewWriter(&zeros)
	block := make([]byte, 1<<20)
	for i := range block {
		block[i] = 'x'
	}
	for range 200 {
		if _, err := z.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, stream := range map[string]io.Reader{
		"a packed bomb": &zeros,
		"long":          &repeated{text: []byte(goodLine + "\n"), left: 30 << 20},
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s, err := From(name, stream)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Read(t.Context(), s, Options{})
		runtime.ReadMemStats(&after)
		if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 20 {
			t.Errorf("%s: %d MB allocated", name, took)
		}
		if name == "long" && (err != nil || r.Requests != 30<<20/int64(len(goodLine)+1)+1) {
			t.Errorf("%s: %v", name, err)
		}
		if name != "long" && (err == nil || !strings.HasPrefix(err.Error(), name)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// repeated is a text, again and again up to so many bytes.
type repeated struct {
	text []byte
	at   int
	left int
}

func (r *repeated) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if r.left <= 0 && r.at == 0 {
			return n, io.EOF
		}
		c := copy(p[n:], r.text[r.at:])
		n, r.at, r.left = n+c, (r.at+c)%len(r.text), r.left-c
	}
	return n, nil
}

// A file that is replaced or cut while it is read is said to be.
func TestRotated(t *testing.T) {
	file := filepath.Join(t.TempDir(), "access.log")
	for what, rotate := range map[string]func() error{
		"rotated": func() error {
			if err := os.Rename(file, file+".1"); err != nil {
				return err
			}
			return os.WriteFile(file, nil, 0o600)
		},
		"cut": func() error { return os.Truncate(file, 0) },
	} {
		if err := os.WriteFile(file, []byte(strings.Repeat(goodLine+"\n", 100)), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := rotate(); err != nil {
			t.Fatal(err)
		}
		r, err := Read(t.Context(), s, Options{})
		if err != nil || !strings.Contains(strings.Join(r.Doubts, ""), "the file was "+what) {
			t.Errorf("%s: %v", what, err)
		}
		s.Close()
	}
}

// A context that ended ends the reading.
func TestReadingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := From("log", &repeated{text: []byte(goodLine + "\n"), left: math.MaxInt})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := Read(ctx, s, Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// An instance that starts slowly is named, one that does not is not, and neither
// is one that is slow by chance. Shares are judged against chance.
func TestWhatInstancesDo(t *testing.T) {
	var b strings.Builder
	x := uint32(1)
	for i := range 6000 {
		x = x*1664525 + 1013904223
		at, took, to := float64(i)/100, 0.010+float64(x>>24)/25_600, 1+i%3
		if to == 2 && at < 8 {
			took *= 4
		}
		if x>>28 == 0 {
			to = 3 // more than its share
		}
		fmt.Fprintf(&b, `{"t":%.3f,"rt":%.3f,"ua":"10.0.0.%d:80","us":"200","urt":"%.3f","st":200,"r":"GET / HTTP/1.1"}`+"\n", 1795608123+at+took, took, to, took)
	}
	r, err := readText(t, b.String(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range r.Instances {
		if early, later, slow := x.SlowStart(); slow != (i == 1) {
			t.Errorf("%s: %g and %g ms, slow: %v", x.Addr, early, later, slow)
		}
	}
	if e, ok := r.Evenness(); !ok || e.P > 0.001 {
		t.Errorf("evenness %+v", e)
	}
	found := strings.Join(r.Findings(), "\n")
	for _, want := range []string{"more uneven than chance has it", "slow in their first ten seconds: 10.0.0.2:80", "as a constant rate or a closed loop"} {
		if !strings.Contains(found, want) {
			t.Errorf("not said: %s in\n%s", want, found)
		}
	}
}

// nearestRank is a quantile of unsorted values.
func nearestRank(values []float64, q float64) float64 {
	sorted := append([]float64(nil), values...)
	for i := range sorted { // plainly
		for j := i; j > 0 && sorted[j] < sorted[j-1]; j-- {
			sorted[j], sorted[j-1] = sorted[j-1], sorted[j]
		}
	}
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}
