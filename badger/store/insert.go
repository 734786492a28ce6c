package store

import (
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/dgraph-io/badger/v4"
)

const (
	keyBytes   = 16
	valueBytes = 16
	entryBytes = keyBytes + valueBytes

	// pieceKeys is how many keys are laid out at a time, so that what an Insert
	// holds does not grow with its keys.
	pieceKeys = 1_000
	// commitKeys is how many keys Badger's write batch gathers at most before it
	// commits them: 15 % of a memtable, at the 88 bytes that a node may take.
	commitKeys = MemTableBytes * 15 / 100 / 88
	// batchKeyBytes is what a key in a write batch takes until it is committed:
	// the entry, its place in a map and what the collector has not yet freed.
	batchKeyBytes = 320
)

// InsertBytes is about what an Insert of so many keys holds while it is under
// way, at most about 5 MB.
func InsertBytes(keys int, mode Mode) int64 {
	if mode == Batch {
		return batchKeyBytes * int64(min(keys, commitKeys+pieceKeys))
	}
	return entryBytes * int64(min(keys, pieceKeys))
}

// Insert writes keys consecutive keys, from number start on and starting over
// at KeySpace. start is 0 to KeySpace-1, keys 1 to MaxKeys. The values tell the
// key and how many Inserts the store had had before, so that the digest shows
// a request that was lost, doubled or served out of turn.
func (s *Store) Insert(start, keys int, mode Mode) error {
	if start < 0 || start >= KeySpace {
		return fmt.Errorf("start %d: want 0 to %d", start, KeySpace-1)
	}
	if keys < 1 || keys > MaxKeys {
		return fmt.Errorf("keys %d: want 1 to %d", keys, MaxKeys)
	}
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return ErrClosed
	}
	write := s.writeTransactions
	if mode == Batch {
		write = s.writeBatch
	}
	if err := write(pieces(start, keys, s.inserts.Add(1))); err != nil {
		return fmt.Errorf("insert %d keys from %d: %w", keys, start, err)
	}
	s.held.add(start, keys)
	return nil
}

func (s *Store) writeTransactions(entries iter.Seq[*[entryBytes]byte]) error {
	for e := range entries {
		err := s.db.Update(func(txn *badger.Txn) error {
			return txn.Set(e[:keyBytes], e[keyBytes:])
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) writeBatch(entries iter.Seq[*[entryBytes]byte]) error {
	batch := s.db.NewWriteBatch()
	defer batch.Cancel()
	for e := range entries {
		if err := batch.Set(e[:keyBytes], e[keyBytes:]); err != nil {
			return err
		}
	}
	return batch.Flush()
}

// pieces yields all keys and values of one Insert, laid out piece by piece.
func pieces(start, keys int, insert uint64) iter.Seq[*[entryBytes]byte] {
	return func(yield func(*[entryBytes]byte) bool) {
		for done := 0; done < keys; done += pieceKeys {
			entries := makeEntries(start+done, min(pieceKeys, keys-done), insert)
			for i := range entries {
				if !yield(&entries[i]) {
					return
				}
			}
		}
	}
}

// makeEntries lays out keys and values that follow each other, because Badger
// keeps the slices until they are committed.
func makeEntries(start, keys int, insert uint64) [][entryBytes]byte {
	entries := make([][entryBytes]byte, keys)
	for i := range entries {
		number := (start + i) % KeySpace
		putKey(entries[i][:keyBytes], number)
		putValue(entries[i][keyBytes:], number, insert)
	}
	return entries
}

// putKey writes the number in decimal with leading zeros, so that the order of
// keys is the order of numbers.
func putKey(key []byte, number int) {
	for i := len(key) - 1; i >= 0; i-- {
		key[i] = byte('0' + number%10)
		number /= 10
	}
}

// putValue writes the Insert's number and a hash of it and the key's number.
// The hash (the finalizer of SplitMix64, Steele, Lea and Flood 2014) makes
// values that do not compress, as those of real services mostly don't.
func putValue(value []byte, number int, insert uint64) {
	z := insert*0x9e3779b97f4a7c15 + uint64(number)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	binary.BigEndian.PutUint64(value[:8], z^z>>31)
	binary.BigEndian.PutUint64(value[8:], insert)
}
