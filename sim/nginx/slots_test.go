package nginx

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSlots counts the connections of a worker in a plain way: clients, attempts
// and idle connections never add up to more or less than the slots in use, and
// idle clients are closed oldest first.
func TestSlots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.IntRange(4, 40).Draw(t, "worker_connections")
		var idle []int // ids of idle clients, the oldest first
		clients := map[int]Client{}
		closed := func(_, id int) {
			if len(idle) == 0 || idle[0] != id {
				t.Fatalf("closed client %d of the idle %v", id, idle)
			}
			idle = idle[1:]
			delete(clients, id)
		}
		p, err := New(Config{WorkerConnections: all, Keepalive: rapid.IntRange(0, 3).Draw(t, "keepalive"),
			Peers: []Peer{DefaultPeer("a"), DefaultPeer("b")}, ClientClosed: closed}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var busy []int
		tries := map[int]*Try{}
		next, nowNs := 0, int64(0)
		t.Repeat(map[string]func(*rapid.T){
			"accept": func(t *rapid.T) {
				next++
				if c, ok := p.AcceptClient(0, next, nowNs); ok {
					clients[next] = c
					idle = append(idle, next)
				}
			},
			"request": func(t *rapid.T) {
				if len(idle) == 0 {
					t.Skip("no idle client") // rapid takes another action
				}
				i := rapid.IntRange(0, len(idle)-1).Draw(t, "client")
				id := idle[i]
				idle = slices.Delete(idle, i, i+1)
				try := &Try{}
				p.Begin(try, 0, clients[id], Request{}, nowNs)
				if _, how := p.Pick(try, nowNs); how == Connect || how == Reuse {
					busy, tries[id] = append(busy, id), try
				} else {
					p.CloseClient(0, clients[id])
					delete(clients, id)
				}
			},
			"answer": func(t *rapid.T) {
				if len(busy) == 0 {
					t.Skip("no request") // rapid takes another action
				}
				id := busy[0]
				busy = busy[1:]
				p.Release(tries[id], 200, nowNs)
				p.IdleClient(0, clients[id])
				idle = append(idle, id)
			},
			"wait": func(t *rapid.T) { nowNs += rapid.Int64Range(0, 70*second).Draw(t, "ns") },
			"": func(t *rapid.T) {
				w := &p.workers[0]
				if used := 2 + len(clients) + len(busy) + w.cache.idle; w.slots.free != all-used || w.slots.free < 0 {
					t.Fatalf("%d of %d slots are free, %d are in use", w.slots.free, all, used)
				}
				if w.slots.idle != len(idle) {
					t.Fatalf("%d idle clients, want %d", w.slots.idle, len(idle))
				}
			},
		})
	})
}

// TestMakeRoom fills 1600 slots with idle clients: 1598 are for connections, and
// nginx makes room when 100 or fewer are free.
func TestMakeRoom(t *testing.T) {
	closed := 0
	p := mustNew(t, Config{WorkerConnections: 1600, Peers: []Peer{DefaultPeer("a")},
		ClientClosed: func(_, id int) {
			if closed++; id != closed {
				t.Fatalf("closed client %d as number %d", id, closed)
			}
		}})
	for id := 1; id <= 1498; id++ {
		p.AcceptClient(0, id, 0)
	}
	if closed != 0 {
		t.Fatalf("closed %d clients although 101 slots were free", closed)
	}
	p.AcceptClient(0, 1499, 0) // 100 are free: a batch of at most 32
	if closed != 32 {
		t.Fatalf("closed %d clients, want 32", closed)
	}
}
