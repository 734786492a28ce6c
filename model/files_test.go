package model

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// The layout changes white space only, and keeps the small things on one line.
func TestEncode(t *testing.T) {
	const want = `{
  "a": {"value": 1, "lo": 0.5, "hi": 2},
  "b": [1, 2, 3],
  "c": [],
  "d": {
    "e": [
      {"q": 0.5, "text": "a,b:{c}\"<&"}
    ]
  }
}
`
	type e struct {
		Q    float64 `json:"q"`
		Text string  `json:"text"`
	}
	got, err := Encode(struct {
		A Estimate       `json:"a"`
		B []int          `json:"b"`
		C []int          `json:"c"`
		D map[string][]e `json:"d"`
	}{Estimate{1, 0.5, 2}, []int{1, 2, 3}, []int{}, map[string][]e{"e": {{0.5, `a,b:{c}"<&`}}}})
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
}

// Whatever is encoded means the same as what the standard library writes.
func TestEncodeMeaning(t *testing.T) {
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		leaf := rapid.OneOf(rapid.String().AsAny(), rapid.Float64Range(-1e9, 1e9).AsAny(), rapid.Bool().AsAny())
		if depth == 0 {
			return leaf
		}
		return rapid.OneOf(leaf,
			rapid.SliceOfN(value(depth-1), 0, 4).AsAny(),
			rapid.MapOfN(rapid.String(), value(depth-1), 0, 4).AsAny())
	}
	rapid.Check(t, func(t *rapid.T) {
		v := value(4).Draw(t, "value")
		got, err := Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		var a, b any
		plain, _ := json.Marshal(v)
		if json.Unmarshal(got, &a) != nil || json.Unmarshal(plain, &b) != nil || !reflect.DeepEqual(a, b) {
			t.Fatalf("%s\nis not %s", got, plain)
		}
	})
}

// sampleCurve has every optional part.
func sampleCurve() *Curve {
	p, _ := LoadProfile(context.Background(), "reference")
	return &Curve{Schema: CurveSchema, Kind: Predicted, Name: "x", Version: "0.1.0", Seed: 1<<64 - 1,
		Profile: p.Ref(), Scenario: json.RawMessage(`{"seed": 1}`), Fingerprint: map[string]string{"go": "1.26"},
		Points: []Point{{Instances: 1, ThroughputRps: Estimate{3, 2.5, 3.5}, Errors: Errors{ByStatus: map[string]int64{"200": 5}},
			Share: []int64{5}, Limit: LimitCPULimit, Verdict: Stable, Warnings: []string{"a <b>"}, Store: &Store{Keys: 1, Digest: "d"},
			Distribution: []Quantile{{0.5, 1.25}}, Timeline: []Moment{{TimeS: 1}}, Rounds: 6, Noise: map[string]float64{"p99": 0.1}}},
		Warnings: []string{}}
}

// A curve file gives back the curve and has the same bytes each time.
func TestCurveFile(t *testing.T) {
	c, file := sampleCurve(), filepath.Join(t.TempDir(), "c.json")
	if err := WriteCurve(file, c); err != nil {
		t.Fatal(err)
	}
	got, err := ReadCurve(t.Context(), file)
	if err != nil || !reflect.DeepEqual(got, c) {
		t.Fatalf("%v\n got %+v\nwant %+v", err, got, c)
	}
	first, _ := os.ReadFile(file)
	if again, _ := Encode(got); !bytes.Equal(first, again) {
		t.Error("other bytes when written again")
	}
}

// A profile file gives back the profile; its digest is that of its content, not
// of its layout.
func TestProfileFile(t *testing.T) {
	p, err := LoadProfile(t.Context(), "reference")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "p.json")
	if err := WriteProfile(file, p); err != nil {
		t.Fatal(err)
	}
	got, err := LoadProfile(t.Context(), file)
	if err != nil || !reflect.DeepEqual(got, p) {
		t.Fatalf("%v\n got %+v\nwant %+v", err, got, p)
	}
	if got.Digest() != p.Digest() || !strings.HasPrefix(p.Digest(), "sha256:") {
		t.Errorf("digests %s and %s", got.Digest(), p.Digest())
	}
	got.Balancer.DemandNs++
	if got.Digest() == p.Digest() {
		t.Error("another content has the same digest")
	}
}

