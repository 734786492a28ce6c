package nginx

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// vectorFile is a file of recordings of the real nginx; its form is described in
// testdata/nginx/vectors/README.md.
type vectorFile struct {
	About string       `json:"about"`
	Cases []vectorCase `json:"cases"`
}

type vectorCase struct {
	Name, About, Class, Mode string

	NginxVersion      string   `json:"nginx_version"`
	RunsAgree         bool     `json:"runs_agree"`
	WorkerProcesses   int      `json:"worker_processes"`
	WorkerConnections int      `json:"worker_connections"`
	EventsExtra       []string `json:"events_extra"`
	ListenExtra       string   `json:"listen_extra"`
	Config            string
	ProxyPass         string   `json:"proxy_pass"`
	LocationExtra     []string `json:"location_extra"`
	HostsFile         []string `json:"hosts_file"`
	Peers             []vectorPeer
	ReloadConfigs     []string       `json:"reload_configs"`
	ReloadPeers       [][]vectorPeer `json:"reload_peers"`

	StartFracMs  int64          `json:"start_frac_ms"`
	InitialModes []vectorAction `json:"initial_modes"`
	Actions      []vectorAction
	Requests     []vectorRequest
	Steps        []string
	NRequests    int `json:"n_requests"`

	Result            []vectorResult
	ErrorLogCounts    map[string]int   `json:"error_log_counts"`
	CountsPerRun      []map[string]int `json:"counts_per_run"`
	AcceptQueuePerRun []map[string]int `json:"accept_queue_per_run"`
	IdleClientsClosed int              `json:"idle_clients_closed"`

	// What the requests look like on the wire is no business of the model.
	BackendRequestHeads any `json:"backend_request_heads"`
}

type vectorPeer struct {
	Name, Addr   string
	Weight       int
	MaxFails     int   `json:"max_fails"`
	FailTimeoutS int64 `json:"fail_timeout_s"`
	MaxConns     int   `json:"max_conns"`
	Down, Backup bool
}

type vectorAction struct {
	AtMs int64 `json:"at_ms"`
	Peer string
	Mode string
}

type vectorRequest struct {
	ID      int
	AtMs    int64 `json:"at_ms"`
	Client  string
	RealIP  string `json:"realip"`
	Method  string
	URI     string `json:"uri"`
	DelayMs int64  `json:"delay_ms"`
}

type vectorResult struct {
	Peers     []string
	TryStatus []string `json:"try_status"`
	TryMs     []int64  `json:"try_ms"`
	Status    int
	LogStatus int `json:"log_status"`
	Conn      int
	Worker    int
}

// vectorsDir is the directory of recordings; VELOCITAS_VECTORS names another one.
func vectorsDir() string {
	if dir := os.Getenv("VELOCITAS_VECTORS"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "testdata", "nginx", "vectors")
}

func readVectors(t *testing.T, path string) vectorFile {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// An unknown field may mean something that the replay would leave out.
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var f vectorFile
	if err := d.Decode(&f); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if len(f.Cases) == 0 {
		t.Fatalf("%s has no cases", path)
	}
	return f
}

// TestVectors replays every recording of the real nginx. What cannot be replayed
// is an error: nothing is left out.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(vectorsDir(), "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings in %s (%v)", vectorsDir(), err)
	}
	cases, requests := map[string]int{}, 0
	for _, path := range files {
		f := readVectors(t, path)
		for i := range f.Cases {
			c := &f.Cases[i]
			t.Run(strings.TrimSuffix(filepath.Base(path), ".json")+"/"+c.Name, func(t *testing.T) {
				requests += replayCase(t, c)
			})
			cases[c.Class]++
		}
	}
	t.Logf("replayed %d files, cases %v, %d requests", len(files), cases, requests)
}

func replayCase(t *testing.T, c *vectorCase) (requests int) {
	switch c.Class {
	case "exact", "per_worker":
		return replayExactly(t, c)
	case "statistical":
		return replayShares(t, c)
	case "accept_queue":
		return replayAcceptQueue(t, c)
	}
	t.Fatalf("class %q cannot be replayed", c.Class)
	return 0
}

// replayExactly compares request by request.
func replayExactly(t *testing.T, c *vectorCase) int {
	if len(c.Result) != len(c.Requests) || len(c.Requests) == 0 {
		t.Fatalf("%d requests with %d results", len(c.Requests), len(c.Result))
	}
	r := newReplay(t, c, nil)
	r.run()
	for i, want := range c.Result {
		if got, want := describe(r.got(i, want)), describe(want); got != want {
			t.Fatalf("request %d: got %s, nginx %s", c.Requests[i].ID, got, want)
		}
	}
	if !maps.Equal(r.log, c.ErrorLogCounts) {
		t.Errorf("error log: got %v, nginx %v", r.log, c.ErrorLogCounts)
	}
	if r.idleClosed != c.IdleClientsClosed {
		t.Errorf("idle clients closed: got %d, nginx %d", r.idleClosed, c.IdleClientsClosed)
	}
	return len(c.Requests)
}

