package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func open(t testing.TB) *Store {
	t.Helper()
	s, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func insert(t testing.TB, s *Store, start, keys int, mode Mode) {
	t.Helper()
	if err := s.Insert(start, keys, mode); err != nil {
		t.Fatal(err)
	}
}

func digest(t testing.TB, s *Store) (int, string) {
	t.Helper()
	keys, d, err := s.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if keys != s.Keys() {
		t.Fatalf("reading finds %d keys, counting %d", keys, s.Keys())
	}
	return keys, d
}

// reference is a dumb store: an array of values.
type reference struct {
	inserts uint64
	value   [KeySpace]uint64
	set     [KeySpace]bool
}

func (r *reference) insert(start, keys int) {
	r.inserts++
	for i := start; i < start+keys; i++ {
		r.value[i%KeySpace], r.set[i%KeySpace] = r.inserts, true
	}
}

func (r *reference) digest() (keys int, digest string) {
	sum := sha256.New()
	for i := range KeySpace {
		if r.set[i] {
			keys++
			fmt.Fprintf(sum, "%016d", i)
			z := r.value[i]*0x9e3779b97f4a7c15 + uint64(i)
			z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
			z = (z ^ z>>27) * 0x94d049bb133111eb
			sum.Write(binary.BigEndian.AppendUint64(nil, z^z>>31))
			sum.Write(binary.BigEndian.AppendUint64(nil, r.value[i]))
		}
	}
	return keys, hex.EncodeToString(sum.Sum(nil))
}

// Whatever is inserted, in either mode, Badger answers what an array would.
func TestDigestEqualsReference(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, want := open(t), new(reference)
		defer s.Close()
		for range rapid.IntRange(0, 6).Draw(rt, "inserts") {
			start := rapid.IntRange(0, KeySpace-1).Draw(rt, "start")
			keys := rapid.IntRange(1, 800).Draw(rt, "keys")
			mode := rapid.SampledFrom([]Mode{Transactions, Batch}).Draw(rt, "mode")
			insert(t, s, start, keys, mode)
			want.insert(start, keys)
		}
		keys, d := digest(t, s)
		if wantKeys, wantDigest := want.digest(); keys != wantKeys || d != wantDigest {
			rt.Fatalf("got %d keys, %s; want %d, %s", keys, d, wantKeys, wantDigest)
		}
	})
}

func TestDigestTellsApart(t *testing.T) {
	type call struct{ start, keys int }
	contents := map[string][]call{
		"nothing":       {},
		"a request":     {{0, 100}},
		"twice":         {{0, 100}, {0, 100}},
		"one key more":  {{0, 101}},
		"elsewhere":     {{1, 100}},
		"in turn":       {{0, 100}, {50, 100}},
		"out of turn":   {{50, 100}, {0, 100}},
		"over the edge": {{KeySpace - 50, 100}},
	}
	seen := map[string]string{}
	for name, calls := range contents {
		s := open(t)
		for _, c := range calls {
			insert(t, s, c.start, c.keys, Batch)
		}
		_, d := digest(t, s)
		if other, ok := seen[d]; ok {
			t.Errorf("%q and %q have the same digest", name, other)
		}
		seen[d] = name
	}
}

// After the memtable was flushed and compacted many times the digest is still
// that of the last value of each key, and the same in both modes.
func TestDigestAfterFlushes(t *testing.T) {
	want := new(reference)
	const inserts = 100
	start := func(i int) int { return i * 2_741 % KeySpace }
	for i := range inserts {
		want.insert(start(i), KeySpace)
	}
	wantKeys, wantDigest := want.digest()
	for _, mode := range []Mode{Transactions, Batch} {
		s := open(t)
		for i := range inserts {
			insert(t, s, start(i), KeySpace, mode)
		}
		if s.TableBytes() == 0 {
			t.Errorf("%s: a million keys and no memtable was flushed", mode)
		}
		if keys, d := digest(t, s); keys != wantKeys || d != wantDigest {
			t.Errorf("%s: got %d keys, %s; want %d, %s", mode, keys, d, wantKeys, wantDigest)
		}
	}
}

