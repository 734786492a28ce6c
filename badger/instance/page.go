package instance

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"math"
	"strconv"

	"github.com/gofiber/fiber/v2"
)

// The page's style is built from web/page.tailwind.css by Tailwind's CLI;
// web/check tells whether the built file is fresh.
var (
	//go:embed web/page.html
	pageHTML string
	//go:embed web/page.css
	pageCSS []byte
)

// cssPath changes with the content, so that browsers may keep the style for
// ever, whichever instance it came from.
var cssPath = "/page-" + shortHash(pageCSS) + ".css"

func shortHash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:4])
}

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"duration": formatMs,
	"thousand": formatCount,
}).Parse(pageHTML))

// look is what all pages of an instance share.
type look struct {
	Style   template.CSS // the instance's colours as CSS variables
	CSSPath string
	Icon    string // the colour, for the icon
}

func (inst *Instance) look() look {
	style := "--instance: " + inst.colour + "; --instance-light: " + lighter(inst.colour)
	return look{Style: template.CSS(style), CSSPath: cssPath, Icon: inst.colour}
}

// A pageView is an answer with what only the page needs.
type pageView struct {
	answer
	look
	Sizes   []int // the numbers of keys on offer
	Bars    []bar
	Ticks   []tick
	Highest int // requests in the highest bar
}

// A bar is a bin of the histogram as it is drawn.
type bar struct {
	bin
	HeightPercent float64
}

// A tick labels the horizontal axis.
type tick struct {
	Label       string
	LeftPercent float64
}

func (inst *Instance) sendPage(c *fiber.Ctx, a answer) error {
	view := pageView{
		answer: a,
		look:   inst.look(),
		Sizes:  []int{100, 1_000, 10_000},
		Ticks:  a.Recent.ticks(),
	}
	for _, b := range a.Recent.Bins {
		view.Highest = max(view.Highest, b.Count)
	}
	for _, b := range a.Recent.Bins {
		view.Bars = append(view.Bars, bar{b, 100 * float64(b.Count) / float64(view.Highest)})
	}
	var out bytes.Buffer
	if err := page.Execute(&out, view); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Send(out.Bytes())
}

func answerCSS(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	c.Set(fiber.HeaderContentType, "text/css; charset=utf-8")
	return c.Send(pageCSS)
}

// mostTicks is how many labels fit beside each other on a phone.
const mostTicks = 9

// ticks labels 1, 2, 5, 10, 20 … ms where they are in the range, or only the
// powers of ten where that would be too many.
func (h histogram) ticks() []tick {
	for _, steps := range [][]float64{{1, 2, 5}, {1}} {
		var ticks []tick
		for decade := -3; decade <= 7; decade++ {
			for _, step := range steps {
				value := step * math.Pow(10, float64(decade))
				left := 100 * (binsPerDecade*math.Log10(value) - float64(h.first)) / float64(len(h.Bins))
				if left > -0.5 && left < 100.5 {
					ticks = append(ticks, tick{strconv.FormatFloat(value, 'g', 3, 64), left})
				}
			}
		}
		if len(ticks) <= mostTicks {
			return ticks
		}
	}
	return nil
}

// formatMs writes a duration with three digits: 0.042 ms, 25.4 ms, 1.27 s.
func formatMs(ms float64) string {
	unit := "ms"
	if ms >= 999.5 {
		ms, unit = ms/1e3, "s"
	}
	decimals := 0
	for _, below := range []float64{99.95, 9.995, 0.9995} {
		if ms < below {
			decimals++
		}
	}
	return strconv.FormatFloat(ms, 'f', decimals, 64) + " " + unit
}

// formatCount writes a number with a comma before each three digits.
func formatCount(n any) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
