package instance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"

	"github.com/k9mil/velocitas/badger/store"
)

func testConfig() Config {
	cfg := DefaultConfig()
	cfg.Name, cfg.Address, cfg.Version = "velocitas-1", "127.0.0.1:0", "v1.2.3"
	return cfg
}

// start serves an instance on a free port until the test ends.
func start(t testing.TB, cfg Config, accessLog io.Writer) (*Instance, string) {
	t.Helper()
	inst, err := New(cfg, accessLog)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", cfg.Address)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- inst.Serve(listener) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := inst.Stop(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return inst, "http://" + listener.Addr().String()
}

// ask sends a request with an Accept header, where one is given.
func ask(t testing.TB, method, url, accept string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if accept != "" {
		request.Header.Set("Accept", accept)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func askJSON(t testing.TB, url string) answer {
	t.Helper()
	response, body := ask(t, "GET", url, "application/json")
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s: %s", url, response.Status, body)
	}
	var a answer
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&a); err != nil {
		t.Fatalf("%s: %v in %s", url, err, body)
	}
	return a
}

func TestJSON(t *testing.T) {
	inst, url := start(t, testConfig(), nil)
	for i, c := range []struct {
		query     string
		keys      int
		write     string
		storeKeys func(int) bool
	}{
		{"", 10_000, "transactions", func(n int) bool { return n == 10_000 }},
		{"?keys=1", 1, "transactions", func(n int) bool { return n == 10_000 }},
		{"?keys=300&write=batch", 300, "batch", func(n int) bool { return n == 10_000 }},
		{"?write=transactions&keys=20", 20, "transactions", func(n int) bool { return n == 10_000 }},
	} {
		a := askJSON(t, url+"/"+c.query)
		if a.Keys != c.keys || a.Write != c.write || !c.storeKeys(a.StoreKeys) {
			t.Errorf("%q: got %+v", c.query, a)
		}
		if a.Instance != "velocitas-1" || a.Colour != inst.colour || a.Answered != uint64(i+1) {
			t.Errorf("%q: got %+v", c.query, a)
		}
		if a.TookMs <= 0 || a.StartKey < 0 || a.StartKey >= store.KeySpace || a.Recent.Requests != i+1 {
			t.Errorf("%q: got %+v", c.query, a)
		}
	}
}

// The keys that the answers name are those that the store holds.
func TestStoreHoldsWhatWasAnswered(t *testing.T) {
	inst, url := start(t, testConfig(), nil)
	held := map[int]bool{}
	for range 20 {
		a := askJSON(t, url+"/?keys=150")
		for i := range a.Keys {
			held[(a.StartKey+i)%store.KeySpace] = true
		}
		if a.StoreKeys != len(held) {
			t.Fatalf("%d keys in the store, want %d", a.StoreKeys, len(held))
		}
	}
	if keys, _, err := inst.store.Digest(); err != nil || keys != len(held) {
		t.Errorf("reading the store: %d keys, %v; want %d", keys, err, len(held))
	}
}

func TestNegotiation(t *testing.T) {
	_, url := start(t, testConfig(), nil)
	for _, c := range []struct{ accept, want string }{
		{"", "text/html; charset=utf-8"}, // curl, ab and the like
		{"*/*", "text/html; charset=utf-8"},
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"}, // browsers
		{"application/json", "application/json"},
		{"application/json, text/plain, */*", "application/json"}, // JavaScript's clients
		{"text/html;q=0.5, application/json", "application/json"},
	} {
		response, body := ask(t, "GET", url+"/?keys=5", c.accept)
		if got := response.Header.Get("Content-Type"); got != c.want {
			t.Errorf("Accept %q: got %s, want %s", c.accept, got, c.want)
		}
		if json.Valid([]byte(body)) != (c.want == "application/json") {
			t.Errorf("Accept %q: got %.100s", c.accept, body)
		}
		if got := response.Header.Get("Vary"); got != "Accept" {
			t.Errorf("Accept %q: Vary is %q", c.accept, got)
		}
	}
}