func TestLargestInsert(t *testing.T) {
	s := open(t)
	insert(t, s, 7, MaxKeys, Batch) // more than one Badger transaction holds
	if keys, _ := digest(t, s); keys != KeySpace {
		t.Errorf("holds %d keys, want %d", keys, KeySpace)
	}
}

// Keys, tables and heap stay below a bound that does not grow with requests:
// three million keys are 25 memtables' worth.
func TestBounded(t *testing.T) {
	s := open(t)
	var tables int64
	var heapMB float64
	for i := range 300 {
		insert(t, s, i*3_331%KeySpace, KeySpace, Batch)
		tables = max(tables, s.TableBytes())
		if i%20 == 0 {
			heapMB = max(heapMB, liveHeapMB())
		}
	}
	if keys, _ := digest(t, s); keys != KeySpace {
		t.Errorf("holds %d keys, want %d", keys, KeySpace)
	}
	t.Logf("tables at most %.1f MB, live heap at most %.1f MB", float64(tables)/1e6, heapMB)
	// Writers stall at 15 level-0 tables, each a flushed memtable and smaller
	// than it (its keys share prefixes and are compressed).
	if most := int64(16 * MemTableBytes); tables > most {
		t.Errorf("tables took %d bytes, want at most %d", tables, most)
	}
	if heapMB > 150 {
		t.Errorf("live heap reached %.0f MB, want at most 150", heapMB)
	}
}

// One store after another, as the simulator opens them, leaves nothing behind.
func TestOpenCloseLeavesNothing(t *testing.T) {
	cycle := func() {
		s, err := Open()
		if err != nil {
			t.Fatal(err)
		}
		insert(t, s, 0, 100, Transactions)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	cycle()
	heapMB, goroutines := liveHeapMB(), runtime.NumGoroutine()
	for range 50 {
		cycle()
	}
	if now := liveHeapMB(); now > heapMB+15 {
		t.Errorf("live heap grew from %.1f to %.1f MB over 50 stores", heapMB, now)
	}
	if now := runtime.NumGoroutine(); now > goroutines+20 {
		t.Errorf("goroutines grew from %d to %d over 50 stores", goroutines, now)
	}
}

func liveHeapMB() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}

func TestConcurrent(t *testing.T) {
	s := open(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 5 {
				if err := s.Insert(i*1_000, 1_500, Mode(i%2)); err != nil {
					t.Error(err)
				}
				s.Keys()
				s.TableBytes()
				if _, _, err := s.Digest(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if keys, _ := digest(t, s); keys != 8_500 {
		t.Errorf("holds %d keys, want 8500", keys)
	}
}

// A store closed amid inserts answers each of them with success or ErrClosed.
func TestCloseAmidInserts(t *testing.T) {
	s := open(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				if err := s.Insert(0, 200, Transactions); err != nil {
					if !errors.Is(err, ErrClosed) {
						t.Error(err)
					}
					return
				}
			}
		})
	}
	for s.Keys() == 0 {
		runtime.Gosched()
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	if _, _, err := s.Digest(); !errors.Is(err, ErrClosed) {
		t.Errorf("Digest of a closed store: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func TestInsertRefuses(t *testing.T) {
	s := open(t)
	for _, c := range []struct {
		start, keys int
		want        string
	}{
		{-1, 1, "start -1: want 0 to 9999"},
		{KeySpace, 1, "start 10000: want 0 to 9999"},
		{0, 0, "keys 0: want 1 to 100000"},
		{0, MaxKeys + 1, "keys 100001: want 1 to 100000"},
	} {
		if err := s.Insert(c.start, c.keys, Batch); err == nil || err.Error() != c.want {
			t.Errorf("Insert(%d, %d): got %v, want %s", c.start, c.keys, err, c.want)
		}
	}
	if keys, _ := digest(t, s); keys != 0 {
		t.Errorf("refused inserts left %d keys", keys)
	}
}

func TestMode(t *testing.T) {
	for _, mode := range []Mode{Transactions, Batch} {
		if got, err := ParseMode(mode.String()); err != nil || got != mode {
			t.Errorf("ParseMode(%q) = %v, %v", mode, got, err)
		}
	}
	if _, err := ParseMode("Batch"); err == nil || !strings.Contains(err.Error(), `"Batch"`) {
		t.Errorf("ParseMode(Batch): %v", err)
	}
}
