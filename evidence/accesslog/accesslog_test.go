package accesslog

import (
	"strings"
	"testing"
	"time"
)

func at(t *testing.T, text string) int64 {
	t.Helper()
	when, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return when.UnixNano()
}

// What lines of the formats in use say.
func TestLines(t *testing.T) {
	noon := at(t, "2026-11-25T12:02:03Z")
	const ms = 1_000_000
	for _, c := range []struct {
		name, format, line string
		end, took          int64
		status             int
		path               string
		tries              []Try
	}{
		{name: "combined", line: `172.18.0.1 - - [25/Nov/2026:13:02:03 +0100] "GET /a?b=1 HTTP/1.1" 200 312 "-" "hey/0.0.1"`, end: noon, took: -1, status: 200, path: "/a?b=1"},
		{name: "main", line: `172.18.0.1 - bob smith [25/Nov/2026:12:02:03 +0000] "GET / HTTP/1.1" 404 312 "-" "x" "10.0.0.1, 10.0.0.2"`, end: noon, took: -1, status: 404, path: "/"},
		{name: "not HTTP", line: `172.18.0.1 - - [25/Nov/2026:12:02:03 +0000] "\x16\x03\x01" 400 157 "-" "-"`, end: noon, took: -1, status: 400},
		{name: "pairs", line: `10.0.0.9 - - [25/Nov/2026:12:02:03 +0000] "GET / HTTP/1.1" 200 312 "-" "k6" rt=3.091 uct="-, 0.000" uht="-, 0.088" urt="3.002, 0.088"`,
			end: noon, took: 3091 * ms, status: 200, path: "/", tries: []Try{{Status: -1, ConnectNs: -1, HeaderNs: -1, ResponseNs: 3002 * ms}, {Status: -1, HeaderNs: 88 * ms, ResponseNs: 88 * ms}}},
		{name: "pairs without quotes", line: `10.0.0.9 - - [25/Nov/2026:12:02:03 +0000] "GET / HTTP/1.1" 200 312 "-" "k6" "-" rt=3.091 ua=10.0.0.1:80, 10.0.0.2:80 us=502, 200 urt=0.001, 0.088`,
			end: noon, took: 3091 * ms, status: 200, path: "/", tries: []Try{
				{Addr: []byte("10.0.0.1:80"), Status: 502, ConnectNs: -1, HeaderNs: -1, ResponseNs: ms}, {Addr: []byte("10.0.0.2:80"), Status: 200, ConnectNs: -1, HeaderNs: -1, ResponseNs: 88 * ms}}},
		{name: "ingress-nginx", line: `10.0.0.9 - - [25/Nov/2026:12:02:03 +0000] "GET /x HTTP/1.1" 200 312 "-" "curl" 99 0.012 [shop-web-80] [] 10.1.0.1:8080, 10.1.0.2:8080 0, 312 0.001, 0.010 502, 200 0123abc`,
			end: noon, took: 12 * ms, status: 200, path: "/x", tries: []Try{
				{Addr: []byte("10.1.0.1:8080"), Status: 502, ConnectNs: -1, HeaderNs: -1, ResponseNs: ms}, {Addr: []byte("10.1.0.2:8080"), Status: 200, ConnectNs: -1, HeaderNs: -1, ResponseNs: 10 * ms}}},
		{name: "JSON", line: `{"t":1795608123.125,"rt":3.091,"ua":"172.18.0.3:3000, 172.18.0.4:3000 : web","us":"504, 502 : 502","uct":"-, - : -","uht":"-, - : 0.080","urt":"3.002, 0.000 : 0.081","st":200,"c":17,"cr":4,"b":512,"r":"GET /\u0022 HTTP/1.1"}`,
			end: noon + 125*ms, took: 3091 * ms, status: 200, path: `/\u0022`, tries: []Try{
				{Addr: []byte("172.18.0.3:3000"), Status: 504, ConnectNs: -1, HeaderNs: -1, ResponseNs: 3002 * ms},
				{Addr: []byte("172.18.0.4:3000"), Status: 502, ConnectNs: -1, HeaderNs: -1, ResponseNs: 0},
				{Addr: []byte("web"), Status: 502, ConnectNs: -1, HeaderNs: 80 * ms, ResponseNs: 81 * ms}}},
		{name: "JSON of others", line: `{"time": "2026-11-25T12:02:03.5+00:00", "ua": "Mozilla/5.0 (x; rv:1)", "http": {"method": "POST", "status": 201}, "tags": ["a", "}"], "url": "/y", "request_time": null}`,
			end: noon + 500*ms, took: -1, status: 201, path: "/y"},
		{name: "LTSV", line: "time:25/Nov/2026:12:02:03 +0000\thost:10.0.0.1\treq:GET /z HTTP/1.1\tstatus:200\treqtime:0.250\tapptime:0.240\tua:curl/8.0",
			end: noon, took: 250 * ms, status: 200, path: "/z", tries: []Try{{Status: -1, ConnectNs: -1, HeaderNs: -1, ResponseNs: 240 * ms}}},
		{name: "given", format: `$msec $request_time $upstream_response_time $upstream_connect_time $upstream_addr $status "$request"`,
			line: `1795608123.000 0.061 0.060 0.001 192.168.240.3:8000 200 "GET /items HTTP/1.1"`, end: noon, took: 61 * ms, status: 200, path: "/items",
			tries: []Try{{Addr: []byte("192.168.240.3:8000"), Status: -1, ConnectNs: ms, HeaderNs: -1, ResponseNs: 60 * ms}}},
		{name: "a directive", format: "log_format x escape=json '$time_iso8601 \"$host$request_uri\" '\n '${status} $upstream_addr';",
			line: `2026-11-25T12:02:03+00:00 "shop/items?x=\"1\"" 200 -`, end: noon, took: -1, status: 200, path: `/items?x=\"1\"`},
	} {
		f := Infer([][]byte{[]byte(c.line)})
		if c.format != "" {
			var err error
			if f, err = Compile(c.format); err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
		}
		if f == nil {
			t.Errorf("%s: not known", c.name)
			continue
		}
		var l Line
		if !f.Parse([]byte(c.line), &l) {
			t.Errorf("%s: not a line of %s", c.name, f)
			continue
		}
		if l.EndNs != c.end || l.TookNs != c.took || l.Status != c.status || string(l.Path) != c.path {
			t.Errorf("%s: got end %d, took %d, status %d, path %s; want %d %d %d %s", c.name, l.EndNs, l.TookNs, l.Status, l.Path, c.end, c.took, c.status, c.path)
		}
		tries := l.Tries(nil)
		if len(tries) != len(c.tries) {
			t.Errorf("%s: got %d tries, want %d", c.name, len(tries), len(c.tries))
			continue
		}
		for i, try := range tries {
			want := c.tries[i]
			if string(try.Addr) != string(want.Addr) || try.Status != want.Status || try.ConnectNs != want.ConnectNs || try.HeaderNs != want.HeaderNs || try.ResponseNs != want.ResponseNs {
				t.Errorf("%s: try %d: got %+v, want %+v", c.name, i, try, want)
			}
		}
	}
}

