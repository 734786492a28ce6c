package nginx

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestCache compares the cache with a plain list, the newest connection last.
func TestCache(t *testing.T) {
	type idle struct {
		conn  conn
		peer  int
		since int64
	}
	rapid.Check(t, func(t *rapid.T) {
		const peers = 3
		size := rapid.IntRange(1, 5).Draw(t, "size")
		c := newCache(size)
		c.open(peers)
		var plain []idle
		now, id := int64(0), uint32(0)
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				id++
				peer := rapid.IntRange(0, peers-1).Draw(t, "peer")
				closed := c.put(conn{id: id}, peer, now)
				if full := len(plain) == size; closed != full {
					t.Fatalf("closed the oldest: %v, full: %v", closed, full)
				} else if full {
					plain = plain[1:]
				}
				plain = append(plain, idle{conn{id: id}, peer, now})
			},
			"take": func(t *rapid.T) {
				peer := rapid.IntRange(0, peers-1).Draw(t, "peer")
				got, ok := c.take(peer)
				for i, x := range slices.Backward(plain) {
					if x.peer == peer {
						if !ok || got != x.conn {
							t.Fatalf("got %v, %v, want %v", got, ok, x.conn)
						}
						plain = slices.Delete(plain, i, i+1)
						return
					}
				}
				if ok {
					t.Fatalf("got %v, want none", got)
				}
			},
			"expire": func(t *rapid.T) {
				now += rapid.Int64Range(0, 3).Draw(t, "later")
				got, before := c.expire(now-5), len(plain)
				plain = slices.DeleteFunc(plain, func(x idle) bool { return x.since <= now-5 })
				if want := before - len(plain); got != want {
					t.Fatalf("expired %d, want %d", got, want)
				}
			},
			"": func(t *rapid.T) {
				if c.idle != len(plain) {
					t.Fatalf("%d idle, want %d", c.idle, len(plain))
				}
			},
		})
	})
}

// TestKeepaliveLimits checks when a connection is not used again.
func TestKeepaliveLimits(t *testing.T) {
	for _, c := range []struct {
		name   string
		cfg    Config
		waitNs int64
		want   Picked
	}{
		{"defaults", Config{Keepalive: 1}, 60*second - 1, Reuse},
		{"idle for 60 s", Config{Keepalive: 1}, 60 * second, Connect},
		{"keepalive_timeout", Config{Keepalive: 1, KeepaliveIdleNs: 5}, 5, Connect},
		{"keepalive_requests", Config{Keepalive: 1, KeepaliveRequests: 1}, 1, Connect},
		{"no keepalive", Config{}, 1, Connect},
	} {
		c.cfg.Peers = []Peer{DefaultPeer("a:80")}
		p := mustNew(t, c.cfg)
		client, _ := p.AcceptClient(0, 0, 0)
		var try Try
		request := func(nowNs int64) Picked {
			p.Begin(&try, 0, client, Request{}, nowNs)
			_, how := p.Pick(&try, nowNs)
			p.Release(&try, 200, nowNs)
			return how
		}
		request(0)
		if got := request(c.waitNs); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestKeepaliveTime checks that a connection is closed after the first request
// that ends more than keepalive_time after it was opened.
func TestKeepaliveTime(t *testing.T) {
	p := mustNew(t, Config{Keepalive: 1, KeepaliveTimeNs: 10, Peers: []Peer{DefaultPeer("a:80")}})
	client, _ := p.AcceptClient(0, 0, 0)
	var try Try
	for _, c := range []struct {
		nowNs int64
		want  Picked
	}{
		{0, Connect},
		{10, Reuse}, // 10 ns old: kept
		{11, Reuse}, // taken, but too old to be kept again
		{12, Connect},
	} {
		p.Begin(&try, 0, client, Request{}, c.nowNs)
		if _, how := p.Pick(&try, c.nowNs); how != c.want {
			t.Errorf("at %d ns: %v, want %v", c.nowNs, how, c.want)
		}
		p.Release(&try, 200, c.nowNs)
	}
}

func mustNew(t *testing.T, cfg Config) *Proxy {
	t.Helper()
	p, err := New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