func TestRefuses(t *testing.T) {
	inst, url := start(t, testConfig(), nil)
	counts := map[int]int{}
	for _, c := range []struct {
		method, path string
		status       int
		want         string
	}{
		{"GET", "/?keys=0", 400, "keys is \"0\"; want a whole number from 1 to 100000\n"},
		{"GET", "/?keys=-5", 400, "keys is \"-5\"; want a whole number from 1 to 100000\n"},
		{"GET", "/?keys=100001", 400, "keys is \"100001\"; want a whole number from 1 to 100000\n"},
		{"GET", "/?keys=99999999999999999999", 400, "keys is \"99999999999999999999\"; want a whole number from 1 to 100000\n"},
		{"GET", "/?keys=1e3", 400, "keys is \"1e3\"; want a whole number from 1 to 100000\n"},
		{"GET", "/?keys=", 400, "keys is \"\"; want a whole number from 1 to 100000\n"},
		{"GET", "/?keys=%1b[31m%0a", 400, "keys is \"\\x1b[31m\\n\"; want a whole number from 1 to 100000\n"},
		{"GET", "/?write=disk", 400, "write is \"disk\"; want transactions or batch\n"},
		{"GET", "/?kyes=5", 400, "unknown parameter \"kyes\"; did you mean \"keys\"?\n"},
		{"GET", "/?keys=5&nocache", 400, "unknown parameter \"nocache\"; known: keys, write\n"},
		{"GET", "/?=5", 400, "unknown parameter \"\"; known: keys, write\n"},
		{"GET", "/?keys=5&keys=6", 400, "keys is given more than once\n"},
		{"GET", "/nowhere", 404, "there is nothing at \"/nowhere\"; want /, /healthz or /metrics\n"},
		{"POST", "/", 405, "\"/\" takes no \"POST\"; want GET, HEAD\n"},
		{"DELETE", "/healthz", 405, "\"/healthz\" takes no \"DELETE\"; want GET, HEAD\n"},
		{"HEAD", "/?keys=0", 400, ""},
		{"HEAD", "/nowhere", 404, ""},
	} {
		response, body := ask(t, c.method, url+c.path, "")
		if response.StatusCode != c.status || body != c.want {
			t.Errorf("%s %s: got %d %q, want %d %q", c.method, c.path, response.StatusCode, body, c.status, c.want)
		}
		if got := response.Header.Get(HeaderName); got != "velocitas-1" {
			t.Errorf("%s %s: %s is %q", c.method, c.path, HeaderName, got)
		}
		if got := response.Header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s %s: the answer's type may be guessed", c.method, c.path)
		}
		counts[c.status]++
	}
	values := scrape(t, url)
	for status, want := range counts {
		if got := values[fmt.Sprintf(`velocitas_requests_total{code="%d"}`, status)]; got != float64(want) {
			t.Errorf("metrics count %g answers %d of %d", got, status, want)
		}
	}
	if keys := inst.store.Keys(); keys != 0 {
		t.Errorf("refused requests inserted %d keys", keys)
	}
}

// HEAD is answered like GET without a body, and inserts nothing.
func TestHead(t *testing.T) {
	inst, url := start(t, testConfig(), nil)
	for _, path := range []string{"/", "/healthz", "/metrics", cssPath} {
		head, body := ask(t, "HEAD", url+path, "")
		if head.StatusCode != 200 || body != "" {
			t.Errorf("HEAD %s: %s %q", path, head.Status, body)
		}
		if path == "/" && inst.store.Keys() != 0 {
			t.Errorf("HEAD inserted %d keys", inst.store.Keys())
		}
		get, _ := ask(t, "GET", url+path, "")
		for _, name := range []string{"Content-Type", "Cache-Control", "Vary", HeaderName, "X-Content-Type-Options"} {
			if a, b := head.Header.Get(name), get.Header.Get(name); a != b {
				t.Errorf("%s: %s is %q by HEAD and %q by GET", path, name, a, b)
			}
		}
	}
}

// What cannot even be read as a request is counted, and signed, too.
func TestMalformed(t *testing.T) {
	_, url := start(t, testConfig(), nil)
	connection, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	io.WriteString(connection, "GET / HTTP/1.1\r\nHost: velocitas\r\nX: "+strings.Repeat("x", 20_000)+"\r\n\r\n")
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != 431 || response.Header.Get(HeaderName) != "velocitas-1" {
		t.Errorf("%s %v", response.Status, response.Header)
	}
	if got := scrape(t, url)[`velocitas_requests_total{code="431"}`]; got != 1 {
		t.Errorf("counted %g times", got)
	}
}

// An error is a line, JSON or a page, and what it quotes is never markup.
func TestErrorsAsAccepted(t *testing.T) {
	_, url := start(t, testConfig(), nil)
	const path = "/?keys=%3Cscript%3Ealert(1)%3C/script%3E"
	for _, c := range []struct{ accept, kind, want string }{
		{"", "text/plain; charset=utf-8", "keys is \"<script>alert(1)</script>\"; want a whole number from 1 to 100000\n"},
		{"*/*", "text/plain; charset=utf-8", "keys is "},
		{"application/json", "application/json", `{"instance":"velocitas-1","status":400,"error":"keys is `},
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8", "<!doctype html>"},
	} {
		response, body := ask(t, "GET", url+path, c.accept)
		if response.StatusCode != 400 || response.Header.Get("Content-Type") != c.kind || !strings.HasPrefix(body, c.want) {
			t.Errorf("Accept %q: %s %s %.200q", c.accept, response.Status, response.Header.Get("Content-Type"), body)
		}
		if strings.HasPrefix(c.kind, "text/html") && (strings.Contains(body, "<script>") || strings.Contains(body, "ZgotmplZ") || !strings.Contains(body, "400 Bad Request")) {
			t.Errorf("the page is %s", body)
		}
	}
}