// describe brings a result into one form: absent fields have their meaning.
func describe(r vectorResult) string {
	if len(r.TryStatus) == 0 && len(r.Peers) == 1 {
		r.TryStatus = []string{fmt.Sprint(r.Status)}
	}
	if !slices.ContainsFunc(r.TryMs, func(ms int64) bool { return ms != 0 }) {
		r.TryMs = nil
	}
	if r.LogStatus == 0 && len(r.Peers) > 0 {
		r.LogStatus = r.Status
	}
	return fmt.Sprintf("peers %v try_status %v try_ms %v status %d log %d conn %d",
		r.Peers, r.TryStatus, r.TryMs, r.Status, r.LogStatus, r.Conn)
}

// replayShares compares how often each result occurs. The model is run often
// enough that its own noise does not count; the recorded share of a result then
// has a binomial standard error, and 5 of them are allowed: a true model is
// beyond that less than once in a million. Besides, each recorded run must lie
// in the range of the model's runs, which catches a model that is right only on
// average.
func replayShares(t *testing.T, c *vectorCase) int {
	const runs = 400
	rnd := pcg{rand.New(rand.NewPCG(1, 2))}
	if c.NRequests == 0 || len(c.CountsPerRun) == 0 {
		t.Fatal("n_requests or counts_per_run is missing")
	}
	total, low, high := map[string]int{}, map[string]int{}, map[string]int{}
	for run := range runs {
		r := newReplay(t, c, rnd)
		r.run()
		counts := r.counts()
		for key := range maps.Keys(counts) {
			total[key] += counts[key]
			if run == 0 {
				low[key] = counts[key]
			}
		}
		for key := range total {
			low[key], high[key] = min(low[key], counts[key]), max(high[key], counts[key])
		}
	}
	n := float64(c.NRequests * len(c.CountsPerRun))
	for _, key := range slices.Sorted(maps.Keys(union(c.CountsPerRun, total))) {
		seen := 0
		for _, run := range c.CountsPerRun {
			seen += run[key]
			if run[key] < low[key] || run[key] > high[key] {
				t.Errorf("%s: nginx %d, outside the model's range %d to %d", key, run[key], low[key], high[key])
			}
		}
		p := float64(total[key]) / float64(runs*c.NRequests)
		tolerance := 5 * math.Sqrt(p*(1-p)/n*(1+n/float64(runs*c.NRequests)))
		if share := float64(seen) / n; math.Abs(share-p) > tolerance {
			t.Errorf("%s: nginx %.3f, model %.3f ± %.3f", key, share, p, tolerance)
		}
	}
	return c.NRequests * len(c.CountsPerRun)
}

// pcg is a Source for tests.
type pcg struct{ *rand.Rand }

func (p pcg) Uint64n(n uint64) uint64 { return p.Rand.Uint64N(n) }

func union(all []map[string]int, one map[string]int) map[string]int {
	u := maps.Clone(one)
	for _, m := range all {
		maps.Copy(u, m)
	}
	return u
}

// replayAcceptQueue has the worker standing still for 400 ms while all clients
// connect; then it accepts what there is, and at 1 s the dropped SYNs come again.
func replayAcceptQueue(t *testing.T, c *vectorCase) int {
	if c.NRequests == 0 || len(c.AcceptQueuePerRun) == 0 {
		t.Fatal("n_requests or accept_queue_per_run is missing")
	}
	r := newReplay(t, c, nil)
	q := NewAcceptQueue(r.conf.backlog, 4096)
	got := map[string]int{}
	drain := func(nowNs int64) {
		for q.Accept() {
			got["served"]++
			if client, ok := r.proxy.AcceptClient(0, got["served"], nowNs); !ok || r.serve(client, nowNs) != 200 {
				t.Fatalf("request %d is not served", got["served"])
			}
		}
	}
	late := 0
	for range c.NRequests {
		if q.Arrive() {
			got["connected_at_once"]++
		} else {
			late++
		}
	}
	drain(400e6)
	wait, ok := SYNRetryNs(1)
	if !ok || wait != 1e9 {
		t.Fatalf("a dropped SYN is sent again after %d ns, %v", wait, ok)
	}
	for range late {
		if q.Arrive() {
			got["connected_after_about_1s"]++
		}
		drain(wait)
	}
	for _, want := range c.AcceptQueuePerRun {
		if !maps.Equal(got, want) {
			t.Errorf("got %v, nginx %v", got, want)
		}
	}
	return c.NRequests
}
