package load

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var someRecord = rapid.Custom(func(t *rapid.T) Record {
	instant := func(name string) time.Duration {
		return time.Duration(rapid.Int64Range(0, int64(longestS)*1e9).Draw(t, name))
	}
	return Record{
		Intended: instant("intended"), Sent: instant("sent"), Latency: instant("latency"),
		Status: Status(rapid.OneOf(rapid.SampledFrom([]int{-1, 0}), rapid.IntRange(100, 999)).Draw(t, "status")),
		// CSV cannot hold a carriage return before a line feed as it was.
		Instance: rapid.StringMatching(`[^\r]*`).Draw(t, "instance"),
	}
})

// What is written is read back to the nanosecond.
func TestCSVRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOf(someRecord).Draw(t, "records")
		var file bytes.Buffer
		if err := WriteCSV(&file, records); err != nil {
			t.Fatal(err)
		}
		got, err := ReadCSV(&file)
		if err != nil || !slices.Equal(got, records) {
			t.Fatalf("got %v, %v: want %v", got, err, records)
		}
	})
}

func TestFileRoundTrip(t *testing.T) {
	records := []Record{{Intended: 1, Sent: 2, Latency: 3, Status: 200, Instance: "a"}, {Status: TimedOut}}
	dir := t.TempDir()
	for _, name := range []string{"r.csv", "r.csv.gz"} {
		path := filepath.Join(dir, name)
		for range 2 { // the second time it is replaced
			if err := WriteFile(path, records); err != nil {
				t.Fatal(err)
			}
		}
		got, err := ReadFile(path)
		if err != nil || !slices.Equal(got, records) {
			t.Errorf("%s: got %v, %v: want %v", name, got, err, records)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("%d files, %v: want the two written", len(left), err)
	}
	if err := WriteFile(filepath.Join(dir, "none", "r.csv"), records); err == nil {
		t.Error("a folder that is not there was written to")
	}
}

// Recorded by another program, with one instant a line.
func TestReadsStartColumn(t *testing.T) {
	got, err := ReadCSV(strings.NewReader("start_s,latency_s,instance,status\n0.003935,0.018058,1,200\n0.268705,0.020334,2,503\n"))
	want := []Record{
		{Intended: 3935 * time.Microsecond, Sent: 3935 * time.Microsecond, Latency: 18058 * time.Microsecond, Status: 200, Instance: "1"},
		{Intended: 268705 * time.Microsecond, Sent: 268705 * time.Microsecond, Latency: 20334 * time.Microsecond, Status: 503, Instance: "2"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v: want %v", got, err, want)
	}
}

func TestBadCSV(t *testing.T) {
	const head = "intended_s,sent_s,latency_s,status,instance\n"
	for _, row := range []struct{ file, want string }{
		{"", "no header line"},
		{"a,b\n1,2\n", "line 1: no column intended_s"},
		{"intended_s,sent_s,latency_s,instance\n", "line 1: no column status"},
		{"start_s,latency_s,status,instance,status\n", "line 1: column \"status\" appears twice"},
		{head + "1,1,1,200,a\nx,1,1,200,a\n", "line 3: intended_s \"x\": want seconds"},
		{head + "1,-1,1,200,a\n", "line 2: sent_s \"-1\""},
		{head + "1,1,NaN,200,a\n", "line 2: latency_s \"NaN\""},
		{head + "1,1,1e300,200,a\n", "line 2: latency_s"},
		{head + "1,1,1,42,a\n", "line 2: status \"42\": want 0, timeout or an HTTP status"},
		{head + "1,1,1,ok,a\n", "line 2: status \"ok\""},
		{head + "1,1,1,200\n", "wrong number of fields"},
		{head + "1,1,1,200,\"a\n", "\""},
	} {
		if _, err := ReadCSV(strings.NewReader(row.file)); err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error %v: want one line with %q", row.file, err, row.want)
		}
	}
}

// Whatever is read without an error can be written and read again.
func FuzzReadCSV(f *testing.F) {
	f.Add("intended_s,sent_s,latency_s,status,instance\n0.1,0.2,0.3,200,a\n0.1,0.2,0.3,timeout,\n")
	f.Add("start_s,latency_s,instance,status\n0.003935,0.018058,1,200\n")
	f.Add("start_s,latency_s,instance,status\n1e6,+Inf,\"\n\",099\n")
	f.Fuzz(func(t *testing.T, file string) {
		records, err := ReadCSV(strings.NewReader(file))
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := WriteCSV(&again, records); err != nil {
			t.Fatal(err)
		}
		got, err := ReadCSV(&again)
		if err != nil || !slices.Equal(got, records) {
			t.Fatalf("%q: got %v, %v: want %v", file, got, err, records)
		}
	})
}
