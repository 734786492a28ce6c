package store

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
)

const (
	// KeySpace is the number of different keys that a store can hold.
	KeySpace = 10_000
	// MaxKeys is the largest number of keys that one Insert accepts. Beyond
	// KeySpace an Insert starts over and writes keys that it wrote before.
	MaxKeys = 100_000
	// MemTableBytes is the size of Badger's memtable. At about 72 bytes a key it
	// is flushed every 117,000 keys or so.
	MemTableBytes = 8 << 20
)

// ErrClosed is what a closed store answers.
var ErrClosed = errors.New("the store is closed")

// A Mode says how the keys of one Insert are committed.
type Mode int

const (
	// Transactions commits each key in a transaction of its own.
	Transactions Mode = iota
	// Batch commits all keys together, through Badger's write batch.
	Batch
)

// String returns "transactions" or "batch", the names ParseMode reads.
func (m Mode) String() string {
	if m == Batch {
		return "batch"
	}
	return "transactions"
}

// ParseMode reads a mode's name.
func ParseMode(name string) (Mode, error) {
	switch name {
	case "transactions":
		return Transactions, nil
	case "batch":
		return Batch, nil
	}
	return 0, fmt.Errorf("%q is no way to write: want \"transactions\" or \"batch\"", name)
}

// A Store is an in-memory Badger with a bounded key space. Its methods may be
// called from several goroutines.
type Store struct {
	// closing keeps Close from pulling Badger away under a call: a write into a
	// Badger that is being closed can panic.
	closing sync.RWMutex
	closed  bool
	db      *badger.DB

	inserts atomic.Uint64
	held    held
}

// Open returns an empty store. It takes about 11 MB until it is closed, most
// of it the memtable, and some tens of MB once several memtables were filled.
func Open() (*Store, error) {
	db, err := badger.Open(options())
	if err != nil {
		return nil, fmt.Errorf("open an in-memory Badger: %w", err)
	}
	return &Store{db: db}, nil
}

func options() badger.Options {
	return badger.DefaultOptions("").
		WithInMemory(true).
		WithMemTableSize(MemTableBytes).
		WithLogger(nil).
		// From here on memory and goroutines only. The default block cache has
		// counters for 256 MB; no request reads. Two memtables may wait for
		// their flush instead of five. Two compactors are the fewest allowed.
		WithBlockCacheSize(1 << 20).
		WithNumMemtables(2).
		WithNumCompactors(2).
		WithNumGoroutines(1).
		WithMetricsEnabled(false)
}

// Close drops all that the store holds. A call under way is waited for, later
// ones get ErrClosed. Closing twice does nothing.
func (s *Store) Close() error {
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.db.Close()
}

// TableBytes returns the size of Badger's tables: what was flushed out of the
// memtables and not yet compacted away. It is 0 until the first flush and
// bounded, since compaction keeps one version of each of KeySpace keys.
func (s *Store) TableBytes() int64 {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return 0
	}
	var bytes int64
	for _, table := range s.db.Tables() {
		bytes += int64(table.OnDiskSize)
	}
	return bytes
}
