package nginx

import (
	"container/heap"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// replay plays clients and instances of one recorded case against a Proxy, on
// virtual time. It is the smallest simulation that the recordings need.
type replay struct {
	t     *testing.T
	c     *vectorCase
	conf  nginxConf
	rnd   Source
	proxy *Proxy

	instances map[string]*instance
	requests  []*request
	events    eventList
	nowNs     int64
	seq       int

	log        map[string]int // messages in the error log
	idleClosed int
	reusedAtS  int64 // last second for which "reusing connections" was logged
}

type instance struct {
	mode  string
	conns int            // accepted so far
	conn  map[uint32]int // running number at the instance, by the Proxy's number
}

type request struct {
	vectorRequest
	worker  int
	proxy   *Proxy // the one that the request began on
	conf    nginxConf
	client  Client
	try     Try
	held    bool // the instance waits for "done"
	ended   bool
	tryAtNs int64
	pending int // the attempt that a timed event belongs to
	answer  Outcome
	result  vectorResult
}

type event struct {
	atNs int64
	seq  int
	do   func()
}

type eventList []event

func (l eventList) Len() int { return len(l) }
func (l eventList) Less(i, j int) bool {
	return l[i].atNs < l[j].atNs || l[i].atNs == l[j].atNs && l[i].seq < l[j].seq
}
func (l eventList) Swap(i, j int) { l[i], l[j] = l[j], l[i] }
func (l *eventList) Push(e any)   { *l = append(*l, e.(event)) }
func (l *eventList) Pop() any {
	e := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return e
}

const ms = int64(1e6)

func newReplay(t *testing.T, c *vectorCase, rnd Source) *replay {
	t.Helper()
	r := &replay{t: t, c: c, rnd: rnd, instances: map[string]*instance{}, log: map[string]int{}, reusedAtS: -1}
	for i := range c.Requests {
		q := &request{vectorRequest: c.Requests[i]}
		if i < len(c.Result) {
			q.worker = c.Result[i].Worker
		}
		if c.Class == "exact" {
			q.worker = i % c.WorkerProcesses // not recorded, since it makes no difference
		}
		r.requests = append(r.requests, q)
	}
	if len(c.Requests) == 0 && c.Class == "statistical" {
		for i := range c.NRequests {
			r.requests = append(r.requests, &request{vectorRequest: vectorRequest{ID: i + 1}, worker: i % c.WorkerProcesses})
		}
	}
	r.load(c.Config, c.Peers)
	for _, a := range c.InitialModes {
		r.setMode(a.Peer, a.Mode)
	}
	return r
}

// load starts nginx with a configuration, as at the beginning and at a reload.
func (r *replay) load(upstream string, peers []vectorPeer) {
	conf, err := parseConf(r.c, upstream, peers)
	if err != nil {
		r.t.Fatal(err)
	}
	conf.cfg.ClientClosed = func(worker, id int) {
		r.idleClosed++
		if s := r.nowNs / second; s != r.reusedAtS {
			r.reusedAtS = s
			r.log["worker_connections_reusing"]++
		}
	}
	r.conf = conf
	if r.proxy, err = New(conf.cfg, r.rnd); err != nil {
		r.t.Fatal(err)
	}
	for _, p := range peers {
		if r.instances[p.Name] == nil {
			r.instances[p.Name] = &instance{mode: "ok", conn: map[uint32]int{}}
		}
	}
}

func (r *replay) setMode(peer, mode string) {
	b := r.instances[peer]
	if b == nil {
		r.t.Fatalf("mode %q is for %q, which is no peer", mode, peer)
	}
	switch {
	case mode == "closeidle":
		i := slices.Index(r.conf.names, peer)
		if i >= 0 {
			r.proxy.CloseIdle(i)
		}
		mode = "ok"
	case strings.HasPrefix(mode, "s") && mode != "stale":
		if _, err := strconv.Atoi(mode[1:]); err != nil {
			r.t.Fatalf("mode %q cannot be replayed", mode)
		}
	case !slices.Contains([]string{"ok", "refuse", "close", "hang", "blackhole", "stale"}, mode):
		r.t.Fatalf("mode %q cannot be replayed", mode)
	}
	b.mode = mode
}

func (r *replay) at(ns int64, do func()) {
	r.seq++
	heap.Push(&r.events, event{ns, r.seq, do})
}

// runUntil lets time pass until stop says so or nothing is left to happen.
func (r *replay) runUntil(stop func() bool) {
	for !stop() && len(r.events) > 0 {
		e := heap.Pop(&r.events).(event)
		r.nowNs = max(r.nowNs, e.atNs)
		e.do()
	}
}

func (r *replay) run() {
	switch r.c.Mode {
	case "sequential":
		for _, q := range r.requests {
			r.send(q)
		}
	case "timed":
		for _, a := range r.c.Actions {
			r.at(a.AtMs*ms, func() { r.setMode(a.Peer, a.Mode) })
		}
		for _, q := range r.requests {
			r.at(q.AtMs*ms, func() { r.start(q) })
		}
		r.runUntil(func() bool { return false })
	case "script":
		for _, step := range r.script() {
			r.step(step)
		}
	default:
		r.t.Fatalf("mode %q cannot be replayed", r.c.Mode)
	}
	for _, q := range r.requests {
		if !q.ended {
			r.t.Fatalf("request %d has not ended", q.ID)
		}
	}
}

// script is the list of steps. Statistical cases have theirs cut short: all
// requests are opened, then all are answered.
func (r *replay) script() []string {
	if r.c.Class != "statistical" {
		return r.c.Steps
	}
	var steps []string
	for _, verb := range []string{"open", "done"} {
		for _, q := range r.requests {
			steps = append(steps, fmt.Sprint(verb, " ", q.ID))
		}
	}
	for i, s := range r.c.Steps {
		if !strings.HasPrefix(s, "...") && s != steps[i] {
			r.t.Fatalf("step %q of a statistical case cannot be replayed", s)
		}
	}
	return steps
}

func (r *replay) step(step string) {
	f := strings.Fields(step)
	if len(f) == 3 && f[0] == "set" {
		r.setMode(f[1], f[2])
		return
	}
	if len(f) != 2 {
		r.t.Fatalf("step %q cannot be replayed", step)
	}
	n, err := strconv.Atoi(f[1])
	if err != nil {
		r.t.Fatalf("step %q cannot be replayed", step)
	}
	switch f[0] {
	case "idle":
		for i := range n {
			r.proxy.AcceptClient(0, 1000+i, r.nowNs)
		}
		return
	case "reload":
		r.load(r.c.ReloadConfigs[n], r.c.ReloadPeers[n])
		return
	}
	i := slices.IndexFunc(r.requests, func(q *request) bool { return q.ID == n })
	if i < 0 {
		r.t.Fatalf("step %q: no such request", step)
	}
	q := r.requests[i]
	switch f[0] {
	case "open":
		q.held = true
		r.start(q)
	case "send":
		r.send(q)
	case "done":
		if !q.ended {
			q.held = false
			r.end(q, q.answer)
		}
	case "abort":
		if !q.ended {
			r.end(q, ClientGone)
		}
	default:
		r.t.Fatalf("step %q cannot be replayed", step)
	}
}

func (r *replay) send(q *request) {
	r.start(q)
	r.runUntil(func() bool { return q.ended })
}

// start connects a client and sends its request.
func (r *replay) start(q *request) {
	q.proxy, q.conf = r.proxy, r.conf
	client, ok := q.proxy.AcceptClient(q.worker, q.ID, r.nowNs)
	if !ok {
		r.log["worker_connections_exhausted"]++
		q.ended = true
		return
	}
	q.client = client
	key, err := q.conf.key(q.vectorRequest)
	if err != nil {
		r.t.Fatal(err)
	}
	nonIdempotent := slices.Contains([]string{"POST", "LOCK", "PATCH"}, q.Method)
	q.proxy.Begin(&q.try, q.worker, client, Request{key, nonIdempotent}, r.nowNs)
	r.attempt(q)
}

// attempt asks for a peer and plays its part.
func (r *replay) attempt(q *request) {
	peer, how := q.proxy.Pick(&q.try, r.nowNs)
	q.tryAtNs = r.nowNs
	q.pending++
	switch how {
	case NoLive:
		r.log["no_live_upstreams"]++
		q.tried("-", "502", 0)
		r.finish(q, int(how.Status()))
		return
	case NoSlot:
		r.log["worker_connections_exhausted"]++
		q.tried("?", "-", 0)
		r.finish(q, int(how.Status()))
		return
	}
	q.result.Peers = append(q.result.Peers, q.conf.names[peer])
	b := r.instances[q.conf.names[peer]]
	out, afterMs := b.connect(q, how)
	if out == 0 {
		out, afterMs = b.serve(q, how)
	}
	switch {
	case out > 0 && q.held:
		q.answer = out
	case afterMs == 0:
		r.end(q, out)
	default:
		attempt := q.pending
		r.at(r.nowNs+afterMs*ms, func() {
			if !q.ended && q.pending == attempt {
				r.end(q, out)
			}
		})
	}
}

// connect is what becomes of the connection; the outcome 0 says that it is there.
func (b *instance) connect(q *request, how Picked) (out Outcome, afterMs int64) {
	if how == Connect {
		switch b.mode {
		case "refuse":
			return Refused, 0
		case "blackhole":
			return ConnectTimeout, q.conf.connectTimeoutMs
		}
		b.conns++
		b.conn[q.try.Conn()] = b.conns
	}
	q.result.Conn = b.conn[q.try.Conn()]
	return 0, 0
}

// serve is what becomes of the request on its connection.
func (b *instance) serve(q *request, how Picked) (out Outcome, afterMs int64) {
	out, afterMs = 200, q.DelayMs
	switch b.mode {
	case "close":
		return ClosedEarly, 0
	case "hang":
		afterMs = math.MaxInt64
	case "stale":
		if how == Reuse {
			return ClosedEarly, 0
		}
	case "ok", "refuse": // without a listener, an open connection still works
	default:
		status, _ := strconv.Atoi(b.mode[1:])
		out = Outcome(status)
	}
	if afterMs >= q.conf.readTimeoutMs {
		return ReadTimeout, q.conf.readTimeoutMs
	}
	return out, afterMs
}

// end tells the Proxy how the attempt went and goes on as it says.
func (r *replay) end(q *request, out Outcome) {
	next := q.proxy.Release(&q.try, out, r.nowNs)
	status := fmt.Sprint(out)
	switch out {
	case Refused:
		r.log["connect_failed"]++
		status = "502"
	case ClosedEarly:
		r.log["upstream_prematurely_closed"]++
		status = "502"
	case ConnectTimeout, ReadTimeout:
		r.log["upstream_timed_out"]++
		status = "504"
	case ClientGone:
		status = "-"
	}
	if next.Ejected {
		r.log["temporarily_disabled"]++
	}
	q.result.TryStatus = append(q.result.TryStatus, status)
	q.result.TryMs = append(q.result.TryMs, (r.nowNs-q.tryAtNs)/ms)
	if next.Retry {
		r.attempt(q)
		return
	}
	r.finish(q, int(next.Status))
}

func (q *request) tried(peer, status string, tookMs int64) {
	q.result.Peers = append(q.result.Peers, peer)
	q.result.TryStatus = append(q.result.TryStatus, status)
	q.result.TryMs = append(q.result.TryMs, tookMs)
}

func (r *replay) finish(q *request, status int) {
	q.ended = true
	q.result.LogStatus = status
	if status != 499 {
		q.result.Status = status
	}
	q.proxy.CloseClient(q.worker, q.client)
}

// got is the result of request i, as exact as the recorded one.
func (r *replay) got(i int, recorded vectorResult) vectorResult {
	got := r.requests[i].result
	for k, took := range got.TryMs {
		got.TryMs[k] = (took + 125) / 250 * 250
	}
	if recorded.Conn == 0 {
		got.Conn = 0
	}
	return got
}

// counts is how often each list of peers with its status occurred.
func (r *replay) counts() map[string]int {
	counts := map[string]int{}
	for _, q := range r.requests {
		counts[fmt.Sprintf("%s=%d", strings.Join(q.result.Peers, ">"), q.result.Status)]++
	}
	return counts
}

// serve passes one request of a client through at once and returns the status.
func (r *replay) serve(client Client, nowNs int64) int {
	q := &request{client: client, proxy: r.proxy, conf: r.conf}
	r.nowNs = nowNs
	q.proxy.Begin(&q.try, 0, client, Request{}, nowNs)
	r.attempt(q)
	return q.result.Status
}
