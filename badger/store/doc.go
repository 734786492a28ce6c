// Package store is the work that one request does: it inserts keys into a
// real in-memory Badger.
//
// The simulator's virtual instances and the real instances hold the same
// Store, so what a store answers (how many keys it holds, a digest of them) can
// be compared between the two.
//
// Assumptions. The key space is fixed (KeySpace keys) and overwritten, and the
// memtable is small (8 MiB): with ever-new keys or a large memtable the CPU
// time of a request depends on how many came before it, and no prediction over
// the number of instances could hold. Apart from that and from what only saves
// memory (a small block cache, few compactors and goroutines, no logger), the
// options are Badger's defaults.
//
// Units. Keys and values have 16 bytes each; sizes are in bytes.
//
// Deterministic: the same calls of Insert in the same order leave the same
// keys and values, thus the same Digest, in either mode, at any speed, on any
// machine. There is no TTL, which would bring in the wall clock. Concurrent
// calls are safe, but which of them wrote a shared key last is then a matter
// of chance.
//
// Start reading at Store.
package store