// Each rule of a profile is broken once, by one change to the reference.
func TestProfileErrors(t *testing.T) {
	data, err := profiles.ReadFile("profiles/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what   string
		change func(*Profile)
		want   string
	}{
		{"another format", func(p *Profile) { p.Schema = CurveSchema }, `schema: wants "velocitas.profile/1", not "velocitas.curve/1"`},
		{"no name", func(p *Profile) { p.Name = "" }, `name: wants a name`},
		{"no demand", func(p *Profile) { p.Instance.Demand = []KeyCost{} }, `instance.demand: wants rows such as {"keys": 1000, "demand_ns": 8000000}`},
		{"a free request", func(p *Profile) { p.Instance.Demand[0].DemandNs = 0 }, `instance.demand[0].demand_ns: wants 1 ns to one hour`},
		{"rows backwards", func(p *Profile) { p.Instance.Demand[1].Keys = 1 }, `instance.demand[1].keys: wants numbers of keys from 1 to 1000000000 in ascending order`},
		{"unknown shape", func(p *Profile) { p.Instance.Distribution = Shape{Kind: "normal"} }, `instance.distribution.kind: wants constant, exponential, lognormal or quantiles, not "normal"`},
		{"lognormal without cv", func(p *Profile) { p.Instance.Distribution = Shape{Kind: "lognormal"} }, `instance.distribution.cv: wants more than 0 and at most 100, not 0`},
		{"one quantile", func(p *Profile) { p.Instance.Distribution = Shape{Kind: "quantiles", Quantiles: []float64{1}} }, `instance.distribution.quantiles: wants 2 to 65536 quantiles`},
		{"quantiles backwards", func(p *Profile) { p.Instance.Distribution = Shape{Kind: "quantiles", Quantiles: []float64{1, 0.5}} }, `instance.distribution.quantiles[1]: wants quantiles from 0 to 1000000 in ascending order`},
		{"all zero", func(p *Profile) { p.Instance.Distribution = Shape{Kind: "quantiles", Quantiles: []float64{0, 0}} }, `instance.distribution.quantiles: wants a mean above 0`},
		{"speed without one", func(p *Profile) { p.Instance.Speed[0].Inside = 2 }, `instance.speed: wants rows that begin with inside 1 and efficiency 1`},
		{"speed of nothing", func(p *Profile) { p.Instance.Speed[1].Efficiency = 0 }, `instance.speed[1].efficiency: wants 0.001 to 1000, not 0`},
		{"no threads", func(p *Profile) { p.Instance.Threads = 0 }, `instance.threads: wants 1 to 1024, not 0`},
		{"share beyond one", func(p *Profile) { p.Instance.Background.Share = 1.5 }, `instance.background.share: wants 0 to 1, not 1.5`},
		{"a negative cost", func(p *Profile) { p.Balancer.ConnectNs = -1 }, `balancer.connect_ns: wants 0 ns to one hour`},
		{"more than all of it after", func(p *Profile) { p.Generator.After = 1.5 }, `generator.after: wants 0 to 1, not 1.5`},
		{"a range upside down", func(p *Profile) { p.Range.KeysMax = p.Range.KeysMin - 1 }, `range.keys_max: wants at least keys_min, and 0 to 1000000000`},
	} {
		p, err := ParseProfile("p.json", data)
		if err != nil {
			t.Fatal(err)
		}
		c.change(p)
		bad, _ := Encode(p)
		_, err = ParseProfile("p.json", bad)
		if err == nil || !strings.HasSuffix(err.Error(), ": "+c.want) || !strings.HasPrefix(err.Error(), "p.json:") {
			t.Errorf("%s:\ngot  %v\nwant %s", c.what, err, c.want)
		}
		if err := WriteProfile(filepath.Join(t.TempDir(), "p"), p); err == nil {
			t.Errorf("%s: was written", c.what)
		}
	}
	for name, want := range map[string]string{
		"refrence":  `"refrence": there is no built-in profile and no file of that name; did you mean "reference"?`,
		"no/p.json": `no/p.json: no such file`,
		"/dev/null": `/dev/null: is not a regular file`,
	} {
		if _, err := LoadProfile(t.Context(), name); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// Each rule of a curve is broken once.
func TestCurveErrors(t *testing.T) {
	for want, change := range map[string]func(*Curve){
		`c.json:2: schema: wants "velocitas.curve/1", not "x"`:                                            func(c *Curve) { c.Schema = "x" },
		`c.json:3: kind: wants predicted, measured or imported, not "dreamt"`:                             func(c *Curve) { c.Kind = "dreamt" },
		`c.json:13: points: wants at least one point`:                                                     func(c *Curve) { c.Points = []Point{} },
		`c.json:15: points[0].instances: wants numbers of instances from 1 to 1000000 in ascending order`: func(c *Curve) { c.Points[0].Instances = 0 },
		`c.json:16: points[0].throughput_rps: wants a value of at least 0 and lo not above hi`:            func(c *Curve) { c.Points[0].ThroughputRps.Lo = 9 },
		`c.json:21: points[0].latency_ms.p90: wants a value of at least 0 and lo not above hi`:            func(c *Curve) { c.Points[0].LatencyMs.P90.Value = -1 },
	} {
		c := sampleCurve()
		change(c)
		data, _ := Encode(c)
		if _, err := ParseCurve("c.json", data); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// FuzzParseProfile: whatever a profile file holds, reading it ends, and with one
// line if it is wrong; what was read can be written and read again.
func FuzzParseProfile(f *testing.F) {
	data, _ := profiles.ReadFile("profiles/reference.json")
	f.Add(data)
	f.Add([]byte(`{"schema": "velocitas.profile/1", "instance": {"speed": [{}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParseProfile("p.json", data)
		if err != nil {
			if line := err.Error(); !strings.HasPrefix(line, "p.json") || strings.ContainsFunc(line, unicode.IsControl) {
				t.Fatalf("not one line that names the file: %q", line)
			}
			return
		}
		again, err := Encode(p)
		if err != nil {
			t.Fatal(err)
		}
		if q, err := ParseProfile("p.json", again); err != nil || q.Digest() != p.Digest() {
			t.Fatalf("written and read again: %v", err)
		}
	})
}