// However many ask for however much at once, what the requests in flight hold
// stays within its bound, and one alone is always served.
func TestMemoryIsBounded(t *testing.T) {
	cfg := testConfig()
	cfg.MaxBytesInFlight = 29 << 20 // a quarter of what a container of 128 MB may use
	inst, url := start(t, cfg, nil)
	before := liveHeapMB()
	done := make(chan struct{})
	highest := make(chan float64)
	go func() {
		var most float64
		for {
			select {
			case <-done:
				highest <- most
				return
			default:
				most = max(most, liveHeapMB())
			}
		}
	}()
	var mu sync.Mutex
	statuses := map[int]int{}
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			response, _ := ask(t, "GET", url+"/?write=batch&keys=100000", "application/json")
			mu.Lock()
			defer mu.Unlock()
			statuses[response.StatusCode]++
		})
	}
	wg.Wait()
	close(done)
	// A hundred batches would hold 700 MB. The store itself takes some tens.
	if most := <-highest - before; most > 29+120 {
		t.Errorf("the heap grew by %.0f MB", most)
	}
	if statuses[200] == 0 || statuses[503] == 0 || statuses[200]+statuses[503] != 100 {
		t.Errorf("statuses %v", statuses)
	}
	if n := inst.bytesInFlight.Load(); n != 0 {
		t.Errorf("%d bytes in flight after all are answered", n)
	}
	inst.cfg.MaxBytesInFlight = 1
	if response, body := ask(t, "GET", url+"/?write=batch&keys=100000", ""); response.StatusCode != 200 {
		t.Errorf("a request alone: %s %s", response.Status, body)
	}
}

// What is let in by default in a container of 128 MB: all 256 requests that
// insert the default number of keys.
func TestDefaultFitsTheLimit(t *testing.T) {
	if need := 256 * (RequestBytes + store.InsertBytes(DefaultKeys, store.Transactions)); need > 115<<20/4 {
		t.Errorf("256 requests hold %d bytes", need)
	}
}

func TestLimit(t *testing.T) {
	cfg := testConfig()
	cfg.MaxInFlight = 2
	inst, url := start(t, cfg, nil)
	inst.inFlight.Add(2) // as two requests would that do not end
	response, body := ask(t, "GET", url+"/?keys=1", "")
	if response.StatusCode != 503 || response.Header.Get("Retry-After") != "1" || response.Header.Get(HeaderName) == "" {
		t.Errorf("beyond the limit: %s %v", response.Status, response.Header)
	}
	if want := "instance velocitas-1 has 2 requests in flight and takes no more\n"; body != want {
		t.Errorf("beyond the limit: %q, want %q", body, want)
	}
	if response, _ := ask(t, "GET", url+"/healthz", ""); response.StatusCode != 200 {
		t.Errorf("health beyond the limit: %s", response.Status)
	}
	inst.inFlight.Add(-1)
	if response, _ := ask(t, "GET", url+"/?keys=1", ""); response.StatusCode != 200 {
		t.Errorf("below the limit: %s", response.Status)
	}
	inst.inFlight.Add(-1)
}

// Under a crowd each request is either served or refused, and the metrics
// count the same as the clients.
func TestLimitUnderCrowd(t *testing.T) {
	cfg := testConfig()
	cfg.MaxInFlight = 2
	inst, url := start(t, cfg, nil)
	var mu sync.Mutex
	statuses := map[int]int{}
	var wg sync.WaitGroup
	for range 24 {
		wg.Go(func() {
			response, _ := ask(t, "GET", url+"/?keys=5000", "application/json")
			mu.Lock()
			defer mu.Unlock()
			statuses[response.StatusCode]++
		})
	}
	wg.Wait()
	if statuses[200] == 0 || statuses[503] == 0 || statuses[200]+statuses[503] != 24 {
		t.Errorf("statuses %v", statuses)
	}
	values := scrape(t, url)
	for status, want := range map[string]int{"200": statuses[200], "503": statuses[503]} {
		if got := values[`velocitas_requests_total{code="`+status+`"}`]; got != float64(want) {
			t.Errorf("metrics count %g answers %s, the clients %d", got, status, want)
		}
	}
	if n := inst.inFlight.Load(); n != 0 {
		t.Errorf("%d in flight after all are answered", n)
	}
}

