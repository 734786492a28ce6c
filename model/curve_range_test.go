package model

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"unicode"

	"github.com/k9mil/velocitas/internal/extremes"
)

const hugeThroughput = "testdata/reported/robustness/curve-fit-points_0_throughput_rps_value-1e308.json"

// goodCurve is that file with a throughput as it should be.
func goodCurve(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(hugeThroughput)
	if err != nil {
		t.Fatal(err)
	}
	good := bytes.Replace(data, []byte(`"value": 1e308`), []byte(`"value": 16.4909`), 1)
	if _, err := ParseCurve("good.json", good); err != nil || bytes.Equal(good, data) {
		t.Fatal(err)
	}
	return good
}

func TestHugeThroughput(t *testing.T) {
	_, err := ReadCurve(t.Context(), hugeThroughput)
	if want := hugeThroughput + ":1: points[0].throughput_rps: wants numbers up to 1e+15"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// A curve with any number at an extreme is refused with one line that names the
// number, or is read, and then written and read again.
func TestExtremes(t *testing.T) {
	refused := 0
	for _, c := range extremes.JSON(t, goodCurve(t)) {
		curve, err := ParseCurve("c.json", c.Data)
		if err != nil {
			refused++
			key, _, _ := strings.Cut(strings.TrimPrefix(c.Name, "."), "=")
			for _, part := range []string{".value", ".lo", ".hi"} { // an estimate is judged as a whole
				key = strings.TrimSuffix(key, part)
			}
			named := strings.Contains(err.Error(), key+": ") || strings.HasPrefix(key, "every ") ||
				strings.HasSuffix(key, ".instances") // which of two is out of order, none can say
			if !strings.HasPrefix(err.Error(), "c.json:1: ") || !named {
				t.Errorf("%s: %v", c.Name, err)
			}
			continue
		}
		f, err := CurveFile("again.json", curve)
		if err != nil {
			t.Errorf("%s is read, but: %v", c.Name, err)
			continue
		}
		if again, err := ParseCurve(f.Path, f.Data); err != nil || !reflect.DeepEqual(withoutScenario(again), withoutScenario(curve)) {
			t.Errorf("%s: written and read again: %v", c.Name, err)
		}
	}
	if refused < 400 {
		t.Errorf("only %d were refused", refused)
	}
}

// withoutScenario leaves out what keeps its layout.
func withoutScenario(c *Curve) Curve {
	without := *c
	without.Scenario = nil
	return without
}

// What would not be read is not written.
func TestNothingUnreadableIsWritten(t *testing.T) {
	for what, change := range map[string]func(*Curve){
		"in_system": func(c *Curve) { c.Points[0].InSystem.Value = -78757 },
		"name":      func(c *Curve) { c.Name = strings.Repeat("x", textMost+1) },
		"too large": func(c *Curve) { c.Points[0].Share = make([]int64, 2<<20) },
	} {
		c := sampleCurve()
		change(c)
		file := filepath.Join(t.TempDir(), "c.json")
		if err := WriteCurve(file, c); err == nil || !strings.Contains(err.Error(), what) || len(err.Error()) > 1000 {
			t.Errorf("%s: got %v", what, err)
		}
		if _, err := os.Stat(file); err == nil {
			t.Errorf("%s: written all the same", what)
		}
	}
}

// What is in no file has no range: nobody answered in time is an infinite
// latency of all.
func TestWhatIsNotWrittenHasNoRange(t *testing.T) {
	c := sampleCurve()
	c.Points[0].LatencyOfAllMs.P50 = Exactly(math.Inf(1))
	f, err := CurveFile("c.json", c)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseCurve(f.Path, f.Data)
	if err != nil || again.Points[0].LatencyOfAllMs != (Latency{}) {
		t.Errorf("read again: %v", err)
	}
}

// Sixty megabytes of anything are refused, and never take a gigabyte: all that
// was allocated, garbage included, bounds what was held. The full run tries all
// kinds.
func TestLargeFiles(t *testing.T) {
	size, full := 10<<20, os.Getenv("VELOCITAS_TEST_FULL") != ""
	if full {
		size = 60 << 20
	}
	start := `{"schema": "velocitas.curve/1", "kind": "predicted", "points": [{"instances": 1, "share": `
	dir := t.TempDir()
	for what, text := range map[string]string{
		"numbers":  start + "[" + strings.Repeat("1,", size/2) + "1]}]}",
		"lists":    start + "[" + strings.Repeat("[],", size/3) + "1]}]}",
		"mappings": `{"points": [` + strings.Repeat("{},", size/3) + "{}]}",
		"keys":     `{"scenario": {"a": [` + strings.Repeat(`{"a":1},`, size/8) + "1]}}",
		"depth":    strings.Repeat("[", size),
		"a name":   `{"schema": "velocitas.curve/1", "kind": "predicted", "points": [{"instances": 1}], "name": "` + strings.Repeat("x", size) + `"}`,
		"a key":    `{"` + strings.Repeat("x", size) + `": 1}`,
		"a line":   `{"points": "` + strings.Repeat("\\n", size/2) + `"}`,
		"spaces":   strings.Repeat(" ", size),
		"too much": strings.Repeat("1", curveMost+1),
	} {
		if what != "numbers" && !full {
			continue
		}
		file := filepath.Join(dir, "c.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ReadCurve(t.Context(), file)
		runtime.ReadMemStats(&after)
		if err == nil || len(err.Error()) > 1000 || !strings.HasPrefix(err.Error(), file) {
			t.Errorf("%s: got %.300v", what, err)
		}
		took := (after.TotalAlloc - before.TotalAlloc) >> 20
		t.Logf("%s: %d MB allocated: %v", what, took, err)
		if took > 1000 {
			t.Errorf("%s: %d MB allocated", what, took)
		}
	}
}

// FuzzParseCurve: whatever a curve file holds, reading it ends, and with one
// line if it is wrong; what was read can be written and read again.
func FuzzParseCurve(f *testing.F) {
	f.Add(goodCurve(f))
	data, _ := os.ReadFile(hugeThroughput)
	f.Add(data)
	sample, _ := json.Marshal(sampleCurve())
	f.Add(sample)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseCurve("c.json", data)
		if err != nil {
			if line := err.Error(); !strings.HasPrefix(line, "c.json") || strings.ContainsFunc(line, unicode.IsControl) || len(line) > 10_000 {
				t.Fatalf("not one line that names the file: %q", line)
			}
			return
		}
		again, err := CurveFile("again.json", c)
		if err != nil {
			t.Fatal(err)
		}
		if d, err := ParseCurve(again.Path, again.Data); err != nil || !reflect.DeepEqual(withoutScenario(c), withoutScenario(d)) {
			t.Fatalf("written and read again: %v", err)
		}
	})
}
