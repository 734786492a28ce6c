package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/dgraph-io/badger/v4"
)

// Digest reads the whole store in the order of its keys and returns how many
// there are and the SHA-256, in hexadecimal, of each key followed by its
// value. Both have a fixed length, so different contents are different bytes.
func (s *Store) Digest() (keys int, digest string, err error) {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return 0, "", ErrClosed
	}
	sum := sha256.New()
	err = s.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.DefaultIteratorOptions)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			item := it.Item()
			sum.Write(item.Key())
			err := item.Value(func(value []byte) error {
				sum.Write(value)
				return nil
			})
			if err != nil {
				return err
			}
			keys++
		}
		return nil
	})
	if err != nil {
		return 0, "", fmt.Errorf("read the store: %w", err)
	}
	return keys, hex.EncodeToString(sum.Sum(nil)), nil
}
