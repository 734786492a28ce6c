package plots

import (
	"bytes"
	"flag"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the charts in testdata/golden anew; look at each before committing")

// goldens has one picture of every chart.
var goldens = []string{
	"one-host-knee-scaling.png",
	"one-host-knee-latency.png",
	"one-host-knee-utilisation.png",
	"one-host-knee-distribution.png",
	"fleet-scaling.png", // logarithmic axes
	"instance-dies-timeline.png",
	"fleet-utilisation.png",
	"failing-scaling.png", // crosses, sizes evenly spaced
	"failing-distribution.png",
	"storm-throughput.png", // rows
	"storm-latency.png",
	"storm-distribution.png",
	"storm-timeline.png", // two curves, many events
	"knee-overlay-throughput.png",
	"knee-overlay-latency.png",
	"usl-fit.png",
	"shop-breakdown.png", // layers
}

// TestGolden compares pixels, not bytes: another version of Go may compress
// differently.
func TestGolden(t *testing.T) {
	dir := t.TempDir()
	if _, err := drawAll(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range goldens {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", "golden", name)
		if *update {
			if err := os.WriteFile(golden, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if n := differences(t, data, want); n > 0 {
			t.Errorf("%s: %d pixels differ; to see the new chart, run go test ./plots -run TestGolden -update", name, n)
		}
	}
}

// differences counts pixels; pictures of different size differ everywhere.
func differences(t *testing.T, a, b []byte) int {
	t.Helper()
	left, right := pixels(t, a), pixels(t, b)
	if left.Rect != right.Rect {
		return left.Rect.Dx() * left.Rect.Dy()
	}
	n := 0
	for i := 0; i < len(left.Pix); i += 4 {
		if !bytes.Equal(left.Pix[i:i+4], right.Pix[i:i+4]) {
			n++
		}
	}
	return n
}

func pixels(t *testing.T, data []byte) *image.RGBA {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	rgba := image.NewRGBA(img.Bounds())
	draw.Draw(rgba, rgba.Rect, img, image.Point{}, draw.Src)
	return rgba
}

// TestAnotherCurve: the golden comparison sees a change of one number.
func TestAnotherCurve(t *testing.T) {
	c := load(t, "knee")
	before, err := scaling(c).png()
	if err != nil {
		t.Fatal(err)
	}
	c.Points[3].ThroughputRps.Value *= 1.02
	after, err := scaling(c).png()
	if err != nil {
		t.Fatal(err)
	}
	if differences(t, before, after) == 0 {
		t.Error("another throughput, the same picture")
	}
	if c.Seed++; strings.Join(subtitle(c), "") == strings.Join(subtitle(load(t, "knee")), "") {
		t.Error("another seed, the same subtitle")
	}
}
