package instance

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A reader opens the page in a real browser, on a phone and on a desktop,
// chooses, clicks and follows the links. With VELOCITAS_SCREENSHOTS set to a
// directory it leaves pictures there.
func TestBrowser(t *testing.T) {
	b := openBrowser(t)
	for _, device := range []struct {
		name          string
		width, height int
		mobile        bool
	}{
		{"phone", 390, 844, true},
		{"desktop", 1280, 800, false},
	} {
		t.Run(device.name, func(t *testing.T) {
			inst, url := start(t, testConfig(), nil)
			b.t = t
			b.send("Emulation.setDeviceMetricsOverride", map[string]any{
				"width": device.width, "height": device.height, "deviceScaleFactor": 2, "mobile": device.mobile})
			b.open(url + "/")
			checkFirstPage(t, b, inst, device.width)
			b.screenshot(device.name + "-first")
			checkDark(t, b)
			b.screenshot(device.name + "-dark")
			b.open(url + "/nowhere")
			if got := b.text("#error"); got != `there is nothing at "/nowhere"; want /, /healthz or /metrics` {
				t.Errorf("the error page says %q", got)
			}
			b.screenshot(device.name + "-dark-error")
			b.emulate("light")
			b.screenshot(device.name + "-error")
			b.complaints = nil // of the 404
			b.open(url + "/")
			clickThrough(t, b, inst)
			b.screenshot(device.name + "-later")
			followLinks(t, b, url)
			if len(b.complaints) > 0 {
				t.Errorf("the browser complains: %s", b.complaints)
			}
		})
	}
}

func checkFirstPage(t *testing.T, b *browser, inst *Instance, width int) {
	t.Helper()
	if got := b.text("#instance"); got != inst.cfg.Name {
		t.Errorf("the page names instance %q", got)
	}
	if got := b.text("#took"); !regexp.MustCompile(`^\d[\d.]* m?s$`).MatchString(got) {
		t.Errorf("it took %q", got)
	}
	if got := b.text("#keys"); got != "10,000" {
		t.Errorf("%q keys", got)
	}
	if got := b.text("#store-keys"); got != "10,000" {
		t.Errorf("%q keys in the store", got)
	}
	if got := b.number(`document.documentElement.scrollWidth`); got > float64(width) {
		t.Errorf("the page is %g pixels wide on a screen of %d", got, width)
	}
	// Set as a style, so the browser writes it as it writes the header's.
	want := b.eval(`(() => { const e = document.createElement('i'); e.style.color = '` + inst.colour + `'; return e.style.color })()`)
	if got := b.eval(`getComputedStyle(document.querySelector('header')).backgroundColor`); got != want {
		t.Errorf("the header is %v, want %v", got, want)
	}
	if got := b.number(`[...document.querySelectorAll('#histogram > div > div')].filter(e => e.clientHeight > 100).length`); got != 1 {
		t.Errorf("%g full bars for one request", got)
	}
	small := b.eval(`[...document.querySelectorAll('label, button')].filter(e => e.clientHeight < 36 || e.clientWidth < 60).map(e => e.textContent).join()`)
	if small != "" {
		t.Errorf("too small for a finger: %s", small)
	}
}

// checkDark switches to dark and wants all text readable: a contrast of 4.5 to
// what is behind it (WCAG 2, AA), in light and in dark.
func checkDark(t *testing.T, b *browser) {
	t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		b.emulate(scheme)
		if faint := b.eval(faintText); faint != "" {
			t.Errorf("too faint when %s: %s", scheme, faint)
		}
	}
	if got := b.number(`(() => { ` + luminanceJS + ` return luminance(getComputedStyle(document.documentElement).backgroundColor) })()`); got > 0.05 {
		t.Errorf("the dark page's background has a luminance of %g", got)
	}
}

func (b *browser) emulate(scheme string) {
	b.send("Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": scheme}}})
}

// luminanceJS has the browser turn any colour into sRGB by painting it.
const luminanceJS = `
	const paint = (...layers) => {
		const c = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
		for (const l of layers) { c.fillStyle = l; c.fillRect(0, 0, 1, 1) }
		return c.getImageData(0, 0, 1, 1).data;
	};
	const luminance = (...layers) => {
		const [r, g, b] = [...paint(...layers)].slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
`

// faintText lists the texts whose contrast to what is painted behind is below 4.5.
const faintText = `(() => { ` + luminanceJS + `
	const faint = [];
	for (const e of document.querySelectorAll('body *')) {
		if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || !e.checkVisibility() || e.classList.contains('sr-only')) continue;
		const behind = [];
		for (let p = e; p; p = p.parentElement) behind.unshift(getComputedStyle(p).backgroundColor);
		const a = luminance(...behind), b = luminance(...behind, getComputedStyle(e).color);
		const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (contrast < 4.5) faint.push(e.textContent.trim().slice(0, 30) + ' ' + contrast.toFixed(1));
	}
	return faint.join('; ');
})()`