// Lines of another format are refused, and so is what no line can be.
func TestNotLines(t *testing.T) {
	f, err := Compile("combined")
	if err != nil {
		t.Fatal(err)
	}
	good := `172.18.0.1 - - [25/Nov/2026:12:02:03 +0000] "GET / HTTP/1.1" 200 312 "-" "x"`
	var l Line
	if !f.Parse([]byte(good), &l) {
		t.Fatal("the good line")
	}
	for _, bad := range []string{
		"", good[:20], good[:len(good)-1], good + " more",
		strings.Replace(good, "25/Nov", "32/Nov", 1), strings.Replace(good, "Nov", "Nvo", 1), strings.Replace(good, ":03 ", ":61 ", 1),
		strings.Replace(good, " 200 ", " 2000 ", 1), strings.Replace(good, " 200 ", " -20 ", 1), strings.Replace(good, "+0000", "+00", 1),
	} {
		if f.Parse([]byte(bad), &l) {
			t.Errorf("taken: %s", bad)
		}
	}
	for _, bad := range []string{"", "no variables", "$status", `log_format`, `log_format x 'open`, "log_format x"} {
		if _, err := Compile(bad); err == nil {
			t.Errorf("compiled: %s", bad)
		}
	}
}

// Whatever a line and a format are, parsing ends.
func FuzzParse(f *testing.F) {
	f.Add(combined, `172.18.0.1 - - [25/Nov/2026:12:02:03 +0000] "GET / HTTP/1.1" 200 312 "-" "x" rt=1 urt="1, 2"`)
	f.Add(`$upstream_addr $msec`, "a:1, b:2 : c:3 12.5")
	f.Add("", `{"t":1,"st":200,"r":"a"}`)
	f.Add("", "time:1\tstatus:200")
	f.Fuzz(func(t *testing.T, format, line string) {
		var l Line
		if given, err := Compile(format); err == nil {
			given.Parse([]byte(line), &l)
			l.Tries(nil)
		}
		if inferred := Infer([][]byte{[]byte(line)}); inferred != nil {
			if !inferred.Parse([]byte(line), &l) {
				t.Errorf("%s does not parse what it was inferred from", inferred)
			}
			if l.EndNs < 0 {
				t.Errorf("%s: no time", inferred)
			}
			l.Tries(nil)
		}
	})
}
