package instance

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPage(t *testing.T) {
	inst, url := start(t, testConfig(), nil)
	ask(t, "GET", url+"/?keys=50", "")
	response, body := ask(t, "GET", url+"/?keys=1000&write=batch", "text/html")
	for _, want := range []string{
		`<title>velocitas-1 – velocitas</title>`,
		`style="--instance: ` + inst.colour + `; --instance-light: oklch(0.78 0.13 `,
		`how a service behind nginx scales when you add instances`,
		`<span id="keys">1,000</span>`,
		`keys in one batch`,
		`The last 2 requests here`,
		`value="1000" class="sr-only" checked>1,000`,
		`value="batch" class="sr-only" checked`,
		`<dd id="answered" class="text-3xl font-semibold tracking-tight tabular-nums">2</dd>`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in the page", want)
		}
	}
	if !regexp.MustCompile(`id="took"[^>]*>[\d.]+ m?s<`).MatchString(body) {
		t.Error("the page does not tell the time it took")
	}
	if strings.Contains(body, "ZgotmplZ") {
		t.Error("the template refused a value")
	}
	if got := response.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control of the page: %q", got)
	}
	css := regexp.MustCompile(`href="(/page-[0-9a-f]+\.css)"`).FindStringSubmatch(body)
	if css == nil {
		t.Fatal("the page has no style")
	}
	response, body = ask(t, "GET", url+css[1], "")
	if response.StatusCode != 200 || body != string(pageCSS) || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/css") {
		t.Errorf("the style: %s, %d bytes", response.Status, len(body))
	}
}

// Every class that the page uses is in the built style. It takes no npm, so a
// class that was added without a build is noticed by everyone; web/check
// compares byte by byte.
func TestStyleHasTheClasses(t *testing.T) {
	// What the template decides between is not part of a class.
	text := regexp.MustCompile(`\{\{.*?\}\}`).ReplaceAllString(pageHTML+errorHTML, " ")
	seen := 0
	for _, attribute := range regexp.MustCompile(`class="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		for _, class := range strings.Fields(attribute[1]) {
			selector := "." + regexp.MustCompile(`[^a-zA-Z0-9_-]`).ReplaceAllString(class, `\$0`)
			if !strings.Contains(string(pageCSS), selector) {
				t.Errorf("web/page.css has no rule for %q: npm run build in badger/instance/web", class)
			}
			seen++
		}
	}
	if seen < 50 {
		t.Errorf("found only %d classes in the page", seen)
	}
}

func TestHistogram(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		most := rapid.SampledFrom([]int{3, 50, 1_000, 60_000_000}).Draw(rt, "most")
		least := rapid.IntRange(0, most).Draw(rt, "least")
		micros := rapid.SliceOfN(rapid.IntRange(least, most), 1, 250).Draw(rt, "micros")
		took := make([]float64, len(micros))
		for i, us := range micros {
			took[i] = ms(time.Duration(us) * time.Microsecond)
		}
		var r recent
		var kept []float64
		for _, d := range took {
			kept = r.add(d)
		}
		if want := took[max(0, len(took)-recentRequests):]; !slices.Equal(kept, want) {
			rt.Fatalf("kept %v, want %v", kept, want)
		}
		h := newHistogram(kept)
		checkBins(rt, h, kept)
		for _, q := range []struct{ share, got float64 }{{0.5, h.P50Ms}, {0.95, h.P95Ms}, {1, h.MaxMs}} {
			atMost, below := 0, 0
			for _, d := range kept {
				if d <= q.got {
					atMost++
				}
				if d < q.got {
					below++
				}
			}
			if n := q.share * float64(len(kept)); float64(atMost) < n-1e-9 || float64(below) >= n {
				rt.Fatalf("quantile %g is %g: %d at most and %d below of %d", q.share, q.got, atMost, below, len(kept))
			}
		}
		if n := len(h.ticks()); n < 1 || n > mostTicks {
			rt.Fatalf("%d ticks from %g to %g ms", n, h.Bins[0].FromMs, h.Bins[len(h.Bins)-1].ToMs)
		}
	})
}

func checkBins(rt *rapid.T, h histogram, took []float64) {
	if len(h.Bins) < fewestBins || len(h.Bins) > mostBins {
		rt.Fatalf("%d bins", len(h.Bins))
	}
	sum, newest := 0, 0
	for i, b := range h.Bins {
		sum += b.Count
		if b.Newest {
			newest++
			// The edges are rounded to three digits.
			last := took[len(took)-1]
			if i > 0 && last < b.FromMs*0.995 && last > 0 || i < len(h.Bins)-1 && last > b.ToMs*1.005 {
				rt.Fatalf("%g is in the bin %g to %g", last, b.FromMs, b.ToMs)
			}
		}
		if i > 0 && b.FromMs != h.Bins[i-1].ToMs {
			rt.Fatalf("a gap before %g", b.FromMs)
		}
	}
	if sum != len(took) || h.Requests != len(took) || newest != 1 {
		rt.Fatalf("%d of %d in the bins, %d the newest's", sum, len(took), newest)
	}
}

func TestFormat(t *testing.T) {
	for ms, want := range map[float64]string{
		0: "0.000 ms", 0.042: "0.042 ms", 0.5: "0.500 ms", 1.234: "1.23 ms", 25.44: "25.4 ms",
		251.4: "251 ms", 998: "998 ms", 999.6: "1.00 s", 1_270: "1.27 s", 61_300: "61.3 s",
	} {
		if got := formatMs(ms); got != want {
			t.Errorf("%g ms is written %q, want %q", ms, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1_000: "1,000", 10_000: "10,000", 1_234_567: "1,234,567"} {
		if got := formatCount(n); got != want {
			t.Errorf("%d is written %q, want %q", n, got, want)
		}
	}
}

// Replicas are told apart by eye: hues of up to eight neighbours are at least
// 20 degrees apart.
func TestColours(t *testing.T) {
	hue := func(name string) float64 {
		var h float64
		if _, err := fmt.Sscanf(colour(name), "oklch(0.53 0.16 %f)", &h); err != nil || h < 0 || h >= 360 {
			t.Fatalf("%s is %s", name, colour(name))
		}
		return h
	}
	for i := range 8 {
		for j := range i {
			apart := math.Abs(hue(fmt.Sprint("velocitas-", i+1)) - hue(fmt.Sprint("velocitas-", j+1)))
			if min(apart, 360-apart) < 20 {
				t.Errorf("instances %d and %d are %g degrees apart", i+1, j+1, apart)
			}
		}
	}
	hue("5f0c1e2d3a4b") // a container's name
	hue("12345")
}