// Clients that keep connections alive use one for all; nginx by default speaks
// HTTP/1.0 and closes each.
func TestConnections(t *testing.T) {
	_, url := start(t, testConfig(), nil)
	opened := 0
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if !info.Reused {
			opened++
		}
	}}
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for range 5 {
		request, _ := http.NewRequest("GET", url+"/?keys=1", nil)
		response, err := client.Do(request.WithContext(httptrace.WithClientTrace(t.Context(), trace)))
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
	if opened != 1 {
		t.Errorf("HTTP/1.1: %d connections for 5 requests, want 1", opened)
	}

	connection, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	io.WriteString(connection, "GET /?keys=1 HTTP/1.0\r\nHost: velocitas\r\nConnection: close\r\n\r\n")
	all, err := io.ReadAll(connection) // ends only when the instance closes
	if err != nil || !bytes.Contains(all, []byte(" 200 OK\r\n")) {
		t.Errorf("HTTP/1.0: %v, %.100s", err, all)
	}
}

func TestHealth(t *testing.T) {
	_, url := start(t, testConfig(), nil)
	response, body := ask(t, "GET", url+"/healthz", "")
	var h Health
	if err := json.Unmarshal([]byte(body), &h); err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != 200 || h.Status != "ready" || h.Instance != "velocitas-1" || h.Version != "v1.2.3" {
		t.Errorf("%s %+v", response.Status, h)
	}
	if h.GOMAXPROCS < 1 || h.Go == "" || h.CPULimitFrom == "" {
		t.Errorf("%+v", h)
	}
	if !strings.Contains(body, `"cpu_limit_cores":`) {
		t.Errorf("no limit, not even null, in %s", body)
	}
}

// Where the limit is found, or that there is none, is told too.
func TestHealthTellsTheLimit(t *testing.T) {
	for _, c := range []struct{ tree, want string }{
		{"none", `"cpu_limit_cores":null,"cpu_limit_from":"no cgroup limits the CPU"`},
		{"v2-docker", `"cpu_limit_cores":0.25,"cpu_limit_from":"ROOT/sys/fs/cgroup/cpu.max"`},
		{"v1-host", `"cpu_limit_cores":1.5,"cpu_limit_from":"ROOT/sys/fs/cgroup/cpu/velocitas/cpu.cfs_quota_us"`},
	} {
		inst, err := New(testConfig(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer inst.store.Close()
		inst.root = unpack(t, c.tree)
		response, err := inst.app.Test(httptest.NewRequest("GET", "/healthz", nil))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		if body := strings.ReplaceAll(string(text), inst.root, "ROOT"); !strings.Contains(body, c.want) {
			t.Errorf("%s: no %s in %s", c.tree, c.want, body)
		}
	}
}

func TestAccessLog(t *testing.T) {
	cfg := testConfig()
	cfg.AccessLog = true
	var mu sync.Mutex
	var log bytes.Buffer
	_, url := start(t, cfg, writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return log.Write(p)
	}))
	want := []logLine{
		{Method: "GET", URI: "/?keys=3&write=batch", Status: 200},
		{Method: "GET", URI: "/?keys=no", Status: 400},
		{Method: "GET", URI: "/healthz", Status: 200},
		{Method: "POST", URI: "/", Status: 405},
		{Method: "GET", URI: `/%22%0A`, Status: 404}, // must not break out of its line
	}
	bytesSent := make([]int, len(want))
	for i, w := range want {
		_, body := ask(t, w.Method, url+w.URI, "")
		bytesSent[i] = len(body)
	}
	mu.Lock()
	defer mu.Unlock()
	lines := bufio.NewScanner(&log)
	for i, w := range want {
		if !lines.Scan() {
			t.Fatalf("line %d of %d is missing", i+1, len(want))
		}
		var got logLine
		if err := json.Unmarshal(lines.Bytes(), &got); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		if got.Method != w.Method || got.URI != w.URI || got.Status != w.Status || got.Bytes != bytesSent[i] {
			t.Errorf("line %d: got %+v, want %+v with %d bytes", i+1, got, w, bytesSent[i])
		}
		if got.Instance != "velocitas-1" || got.Time.IsZero() || got.Remote == "" || got.DurationMs < 0 {
			t.Errorf("line %d: got %+v", i+1, got)
		}
	}
	if lines.Scan() {
		t.Errorf("one line too many: %s", lines.Text())
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