// clickThrough asks for other keys, another way to write, and again and again.
func clickThrough(t *testing.T, b *browser, inst *Instance) {
	t.Helper()
	b.click(`label:has(input[value="100"])`)
	b.click(`label:has(input[value="batch"])`)
	b.clickAway(`button`)
	if got := b.eval(`location.search`); got != "?keys=100&write=batch" {
		t.Errorf("the form asks for %v", got)
	}
	if got := b.text("h1"); !strings.HasSuffix(got, "to insert 100 keys in one batch") {
		t.Errorf("the page says %q", got)
	}
	if got := b.eval(`[...document.querySelectorAll('input:checked')].map(e => e.value).join()`); got != "100,batch" {
		t.Errorf("chosen next time: %v", got)
	}
	b.click(`label:has(input[value="10000"])`)
	b.click(`label:has(input[value="transactions"])`)
	for range 17 {
		b.clickAway(`button`)
	}
	if got := b.text("#answered"); got != "20" {
		t.Errorf("%s requests answered, want 20", got)
	}
	if got := b.text("#recent"); got != "The last 20 requests here" {
		t.Errorf("the histogram is titled %q", got)
	}
	if got := inst.answered.Load(); got != 20 {
		t.Errorf("the instance answered %d requests", got)
	}
}

func followLinks(t *testing.T, b *browser, url string) {
	t.Helper()
	b.clickAway(`a[href="/healthz"]`)
	if got := b.text("body"); !strings.Contains(got, `"status":"ready"`) {
		t.Errorf("health shows %q", got)
	}
	b.open(url + "/?keys=100")
	b.clickAway(`a[href="/metrics"]`)
	if got := b.text("body"); !strings.Contains(got, `velocitas_requests_total{code="200"} 21`) {
		t.Errorf("metrics show %.300q", got)
	}
	b.open(url + "/?keys=100")
	b.clickAway(`header a`)
	if got := b.eval(`location.pathname + location.search`); got != "/" {
		t.Errorf("the name leads to %v", got)
	}
}

// eval returns the value of a JavaScript expression in the page.
func (b *browser) eval(expression string) any {
	b.t.Helper()
	var r struct {
		Result           struct{ Value any }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	result := b.send("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true})
	if err := json.Unmarshal(result, &r); err != nil {
		b.t.Fatal(err)
	}
	if r.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, r.ExceptionDetails.Exception.Description)
	}
	return r.Result.Value
}

func (b *browser) number(expression string) float64 {
	b.t.Helper()
	n, ok := b.eval(expression).(float64)
	if !ok {
		b.t.Fatalf("%s is no number", expression)
	}
	return n
}

// text is what a reader sees of an element, spaces made single.
func (b *browser) text(selector string) string {
	b.t.Helper()
	return strings.Join(strings.Fields(fmt.Sprint(b.eval(`document.querySelector('`+selector+`').innerText`))), " ")
}

// open goes to an address and waits until the page is complete.
func (b *browser) open(url string) {
	b.t.Helper()
	b.leave(func() { b.send("Page.navigate", map[string]any{"url": url}) })
}

// clickAway clicks what leads to another page.
func (b *browser) clickAway(selector string) {
	b.t.Helper()
	b.leave(func() { b.click(selector) })
}

// leave does what leads to another page, and waits for that. The old page is
// marked, since the new one can have the same address.
func (b *browser) leave(do func()) {
	b.t.Helper()
	b.eval(`window.old = true`)
	do()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if b.eval(`!window.old && document.readyState === 'complete'`) == true {
			return
		}
	}
	b.t.Fatal("no page came")
}

// click moves the mouse to the middle of an element and clicks, whatever is on
// top there.
func (b *browser) click(selector string) {
	b.t.Helper()
	b.eval(`document.querySelector('` + selector + `').scrollIntoView({block: 'center', behavior: 'instant'})`)
	box := `document.querySelector('` + selector + `').getBoundingClientRect()`
	at := map[string]any{
		"x": b.number(box + `.x + ` + box + `.width / 2`), "y": b.number(box + `.y + ` + box + `.height / 2`),
		"button": "left", "clickCount": 1}
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		at["type"] = kind
		b.send("Input.dispatchMouseEvent", at)
	}
}

// screenshot keeps a picture of the whole page where one is wanted.
func (b *browser) screenshot(name string) {
	b.t.Helper()
	directory := os.Getenv("VELOCITAS_SCREENSHOTS")
	if directory == "" {
		return
	}
	var r struct{ Data string }
	result := b.send("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true})
	if err := json.Unmarshal(result, &r); err != nil {
		b.t.Fatal(err)
	}
	png, err := base64.StdEncoding.DecodeString(r.Data)
	if err == nil {
		err = os.WriteFile(filepath.Join(directory, name+".png"), png, 0o644)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// newTab asks Chromium for a page and returns the address to steer it.
func newTab(t *testing.T, port string) string {
	t.Helper()
	request, err := http.NewRequest("PUT", "http://127.0.0.1:"+port+"/json/new?about:blank", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var tab struct {
		WebSocketDebuggerURL string `json:"webSocketDebuggerUrl"`
	}
	if err := json.NewDecoder(response.Body).Decode(&tab); err != nil {
		t.Fatal(err)
	}
	return tab.WebSocketDebuggerURL
}
